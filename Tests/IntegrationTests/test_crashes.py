"""The process is killed at any moment; after the restart its budgets say what its ledger says, to the nanodollar.

CRASHES sets how often; the figures in the documentation are of 200.
"""

import concurrent.futures
import os
import random
import sqlite3
import threading
import time

import openai
import pytest

from harness.gateway import eventually, model
from harness.scripted import Scripted

CRASHES = int(os.environ.get("CRASHES", "8"))
BUDGETS = [
    {"id": "all-usd", "scope": "everyone", "measure": "usd", "cap": 1000, "window": "month"},
    {"id": "all-tokens", "scope": "everyone", "measure": "tokens", "cap": 1_000_000_000, "window": "month"},
    {"id": "small-usd", "scope": "model", "of": "sim-small", "measure": "usd", "cap": 1000, "window": "month"},
]
SUMS = """
    SELECT sum(cost_nanodollars) AS cost, sum(input_tokens + output_tokens) AS tokens,
        sum(outcome = 'crashed') AS crashed, count(*) AS count
    FROM request
"""
SMALL = "SELECT sum(cost_nanodollars) AS cost FROM attempt WHERE model = 'sim-small'"


@pytest.mark.timeout(60 + 3 * CRASHES)
def test_budgets_equal_the_ledger_after_every_crash(make_gateway):
    gateway = make_gateway(budgets=BUDGETS, ledger={"durability": "strict"})
    chance = random.Random(5)
    crashed = 0
    for _ in range(CRASHES):
        answers = load_until_killed(gateway, chance.uniform(0.01, 0.4), chance)
        gateway.start()
        sums, small = gateway.rows(SUMS)[0], gateway.rows(SMALL)[0]
        assert gateway.metric("switchyard_budget_held") == 0
        assert nano(gateway, "all-usd") == (sums["cost"] or 0)
        assert round(gateway.metric("switchyard_budget_spent", budget="all-tokens")) == (sums["tokens"] or 0)
        assert nano(gateway, "small-usd") == (small["cost"] or 0)
        known = {row["id"] for row in gateway.rows("SELECT hex(id) AS id FROM request")}
        lost = [answer for answer in answers if answer.replace("-", "").upper() not in known]
        assert not lost, "an answer that a client has whole is in the ledger"
        crashed = sums["crashed"] or 0
    assert crashed > 0, "some requests died with the process, and were booked"


@pytest.mark.parametrize("locked", [False, True], ids=["", "while the ledger takes nothing"])
def test_a_call_is_booked_however_soon_the_process_dies(make_gateway, locked):
    gateway = None

    def die(*_):
        gateway.process.kill()
        return "too late"

    backend = Scripted(die)
    gateway = make_gateway([model("deadly", backend.url)], budgets=BUDGETS[:2], ledger={"durability": "strict"})
    lock = sqlite3.connect(gateway.database, isolation_level=None)
    try:
        for number in range(1, 4):
            if locked:
                lock.execute("BEGIN EXCLUSIVE")
            ask = {"model": "deadly", "max_tokens": 16, "messages": [{"role": "user", "content": "Farewell."}]}
            with pytest.raises(Exception):
                gateway.post("/v1/chat/completions", ask)
            gateway.kill()
            if locked:
                lock.execute("ROLLBACK")
            gateway.start()
            rows = gateway.rows("SELECT outcome, output_tokens AS tokens, cost_nanodollars AS cost FROM request")
            assert [(row["outcome"], row["tokens"]) for row in rows] == [("crashed", 16)] * number
            assert len(backend.asked) == number
            assert nano(gateway, "all-usd") == sum(row["cost"] for row in rows)
            assert eventually(lambda: gateway.metric("switchyard_ledger_spilled_rows") == 0)
    finally:
        lock.close()
        backend.close()


def test_the_journal_is_ahead_of_a_stream(make_gateway, backend):
    """Around 2,048 tokens, which are held for it at first: four words are some five."""
    models = [model(f"after-{words}", backend.url(f"stall/{words}")) for words in range(1560, 1660, 20)]
    patience = {"between_bytes_seconds_max": 20}
    gateway = make_gateway(models, budgets=BUDGETS[:2], ledger={"durability": "strict"}, upstream=patience)
    for entry in models:
        ask = {"model": entry["id"], "max_tokens": 4000, "messages": [{"role": "user", "content": "x"}]}
        with gateway.client().chat.completions.create(stream=True, **ask) as stream:
            for _ in range(int(entry["id"].split("-")[1])):
                next(stream)
            # Two ticks, and then some.
            time.sleep(0.3)
            (hold,) = gateway.rows("SELECT tokens - input_tokens AS tokens FROM hold")
        (row,) = eventually(lambda: gateway.rows("SELECT output_tokens AS tokens FROM request WHERE requested_model = ?", entry["id"]))
        assert row["tokens"] > 0 and hold["tokens"] >= row["tokens"] + 48, (entry["id"], hold, row)


def nano(gateway, name):
    return round(gateway.metric("switchyard_budget_spent", budget=name) * 1e9)


def load_until_killed(gateway, seconds, chance):
    """Sends whole and streamed requests from 12 threads, and kills the gateway so long after all of them have begun.

    Returns the ids of whole answers.
    """
    over = threading.Event()
    seeds = [chance.random() for _ in range(12)]
    # A client takes tens of milliseconds to make: without this, a busy machine kills gateways that nobody asked.
    ready = threading.Barrier(len(seeds) + 1)

    def send(seed):
        own, ids = random.Random(seed), []
        client = gateway.client()
        ready.wait(30)
        while not over.is_set():
            request = {
                "model": own.choice(["sim-small", "sim-large", "slow"]),
                "messages": [{"role": "user", "content": "x" * own.randrange(1, 400)}],
                "max_tokens": own.choice([4, 32]),
            }
            try:
                if own.random() < 0.5:
                    answer = client.chat.completions.with_raw_response.create(**request)
                    answer.parse()
                    ids.append(answer.headers["x-request-id"])
                else:
                    for _ in client.chat.completions.create(stream=True, **request):
                        pass
            except openai.OpenAIError:
                pass
            except Exception as error:  # The SDK lets some errors of a cut connection through as httpx's own.
                assert "httpx" in type(error).__module__ or "httpcore" in type(error).__module__, error
        return ids

    with concurrent.futures.ThreadPoolExecutor(len(seeds)) as pool:
        jobs = [pool.submit(send, seed) for seed in seeds]
        try:
            ready.wait(30)
            assert eventually(lambda: gateway.rows("SELECT count(*) AS calls FROM hold")[0]["calls"], 30), "calls have begun"
            time.sleep(seconds)
            gateway.kill()
        finally:
            over.set()
        return [answer for job in jobs for answer in job.result()]
