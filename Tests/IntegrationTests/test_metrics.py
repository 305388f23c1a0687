"""What Prometheus scrapes is well-formed, and true, and alerts look at what there is."""

import json
import os
import pathlib
import re
import subprocess
import time

import pytest

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS
from harness.gateway import eventually

MESSAGES = [{"role": "user", "content": "x"}]


def test_promtool_finds_nothing_to_complain_of(gateway, client):
    client.chat.completions.create(model="capture", messages=MESSAGES)
    list(client.chat.completions.create(model="capture", messages=MESSAGES, stream=True))
    assert gateway.promtool() == ""


def test_the_board_asks_what_prometheus_understands(tmp_path):
    board = json.loads((DEPLOY / "grafana/boards/switchyard.json").read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids) > 10
    # Grafana's grid is 24 wide.
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
    targets = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    # promtool parses them as rules'; the variable is an interval of Grafana's.
    rules = [{"record": f"x:{number}", "expr": expression.replace("$__rate_interval", "1m")} for number, expression in enumerate(targets)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    result = subprocess.run([os.environ["PROMTOOL"], "check", "rules", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_counters_count_what_was_served(make_gateway):
    gateway = make_gateway()
    client = gateway.client()
    for stream in (False, True):
        answer = client.chat.completions.create(model="capture", messages=MESSAGES, stream=stream)
        list(answer) if stream else None
    client_errors = [gateway.post("/v1/chat/completions", b"{")[0] for _ in range(3)]
    assert client_errors == [400] * 3
    assert gateway.metric("switchyard_requests_total", endpoint="chat", model="capture", outcome="completed") == 2
    assert gateway.metric("switchyard_requests_total", outcome="invalid") == 3
    assert gateway.metric("switchyard_attempts_total", model="capture", outcome="completed") == 2
    assert gateway.metric("switchyard_tokens_total", model="capture", kind="input") == 2 * PROMPT_TOKENS
    assert gateway.metric("switchyard_tokens_total", model="capture", kind="output") == 2 * COMPLETION_TOKENS
    cost = 2 * (PROMPT_TOKENS * 2e-6 + COMPLETION_TOKENS * 8e-6)
    assert abs(gateway.metric("switchyard_cost_usd_total", model="capture") - cost) < 1e-9
    assert gateway.metric("switchyard_time_to_first_token_seconds_count", model="capture") == 1
    assert gateway.metric("switchyard_gateway_overhead_seconds_count") >= 2
    assert gateway.in_flight() == 0
    eventually(lambda: gateway.metric("switchyard_ledger_rows_total") == 5)


DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"


def test_every_alert_fires_on_what_it_is_for():
    command = [os.environ["PROMTOOL"], "test", "rules", PROMETHEUS / "rules.test.yml"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    tested = set(re.findall(r"alertname: (\w+)", (PROMETHEUS / "rules.test.yml").read_text()))
    assert tested == set(re.findall(r"alert: (\w+)", (PROMETHEUS / "rules.yml").read_text()))


@pytest.mark.parametrize("file", ["prometheus/rules.yml", "grafana/boards/switchyard.json"])
def test_alerts_and_the_board_look_at_metrics_that_there_are(make_gateway, tmp_path, file):
    """A rule over a name that nothing exports never fires, and a panel stays empty, and nobody notices."""
    day = time.strftime("%Y-%m-%d %H:00:00", time.gmtime())
    (tmp_path / "DE.csv").write_text(f"Datetime (UTC),Zone Id,Carbon Intensity gCO₂eq/kWh (LCA)\n{day},DE,300\n")
    gateway = make_gateway(
        budgets=[{"id": "b", "scope": "everyone", "measure": "gco2e", "cap": 1000, "window": "day"}],
        planner={"mode": "advise"},
        carbon={"sources": [{"kind": "csv", "path": str(tmp_path / "DE.csv"), "zones": ["DE"]}]},
    )
    wanted = {name.removesuffix("_bucket") for name in re.findall(r"switchyard_[a-z_]+", (DEPLOY / file).read_text())}
    assert len(wanted) > 10

    def missing():
        return wanted - set(re.findall(r"^# HELP (\w+)", gateway.metrics_text(), re.MULTILINE))

    eventually(lambda: not missing() or print(missing()))
