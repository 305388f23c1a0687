"""From feedback to a better router: at once, by training on the ledger, and by a promotion that a running gateway takes."""

import json

import pytest

from harness.gateway import eventually, model

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
