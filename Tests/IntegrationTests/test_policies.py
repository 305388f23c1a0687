"""Routers that choose by themselves: policies trained on what a gateway has served, and bandits with their guards."""

import csv
import io
import json
import os
import random
import subprocess

import pytest

from harness.gateway import SWITCHYARD, eventually, model

POEM = "Write a poem about {} for my friend, with {} lines at most."
PROOF = "Prove that {1} * 7 = {2}, and calculate how much {0} there is. Give a number."


def run(*arguments, code=0):
    result = subprocess.run([SWITCHYARD, *map(str, arguments)], capture_output=True, text=True, timeout=200)
    assert result.returncode == code, result.stderr
    return result


def fleet(backend):
    """A cheap model that is quick, and a dear one that is better and slow to answer."""
    return [
        model("poet", backend.url("answer"), quality=0.6, prices={"input": 1, "output": 2}),
        model("prover", backend.url("late/30"), quality=0.9, prices={"input": 20, "output": 60}),
    ]


def ask(gateway, text, name="auto", key=None, **route):
    body = {"model": name, "messages": [{"role": "user", "content": text}], "route": route}
    headers = {"authorization": f"Bearer {key}"} if key else {}
    status, headers, answer = gateway.post("/v1/route", body, headers)
    assert status == 200, answer
    return headers, json.loads(answer)


def judge(gateway, request_id, score, key=None):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    gateway.row(request_id)
    assert gateway.post("/v1/feedback", {"request_id": request_id, "score": score}, headers)[0] == 200


@pytest.mark.timeout(400)
def test_a_policy_is_trained_on_a_ledger_and_served(make_gateway, backend, tmp_path):
    gateway = make_gateway(fleet(backend))
    refused = run("train", "ppo", "--from-ledger", gateway.database, "--output", tmp_path / "none", code=1)
    assert "it has 0 requests" in refused.stderr and "100 are needed" in refused.stderr
    chance = random.Random(1)
    for number in range(140):
        text = POEM.format("rain", number) if number % 2 else PROOF.format("snow", number, 7 * number)
        headers, _ = ask(gateway, text + " word" * chance.randrange(200), "auto:random")
        if number < 100:
            judge(gateway, headers["x-request-id"], 1 if headers["x-switchyard-model"] == "prover" or number % 2 else 0)
    eventually(lambda: len(gateway.rows("SELECT * FROM request WHERE outcome = 'completed'")) == 140)

    world = ["--from-ledger", gateway.database, "--include-steps-remaining", "--episode-length", 100]
    small = ["--environments", 2, "--eval-freq", 1024]
    ppo = run("train", "ppo", *world, *small, "--n-steps", 128, "--total-timesteps", 2048, "--output", tmp_path / "ppo")
    assert "poet ($" in ppo.stderr and "prover ($" in ppo.stderr and "100 judged answers" in ppo.stderr
    run("train", "dqn", *world, *small, "--total-timesteps", 3072, "--output", tmp_path / "dqn")
    paths = ["--model-path", tmp_path / "ppo.safetensors", "--model-path", tmp_path / "dqn.safetensors"]
    table = run("evaluate", "baselines", *world, *paths, "--n-episodes", 2, "--format", "csv")
    rows = {row["strategy"]: row for row in csv.DictReader(io.StringIO(table.stdout))}
    assert {"ppo", "dqn", "always poet", "always prover", "random"} <= set(rows)
    # The dear model costs more than ten times as much in this world as well.
    assert float(rows["always prover"]["mean_cost_usd"]) > 5 * float(rows["always poet"]["mean_cost_usd"])
    assert "LLMRouter-v1" in run("train", "ppo", "--environment", "LLMRouter-v0", *world, code=64).stderr

    # What was trained is served as it is: the file that training writes.
    routers = [{"id": name, "kind": "policy", "path": str(tmp_path / f"{name}.safetensors")} for name in ("ppo", "dqn")]
    budgets = [{"id": "day", "scope": "everyone", "measure": "usd", "cap": 5, "window": "day"}]
    gateway.configure(fleet(backend), routers=routers, routing={"router": "ppo"}, budgets=budgets)
    gateway.reload()

    def plan(**route):
        return ask(gateway, "Hello", dry_run=True, **route)[1]

    decision = eventually(lambda: (found := plan()).get("chooser") and found)
    assert decision["chooser"]["id"] == "ppo" and decision["chooser"]["in_force"] is True
    preferences = decision["chooser"]["preferences"]
    assert set(preferences) == {"poet", "prover"} and abs(sum(preferences.values()) - 1) < 1e-6
    assert decision["model"] == max(preferences, key=preferences.get) == decision["chooser"]["router_choice"]
    assert decision["reason"] == "preferred"
    assert plan(router="dqn")["chooser"]["id"] == "dqn"
    # Whoever asks for a strategy gets it, and whoever asks for no router.
    assert "chooser" not in plan(strategy="cost_optimized") and "chooser" not in plan(router="none")
    headers, _ = ask(gateway, "Hello")
    assert headers["x-switchyard-model"] == decision["model"]
    kept = json.loads(gateway.row(headers["x-request-id"])["features"])["chooser"]
    assert kept["id"] == "ppo" and kept["router_choice"] == decision["model"]

    # A policy of models that are not there, or a file that is none: named, and nothing changes.
    gateway.configure([fleet(backend)[0] | {"id": "other"}, fleet(backend)[1]])
    gateway.reload()
    assert eventually(lambda: "the registry has no poet" in gateway.log)
    gateway.configure(fleet(backend))
    (tmp_path / "ppo.safetensors").write_bytes(b"torn")
    gateway.reload()
    assert eventually(lambda: "ppo.safetensors" in gateway.log)
    assert ask(gateway, "Hello")[0]["x-switchyard-model"] == decision["model"]


BANDIT = {"id": "learner", "kind": "bandit", "exploration": 0.5, "guard_rows": 120}


def bandit_gateway(make_gateway, backend):
    models = [model(name, backend.url("answer"), quality=quality) for name, quality in (("poet", 0.7), ("prover", 0.6))]
    routing = {"default_strategy": "quality_optimized", "router": "learner", "required_quality_from_complexity": False}
    return make_gateway(models, routers=[BANDIT], routing=routing)


def teach(gateway, count, first, score):
    """Asks in turn for poems and proofs, and judges each answer; says which model answered what."""
    answered = []
    for number in range(first, first + count):
        kind = ("poet", "prover")[number % 2]
        text = (POEM, PROOF)[number % 2].format(("rain", "snow", "wind")[number % 3], number, 7 * number)
        headers, _ = ask(gateway, text)
        answered.append((kind, headers["x-switchyard-model"]))
        judge(gateway, headers["x-request-id"], score(kind, headers["x-switchyard-model"]))
    return answered


def is_in_force(gateway):
    return gateway.metric("switchyard_bandit_in_force", router="learner") == 1


@pytest.mark.timeout(300)
def test_a_bandit_learns_from_feedback_and_its_guard_falls_back(make_gateway, backend):
    gateway = bandit_gateway(make_gateway, backend)
    assert eventually(lambda: gateway.metric("switchyard_bandit_lessons", router="learner") == 0) and not is_in_force(gateway)
    # The strategy thinks the poet best at everything; it is so at poems alone.
    teach(gateway, 160, 0, lambda kind, name: 1 if kind == name else 0)
    assert eventually(lambda: is_in_force(gateway))
    assert "a bandit is in force" in gateway.log

    def plan(text):
        return ask(gateway, text, dry_run=True)[1]

    proof = PROOF.format("rain", 9, 63)
    decision = eventually(lambda: (found := plan(proof))["chooser"]["lessons"] == 160 and found)
    chooser = decision["chooser"]
    assert chooser["in_force"] and chooser["strategy_choice"] == "poet" and chooser["router_choice"] == "prover"
    assert chooser["gain"]["low"] <= chooser["gain"]["estimate"] <= chooser["gain"]["high"]
    answered = teach(gateway, 60, 160, lambda kind, name: 1 if kind == name else 0)
    # Three of four, where half would be without it.
    assert sum(kind == name for kind, name in answered) >= 36
    assert not gateway.promtool()

    # A restart begins where it was, from the ledger alone.
    gateway.stop()
    gateway.start()
    assert eventually(lambda: gateway.metric("switchyard_bandit_lessons", router="learner") == 220) and is_in_force(gateway)

    # The prover turns bad at once: the guard lets the strategy choose again.
    teach(gateway, 140, 220, lambda kind, name: 1 if name == "poet" else 0)
    assert eventually(lambda: not is_in_force(gateway))
    assert "a bandit is out of force" in gateway.log
    assert plan(proof)["chooser"]["in_force"] is False
    gateway.stop()
    gateway.start()
    assert eventually(lambda: gateway.metric("switchyard_bandit_lessons", router="learner") == 360) and not is_in_force(gateway)
    # What was logged can be replayed, and tells the same: propensities are of the mixture.
    rows = gateway.rows("SELECT propensity FROM request WHERE propensity IS NOT NULL")
    assert {round(row["propensity"], 6) for row in rows} <= {0.75, 0.25}
    table = run("evaluate", "replay", "--ledger", gateway.database, "--policy", "always:poet", "--format", "csv")
    line = next(row for row in csv.DictReader(io.StringIO(table.stdout)) if row["per_request"] == "feedback")
    # Half of the first 220 answers of the poet would have been right, and all of the last 140.
    assert float(line["low"]) - 0.05 <= (110 + 140) / 360 <= float(line["high"]) + 0.05 and line["decisions"] == "360"


@pytest.mark.timeout(300)
def test_a_liar_has_its_share_of_what_a_bandit_learns(make_gateway, backend):
    models = [model(name, backend.url("answer"), quality=quality) for name, quality in (("poet", 0.7), ("prover", 0.6))]
    routing = {
        "default_strategy": "quality_optimized", "router": "learner", "required_quality_from_complexity": False,
        "feedback_key_share_max": 0.3,
    }
    keys = [{"id": name, "organisation": "shop", "secret_variable": f"{name.upper()}_KEY"} for name in ("ann", "bob", "cem", "liar")]
    secrets = {f"{name.upper()}_KEY": f"sk-{name}-0123456789abcdef" for name in ("ann", "bob", "cem", "liar")}
    gateway = make_gateway(models, secrets, routers=[BANDIT], routing=routing, keys=keys)

    def teach_as(who, count, score):
        key = secrets[f"{who.upper()}_KEY"]
        for number in range(count):
            kind = ("poet", "prover")[number % 2]
            text = (POEM, PROOF)[number % 2].format(("rain", "snow", "wind")[number % 3], number, 7 * number)
            headers, _ = ask(gateway, text, key=key)
            judge(gateway, headers["x-request-id"], score(kind, headers["x-switchyard-model"]), key)

    for name in ("ann", "bob", "cem"):
        teach_as(name, 80, lambda kind, name: 1 if kind == name else 0)
    teach_as("liar", 300, lambda kind, name: 0 if kind == name else 1)
    lessons = lambda: gateway.metric("switchyard_bandit_lessons", router="learner")
    # 30 of 100: 240 of others allow 102.
    assert eventually(lambda: lessons() <= 343) and lessons() >= 340
    for text, best in ((POEM.format("rain", 5), "poet"), (PROOF.format("rain", 9, 63), "prover")):
        _, decision = ask(gateway, text, key=secrets["ANN_KEY"], dry_run=True)
        assert decision["chooser"]["router_choice"] == best
