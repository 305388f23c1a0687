"""Policies trained, stopped, resumed and played by the command line; a ledger replayed."""

import csv
import io
import os
import signal
import subprocess

import pytest

from harness.gateway import eventually, model

SWITCHYARD = os.environ["SWITCHYARD"]
SMALL = ["--episode-length", "100", "--environment", "LLMRouter-v1"]


def run(*arguments, code=0):
    result = subprocess.run([SWITCHYARD, *map(str, arguments)], capture_output=True, text=True, timeout=100)
    assert result.returncode == code, result.stderr
    return result


@pytest.mark.timeout(200)
def test_a_policy_is_trained_and_played(tmp_path):
    output = tmp_path / "policy"
    arguments = ["--output", output, "--environments", 2, "--n-steps", 128, "--eval-freq", 512, *SMALL]
    trained = run("train", "ppo", "--total-timesteps", 1024, *arguments)
    assert "1024 steps: reward" in trained.stdout and "100%" in trained.stderr
    table = run("evaluate", "baselines", "--model-path", f"{output}.safetensors", "--n-episodes", 2, "--format", "csv", *SMALL)
    rows = {row["strategy"]: row for row in csv.DictReader(io.StringIO(table.stdout))}
    assert {"ppo", "random", "round-robin", "cheapest-first", "least-queue", "greedy one-step oracle", "LinUCB"} <= set(rows)
    assert float(rows["greedy one-step oracle"]["beside_oracle"]) == 0
    # It goes on where it was, to the new end.
    resumed = run("train", "ppo", "--total-timesteps", 1536, "--resume", *arguments)
    assert "1536 steps: reward" in resumed.stdout and "1024 steps" not in resumed.stdout
    refused = run("evaluate", "baselines", "--model-path", f"{output}.safetensors", "--include-steps-remaining", code=1)
    assert "takes 9 numbers" in refused.stderr
    other = run("train", "dqn", "--total-timesteps", 4096, "--resume", "--output", output, *SMALL, code=1)
    assert "checkpoint is of another network" in other.stderr
    (tmp_path / "policy.safetensors").write_bytes(b"torn")
    assert "policy.safetensors" in run("train", "ppo", "--resume", *arguments, code=1).stderr


@pytest.mark.timeout(200)
@pytest.mark.parametrize("agent", [["ppo", "--n-steps", "16"], ["dqn"]])
def test_ctrl_c_saves(tmp_path, agent):
    output = tmp_path / "policy"
    arguments = ["--total-timesteps", "100000000", "--output", str(output), "--eval-freq", "128", *SMALL]
    process = subprocess.Popen([SWITCHYARD, "train", *agent, *arguments], stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: (tmp_path / "policy.safetensors").exists(), seconds=100)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 1 and "interrupted; go on with --resume" in errors
    run("evaluate", "baselines", "--model-path", f"{output}.safetensors", "--n-episodes", 1, *SMALL)


def test_bad_worlds_are_named():
    assert "budget is 0.0" in run("train", "ppo", "--budget", 0, code=64).stderr
    assert "episode_length is 0" in run("evaluate", "baselines", "--episode-length", 0, code=64).stderr


def test_a_demo_is_a_page(tmp_path):
    page = tmp_path / "demo.html"
    run("train", "demo", "--total-timesteps", 2048, "--seeds", 2, "--n-episodes", 1, "--out", page, *SMALL)
    text = page.read_text()
    assert "<svg" in text and "greedy one-step oracle" in text and "http" not in text.replace("http://www.w3.org", "")


@pytest.mark.timeout(120)
def test_a_ledger_is_replayed(make_gateway, backend):
    models = [model(name, backend.url("answer"), quality=quality) for name, quality in (("small", 0.6), ("large", 0.8))]
    gateway = make_gateway(models)
    for number in range(80):
        body = {"model": "auto:random", "messages": [{"role": "user", "content": f"How much is {number} + 1 ?"}]}
        assert gateway.post("/v1/chat/completions", body)[0] == 200
    eventually(lambda: len(gateway.rows("SELECT * FROM request WHERE outcome = 'completed'")) == 80)
    arguments = ["--ledger", gateway.database, "--policy", "best", "--policy", "always:small", "--format", "csv"]
    table = run("evaluate", "replay", *arguments)
    rows = {(row["policy"], row["per_request"]): row for row in csv.DictReader(io.StringIO(table.stdout))}
    assert not any(measure == "feedback" for _, measure in rows)
    # The registry's qualities: known exactly, and told apart although half of the requests went elsewhere.
    for policy, quality in (("best", 0.8), ("always:small", 0.6)):
        row = rows[policy, "quality"]
        assert float(row["low"]) - 0.01 <= quality <= float(row["high"]) + 0.01 and float(row["effective"]) > 20
    assert "decisions" in run("evaluate", "replay", *arguments, "--rows", 10).stdout
    # What people say of answers is another matter than what the registry thinks of models: the small one was always right.
    for row in gateway.rows("SELECT hex(id) AS id, model_used FROM request")[:60]:
        name = row["id"].lower()
        request_id = "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))
        score = 1 if row["model_used"] == "small" else 0.25
        assert gateway.post("/v1/feedback", {"request_id": request_id, "score": score})[0] == 200
    table = run("evaluate", "replay", *arguments)
    rows = {(row["policy"], row["per_request"]): row for row in csv.DictReader(io.StringIO(table.stdout))}
    for policy, score in (("best", 0.25), ("always:small", 1)):
        row = rows[policy, "feedback"]
        assert row["decisions"] == "60" and rows[policy, "quality"]["decisions"] == "80"
        assert float(row["low"]) - 0.01 <= score <= float(row["high"]) + 0.01
