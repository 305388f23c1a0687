"""One's own workers say how they are, and the gateway goes by it."""

from harness.gateway import eventually, model

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


def test_a_worker_without_metrics_is_told_of_once_and_still_used(make_gateway, backend):
    url = backend.url("status/501")
    models = [model("quiet", backend.url("answer"), metrics_url=f"{url}/metrics")]
    gateway = make_gateway(models, health={"metrics_seconds": 0.1, "metrics_seconds_max": 5})
    eventually(lambda: gateway.metric("switchyard_worker_page_failures_total", model="quiet", page="load") > 3, 15)
    assert gateway.log.count("cannot be read") == 1
    assert gateway.post("/v1/chat/completions", {"model": "quiet", "messages": MESSAGES})[0] == 200
    assert gateway.promtool() == ""
