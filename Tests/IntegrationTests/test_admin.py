"""The administration: on a listener of its own, for those who have the token."""

import json
import urllib.request

import pytest

from harness.gateway import eventually, model

TOKEN = "admin-token-0123456789abcdef"
CHAT = {"model": "capture", "messages": [{"role": "user", "content": "x"}]}
PAGES = [
    ("GET", "/admin/v1/statistics"),
    ("GET", "/admin/v1/config"),
    ("POST", "/admin/v1/reload"),
    ("PUT", "/admin/v1/models/capture/availability"),
]


@pytest.fixture
def administered(make_gateway, backend):
    models = [
        model("capture", backend.url("answer"), quality=0.9),
        model("other", backend.url("answer"), key_variable="OTHER_KEY"),
    ]
    environment = {"SWITCHYARD_ADMIN_TOKEN": TOKEN, "OTHER_KEY": "sk-of-the-other-0123456789"}
    return make_gateway(models, environment=environment)


def call(gateway, method, path, body=None, token=TOKEN):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    return gateway.fetch(urllib.request.Request(gateway.admin_url + path, data, headers, method=method))


@pytest.mark.parametrize("method, path", PAGES)
def test_nothing_is_told_without_the_token(administered, method, path):
    for token in (None, "wrong", TOKEN[:-1], TOKEN + "0"):
        status, headers, body = call(administered, method, path, token=token)
        assert (status, json.loads(body)["error"]["code"]) == (401, "invalid_api_key")
        assert headers["x-request-id"]


def test_without_a_token_nothing_starts(gateway):
    """No credential is built in, so there is none that everyone knows."""
    gateway.environment["SWITCHYARD_ADMIN_TOKEN"] = ""
    files = ["--config", str(gateway.settings_path), "--models", str(gateway.models_path)]
    result = gateway.command("serve", *files, check=False)
    assert result.returncode == 2
    assert "SWITCHYARD_ADMIN_TOKEN" in result.stderr and "admin: { addresses: [] }" in result.stderr
    # What does not serve needs no administrator.
    assert gateway.command("check", *files).returncode == 0


def test_without_a_token_it_starts_with_administration_off(make_gateway, backend):
    settings = {"admin": {"addresses": []}}
    gateway = make_gateway([model("capture", backend.url("answer"))], {"SWITCHYARD_ADMIN_TOKEN": ""}, **settings)
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    with pytest.raises(OSError):
        call(gateway, "GET", "/admin/v1/config")


def test_it_is_not_on_the_apis_listener(administered):
    for method, path in PAGES:
        request = urllib.request.Request(administered.url + path, headers={"authorization": f"Bearer {TOKEN}"})
        request.method = method
        assert administered.fetch(request)[0] == 404


def test_statistics_tell_what_was_measured(administered):
    for _ in range(3):
        assert administered.post("/v1/chat/completions", CHAT)[0] == 200
    _, _, body = call(administered, "GET", "/admin/v1/statistics")
    statistics = json.loads(body)["model_stats"]["capture"]
    assert (statistics["samples"], statistics["active_requests"], statistics["success_rate"]) == (3, 0, 1)
    assert statistics["available"] is True
    assert statistics["avg_latency_ms"] > 0
    assert statistics["avg_cost"] == pytest.approx(78e-6)


def test_a_model_can_be_taken_out_and_put_back(administered):
    path = "/admin/v1/models/capture/availability"
    assert call(administered, "PUT", path, {"available": False})[0] == 200
    status, headers, body = administered.post("/v1/chat/completions", CHAT)
    assert (status, json.loads(body)["error"]["code"]) == (503, "no_model_available")
    assert administered.post("/v1/chat/completions", CHAT | {"model": "auto"})[1]["x-switchyard-model"] == "other"
    assert call(administered, "PUT", path, {"available": True})[0] == 200
    assert administered.post("/v1/chat/completions", CHAT)[0] == 200


@pytest.mark.parametrize("body", [None, {}, {"available": "no"}, [], 7])
def test_availability_is_true_or_false(administered, body):
    status, _, answer = call(administered, "PUT", "/admin/v1/models/capture/availability", body)
    assert (status, json.loads(answer)["error"]["type"]) == (400, "invalid_request_error")
    assert administered.post("/v1/chat/completions", CHAT)[0] == 200


def test_the_effective_configuration_is_shown_without_its_secrets(administered):
    status, _, body = call(administered, "GET", "/admin/v1/config")
    assert status == 200
    assert b"OTHER_KEY" in body
    assert b"sk-of-the-other" not in body
    assert TOKEN.encode() not in body


def test_a_reload_says_whether_it_took_place(administered, backend):
    administered.configure([model("new", backend.url("answer"))])
    assert call(administered, "POST", "/admin/v1/reload")[0] == 200
    assert administered.post("/v1/chat/completions", CHAT | {"model": "new"})[0] == 200
    administered.configure([model("newer", backend.url("answer"), qualty=1)])
    status, _, body = call(administered, "POST", "/admin/v1/reload")
    assert status == 400
    assert "qualty" in json.loads(body)["error"]["message"]
    eventually(lambda: administered.post("/v1/chat/completions", CHAT | {"model": "new"})[0] == 200)


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("POST", "/admin/v1/statistics", "GET, HEAD"),
        ("DELETE", "/admin/v1/config", "GET, HEAD"),
        ("GET", "/admin/v1/reload", "POST"),
        ("GET", "/admin/v1/models/capture/availability", "PUT"),
        ("POST", "/healthz", "GET, HEAD"),
    ],
)
def test_another_method_is_not_allowed(administered, method, path, allowed):
    status, headers, body = call(administered, method, path)
    assert (status, headers["allow"]) == (405, allowed)
    assert json.loads(body)["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/admin", "/v1/models", "/v1/chat/completions", "/metrics"])
def test_the_api_is_not_on_this_listener(administered, path):
    assert call(administered, "GET", path)[0] == 404


@pytest.mark.parametrize("path", ["/admin/", "/admin/v1", "/admin/v1/models/no-such-model/availability"])
def test_what_is_not_there_is_not_found(administered, path):
    assert call(administered, "PUT", path, {"available": True})[0] == 404


def test_the_metrics_can_be_moved_here(make_gateway):
    gateway = make_gateway(metrics="admin")
    assert gateway.get("/metrics")[0] == 404
    assert b"switchyard_requests_total" in call(gateway, "GET", "/metrics", token=None)[2]
