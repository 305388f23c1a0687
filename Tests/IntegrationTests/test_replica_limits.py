"""Three gateways on one PostgreSQL, with limits of every kind near their ends: all that there is, and no more.

Longer, with more clients, and while gateways and the database die, it is what `deploy/test-replicas` runs: REPLICAS_SECONDS and
REPLICAS_CLIENTS.
"""

import os
import random
import statistics
import threading
import time
from collections import Counter
from types import SimpleNamespace

import pytest

from harness.backend import Backend
from harness.gateway import Gateway, eventually
from harness.postgresql import PostgreSQL
from harness.replicas import (
    AMOUNTS, BUDGETS, LIMITS, TOKENS, Replicas, arrivals, attempts, budget, fullest, most_at_once, sums,
)

SECONDS = float(os.environ.get("REPLICAS_SECONDS", "20"))
# As many for each kind of limit.
CLIENTS = max(int(os.environ.get("REPLICAS_CLIENTS", "24")) // 8, 3)
SPENDING = dict.fromkeys(BUDGETS, CLIENTS)
PRESSING = dict.fromkeys(LIMITS, CLIENTS) | {"concurrency_max": 3 * CLIENTS}
ANSWERS = 400


@pytest.fixture(scope="module")
def spent(tmp_path_factory):
    """Each budget spent to its end, and each rate limit pressed upon meanwhile, by clients at the same time."""
    backend, server, gateways = Backend(), PostgreSQL(), []

    def make_gateway(models, environment, **settings):
        gateways.append(Gateway(tmp_path_factory.mktemp("gateway"), models, environment, **settings))
        return gateways[-1]

    try:
        database = server.make_database()
        budgets = [budget(kind, ANSWERS, **rule) for kind, rule in BUDGETS.items()]
        replicas = Replicas(make_gateway, backend, 3, database, budgets, LIMITS)
        is_over = threading.Event()
        pressing = threading.Thread(target=replicas.press, args=(PRESSING, is_over.is_set))
        began = time.monotonic()
        pressing.start()
        replicas.spend(SPENDING)
        time.sleep(max(0.0, began + 14 - time.monotonic()))
        is_over.set()
        pressing.join()
        # Rows are written a tick after their answers.
        eventually(lambda: sum(sums(server, database, kind)[0] for kind in [*BUDGETS, *LIMITS]) == answered(replicas))
        yield SimpleNamespace(replicas=replicas, server=server, database=database, calls=replicas.calls())
    finally:
        for gateway in gateways:
            gateway.stop()
        server.close()
        backend.close()


def of_kind(kind, calls):
    return [call for (of, _), some in calls.items() if of == kind for call in some]


def answered(replicas, kinds=(*BUDGETS, *LIMITS)):
    return sum(replicas.count(kind, "answered") for kind in kinds)


@pytest.mark.parametrize("kind", BUDGETS)
def test_a_budget_of_three_is_spent_to_its_end_and_no_further(spent, kind):
    rows, sum = sums(spent.server, spent.database, kind)
    assert sum == pytest.approx({measure: rows * amount for measure, amount in AMOUNTS.items()}, rel=1e-9)
    assert 0.98 * ANSWERS <= rows <= ANSWERS
    assert spent.replicas.count(kind, "spent") > 0


@pytest.mark.parametrize("kind", [*BUDGETS, *LIMITS])
def test_the_ledger_has_what_the_backend_served_and_nothing_else(spent, kind):
    calls = {number: len(requests) for (of, number), requests in spent.calls.items() if of == kind}
    answers = {asked.number for asked in spent.replicas.asked if asked.kind == kind and asked.outcome == "answered"}
    assert calls == dict.fromkeys(answers, 1)
    assert sums(spent.server, spent.database, kind)[0] == len(answers)


RATES = pytest.mark.parametrize("kind, amount", [("requests_per_minute", 1), ("tokens_per_minute", TOKENS)])


def admitted(server, database, kind):
    """When requests were let in, in milliseconds, and by how much of the limit."""
    rows = arrivals(server, database, kind)
    return [(at, 1 if kind == "requests_per_minute" else tokens) for at, tokens in rows]


@RATES
def test_a_rate_of_three_lets_in_no_more_than_one_would(spent, kind, amount):
    limit = LIMITS[kind][kind]
    # A request's tokens are an estimate until its end, and so much is under way at once; and clocks have a grain.
    assert fullest(admitted(spent.server, spent.database, kind), limit) <= limit + CLIENTS * amount


@RATES
def test_a_rate_of_three_is_used_up_before_anyone_is_refused_for_long(spent, kind, amount):
    limit, events = LIMITS[kind][kind], admitted(spent.server, spent.database, kind)
    assert spent.replicas.count(kind, "refused") > 0
    # When what there was at the start is used up.
    end = events[-1][0]
    begin = (events[0][0] + end) // 2
    let_in = sum(amount for at, amount in events if at >= begin)
    # Of each of the three a part of one request is left over.
    assert let_in >= 0.98 * limit * (end - begin) / 60_000 - 3 * amount


def test_requests_at_once_are_as_many_as_allowed_and_no_more(spent):
    assert most_at_once(of_kind("concurrency_max", spent.calls)) == LIMITS["concurrency_max"]["concurrency_max"]
    assert spent.replicas.count("concurrency_max", "refused") > 0


def make_trouble(generator, replicas, server, until):
    """Kills gateways, drains them and restarts the database, one or two at a time, at random; how often each."""
    counts = Counter()
    while not until():
        time.sleep(generator.uniform(1, 4))
        gateway = generator.choice(replicas.gateways)
        trouble = generator.choices(["kill", "drain", "database", "drain without the database"], [5, 2, 3, 1])[0]
        counts[trouble] += 1
        if "database" in trouble:
            server.command("stop")
            time.sleep(generator.uniform(0, 2))
        if trouble == "kill":
            gateway.kill()
            time.sleep(generator.uniform(0, 3))
        elif "drain" in trouble:
            assert gateway.stop() == 0
        if "database" in trouble:
            server.command("start")
        if gateway.process.poll() is not None:
            gateway.start()
    return counts


@pytest.mark.timeout(2 * SECONDS + 240)
def test_no_limit_is_passed_whoever_dies(make_gateway, backend):
    server, minutely = PostgreSQL(), 300
    # Enough that what lasts is nearly spent when the trouble ends, and what is renewed each minute was spent in each.
    database, answers = server.make_database(), int(SECONDS * 15)
    budgets = [budget(kind, answers, **rule) for kind, rule in BUDGETS.items()]
    budgets.append(budget("minute", minutely, measure="tokens", scope="organisation", window="minute"))
    replicas = Replicas(make_gateway, backend, 3, database, budgets, LIMITS)
    clients = SPENDING | {"minute": CLIENTS} | PRESSING
    end = time.monotonic() + SECONDS
    load = threading.Thread(target=replicas.press, args=(clients, lambda: time.monotonic() > end, 4))
    load.start()
    trouble = make_trouble(random.Random(7), replicas, server, lambda: time.monotonic() > end)
    load.join()
    replicas.spend(SPENDING)
    for gateway in replicas.gateways:
        eventually(lambda gateway=gateway: gateway.metric("switchyard_ledger_spilled_rows") == 0, seconds=20)
        assert gateway.metric("switchyard_ledger_lost_rows_total") == 0

    # Whoever was told anything has a row, and each call of a backend for it is in there: once.
    eventually(lambda: {asked.id for asked in replicas.asked if asked.id} <= attempts(server, database).keys())
    calls, known = replicas.calls(), attempts(server, database)
    told = {(asked.kind, asked.number): asked.id for asked in replicas.asked if asked.id}
    assert {number: known[id] for number, id in told.items()} == {number: len(calls[number]) for number in told}
    # What died with a process has a row too, however soon it died, where a budget paid for it.
    paid = [request for kind in [*BUDGETS, "minute"] for request in of_kind(kind, calls)]
    lost = [request.json for request in paid if not known.get(request.header("x-request-id"))]
    assert not lost, f"{len(lost)} of {len(paid)} calls have no row"
    in_flight = sum(clients.values())
    untold = sum(len(some) for number, some in calls.items() if number not in told)
    crashed = {kind: sums(server, database, kind, "crashed") for kind in clients}
    assert untold <= trouble["kill"] * in_flight and sum(rows for rows, _ in crashed.values()) <= trouble["kill"] * in_flight
    print(f"{len(replicas.asked)} requests in {SECONDS:.0f} s by {in_flight} clients; {dict(trouble)}; {untold} calls untold")

    for kind in clients:
        rows, sum_of = sums(server, database, kind)
        assert sum_of == pytest.approx({measure: rows * amount for measure, amount in AMOUNTS.items()}, rel=1e-9), kind
        print(f"{kind:<20} {rows:>6} answered, {crashed[kind][0]} crashed, {replicas.count(kind, 'spent')} refused for good")
    for kind in BUDGETS:
        taken = sums(server, database, kind)[1][kind] + crashed[kind][1][kind]
        print(f"{kind:<20} {taken / answers / AMOUNTS[kind]:.4f} of the budget")
        assert 0.98 * answers * AMOUNTS[kind] <= taken <= answers * AMOUNTS[kind] * (1 + 1e-9), kind
    check_minutes(server, database, minutely)
    for kind, amount in [("requests_per_minute", 1), ("tokens_per_minute", TOKENS)]:
        assert fullest(admitted(server, database, kind), LIMITS[kind][kind]) <= LIMITS[kind][kind] + CLIENTS * amount
    # A backend may be at work for one that is dead; whoever takes its place does not wait for that.
    living = {number: calls[number] for number in told}
    assert most_at_once(of_kind("concurrency_max", living)) <= LIMITS["concurrency_max"]["concurrency_max"]
    server.close()


def check_minutes(server, database, answers):
    """A budget of each minute is kept in each, and spent in most."""
    sql = "SELECT sum(input_tokens + output_tokens) FROM request WHERE tenant = 'minute' GROUP BY started_unix_ms / 60000"
    taken = [int(row[0]) for row in server.query(database, sql + " ORDER BY started_unix_ms / 60000")]
    assert max(taken) <= answers * TOKENS
    whole = [tokens / (answers * TOKENS) for tokens in taken[1:-1]]
    print("shares of each minute's budget:", *(f"{share:.3f}" for share in whole))
    assert len(whole) < 3 or statistics.median(whole) >= 0.98
