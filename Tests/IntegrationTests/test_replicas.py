"""Gateways that share budgets in PostgreSQL: together they spend what one would, at little cost, and stay of one mind."""

import json
import os
import random
import re
import time
import urllib.request

import pytest

from harness.gateway import eventually
from harness.postgresql import PostgreSQL
from harness.replicas import AMOUNTS, BUDGETS, Replicas, budget, sums

CLIENTS = int(os.environ.get("REPLICAS_CLIENTS", "24"))
ADMIN = {"authorization": "Bearer integration-tests-token", "content-type": "application/json"}


def dollars(answers):
    return budget("usd", answers, **BUDGETS["usd"])


@pytest.mark.parametrize("count", [1, 3])
def test_a_budget_is_spent_to_its_end_and_no_further(make_gateway, server, backend, count):
    answers, database = 700, server.make_database()
    replicas = Replicas(make_gateway, backend, count, database, [dollars(answers)])
    replicas.spend({"usd": CLIENTS})
    # Rows are written a tick after their answers.
    eventually(lambda: sums(server, database, "usd")[0] == replicas.count("usd", "answered"))
    rows, taken = sums(server, database, "usd")
    assert rows == sum(map(len, replicas.calls().values()))
    assert taken == pytest.approx({measure: rows * amount for measure, amount in AMOUNTS.items()}, rel=1e-9)
    assert 0.98 * answers <= rows <= answers


def test_traffic_of_leases_is_below_one_transaction_a_second(make_gateway, server, backend):
    budgets = [budget(kind, 1_000_000, **rule) for kind, rule in BUDGETS.items()]
    replicas = Replicas(make_gateway, backend, 3, server.make_database(), budgets, lease_seconds=15)

    def press(seconds):
        end = time.monotonic() + seconds
        replicas.press(dict.fromkeys(BUDGETS, 2), lambda: time.monotonic() > end)

    # Until the parts have come to suit what is asked of each.
    press(4)
    before, began = replicas.exchanges(), time.monotonic()
    press(6)
    seconds = time.monotonic() - began
    for gateway, first, last in zip(replicas.gateways, before, replicas.exchanges()):
        print(f"{(last - first) / seconds:.2f} exchanges a second, for all {len(budgets)} budgets")
        assert 0 < (last - first) / seconds < 1
        assert gateway.promtool() == ""
    assert {asked.refusal for asked in replicas.asked} == {b""}


def test_a_long_stream_draws_what_another_one_does_not_need(make_gateway, server, backend):
    # What is left after the short answers is more than the stream takes, and a quarter of it less.
    replicas = Replicas(make_gateway, backend, 2, server.make_database(), [budget("tokens", 200, **BUDGETS["tokens"])])
    gateway = replicas.gateways[0]
    # From so many on the gateway goes by them: it holds little for the stream at first.
    for _ in range(130):
        assert replicas.ask("tokens", random.Random(0), gateway) == "answered"
    status, _, answer = replicas.post("tokens", gateway, "long", stream=True, max_tokens=2000)
    assert status == 200 and answer.count(b'"word "') == 500
    assert b'"finish_reason": "stop"' in answer and b"[DONE]" in answer and b"the budget" not in answer


def test_a_change_through_one_reaches_the_others(make_gateway, server, backend):
    replicas = Replicas(make_gateway, backend, 2, server.make_database(), [dollars(1000)])
    one, two = replicas.gateways
    budget = {"id": "new", "scope": "everyone", "measure": "usd", "cap": 1e-9, "window": "day"}
    made = admin(one, "/admin/v1/budgets", budget)
    assert made[0] in (200, 201), made
    eventually(lambda: two.metric("switchyard_budget_cap", budget="new") > 0)
    status, _, body = replicas.post("usd", two)
    assert status == 429 and re.search(b"the budget new", body)
    leaders = [gateway.metric("switchyard_lease_leader") for gateway in replicas.gateways]
    assert leaders == [1, 0]
    one.kill()
    eventually(lambda: two.metric("switchyard_lease_leader") == 1)


def admin(gateway, path, body):
    return gateway.fetch(urllib.request.Request(gateway.admin_url + path, json.dumps(body).encode(), ADMIN))


def test_without_the_database_a_policy_decides(make_gateway, backend):
    server = PostgreSQL()
    policies = {"refuse": (429, 429), "lease-only": (200, 429), "open": (200, 200)}
    replicas = {
        policy: Replicas(
            make_gateway, backend, 1, server.make_database(), [dollars(1000)], when_away=policy, durability="relaxed"
        )
        for policy in policies
    }

    def statuses():
        return {policy: some.post("usd", some.gateways[0])[0] for policy, some in replicas.items()}

    assert set(statuses().values()) == {200}
    server.command("stop")
    for some in replicas.values():
        eventually(lambda some=some: some.gateways[0].metric("switchyard_lease_exchanges_total", result="failed") > 0)
    assert statuses() == {policy: first for policy, (first, _) in policies.items()}
    # The lease's own end is four fifths of three seconds after its last renewal.
    time.sleep(2.5)
    assert statuses() == {policy: later for policy, (_, later) in policies.items()}
    server.command("start")
    eventually(lambda: set(statuses().values()) == {200}, seconds=20)
    server.close()
