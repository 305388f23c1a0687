"""What routing costs and keeps, judged on prompts with checks; and code, run where it can do no harm."""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import xml.dom.minidom

import pytest

from harness.gateway import SWITCHYARD, eventually, model
from harness.scripted import Scripted


def can_sandbox():
    """Whether this machine lets anyone make namespaces: containers often do not."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*nobody, "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    return shutil.which("bwrap") and subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_sandbox = pytest.mark.skipif(not can_sandbox(), reason="bubblewrap is not installed, or may make no namespaces")

TASKS = [
    {"id": "json", "task": "json", "prompt": "Reply in JSON with keys: name, age. Alice is 30.", "checks": {"json": True, "keys": ["name", "age"]}},
    {"id": "sum", "task": "summary", "prompt": "Say in one word what falls from clouds.", "checks": {"contains": ["rain"], "words_max": 5}},
]  # fmt: skip


@pytest.fixture
def two_models(make_gateway):
    """A cheap model that knows of rain alone, and a dear one that knows both."""
    rain = "It is rain."

    def say(name, prompt):
        if "JSON" in prompt:
            return '{"name": "Alice", "age": 30}' if name == "able" else "Alice, who is thirty years old and well."
        return rain

    scripted = Scripted(say)
    models = [
        model("cheap", scripted.url, quality=0.5),
        model("able", scripted.url, quality=0.9, prices={"input": 20, "output": 80}),
    ]
    yield make_gateway(models, routing={"required_quality_from_complexity": False})
    scripted.close()


def evaluate(gateway, *arguments, check=True):
    return gateway.command("evaluate", *arguments, "--gateway", gateway.url, check=check)


def test_what_routing_saves_and_keeps(two_models, tmp_path):
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, TASKS)))
    page = tmp_path / "page.html"
    models = ["--model", "auto:cascade", "--model", "auto:cost_optimized"]
    answer = evaluate(two_models, "quality", str(tmp_path / "tasks.jsonl"), *models, "--format", "json", "--html", str(page))
    best, cheapest, cascade, cost = json.loads(answer.stdout)
    assert [row["asked"] for row in (best, cheapest)] == ["able (best)", "cheap (cheapest)"]
    assert (best["quality_retention"], best["saved_usd"], best["mean_score"]) == (1, 0, 1)
    # Without JSON it has neither of the two checks, and rain right.
    assert (cheapest["quality_retention"], cheapest["mean_score"]) == (0.5, 0.5)
    assert cost == cheapest | {"asked": "auto:cost_optimized", "mean_ms": cost["mean_ms"]}
    assert (cascade["quality_retention"], cascade["mean_score"]) == (1, 1)
    # What the cheap model's rejected answer cost is taken off what was saved.
    rejected = 2_000 * len(TASKS[0]["prompt"].split()) + 8_000 * 8
    rain = 18_000 * len(TASKS[1]["prompt"].split()) + 72_000 * 3
    assert cascade["saved_usd"] == pytest.approx((rain - rejected) / 1e9, abs=1e-6)
    assert cascade["within_limits"] == 1
    # Rows are written after their answers.
    eventually(lambda: len(two_models.rows("SELECT 1 FROM request WHERE strategy = 'cascade'")) == len(TASKS))
    rows = two_models.rows("SELECT SUM(cost_nanodollars) AS cost FROM request WHERE strategy = 'cascade'")
    assert cascade["usd"] == pytest.approx(rows[0]["cost"] / 1e9, abs=1e-6)
    xml.dom.minidom.parseString(page.read_text())
    assert "able (best)" in page.read_text()


def test_limits_count_for_cost_and_latency_together(two_models, tmp_path):
    (tmp_path / "tasks.jsonl").write_text(json.dumps(TASKS[0]))
    for limits in (["--max-cost", "0.0000001"], ["--max-latency", "0.01"]):
        answer = evaluate(two_models, "quality", str(tmp_path / "tasks.jsonl"), *limits, "--format", "json")
        assert [row["within_limits"] for row in json.loads(answer.stdout)] == [0, 0, 0, 0]


def test_what_is_wrong_is_said(two_models, tmp_path):
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(json.dumps(TASKS[0] | {"checks": {"jsn": True}}))
    answer = evaluate(two_models, "quality", str(tasks), check=False)
    assert answer.returncode == 1 and "tasks.jsonl:1: checks has no jsn" in answer.stderr
    tasks.write_text(json.dumps(TASKS[0]))
    answer = evaluate(two_models, "quality", str(tasks), "--model", "nosuch", check=False)
    assert answer.returncode == 1 and "404" in answer.stderr and "nosuch" in answer.stderr
    answer = two_models.command("evaluate", "quality", str(tasks), "--gateway", "http://127.0.0.1:1", check=False)
    assert answer.returncode == 1 and "no gateway answers at http://127.0.0.1:1" in answer.stderr


def test_without_a_gateway_there_is_one(tmp_path):
    """One command on a fresh checkout: simulated models, labelled so, whose costs are those of prompt, answer and prices."""
    task = {"id": "rain", "task": "summary", "prompt": "What falls from clouds?", "reference": "It is the rain.", "max_tokens": 8}
    (tmp_path / "tasks.jsonl").write_text(json.dumps(task | {"checks": {"contains": ["rain"], "words_max": 5}}))
    command = [SWITCHYARD, "evaluate", "quality", "tasks.jsonl", "--model", "sim-medium", "--max-cost", "0.00005"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    answer = subprocess.run(
        [*command, "--format", "json"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    best, cheapest, medium = json.loads(answer.stdout)
    assert [row["asked"] for row in (best, cheapest, medium)] == ["sim-large (best)", "sim-small (cheapest)", "sim-medium"]
    # 23 bytes of prompt are 6 tokens and 15 of the answer 4, at Config/models.yaml's prices.
    assert cheapest["usd"] == pytest.approx((6 * 0.15 + 4 * 0.60) / 1e6, abs=5e-7)
    assert medium["usd"] == pytest.approx((6 * 0.80 + 4 * 4.00) / 1e6, abs=5e-7)
    assert best["usd"] == pytest.approx((6 * 2.50 + 4 * 10.00) / 1e6, abs=5e-7)
    assert medium["saved_usd"] == pytest.approx(best["usd"] - medium["usd"], abs=1e-6)
    assert [row["mean_score"] for row in (best, cheapest, medium)] == [1, 1, 1]
    # Too dear for the limit, one of them; none is late.
    assert [row["within_limits"] for row in (best, cheapest, medium)] == [0, 1, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.jsonl"]
    text = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert "Simulated: backends made answers, costs and times up" in text.stdout


PROBLEMS = [
    {
        "task_id": f"HumanEval/{number}",
        "prompt": f'import math\n\n\ndef {name}(n):\n    """{text}"""\n',
        "entry_point": name,
        "canonical_solution": f"    return {solution}\n",
        "test": f"def check(candidate):\n    assert candidate(3) == {right}\n    assert candidate(0) == 0\n",
    }
    for number, (name, text, solution, right) in enumerate(
        [("double", "Twice n.", "2 * n", 6), ("root", "The whole root of n squared.", "math.isqrt(n * n)", 3)]
    )
]

GOOD = {
    "double": "Here:\n```python\ndef double(n):\n    return n + n\n```\nThat is all.",
    "root": "    return abs(n)",
}
MALICIOUS = {
    "network": "import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\nreturn 2 * n",
    "fork bomb": "import os\nwhile True: os.fork()",
    "endless": "while True: pass",
    "asleep": "import time\ntime.sleep(600)",
    "deaf": "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\ntime.sleep(600)",
    "file read": "return 2 * n if open('{secret}').read() else 0",
    "passwords": "return 2 * n if open('/etc/passwd').read() else 0",
    "environment": "import os\nreturn 2 * n if 'SWITCHYARD_ADMIN_TOKEN' in os.environ else 0 / 0",
    "file write": "open('/usr/lib/evil', 'w')\nreturn 2 * n",
    "disk": "with open('/tmp/x', 'wb') as f:\n    while True: f.write(b'x' * 1000000)",
    "memory": "x = 'x' * (8 << 30)\nreturn 2 * n",
    "output": "while True: print('x' * 100000)",
    "exit": "import os\nos._exit(0)",
    "child": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nreturn 2 * n",
}  # fmt: skip


@pytest.fixture
def coder(make_gateway):
    answers = dict(GOOD)

    def say(name, prompt):
        answer = answers["double" if "def double" in prompt else "root"]
        return answer() if callable(answer) else answer

    scripted = Scripted(say)
    gateway = make_gateway([model("coder", scripted.url)])
    gateway.answers = answers
    yield gateway
    scripted.close()


def solve(gateway, file, *arguments, check=True):
    results = gateway.folder / "results.jsonl"
    answer = evaluate(gateway, "code", str(file), *arguments, "--format", "json", "--results", str(results), check=check)
    if answer.returncode:
        return answer, []
    return json.loads(answer.stdout)[0], [json.loads(line) for line in results.read_text().splitlines()]


@needs_sandbox
def test_problems_are_solved_and_counted(coder, tmp_path):
    file = tmp_path / "problems.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, PROBLEMS)).encode()))
    row, _ = solve(coder, file, "--model", "coder")
    assert (row["asked"], row["pass_at_1"], row["passed"]) == ("coder", 1, 2)
    assert row["usd"] > 0
    row, _ = solve(coder, file, "--canonical")
    assert row["pass_at_1"] == 1
    coder.answers["root"] = "    return n + 1"
    row, lines = solve(coder, file, "--model", "coder")
    assert (row["pass_at_1"], row["failed"]) == (0.5, 1)
    assert [line["outcome"] for line in lines] == ["passed", "failed"]
    assert "AssertionError" in lines[1]["reason"]
    assert 0 < row["low"] < 0.5 < row["high"] < 1


@needs_sandbox
def test_base_and_plus_are_counted_apart_over_several_answers(coder, tmp_path):
    """In EvalPlus's form, three answers to each of two problems: one always right, one with a flaw that only plus finds."""
    inputs = {"base_input": [[3], [0]], "plus_input": [[-3]]}
    problems = [{key: value for key, value in problem.items() if key != "test"} | inputs for problem in PROBLEMS]
    answers = iter(["    return n", "    return n + 1", "    return abs(n)"])
    coder.answers["root"] = lambda: next(answers)
    file = tmp_path / "problems.jsonl"
    file.write_text("\n".join(map(json.dumps, problems)))
    results = tmp_path / "results.jsonl"
    arguments = ["--model", "coder", "--samples", "3", "--k", "2", "--format", "json", "--results", str(results)]
    base, plus = json.loads(evaluate(coder, "code", str(file), *arguments).stdout)
    assert (base["tests"], base["pass_at_1"], base["pass_at_2"], base["passed"]) == ("base", 0.833, 1, 5)
    # Of three pairs of answers to the second problem two have the right one.
    assert (plus["tests"], plus["pass_at_1"], plus["pass_at_2"], plus["passed"]) == ("plus", 0.667, 0.833, 4)
    assert (plus["failed"], plus["unanswered"], plus["usd"]) == (2, 0, base["usd"])
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    failed = {(line["sample"], line["tests"]): line["reason"] for line in lines if line["outcome"] == "failed"}
    assert set(failed) == {(0, "plus"), (1, "base"), (1, "plus")}
    assert "root(-3,) is -3, not 3" in failed[0, "plus"] and "root(3,) is 4, not 3" in failed[1, "base"]
    for wrong, said in ((["--k", "4"], "--k is 1 to --samples"), (["--samples", "0"], "at least 1")):
        answer = evaluate(coder, "code", str(file), *arguments, *wrong, check=False)
        assert answer.returncode == 64 and said in answer.stderr


@pytest.fixture
def secret():
    """A file that anybody on the machine may read."""
    with tempfile.NamedTemporaryFile("w", dir="/var/tmp") as file:
        file.write("secret")
        file.flush()
        os.chmod(file.name, 0o644)
        yield file.name


@needs_sandbox
@pytest.mark.parametrize("kind", MALICIOUS)
def test_malicious_answers_are_contained(coder, tmp_path, secret, kind):
    body = MALICIOUS[kind].format(port=coder.port, secret=secret) if "{" in MALICIOUS[kind] else MALICIOUS[kind]
    coder.answers["double"] = "\n".join("    " + line for line in body.splitlines())
    file = tmp_path / "problems.jsonl"
    file.write_text(json.dumps(PROBLEMS[0]))
    began = time.monotonic()
    row, lines = solve(coder, file, "--model", "coder", "--seconds", "4")
    assert time.monotonic() - began < 30
    # A child that is left behind does nothing to the tests, and ends with them.
    assert row["passed"] == (1 if kind == "child" else 0), lines
    stopped = {"endless": "timed_out", "asleep": "timed_out", "deaf": "timed_out", "output": "wrote_too_much"}
    assert kind not in stopped or lines[0]["outcome"] == stopped[kind], lines
    assert not leftovers()
    assert coder.get("/healthz")[0] == 200


def leftovers():
    """Processes that run Python from standard input as nobody: what a sandbox runs."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"-X\0utf8\0-\0" in (entry / "cmdline").read_bytes():
                found.append(entry.name)
        except OSError:
            pass
    return found


def test_without_a_sandbox_nothing_is_run(coder, tmp_path):
    if can_sandbox():
        pytest.skip("there is a sandbox")
    file = tmp_path / "problems.jsonl"
    file.write_text(json.dumps(PROBLEMS[0]))
    answer, _ = solve(coder, file, "--canonical", check=False)
    assert answer.returncode == 1 and "answers are only run in a sandbox" in answer.stderr
