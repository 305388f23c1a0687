"""The ledger in PostgreSQL: what was served is in it, through restarts of the database and of the gateway."""

import concurrent.futures
import json

import pytest

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS
from harness.gateway import eventually
from harness.postgresql import PostgreSQL

CHAT = {"model": "capture", "messages": [{"role": "user", "content": "x"}]}
ADMIN = {"authorization": "Bearer integration-tests-token", "content-type": "application/json"}


@pytest.fixture
def database(server):
    return server.make_database()


def count(server, database):
    return int(server.query(database, "SELECT count(*) FROM request")[0][0])


def test_reports_read_what_was_served(make_gateway, server, database, backend):
    gateway = make_gateway(ledger={"url": database})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bodies = [CHAT | {"stream": number % 2 == 0} for number in range(200)]
        assert [*pool.map(lambda body: gateway.post("/v1/chat/completions", body)[0], bodies)] == [200] * 200
    eventually(lambda: count(server, database) == 200)
    files = ["--config", str(gateway.settings_path), "--models", str(gateway.models_path)]
    for arguments in (files, [*files, "--ledger", database]):
        (row,) = json.loads(gateway.command("report", *arguments, "--by", "model", "--json").stdout)
        assert (row["requests"], row["input_tokens"]) == (200, 200 * PROMPT_TOKENS)
        assert row["cost_usd"] == pytest.approx(200 * (PROMPT_TOKENS * 2000 + COMPLETION_TOKENS * 8000) / 1e9)
    sections = json.loads(gateway.command("report", *files, "--section", "full", "--json").stdout)
    assert len(sections) == 14


def test_rows_wait_while_the_database_is_away(make_gateway):
    server = PostgreSQL()
    database = server.make_database()
    gateway = make_gateway(ledger={"url": database, "durability": "strict"})
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    assert count(server, database) == 1
    server.command("stop")
    assert [gateway.post("/v1/chat/completions", CHAT)[0] for _ in range(50)] == [200] * 50
    assert gateway.metric("switchyard_ledger_spilled_rows") == 50
    # A process that dies with rows in its spill file leaves them to the next one.
    gateway.kill()
    server.command("start")
    gateway.start()
    eventually(lambda: count(server, database) == 51, seconds=15)
    eventually(lambda: gateway.metric("switchyard_ledger_spilled_rows") == 0)
    assert gateway.metric("switchyard_ledger_lost_rows_total") == 0
    server.command("stop")
    server.command("start")
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    eventually(lambda: count(server, database) == 52, seconds=15)
    gateway.stop()
    server.close()


def test_budgets_and_administration_survive_a_restart(make_gateway, server, database):
    budget = {"id": "the-budget", "scope": "everyone", "measure": "usd", "cap": 1, "window": "day"}
    gateway = make_gateway(ledger={"url": database, "durability": "strict"}, budgets=[budget])
    for _ in range(3):
        assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    before = gateway.metric("switchyard_budget_spent", budget="the-budget")
    gateway.kill()
    gateway.start()
    assert before > 0
    assert gateway.metric("switchyard_budget_spent", budget="the-budget") == before
    rows = server.query(database, "SELECT sum(cost_nanodollars) FROM request")
    assert round(before * 1e9) == int(rows[0][0])


def test_a_password_in_the_url_is_refused(make_gateway, server, database):
    gateway = make_gateway(ledger={"url": database})
    gateway.configure(gateway_models(gateway), ledger={"url": "postgresql://user:hunter2@localhost/x"})
    answer = gateway.command("check", "--config", str(gateway.settings_path), check=False)
    assert answer.returncode != 0 and "password_variable" in answer.stderr + answer.stdout
    assert "hunter2" not in answer.stderr + answer.stdout


def gateway_models(gateway):
    return json.loads(gateway.models_path.read_text())["models"]
