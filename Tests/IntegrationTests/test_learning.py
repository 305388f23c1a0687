"""From feedback to a better router: at once, by training on the ledger, and by a promotion that a running gateway takes."""

import array
import json
import pathlib
import random
import shutil
import struct
import subprocess
import time

import pytest

from harness.gateway import SWITCHYARD, eventually, model

FIXTURE = pathlib.Path(__file__).parents[1] / "Fixtures/encoders/bert"

TOPICS = ["rain", "snow", "wind", "fog", "hail", "ice", "the sun", "the moon", "a river", "an old road"]


def prompts(count):
    """Poems, which `poet` is good at, and sums, which `prover` is."""
    for number in range(count):
        topic = TOPICS[number // 2 % len(TOPICS)]
        if number % 2:
            yield "prover", f"How much is {number} + {7 * number} ? Give the number of {topic} only."
        else:
            yield "poet", f"Write a poem about {topic} for my friend, with {number} lines at most."


def ask(gateway, name, text, tags=None):
    body = {"model": name, "messages": [{"role": "user", "content": text}]}
    status, headers, _ = gateway.post("/v1/route", body | {"route": {"tags": tags or {}}})
    assert status == 200
    return headers


def judge(gateway, answer, score):
    gateway.row(answer["x-request-id"])
    feedback = {"request_id": answer["x-request-id"], "score": score}
    assert gateway.post("/v1/feedback", feedback)[0] == 200


def judge_all(gateway, count):
    for number, (best, text) in enumerate(prompts(count)):
        # Either model in turn, so that both are known on both.
        name = ("poet", "prover")[number // 2 % 2]
        judge(gateway, ask(gateway, name, text, {"task": best}), 1 if name == best else 0)


# Training takes seconds of a quick machine, in release.
@pytest.mark.timeout(240)
def test_a_router_is_trained_on_the_ledger_and_promoted(make_gateway, backend, tmp_path):
    routers = [{"id": "words", "kind": "lexical"}]
    models = [model(name, backend.url("answer"), quality=quality) for name, quality in (("poet", 0.6), ("prover", 0.7))]
    routing = {"default_strategy": "quality_optimized", "feedback_rows_max": 0, "routers_refresh_seconds": 0.2}
    gateway = make_gateway(models, routers=routers, routing=routing, ledger={"evidence": "vectors"})
    judge_all(gateway, 160)
    kept = gateway.rows("SELECT * FROM evidence")
    assert len(kept) == 160 and all(row["prompt"] is None and row["encoder"] is None for row in kept)

    arguments = ["stack", "--from-ledger", str(gateway.database), "--out", str(tmp_path / "stack")]
    trained = gateway.command("train", *arguments, seconds=150)
    assert "160 judged requests" in trained.stderr
    manifest = json.loads((tmp_path / "stack" / "manifest.json").read_text())
    assert manifest["rows"] == 160 and manifest["files"] == ["switchyard.db"]

    # A first router is promoted over the models' means; the same data a second time is no better than itself.
    folder = tmp_path / "nightly"
    watch = ["train", "watch", "--from-ledger", str(gateway.database), "--out", str(folder), "--once"]
    too_few = gateway.command(*watch, "--held-back-min", "100").stdout
    assert "not promoted: 32 recent answers are too few" in too_few and not folder.exists()
    assert f"promoted to {folder}" in gateway.command(*watch, "--held-back-min", "20").stdout
    assert "not promoted: not better by more than chance" in gateway.command(*watch, "--held-back-min", "20").stdout
    assert not (folder / "previous.safetensors").exists()

    # A gateway that serves it goes by it, and takes the next one without a signal.
    gateway.configure(models, routers=[{"id": "nightly", "kind": "stack", "path": str(folder)}],
                      routing=routing | {"router": "nightly"})
    gateway.reload()
    poem, total = "Write a poem about snow for my friend, with 9 lines at most.", "How much is 3 + 21 ? Give the number only."

    def choices():
        return [ask(gateway, "auto", text)["x-switchyard-model"] for text in (poem, total)]

    assert eventually(lambda: choices() == ["poet", "prover"])
    other = tmp_path / "stack" / "router.safetensors"
    other.replace(folder / "router.safetensors")
    assert eventually(lambda: "trained anew, and are in force" in gateway.log)
    (folder / "next").write_bytes(b"no router at all")
    (folder / "next").replace(folder / "router.safetensors")
    assert eventually(lambda: "the old ones stay in force" in gateway.log)
    assert choices() == ["poet", "prover"]
    time.sleep(1)
    assert gateway.log.count("the old ones stay in force") == 1, "told once, however often it is tried"


def test_feedback_counts_at_once_and_after_a_restart(make_gateway, backend):
    models = [model(name, backend.url("answer"), quality=quality) for name, quality in (("poet", 0.6), ("prover", 0.7))]
    routing = {"default_strategy": "quality_optimized", "router": "words"}
    gateway = make_gateway(
        models, routers=[{"id": "words", "kind": "lexical"}], routing=routing, ledger={"evidence": "prompt"}
    )
    poem = "Write a poem about snow for my friend."
    assert ask(gateway, "auto", poem)["x-switchyard-model"] == "prover"
    for _ in range(6):
        judge(gateway, ask(gateway, "prover", poem), 0)
    assert eventually(lambda: ask(gateway, "auto", poem)["x-switchyard-model"] == "poet")
    gateway.stop()
    gateway.start()
    assert eventually(lambda: ask(gateway, "auto", poem)["x-switchyard-model"] == "poet")
    assert gateway.rows("SELECT prompt FROM evidence")[0]["prompt"] == poem


def wide_encoder(folder):
    """The tiny encoder of the fixtures with random weights as wide as MiniLM's, which stacks are made for."""
    shutil.copytree(FIXTURE, folder)
    config = json.loads((FIXTURE / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 384, "num_attention_heads": 12}))
    old = (FIXTURE / "model.safetensors").read_bytes()
    header = json.loads(old[8 : 8 + struct.unpack("<Q", old[:8])[0]])
    chance = random.Random(1)
    body = bytearray()
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        shape = [384 if size == config["hidden_size"] else size for size in tensor["shape"]]
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        is_norm = "LayerNorm" in name
        values = [float(is_norm and name.endswith("weight"))] * count if len(shape) == 1 else [chance.gauss(0, 0.05) for _ in range(count)]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + 4 * count]}
        body += array.array("f", values).tobytes()
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    return folder


# Few and quick steps are enough for two kinds of prompts that look so different.
KINDS = {
    "bert": ["--members", "2", "--epochs", "20", "--learning-rate", "0.01"],
    "moe": ["--members", "2", "--epochs", "20", "--learning-rate", "0.01"],
    "rl": ["--members", "1", "--epochs", "3"],
    "stack": [],
    "neighbours": [],
}


# A minute of a slow machine in release, and many in debug.
@pytest.mark.timeout(900)
def test_every_kind_is_trained_on_the_ledger_and_serves(make_gateway, simulation, tmp_path):
    """Simulated backends answer, clients judge, and each kind learns who is good at what: from vectors, without any text."""
    able = {"poet": "sim-small", "prover": "sim-large"}
    models = [model(name, simulation.url, provider="simulated", quality=quality) for name, quality in (("sim-small", 0.6), ("sim-large", 0.7))]
    folder = wide_encoder(tmp_path / "wide")
    encoder = {"path": str(folder), "precision": "float32", "wait_ms_max": 10_000}
    routing = {"default_strategy": "quality_optimized", "feedback_rows_max": 0}
    gateway = make_gateway(models, encoder=encoder, routing=routing, ledger={"evidence": "vectors"})
    for number, (best, text) in enumerate(prompts(80)):
        name = ("sim-small", "sim-large")[number // 2 % 2]
        body = {"model": name, "messages": [{"role": "user", "content": text}], "max_tokens": 4}
        status, headers, _ = gateway.post("/v1/chat/completions", body)
        assert status == 200 and headers["x-switchyard-simulated"] == "true"
        judge(gateway, headers, 1 if name == able[best] else 0)
    kept = gateway.rows("SELECT prompt, encoder FROM evidence")
    assert len(kept) == 80 and all(row["prompt"] is None and row["encoder"] == "wide" for row in kept)

    for kind, arguments in KINDS.items():
        out = tmp_path / kind
        told = gateway.command("train", kind, "--from-ledger", str(gateway.database), "--out", str(out), *arguments, seconds=400)
        assert "80 judged requests to learn from" in told.stderr
        manifest = json.loads((out / "manifest.json").read_text())
        assert (manifest["router"], manifest["rows"], manifest["encoder"]) == (kind, 80, "wide")

    kinds = {kind: kind if kind in ("stack", "neighbours") else "head" for kind in KINDS}
    gateway.configure(models, routers=[{"id": name, "kind": kind, "path": str(tmp_path / name)} for name, kind in kinds.items()])
    gateway.reload()
    asked = {"sim-small": "Write a poem about dew for my friend, with 31 lines at most.",
             "sim-large": "How much is 31 + 217 ? Give the number of dew only."}

    def chosen(kind, text):
        body = {"model": "auto", "messages": [{"role": "user", "content": text}], "route": {"router": kind, "dry_run": True}}
        status, _, answer = gateway.post("/v1/route", body)
        return json.loads(answer)["model"] if status == 200 else status

    lines = "\n".join(json.dumps({"id": name, "prompt": text}) for name, text in asked.items())
    for kind in KINDS:
        assert eventually(lambda: {name: chosen(kind, text) for name, text in asked.items()} == {name: name for name in asked}), kind
        command = [SWITCHYARD, "evaluate", "score", "--router", str(tmp_path / kind), "--models", ",".join(asked)]
        scored = subprocess.run([*command, "--encoder", str(folder)], input=lines, capture_output=True, text=True, timeout=60, check=True)
        for line in map(json.loads, scored.stdout.splitlines()):
            assert max(line["score"], key=line["score"].get) == line["id"], (kind, line)
