"""The administration and what it says of itself: requests that schemathesis draws from the OpenAPI description."""

import json
import subprocess
import sys
import urllib.request

import pytest

from harness.gateway import SWITCHYARD, eventually, model

TOKEN = "admin-token-0123456789abcdef"
ENVIRONMENT = {"SWITCHYARD_ADMIN_TOKEN": TOKEN, "SWITCHYARD_KEY_PEPPER": "a-pepper-of-the-integration-tests"}
CHAT = {"model": "capture", "messages": [{"role": "user", "content": "x"}]}
# A request of the right shape may still name what is not there or contradict what is: refused with 400 and why.
NAMES = {"organisation": "shop", "team": "web", "key": "app", "budget": "month", "model": "capture"}
LEFT_OUT = ["positive_data_acceptance", "ensure_resource_availability"]


@pytest.fixture
def administered(make_gateway, backend):
    return make_gateway([model("capture", backend.url("answer"))], environment=ENVIRONMENT)


def ask(gateway, method, path, body=None):
    headers = {"authorization": f"Bearer {TOKEN}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{gateway.admin_url}/admin/v1/{path}", data, headers, method=method)
    status, _, answer = gateway.fetch(request)
    return status, json.loads(answer)


def explore(url, description, token, folder, names):
    """Runs schemathesis with the same requests each time, `names` in their paths; fails with what it finds."""
    settings = folder / "schemathesis.toml"
    settings.write_text("\n".join(["[parameters]", *(f'"path.{kind}" = "{name}"' for kind, name in names.items())]))
    result = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run", f"{url}/{description}"]
        + ["--header", f"Authorization: Bearer {token}", "--generation-deterministic"]
        + ["--max-examples", "6", "--workers", "1", "--exclude-checks", ",".join(LEFT_OUT)]
        # Events without an end: test_page reads them.
        + ["--exclude-path", "/admin/v1/live"],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.timeout(150)
@pytest.mark.parametrize("names", [NAMES, {}], ids=["of-what-is-there", "of-nothing"])
def test_administration_keeps_to_its_description(administered, tmp_path, names):
    for path, body in [
        ("organisations", {"id": "shop"}),
        ("teams", {"id": "web", "organisation": "shop"}),
        ("keys", {"id": "app", "organisation": "shop", "team": "web"}),
        ("budgets", {"id": "month", "scope": "team", "of": "web", "measure": "usd", "cap": 5, "window": "month"}),
        ("latency_budgets", {"id": "fast", "scope": "everyone", "window": "hour", "limit_ms": 500, "share": 0.9}),
    ]:
        assert ask(administered, "POST", path, body)[0] == 201
    explore(administered.admin_url, "admin/v1/openapi.json", TOKEN, tmp_path, names)


def test_feedback_keeps_to_its_description(make_gateway, backend, tmp_path):
    keys = [{"id": "app", "organisation": "shop", "secret_variable": "CLIENT"}]
    environment = ENVIRONMENT | {"CLIENT": "sk-client-0123456789"}
    gateway = make_gateway([model("capture", backend.url("answer"))], environment, keys=keys)
    explore(gateway.url, "v1/openapi.json", environment["CLIENT"], tmp_path, {})


def test_a_key_from_its_making_over_a_restart_to_its_deletion(administered):
    status, made = ask(administered, "POST", "keys", {"id": "app", "organisation": "shop"})
    assert status == 201
    headers = {"authorization": f"Bearer {made['key']}"}
    assert administered.post("/v1/chat/completions", CHAT)[0] == 401
    assert administered.post("/v1/chat/completions", CHAT, headers)[0] == 200
    administered.stop()
    administered.start()
    status, answered, _ = administered.post("/v1/chat/completions", CHAT, headers)
    assert status == 200
    # At once, before the ledger's tick.
    feedback = {"request_id": answered["x-request-id"], "score": 1}
    assert administered.post("/v1/feedback", feedback, headers)[0] == 200
    assert ask(administered, "GET", f"requests/{answered['x-request-id']}")[1]["feedback"]["score"] == 1
    assert ask(administered, "DELETE", "keys/app")[0] == 200
    assert administered.post("/v1/chat/completions", CHAT, headers)[0] == 401
    assert [row["action"] for row in administered.rows("SELECT action FROM audit ORDER BY number")] == ["create", "delete"]


def test_an_import_is_kept_over_a_restart_until_the_files_change(administered):
    _, export = ask(administered, "GET", "config/export")
    export["settings"]["routing"]["fallbacks_max"] = 7
    assert ask(administered, "POST", "config/import", export)[0] == 200

    def fallbacks():
        return ask(administered, "GET", "config/export")[1]["settings"]["routing"]["fallbacks_max"]

    administered.kill()
    administered.start()
    assert fallbacks() == 7
    administered.configure(administered_models(administered), routing={"fallbacks_max": 2})
    administered.stop()
    administered.start()
    assert fallbacks() == 2
    assert "the files have changed since a configuration was imported" in administered.log


def test_a_change_is_tried_before_it_is_in_force_and_taken_back_after_a_kill(make_gateway, backend):
    models = [model("cheap", backend.url("answer")), model("dear", backend.url("answer"), prices={"input": 9, "output": 9})]
    administered = make_gateway(models, environment=ENVIRONMENT, routing={"exploration": 0})
    for _ in range(8):
        assert administered.post("/v1/chat/completions", {**CHAT, "model": "auto:cost_optimized"})[0] == 200
    eventually(lambda: len(administered.rows("SELECT id FROM request")) >= 8)
    _, export = ask(administered, "GET", "config/export")
    export["registry"]["models"][0]["prices"] |= {"input": 900, "output": 900}
    status, tried = ask(administered, "POST", "config/dry-run?requests=8", export)
    assert status == 200 and (tried["decided"], tried["reproduced"]) == (8, 8), tried
    assert tried["models"] == {"cheap": {"before": 8, "after": 0}, "dear": {"before": 0, "after": 8}}
    assert tried["needs_restart"] is None and tried["changes"]
    assert ask(administered, "GET", "config/export")[1] != export
    assert ask(administered, "POST", "config/import", export)[0] == 200
    administered.kill()
    administered.start()
    assert ask(administered, "GET", "config/export")[1] == export
    assert ask(administered, "POST", "config/versions/1/rollback")[1]["rolled_back_to"] == 1
    administered.kill()
    administered.start()
    assert ask(administered, "GET", "config/export")[1] != export
    actions = [version["action"] for version in ask(administered, "GET", "config/versions")[1]["data"]]
    assert actions == ["rollback", "import", "start"], actions


def test_a_worker_registers_its_models(administered, backend, tmp_path):
    path = tmp_path / "worker.yaml"
    entry = model("a/worker", backend.url("answer"), tier="light", quality=0.3)
    path.write_text(json.dumps({"models": [entry]}))

    def register(admin=administered.admin_url, token=TOKEN):
        environment = {"SWITCHYARD_ADMIN_TOKEN": token} if token else {}
        command = [SWITCHYARD, "register", path, "--admin", admin]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)

    for _ in range(2):
        done = register()
        assert (done.returncode, done.stdout) == (0, "registered a/worker\n"), done.stderr
    assert administered.post("/v1/chat/completions", {**CHAT, "model": "a/worker"})[0] == 200
    administered.kill()
    administered.start()
    assert ask(administered, "GET", "models/a%2Fworker")[1]["origin"] == "stored"
    for failed, word in (
        (register(token="wrong"), "API key"), (register(token=None), "SWITCHYARD_ADMIN_TOKEN is not set"),
        (register(admin="http://127.0.0.1:9"), "cannot be reached"),
    ):
        assert failed.returncode != 0 and word in failed.stderr, failed.stderr
    path.write_text(json.dumps({"models": [entry | {"qualty": 1}]}))
    failed = register()
    assert failed.returncode == 2 and "did you mean `quality`" in failed.stderr


def administered_models(gateway):
    return json.loads(gateway.models_path.read_text())["models"]


def test_a_pepper_takes_anothers_place_and_keys_stay(administered):
    texts = [ask(administered, "POST", "keys", {"id": name, "organisation": "shop"})[1]["key"] for name in "ab"]

    def chat(text):
        return administered.post("/v1/chat/completions", CHAT, {"authorization": f"Bearer {text}"})[0]

    def marks():
        return {row["id"]: row["pepper_mark"] for row in administered.rows("SELECT id, pepper_mark FROM api_key")}

    before = marks()
    administered.stop()
    administered.environment |= {"SWITCHYARD_KEY_PEPPER": "the-pepper-of-this-year", "BEFORE": ENVIRONMENT["SWITCHYARD_KEY_PEPPER"]}
    administered.configure(administered_models(administered), key_pepper_previous_variable="BEFORE")
    administered.start()
    assert chat(texts[0]) == 200
    eventually(lambda: marks()["a"] != before["a"])
    assert marks()["b"] == before["b"]
    administered.stop()
    administered.configure(administered_models(administered), key_pepper_previous_variable=None)
    administered.start()
    assert (chat(texts[0]), chat(texts[1])) == (200, 401)
    assert ask(administered, "GET", "keys/b")[1]["usable"] is False


def test_what_tokens_take_is_known_after_a_restart(make_gateway, backend):
    chat = CHAT | {"messages": [{"role": "user", "content": "four bytes to a token " * 2}]}
    gateway = make_gateway([model("capture", backend.url("answer"))])
    for _ in range(60):
        assert gateway.post("/v1/chat/completions", chat)[0] == 200
    gateway.stop()
    learned = gateway.rows("SELECT * FROM token_calibration")[0]
    assert learned["model"] == "capture" and learned["output"] > 0
    gateway.configure([model("capture", backend.url("cut/3"))])
    gateway.start()
    _, headers, _ = gateway.post("/v1/chat/completions", chat | {"stream": True})
    assert gateway.row(headers["x-request-id"])["usage_source"] == "calibrated-bytes-v1"


def test_nothing_that_is_kept_or_said_has_the_key(administered):
    _, made = ask(administered, "POST", "keys", {"id": "app", "organisation": "shop"})
    _, rotated = ask(administered, "POST", "keys/app/rotate")
    for text in (made["key"], rotated["key"]):
        headers = {"authorization": f"Bearer {text}"}
        administered.post("/v1/chat/completions", CHAT, headers)
        administered.post("/v1/feedback", {"request_id": text}, headers)
        ask(administered, "GET", f"keys/{text}")
    administered.stop()
    kept = [path.read_bytes() for path in administered.database.parent.iterdir() if path.is_file()]
    for text in (made["key"], rotated["key"]):
        assert all(text.encode() not in content for content in [*kept, administered.log.encode()])
