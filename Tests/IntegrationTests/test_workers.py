"""One's own workers say how they are, and the gateway goes by it."""

from harness.backend import Backend
from harness.gateway import eventually, model
from harness.ports import free_port

MESSAGES = [{"role": "user", "content": "x"}]


def worker(backend, name, waiting):
    url = backend.url(f"worker/{waiting}")
    return model(name, url, metrics_url=f"{url}/metrics")


def test_a_worker_that_others_keep_busy_is_not_the_least_loaded(make_gateway, backend):
    models = [worker(backend, "busy", 5), worker(backend, "idle", 0)]
    gateway = make_gateway(models, health={"metrics_seconds": 0.1, "metrics_seconds_max": 5})
    for name, waiting in [("busy", 5), ("idle", 0)]:
        series = {"model": name, "state": "waiting"}
        eventually(lambda: f'{{model="{name}",state="waiting"}} {waiting}' in gateway.metrics_text(), 15)
        assert gateway.metric("switchyard_worker_requests", **series) == waiting
    body = {"model": "auto:least_loaded", "messages": MESSAGES}
    for _ in range(3):
        status, headers, _ = gateway.post("/v1/chat/completions", body)
        assert (status, headers["x-switchyard-model"]) == (200, "idle")
    assert gateway.promtool() == ""


def test_a_single_backend_comes_back_by_its_health_check(make_gateway, backend):
    # A port where nobody listens until the backend is started there.
    port = free_port()
    down = model("a", f"http://127.0.0.1:{port}/patient/v1")
    down["health_check"] = {"path": "/patient/v1/health", "interval_seconds": 0.2, "timeout_seconds": 0.2}
    health = {"consecutive_failures_max": 1, "open_seconds": 0.05}
    gateway = make_gateway([down], health=health, routing={"attempts_max": 1, "queue_seconds_max": 0})
    body = {"model": "a", "messages": MESSAGES}
    assert gateway.post("/v1/chat/completions", body)[0] == 502
    eventually(lambda: gateway.metric("switchyard_worker_page_failures_total", page="health") > 1, 15)
    assert gateway.post("/v1/chat/completions", body)[0] == 503
    patient = Backend(port)
    try:
        eventually(lambda: gateway.metric("switchyard_model_circuit", model="a", state="closed") == 1, 15)
        assert {request.method for request in patient.requests} == {"GET"}
        assert gateway.post("/v1/chat/completions", body)[0] == 200
    finally:
        patient.close()
    assert gateway.promtool() == ""


def test_a_worker_without_metrics_is_told_of_once_and_still_used(make_gateway, backend):
    url = backend.url("status/501")
    models = [model("quiet", backend.url("answer"), metrics_url=f"{url}/metrics")]
    gateway = make_gateway(models, health={"metrics_seconds": 0.1, "metrics_seconds_max": 5})
    eventually(lambda: gateway.metric("switchyard_worker_page_failures_total", model="quiet", page="load") > 3, 15)
    assert gateway.log.count("cannot be read") == 1
    assert gateway.post("/v1/chat/completions", {"model": "quiet", "messages": MESSAGES})[0] == 200
    assert gateway.promtool() == ""
