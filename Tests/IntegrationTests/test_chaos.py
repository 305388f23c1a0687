"""Backends fail as a request asks, and `switchyard chaos` says what became of it."""

import json
import subprocess

from harness.gateway import SWITCHYARD, eventually

MESSAGES = [{"role": "user", "content": "x"}]


def test_a_request_says_what_goes_wrong_at_which_model(gateway, simulation):
    before = simulation.stats()
    body = {
        "model": "sim-small",
        "messages": MESSAGES,
        "metadata": {"simulate": "sim-small=503*; sim-large=ok"},
        "route": {"fallbacks": ["sim-large"]},
    }
    status, headers, answer = gateway.post("/v1/route", body)
    assert status == 200, answer
    assert headers["x-switchyard-model"] == "sim-large"
    after = simulation.stats()
    assert [after[name]["calls"] - before[name]["calls"] for name in ("sim-small", "sim-large")] == [1, 1]
    assert after["sim-small"]["faults"].get("503", 0) == before["sim-small"]["faults"].get("503", 0) + 1


def test_a_fault_for_the_first_attempt_alone_is_gone_at_the_second(gateway, simulation):
    body = {"model": "sim-small", "messages": MESSAGES, "metadata": {"simulate": "503"}, "stream": True}
    status, headers, answer = gateway.post("/v1/chat/completions", body)
    assert (status, headers["x-switchyard-attempts"]) == (200, "2"), answer
    assert answer.endswith(b"data: [DONE]\n\n")
    assert eventually(lambda: simulation.in_flight() == 0)


def chaos(*arguments):
    run = subprocess.run([SWITCHYARD, "chaos", *arguments], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_scorecard_passes_what_has_long_worked(tmp_path):
    page = tmp_path / "scorecard.html"
    scorecard = json.loads(chaos("--json", "--only", "50", "--html", str(page)))
    cells = [cell for cell in scorecard["cells"] if cell["fault"] in ("500", "502", "503")]
    assert len(cells) == 3 * 2 * 4
    assert [cell for cell in cells if cell["reasons"]] == []
    assert all(cell["attempts"] == cell["calls"] for cell in cells)
    assert "<td>503</td>" in page.read_text()


def test_the_scorecard_is_a_table_for_people():
    lines = chaos("--only", "ok").splitlines()
    assert lines[0].split()[:3] == ["fault", "streamed", "recovery"]
    assert lines[1].startswith("ok ")
    assert lines[-1].endswith("pass")
