"""Gateways that share budgets in PostgreSQL: together they spend what one would, whoever of them dies.

Longer and with more clients it is what `deploy/test-replicas` runs: REPLICAS_SECONDS and REPLICAS_CLIENTS.
"""

import concurrent.futures
import json
import os
import random
import re
import threading
import time
import urllib.request

import pytest

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS
from harness.gateway import eventually
from harness.postgresql import PostgreSQL

SECONDS = float(os.environ.get("REPLICAS_SECONDS", "20"))
CLIENTS = int(os.environ.get("REPLICAS_CLIENTS", "24"))
CHAT = {"model": "capture", "messages": [{"role": "user", "content": "x"}], "max_tokens": COMPLETION_TOKENS}
ADMIN = {"authorization": "Bearer integration-tests-token", "content-type": "application/json"}
TOKENS = PROMPT_TOKENS + COMPLETION_TOKENS
# Nanodollars of one answer.
COST = PROMPT_TOKENS * 2000 + COMPLETION_TOKENS * 8000


def budgets(answers):
    """One of each kind, of which that in dollars ends first, after so many answers; the others soon after."""
    scope = {"scope": "everyone"}
    return [
        scope | {"id": "dollars", "measure": "usd", "cap": answers * COST / 1e9, "window": "day"},
        scope
        | {"id": "tokens", "measure": "tokens", "cap": int(answers * TOKENS * 1.05), "window": "hour", "rolling": True},
    ]


@pytest.fixture(scope="module")
def server():
    server = PostgreSQL()
    yield server
    server.close()


class Replicas:
    """Gateways on one database, and clients that go from one to the other."""

    def __init__(self, make_gateway, count, database, answers, **ledger):
        ledger = {"url": database, "durability": "strict", "lease_seconds": 3} | ledger
        self.gateways = [make_gateway(ledger=ledger, budgets=budgets(answers)) for _ in range(count)]
        self.answered = self.refused = self.broken = 0
        self.lock = threading.Lock()

    def ask(self, generator):
        """Asks any gateway; whether the budget is known to be spent."""
        gateway = generator.choice(self.gateways)
        try:
            status, _, body = gateway.post("/v1/chat/completions", CHAT)
        except OSError:
            with self.lock:
                self.broken += 1
            time.sleep(0.05)
            return False
        with self.lock:
            self.answered += status == 200
            self.refused += status == 429
        # 504: the backend of the tests, on a busy machine.
        assert status in (200, 429, 503, 504), body
        return status == 429 and b"insufficient_quota" in body

    def spend(self, clients, rate=None, until=lambda: False):
        """Has `clients` ask until each has been refused for good three times in a row."""

        def client(seed):
            generator, refusals = random.Random(seed), 0
            while refusals < 3 and not until():
                refusals = refusals + 1 if self.ask(generator) else 0
                if rate:
                    time.sleep(generator.expovariate(rate))
                elif refusals:
                    time.sleep(0.5)

        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            for future in [pool.submit(client, seed) for seed in range(clients)]:
                future.result()

    def exchanges(self):
        return [gateway.metric("switchyard_lease_exchanges_total", result="done") for gateway in self.gateways]


def sums(server, database, outcome="completed"):
    """Rows, tokens and nanodollars of an outcome."""
    columns = "count(*), coalesce(sum(input_tokens + output_tokens), 0), coalesce(sum(cost_nanodollars), 0)"
    (row,) = server.query(database, f"SELECT {columns} FROM request WHERE outcome = '{outcome}'")
    return [int(value) for value in row]


def served(backend, since):
    return sum(request.path.endswith("/chat/completions") for request in backend.requests[since:])


@pytest.mark.parametrize("count", [1, 3])
def test_a_budget_is_spent_to_its_end_and_no_further(make_gateway, server, backend, count):
    answers, database, before = 700, server.make_database(), len(backend.requests)
    replicas = Replicas(make_gateway, count, database, answers)
    replicas.spend(CLIENTS)
    # Rows are written a tick after their answers.
    eventually(lambda: sums(server, database)[0] == replicas.answered)
    rows, tokens, cost = sums(server, database)
    assert rows == replicas.answered == served(backend, before)
    assert (tokens, cost) == (rows * TOKENS, rows * COST)
    assert 0.98 * answers <= rows <= answers


def test_traffic_of_leases_is_below_one_transaction_a_second(make_gateway, server):
    database = server.make_database()
    replicas = Replicas(make_gateway, 3, database, 1_000_000, lease_seconds=15)

    def spend(seconds):
        end = time.monotonic() + seconds
        replicas.spend(6, rate=20, until=lambda: time.monotonic() > end)

    # Until the parts have come to suit what is asked of each.
    spend(4)
    before, began = replicas.exchanges(), time.monotonic()
    spend(6)
    seconds = time.monotonic() - began
    for gateway, first, last in zip(replicas.gateways, before, replicas.exchanges()):
        assert 0 < (last - first) / seconds < 1
        assert gateway.promtool() == ""
    assert replicas.refused == 0


def test_a_change_through_one_reaches_the_others(make_gateway, server):
    replicas = Replicas(make_gateway, 2, server.make_database(), 1000)
    one, two = replicas.gateways
    budget = {"id": "new", "scope": "everyone", "measure": "usd", "cap": 1e-9, "window": "day"}
    made = admin(one, "/admin/v1/budgets", budget)
    assert made[0] in (200, 201), made
    eventually(lambda: two.metric("switchyard_budget_cap", budget="new") > 0)
    status, _, body = two.post("/v1/chat/completions", CHAT)
    assert status == 429 and re.search(b"the budget new", body)
    leaders = [gateway.metric("switchyard_lease_leader") for gateway in replicas.gateways]
    assert leaders == [1, 0]
    one.kill()
    eventually(lambda: two.metric("switchyard_lease_leader") == 1)


def admin(gateway, path, body):
    return gateway.fetch(urllib.request.Request(gateway.admin_url + path, json.dumps(body).encode(), ADMIN))


def test_without_the_database_a_policy_decides(make_gateway):
    server = PostgreSQL()
    policies = {"refuse": (429, 429), "lease-only": (200, 429), "open": (200, 200)}
    gateways = {
        policy: Replicas(
            make_gateway, 1, server.make_database(), 1000, when_away=policy, durability="relaxed"
        ).gateways[0]
        for policy in policies
    }

    def statuses():
        return {policy: gateway.post("/v1/chat/completions", CHAT)[0] for policy, gateway in gateways.items()}

    assert set(statuses().values()) == {200}
    server.command("stop")
    for gateway in gateways.values():
        eventually(lambda gateway=gateway: gateway.metric("switchyard_lease_exchanges_total", result="failed") > 0)
    assert statuses() == {policy: first for policy, (first, _) in policies.items()}
    # The lease's own end is four fifths of three seconds after its last renewal.
    time.sleep(2.5)
    assert statuses() == {policy: later for policy, (_, later) in policies.items()}
    server.command("start")
    eventually(lambda: set(statuses().values()) == {200}, seconds=20)
    server.close()
