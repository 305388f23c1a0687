"""What strangers send to routers that have learned, and files that are no weights: an answer or a clear error, never a crash."""

import json
import pathlib
import shutil
import subprocess

import pytest

from harness.gateway import SWITCHYARD, Gateway, model

ROOT = pathlib.Path(__file__).parents[2]
FIXTURES = ROOT / "Tests/Fixtures/encoders"
LABELS = {"easy": "light", "middling": "medium", "hard": "heavy"}
ROUTERS = [
    {"id": "words", "kind": "lexical"},
    {"id": "labels", "kind": "classifier", "path": str(FIXTURES / "bert-labels"), "labels": LABELS},
    {"id": "stack", "kind": "stack", "path": str(ROOT / "Config/routers/stack")},
    {"id": "near", "kind": "neighbours", "path": str(ROOT / "Config/routers/stack")},
]  # fmt: skip
ENCODER = {"path": str(FIXTURES / "bert"), "wait_ms_max": 5000}


def chat(content):
    return json.dumps({"model": "auto", "messages": [{"role": "user", "content": content}]}).encode()


def escaped(text):
    return chat("?").replace(b'"?"', b'"' + text + b'"')


# By name the body, and the statuses that are right.
BODIES = {
    "empty": (chat(""), {200}),
    "nobody": (b'{"model":"auto","messages":[]}', {400}),
    "a megabyte": (chat("a" * (1 << 20)), {200}),
    "a megabyte of words": (chat("word " * 200_000), {200}),
    "control characters": (chat("".join(map(chr, range(1, 0x20))) * 1000), {200}),
    "zeros": (chat("\0" * 10_000), {200}),
    "far planes": (chat("\U0010ffff\uffff\u202e\u0301" * 10_000), {200}),
    "emoji": (chat("👩‍👩‍👧‍👦" * 2000), {200}),
    "half a pair": (escaped(rb"a\ud800b"), {200, 400}),
    "the other half": (escaped(rb"\udc00" * 1000), {200, 400}),
    "no UTF-8": (escaped(b"\xff\xfe\xc0\x80"), {400}),
    "100,000 messages": (
        json.dumps({"model": "auto", "messages": [{"role": "user", "content": f"No. {n}"} for n in range(100_000)]}).encode(),
        {200},
    ),
    "100,000 parts": (chat([{"type": "text", "text": "a"}] * 100_000), {200}),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory, backend):
    models = [model(name, backend.url("answer"), quality=quality, context_window=10_000_000) for name, quality in (("a", 0.5), ("b", 0.9))]
    gateway = Gateway(tmp_path_factory.mktemp("judged"), models, routers=ROUTERS, encoder=ENCODER, ledger={"evidence": "vectors"})
    yield gateway
    assert gateway.stop() == 0, gateway.log


@pytest.mark.parametrize("name", BODIES)
def test_any_prompt_is_routed_by_every_router(judged, name):
    body, statuses = BODIES[name]
    # The last one in earnest, so that what is kept of the prompt is worked out as well.
    for router, is_dry in [(router["id"], b"true") for router in ROUTERS] + [("stack", b"false")]:
        route = b',"route":{"router":"' + router.encode() + b'","dry_run":' + is_dry + b"}}"
        status, _, answer = judged.post("/v1/route", body[:-1] + route)
        assert status in statuses, (router, status, answer[:300])
        if status == 400:
            assert json.loads(answer)["error"]["message"]
    assert judged.get("/healthz")[0] == 200


def spoil(folder, how):
    """The shipped weights in `folder`, spoilt."""
    shutil.copytree(ROOT / "Config/routers/stack", folder)
    weights = folder / "router.safetensors"
    whole = weights.read_bytes()
    match how:
        case "missing":
            weights.unlink()
        case "empty":
            weights.write_bytes(b"")
        case "cut":
            weights.write_bytes(whole[: len(whole) // 2])
        case "no weights":
            weights.write_bytes(b"no weights at all" * 1000)
        case "an encoder's":
            shutil.copy(FIXTURES / "bert/model.safetensors", weights)
        case "another shape":
            size = int.from_bytes(whole[:8], "little")
            header = json.loads(whole[8 : 8 + size])
            name = max((name for name in header if name != "__metadata__" and len(header[name]["shape"]) == 2), key=lambda n: header[n]["shape"][0])
            rows, columns = header[name]["shape"]
            header[name]["shape"] = [columns, rows]
            text = json.dumps(header).encode()
            weights.write_bytes(len(text).to_bytes(8, "little") + text + whole[8 + size :])
        case "a folder":
            weights.unlink()
            weights.mkdir()


@pytest.mark.parametrize("how", ["missing", "empty", "cut", "no weights", "an encoder's", "another shape", "a folder"])
def test_weights_that_are_none_are_told(tmp_path, backend, how):
    spoil(tmp_path / "spoilt", how)
    router = {"id": "spoilt", "kind": "stack", "path": str(tmp_path / "spoilt")}
    settings = {"routers": [router], "state_directory": str(tmp_path / "state"), "api": {"addresses": ["127.0.0.1:0"]}, "admin": {"addresses": []}}
    (tmp_path / "switchyard.yaml").write_text(json.dumps(settings))
    (tmp_path / "models.yaml").write_text(json.dumps({"models": [model("a", backend.url("answer"))]}))
    serve = [SWITCHYARD, "serve", "-c", str(tmp_path / "switchyard.yaml"), "-m", str(tmp_path / "models.yaml")]
    score = [SWITCHYARD, "evaluate", "score", "--models", "a,b", "--router", str(tmp_path / "spoilt")]
    for command in (serve, score):
        result = subprocess.run(command, input=b'{"prompt":"a"}', capture_output=True, timeout=60)
        assert result.returncode == 1, (command[1], result.returncode, result.stderr[-500:])
        last = result.stderr.decode().strip().splitlines()[-1]
        assert last.startswith("switchyard: ") and "spoilt" in last, last
