"""What gateways were broken by, each lesson a test; those that need no running gateway are in the Swift tests.

1 no upstream that clients choose, 2 egress, 3 no SQL from clients, 4 authorisation by the parsed route, 5 and 6 keyed
hashes of whole keys (TenancyTests), 7 secrets are nowhere shown, 8 no built-in administrator (test_admin), 9 an admin
listener of its own, 10 prices are checked and the last good ones kept.
"""

import json
import socket
import sqlite3
import urllib.request

import pytest
from harness.backend import Backend
from harness.gateway import eventually, model
from harness.ports import free_port
from harness.raw import RawConnection, request, statuses

MESSAGES = [{"role": "user", "content": "hello"}]
CHAT = {"model": "capture", "messages": MESSAGES}

# Secrets that stand for themselves wherever they turn up.
CANARIES = {
    "CLIENT_KEY": "sk-canary-client-7f3a9c51e2",
    "OTHER_CLIENT_KEY": "sk-canary-other-0b8d6e44f1",
    "BACKEND_KEY": "sk-canary-backend-93ac07de55",
    "SWITCHYARD_ADMIN_TOKEN": "canary-admin-5d21fe8806ab",
    "SWITCHYARD_KEY_PEPPER": "canary-pepper-c4419e7b02d8",
}
KEYS = [
    {"id": "app", "organisation": "shop", "secret_variable": "CLIENT_KEY", "models": ["capture", "failing"]},
    {"id": "other", "organisation": "lab", "secret_variable": "OTHER_CLIENT_KEY", "disabled": True},
]


def bearer(name="CLIENT_KEY"):
    return {"authorization": f"Bearer {CANARIES[name]}"}


@pytest.fixture
def guarded(make_gateway, backend):
    models = [
        model("capture", backend.url("answer"), key_variable="BACKEND_KEY"),
        model("failing", backend.url("status/401"), key_variable="BACKEND_KEY"),
        model("unreachable", f"http://127.0.0.1:{free_port()}/v1", key_variable="BACKEND_KEY"),
        model("secret-model", backend.url("answer")),
    ]
    return make_gateway(models, keys=KEYS, environment=CANARIES, metrics="both", logging={"level": "trace"})


def ask(gateway, body=CHAT, headers=None, path="/v1/chat/completions"):
    return gateway.post(path, body, bearer() if headers is None else headers)


def test_no_client_chooses_where_its_request_goes(guarded):
    """1: neither by a header, nor by a member of the body, nor by the model's name, nor by the request's target."""
    elsewhere = Backend()
    try:
        url = f"http://127.0.0.1:{elsewhere.port}/answer/v1"
        fields = ["host", "x-forwarded-host", "x-portkey-custom-host", "x-base-url", "forwarded", "x-original-url"]
        for field in fields:
            ask(guarded, headers=bearer() | {field: f"127.0.0.1:{elsewhere.port}"})
        for member in ["base_url", "api_base", "url", "endpoint", "proxy", "custom_host"]:
            assert ask(guarded, CHAT | {member: url})[0] == 200
        for name in [url, f"capture@{url}", f"openai/{url}"]:
            assert ask(guarded, CHAT | {"model": name})[0] == 404
        body = json.dumps(CHAT).encode()
        line = f"authorization: Bearer {CANARIES['CLIENT_KEY']}"
        with RawConnection(guarded.port) as connection:
            connection.send(request(body, path=f"{url}/chat/completions", headers=[line]))
            connection.read_all()
        assert elsewhere.connections == 0
    finally:
        elsewhere.close()


def test_a_private_address_is_refused_where_it_is_not_allowed(make_gateway, backend):
    """2: by the address that the name leads to, not by the name."""
    models = [
        model("literal", backend.url("answer")),
        model("named", backend.url("answer").replace("127.0.0.1", "localhost")),
    ]
    gateway = make_gateway(models, upstream={"allow_private_addresses": False})
    connections = backend.connections
    for name in ("literal", "named"):
        assert ask(gateway, CHAT | {"model": name}, {})[0] == 502
    assert backend.connections == connections


def test_a_redirect_is_not_followed(make_gateway, backend):
    """2: whoever answers does not decide where the prompt and the key go next."""
    gateway = make_gateway([model("redirect", backend.url("redirect"))])
    backend.clear()
    assert ask(gateway, CHAT | {"model": "redirect"}, {})[0] == 502
    assert {entry.path for entry in backend.requests} == {"/redirect/v1/chat/completions"}


EVIL = ["' OR 1=1 --", "'; DROP TABLE request; --", "x' UNION SELECT hash FROM api_key --", "\\'; --"]


def test_what_clients_say_is_never_sql(guarded):
    """3: in a key, a model, a tag or a header."""
    for text in EVIL:
        assert ask(guarded, headers={"authorization": f"Bearer {text}"})[0] == 401
        assert ask(guarded, CHAT | {"model": text})[0] == 404
        route = {"tags": {text: text}}
        status, headers, _ = ask(guarded, CHAT | {"route": route}, path="/v1/route")
        assert status == 200
        assert json.loads(guarded.row(headers["x-request-id"])["tags"]) == {text: text}
    assert guarded.rows("SELECT count(*) AS count FROM request WHERE requested_model = ?", EVIL[1])[0]["count"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models", "//v1/models", "/v1//models", "/v1/./models", "/x/../v1/models", "/v1/models/", "/V1/models",
        "/v1/%6dodels", "/v1/models?key=sk", "/healthz/../v1/models", "/healthz/..%2fv1/models", "/v1/models/capture",
        "http://127.0.0.1/v1/models", "/v1/models;/healthz", "/v1/models#/healthz",
    ],
)  # fmt: skip
def test_no_spelling_of_a_path_opens_it(guarded, path):
    """4: whatever is answered without a key tells nothing of the models."""
    for host in ("gateway", "127.0.0.1", f"127.0.0.1:{guarded.admin_port}", "localhost"):
        with RawConnection(guarded.port) as connection:
            head = f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
            data = connection.send(head.encode()).read_all()
        assert statuses(data)[0] in (400, 401, 404), path
        assert b"capture" not in data.replace(b"/v1/models/capture", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/v1/config", "//admin/v1/config", "/admin//v1/config", "/admin/v1/config/", "/admin/v1/%63onfig",
        "/healthz/../admin/v1/config", "/admin/v1/config?healthz", "/ADMIN/v1/config", "/admin/v1/config;x",
        "http://127.0.0.1/admin/v1/config",
    ],
)  # fmt: skip
def test_no_spelling_of_a_path_opens_administration(guarded, path):
    """4 and 9: not without the token, and on the API's listener not even with it."""
    token = f"authorization: Bearer {CANARIES['SWITCHYARD_ADMIN_TOKEN']}\r\n"
    for port, fields in [(guarded.admin_port, ""), (guarded.port, ""), (guarded.port, token)]:
        for host in ("gateway", f"127.0.0.1:{guarded.admin_port}"):
            with RawConnection(port) as connection:
                head = f"GET {path} HTTP/1.1\r\nhost: {host}\r\n{fields}connection: close\r\n\r\n"
                data = connection.send(head.encode()).read_all()
            assert statuses(data)[0] in (400, 401, 404), (path, port)
            assert b"secret_variable" not in data


def test_a_clients_key_is_no_administrator_and_the_token_no_client(guarded):
    """9"""
    page = urllib.request.Request(guarded.admin_url + "/admin/v1/config", headers=bearer())
    assert guarded.fetch(page)[0] == 401
    assert ask(guarded, headers=bearer("SWITCHYARD_ADMIN_TOKEN"))[0] == 401


def test_a_model_of_others_is_not_there(guarded):
    """What a key may not use, it does not see: 404, as if there were none."""
    assert ask(guarded, CHAT | {"model": "secret-model"})[0] == 404
    status, _, body = guarded.get("/v1/models", bearer())
    assert (status, [entry["id"] for entry in json.loads(body)["data"]]) == (200, ["auto", "capture", "failing"])
    assert guarded.get("/v1/models/secret-model", bearer())[0] == 404
    for body in [
        CHAT | {"model": "auto"},
        CHAT | {"model": "auto", "route": {"dry_run": True}},
        CHAT | {"route": {"fallbacks": ["secret-model"]}},
        CHAT | {"model": "secret-model", "route": {"dry_run": True}},
    ]:
        _, headers, answer = ask(guarded, body, path="/v1/route")
        assert headers["x-switchyard-model"] in ("none", "capture", "failing")
        assert b'"secret-model"' not in answer


def test_a_key_that_is_off_is_told_so_and_a_wrong_one_nothing(guarded):
    status, _, body = ask(guarded, headers=bearer("OTHER_CLIENT_KEY"))
    assert (status, json.loads(body)["error"]["code"]) == (401, "disabled_api_key")
    status, _, body = ask(guarded, headers={"authorization": "Bearer " + CANARIES["OTHER_CLIENT_KEY"][:-1]})
    assert (status, json.loads(body)["error"]["code"]) == (401, "invalid_api_key")


def test_prices_that_make_no_sense_change_nothing(make_gateway, backend):
    """10: a price list that is broken, negative, absurd or gone leaves the last good one in force."""
    gateway = make_gateway([model("capture", backend.url("answer"))])

    def cost():
        return float(ask(gateway, CHAT, {})[1]["x-switchyard-cost-usd"])

    before = cost()
    assert before > 0
    good = gateway.models_path.read_text()
    bad = [
        good.replace('"input": 2', '"input": -2'), good.replace('"input": 2', '"input": 1e30'),
        good.replace('"input": 2', '"input": null'), good.replace('"input": 2', '"input": "2"'),
        good.replace('"input": 2', '"inptu": 2'), good[: len(good) // 2], "", "{}",
    ]  # fmt: skip
    for text in bad:
        said = gateway.log.count("configuration not reloaded")
        gateway.models_path.write_text(text)
        gateway.reload()
        eventually(lambda said=said: gateway.log.count("configuration not reloaded") > said)
        assert cost() == before
    gateway.models_path.write_text(good.replace('"input": 2', '"input": 4'))
    gateway.reload()
    eventually(lambda: cost() > before)


def test_secrets_are_shown_nowhere(guarded):
    """7: canaries are planted in every place that takes a secret, and looked for in everything that comes out."""
    seen = {}

    def look(name, *texts):
        seen[name] = b"".join(text if isinstance(text, bytes) else str(text).encode() for text in texts)

    for name, body in {
        "answer": CHAT,
        "stream": CHAT | {"stream": True},
        "backend refuses": CHAT | {"model": "failing"},
        "unknown model": CHAT | {"model": "nope"},
        "bad body": {"model": 1},
    }.items():
        look(name, *ask(guarded, body))
    look("dry run", *ask(guarded, CHAT | {"route": {"dry_run": True}}, path="/v1/route"))
    for name in ("CLIENT_KEY", "SWITCHYARD_ADMIN_TOKEN", "OTHER_CLIENT_KEY"):
        look(f"near miss of {name}", *ask(guarded, headers={"authorization": f"Bearer {CANARIES[name]}x"}))
    token = {"authorization": f"Bearer {CANARIES['SWITCHYARD_ADMIN_TOKEN']}"}
    for path in ("/admin/v1/config", "/admin/v1/statistics", "/metrics", "/version", "/admin/v1/nope"):
        look(path, *guarded.fetch(urllib.request.Request(guarded.admin_url + path, headers=token)))
    look("metrics", *guarded.get("/metrics"))
    files = ["--config", str(guarded.settings_path), "--models", str(guarded.models_path)]
    for arguments in (["check"], ["config", "export"], ["report"], ["--version"]):
        result = guarded.command(*arguments, *(files if arguments[0] in ("check", "config") else []), check=False)
        look(" ".join(arguments), result.stdout, result.stderr)
    guarded.reload()
    eventually(lambda: "configuration reloaded" in guarded.log)
    # Rows that go to the spill file while the database is locked.
    with sqlite3.connect(guarded.database) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        ask(guarded)
        spill = guarded.database.with_name(guarded.database.name + ".spill")
        eventually(lambda: spill.stat().st_size > 0)
        look("spill file", spill.read_bytes())
        connection.rollback()
    look("log", guarded.log)
    for path in (guarded.folder / "state").rglob("*"):
        look(path.name, path.read_bytes())
    guarded.stop()
    look("log at the end", guarded.log)
    look("ledger", guarded.database.read_bytes())

    assert len(seen["log"]) > 100 and len(seen["spill file"]) > 100 and len(seen["ledger"]) > 1000
    for name, text in seen.items():
        for variable, secret in CANARIES.items():
            # Not even most of one.
            assert secret[:-4].encode() not in text, f"{variable} is shown by: {name}"


@pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("stream", [False, True])
def test_a_backend_that_repeats_its_key_tells_nobody(make_gateway, backend, code, stream):
    """7: providers say which key was wrong; it is the gateway's, and neither its clients' nor its log's readers'."""
    models = [model("capture", backend.url(f"tell-tale/{code}"), key_variable="BACKEND_KEY")]
    settings = {"logging": {"level": "trace"}, "metrics": "both"}
    gateway = make_gateway(models, environment=CANARIES, routing={"attempts_max": 2}, **settings)
    status, headers, body = gateway.post("/v1/chat/completions", CHAT | {"stream": stream})
    assert status >= 400 or (code == 200 and stream)
    gateway.row(headers["x-request-id"])
    seen = {"answer": str((headers, body)), "metrics": gateway.metrics_text()}
    seen["attempts"] = str(gateway.rows("SELECT * FROM attempt"))
    assert "redacted" in seen["answer"] + seen["attempts"]
    gateway.stop()
    seen |= {"log": gateway.log}
    for path in (gateway.folder / "state").iterdir():
        seen[path.name] = path.read_bytes().decode(errors="replace")
    for name, text in seen.items():
        assert CANARIES["BACKEND_KEY"][:12] not in text.replace("\\", ""), name


def test_the_clients_authorization_never_goes_upstream(guarded, backend):
    backend.clear()
    others = {"api-key": "x", "cookie": "session=1", "proxy-authorization": "Basic x", "x-api-key": "y"}
    assert ask(guarded, headers=bearer() | others)[0] == 200
    head = {name.lower(): value for name, value in backend.last.headers}
    assert head["authorization"] == f"Bearer {CANARIES['BACKEND_KEY']}"
    assert not {"api-key", "cookie", "proxy-authorization", "x-api-key"} & set(head)


def test_the_admin_listener_is_local_by_default(guarded):
    """9: nobody has to remember to close it."""
    result = guarded.command("config", "export")
    addresses = json.loads(result.stdout)["settings"]["admin"]["addresses"]
    assert addresses == ["127.0.0.1:8081"]
    assert socket.inet_aton(addresses[0].rpartition(":")[0]) == b"\x7f\x00\x00\x01"
