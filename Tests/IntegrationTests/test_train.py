"""Training from files: what the help says is enough, what ends it costs little, and what is wrong is said."""

import json
import pathlib
import signal
import subprocess

import pytest

from harness.gateway import SWITCHYARD, eventually

ENCODER = pathlib.Path(__file__).parents[1] / "Fixtures/encoders/bert"
VERBS = ["Explain", "Prove", "Übersetze", "写", "Debug"]
TOPICS = ["the rain in Spain", "日本の歴史", "joins in SQL", "погода", "a 🎉 party"]


def outcomes(count):
    """Outcomes whose members stand in any order, a gap here and there; hard prompts are those of two verbs."""
    for number in range(count):
        verb, topic = VERBS[number % 5], TOPICS[number // 5 % 5]
        scores = {"big": 0.8, "small": 0.2 if verb in ("Prove", "Debug") else 0.75}
        line = {"id": number, "prompt": f"{verb} {topic}, number {number}.", "scores": scores, "task": topic}
        if number % 7 == 0:
            scores.pop("big" if number % 2 else "small")
        yield dict(reversed(line.items())) if number % 2 else line


@pytest.fixture
def folder(tmp_path):
    text = "\n".join(json.dumps(line, ensure_ascii=bool(number % 3)) for number, line in enumerate(outcomes(120)))
    (tmp_path / "o.jsonl").write_text(text)
    return tmp_path


def command(kind, out, *more):
    rest = ["--data", "o.jsonl", "--encoder", str(ENCODER), "--vectors", "vectors.bin", "--members", "2"]
    return [SWITCHYARD, "train", kind, *([] if kind in ("stack", "neighbours") else rest), "--out", out, *map(str, more)]


def run(folder, *arguments, code=0):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=300, cwd=folder)
    assert result.returncode == code, result.stderr
    return result.stderr


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind, length", [("bert", ["--epochs", 40]), ("moe", ["--epochs", 40]), ("rl", ["--epochs", 1])])
def test_whatever_ends_a_training_it_goes_on(folder, kind, length):
    """Ctrl-C, and a kill that nobody sees coming: the weights are those of a training that was left alone."""
    arguments = [*length, "--patience", 1000]
    run(folder, *command(kind, "whole", *arguments))
    for name, end in (("interrupted", signal.SIGINT), ("killed", signal.SIGKILL)):
        # A checkpoint after each step, which also keeps a quick machine from being done before it is told to stop.
        slow = command(kind, name, *arguments, "--checkpoint-seconds", 0)
        training = subprocess.Popen(slow, cwd=folder, stderr=subprocess.PIPE, text=True)
        checkpoint = folder / name / "checkpoint.safetensors"
        eventually(checkpoint.exists, seconds=60)
        training.send_signal(end)
        told = training.communicate(timeout=60)[1]
        assert training.returncode == (1 if end == signal.SIGINT else -signal.SIGKILL), told
        assert checkpoint.exists() and not (folder / name / "manifest.json").exists()
        run(folder, *command(kind, name, *arguments, "--resume"))
        assert (folder / name / "router.safetensors").read_bytes() == (folder / "whole/router.safetensors").read_bytes(), name
        assert not checkpoint.exists()


def test_nothing_to_go_on_from_is_said(folder):
    assert "there is no checkpoint in out" in run(folder, *command("bert", "out", "--resume"), code=1)


def test_a_file_that_is_no_vectors_is_left_alone(folder):
    """The data named twice by mistake: it was overwritten before."""
    before = (folder / "o.jsonl").read_bytes()
    told = run(folder, *command("bert", "out", "--epochs", 1, "--vectors", "o.jsonl"), code=1)
    assert "o.jsonl can't be read" in told and "name another file of vectors" in told
    assert (folder / "o.jsonl").read_bytes() == before
    run(folder, *command("bert", "out", "--epochs", 1))
    told = run(folder, *command("bert", "out", "--epochs", 1, "--layers", "1"), code=1)
    assert "layers 1" in told


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["bert", "--data", "o.jsonl", "--encoder", "nowhere"], 1, "nowhere can't be read: the model has no config.json"),
        (["bert", "--data", ".", "--encoder", str(ENCODER)], 1, ". can't be read: it is a folder"),
        (["bert", "--data", "gone.jsonl", "--encoder", str(ENCODER)], 1, "gone.jsonl can't be read: there is no such file"),
        (["moe", "--data", "empty.jsonl", "--encoder", str(ENCODER)], 1, "there is no row with scores to learn from"),
        (["rl", "--data", "o.jsonl", "--encoder", str(ENCODER), "--layers", "0,9"], 1, "has no layer 9: it has"),
        (["stack", "empty.jsonl"], 1, "0 rows with scores are too few"),
        (["neighbours", "o.jsonl"], 64, "neighbours are found by vectors"),
    ],
)
def test_what_is_wrong_is_said(folder, arguments, code, said):
    (folder / "empty.jsonl").write_text("")
    assert said in run(folder, SWITCHYARD, "train", *arguments, "--out", "out", code=code)
    assert not (folder / "out/manifest.json").exists()


def test_nothing_is_not_measured(folder):
    (folder / "empty.jsonl").write_text("")
    assert "empty.jsonl has no example" in run(folder, SWITCHYARD, "evaluate", "router", "empty.jsonl", code=1)


def test_a_router_of_vectors_does_not_score_without_them(folder):
    run(folder, *command("bert", "head", "--epochs", 1))
    score = [SWITCHYARD, "evaluate", "score", "--router", "head", "--models", "big,small"]
    assert "name the folder of the encoder bert" in run(folder, *score, code=64)


@pytest.mark.parametrize("kind", ["bert", "moe", "rl", "stack", "neighbours"])
def test_the_help_says_what_a_line_is(kind):
    told = subprocess.run([SWITCHYARD, "train", kind, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert '{"id", "prompt", "scores": {model: 0…1}}' in " ".join(told.split())
