"""What was served is in the ledger: all of it, once, and to the nanodollar."""

import concurrent.futures
import json
import resource
import sqlite3
import threading
import time
import uuid

import pytest

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS
from harness.gateway import eventually, model

CHAT = {"model": "capture", "messages": [{"role": "user", "content": "x"}]}
COST_USD = (PROMPT_TOKENS * 2000 + COMPLETION_TOKENS * 8000) / 1e9


def count(gateway):
    return gateway.rows("SELECT count(*) AS count FROM request")[0]["count"]


def report(gateway, *arguments):
    files = ["--config", str(gateway.settings_path), "--models", str(gateway.models_path)]
    return json.loads(gateway.command("report", *files, *arguments, "--json").stdout)


def test_the_report_sums_to_what_the_backend_served(make_gateway, backend):
    gateway = make_gateway()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bodies = [CHAT | {"stream": number % 2 == 0} for number in range(200)]
        answers = list(pool.map(lambda body: gateway.post("/v1/chat/completions", body)[0], bodies))
    assert answers == [200] * 200
    assert len(backend.requests) == 200
    eventually(lambda: count(gateway) == 200)
    row = next(row for row in report(gateway, "--by", "model") if row["model"] == "capture")
    assert row["requests"] == 200
    assert row["input_tokens"] == 200 * PROMPT_TOKENS
    assert row["output_tokens"] == 200 * COMPLETION_TOKENS
    assert row["cost_usd"] == pytest.approx(200 * COST_USD, abs=1e-12)


def test_simulated_models_are_charged_what_they_say_they_used(make_gateway):
    gateway = make_gateway(routing={"auto_models": ["sim-small", "sim-large"]})
    client = gateway.client()
    used = {}
    for number in range(40):
        raw = client.chat.completions.with_raw_response.create(
            model="auto:round_robin", messages=[{"role": "user", "content": f"Count to {number}."}]
        )
        usage = raw.parse().usage
        tokens = used.setdefault(raw.headers["x-switchyard-model"], [0, 0])
        tokens[0] += usage.prompt_tokens
        tokens[1] += usage.completion_tokens
    assert used.keys() == {"sim-small", "sim-large"}
    eventually(lambda: count(gateway) == 40)
    rows = gateway.rows(
        "SELECT model_used, sum(input_tokens) AS input, sum(output_tokens) AS output, min(is_simulated) AS simulated "
        "FROM request GROUP BY model_used"
    )
    assert {row["model_used"]: [row["input"], row["output"]] for row in rows} == used
    assert all(row["simulated"] == 1 for row in rows)


def test_kill_9_under_load_loses_no_answer_that_was_received_whole(make_gateway):
    gateway = make_gateway(ledger={"durability": "strict"})
    received, stop = [], threading.Event()

    def load(stream):
        body = CHAT | {"stream": stream}
        while not stop.is_set():
            try:
                status, headers, answer = gateway.post("/v1/chat/completions", body)
            except OSError:
                return
            except Exception:
                # An answer that broke off: the client knows that it has not got it.
                continue
            if status == 200 and (not stream or answer.endswith(b"data: [DONE]\n\n")):
                received.append(headers["x-request-id"])

    threads = [threading.Thread(target=load, args=(number % 2 == 0,)) for number in range(16)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(received) > 300, seconds=20)
    gateway.kill()
    stop.set()
    for thread in threads:
        thread.join()

    # Some of them may be in the spill file, for the next process to write.
    gateway.start()
    known = {str(uuid.UUID(bytes=row["id"])) for row in gateway.rows("SELECT id FROM request")}
    assert set(received) <= known
    assert gateway.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200


def test_a_locked_database_delays_rows_and_loses_none(make_gateway):
    gateway = make_gateway()
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    eventually(lambda: count(gateway) == 1)
    lock = sqlite3.connect(gateway.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        started = time.monotonic()
        assert [gateway.post("/v1/chat/completions", CHAT)[0] for _ in range(50)] == [200] * 50
        assert time.monotonic() - started < 3
        time.sleep(0.3)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    eventually(lambda: count(gateway) == 51, seconds=15)


def test_strict_keeps_its_word_while_the_database_is_locked(make_gateway):
    gateway = make_gateway(ledger={"durability": "strict"})
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    lock = sqlite3.connect(gateway.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        started = time.monotonic()
        answers = [gateway.post("/v1/chat/completions", CHAT) for _ in range(10)]
        assert [status for status, _, _ in answers] == [200] * 10
        assert time.monotonic() - started < 5
        gateway.kill()
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    gateway.start()
    eventually(lambda: count(gateway) == 11, seconds=15)
    received = {headers["x-request-id"] for _, headers, _ in answers}
    assert received <= {str(uuid.UUID(bytes=row["id"])) for row in gateway.rows("SELECT id FROM request")}


@pytest.mark.parametrize("durability, requests", [("relaxed", 200), ("strict", 10)])
def test_a_full_disk_fails_no_request_and_loses_no_row(make_gateway, durability, requests):
    gateway = make_gateway(ledger={"durability": durability})
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    eventually(lambda: count(gateway) == 1)
    # Less than the database has already, and room for some twenty rows in the spill file; the others stay in memory.
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (32 << 10, resource.RLIM_INFINITY))
    started = time.monotonic()
    assert [gateway.post("/v1/chat/completions", CHAT)[0] for _ in range(requests)] == [200] * requests
    assert time.monotonic() - started < 5
    time.sleep(0.3)
    assert count(gateway) < requests / 2
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eventually(lambda: count(gateway) == requests + 1, seconds=15)
    assert gateway.metric("switchyard_ledger_lost_rows_total") == 0
    assert gateway.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"


def test_rows_that_could_not_be_written_survive_a_restart(make_gateway):
    gateway = make_gateway()
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    eventually(lambda: count(gateway) == 1)
    lock = sqlite3.connect(gateway.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        assert [gateway.post("/v1/chat/completions", CHAT)[0] for _ in range(20)] == [200] * 20
        time.sleep(0.2)
        assert gateway.stop() == 0
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    gateway.start()
    eventually(lambda: count(gateway) == 21, seconds=15)
    ids = [row["id"] for row in gateway.rows("SELECT id FROM request")]
    assert len(set(ids)) == 21


def test_an_exact_cache_hit_costs_nothing(make_gateway, backend):
    gateway = make_gateway(cache={"enabled": True})
    for stream in (False, True):
        backend.clear()
        body = CHAT | {"temperature": 0, "stream": stream}
        first, second = (gateway.post("/v1/chat/completions", body) for _ in range(2))
        assert without_comments(first[2]) == without_comments(second[2])
        assert len(backend.requests) == 1
        assert second[1]["x-switchyard-model"] == "capture"
        assert second[1]["x-switchyard-cache"] == "hit"
        assert second[1]["x-switchyard-attempts"] == "0"
        assert float(second[1]["x-switchyard-cost-usd"]) == 0
        row = gateway.row(second[1]["x-request-id"])
        assert (row["outcome"], row["cost_nanodollars"]) == ("cache_hit", 0)


def test_what_may_be_answered_in_another_way_is_not_cached(make_gateway, backend):
    gateway = make_gateway(cache={"enabled": True})
    for body in (CHAT, CHAT, CHAT | {"temperature": 0.5}, CHAT | {"temperature": 0.5}):
        assert gateway.post("/v1/chat/completions", body)[0] == 200
    assert len(backend.requests) == 4


def without_comments(stream):
    return [line for line in stream.splitlines() if not line.startswith(b":")]


@pytest.mark.parametrize("behaviour", ["slow/10/20", "cut/3"])
def test_a_streams_cost_is_expected_in_its_head_and_told_at_its_end(make_gateway, backend, behaviour):
    gateway = make_gateway([model("streamed", backend.url(behaviour))])
    _, headers, body = gateway.post("/v1/chat/completions", CHAT | {"model": "streamed", "stream": True})
    assert headers["x-switchyard-cost-basis"] == "expected"
    assert float(headers["x-switchyard-cost-usd"]) > 0
    last, end = body.removesuffix(b"\n\n").split(b"\n\n")[-2:]
    assert end == b"data: [DONE]" if behaviour == "slow/10/20" else b'"error"' in end
    told = last.removeprefix(b": x-switchyard-cost-usd: ")
    row = gateway.row(headers["x-request-id"])
    assert float(told) * 1e9 == pytest.approx(row["cost_nanodollars"])
    assert row["cost_nanodollars"] > 0


def test_old_rows_are_deleted(make_gateway):
    gateway = make_gateway(ledger={"retention_days": 2})
    for _ in range(3):
        assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    eventually(lambda: count(gateway) == 3)
    assert gateway.stop() == 0
    with sqlite3.connect(gateway.database) as connection:
        # An id begins with its time, in 48 bits of milliseconds.
        for number, days in ((1, 3), (2, 1)):
            (id,) = connection.execute("SELECT id FROM request WHERE number = ?", (number,)).fetchone()
            aged = int.from_bytes(id[:6]) - days * 86_400_000
            connection.execute("UPDATE request SET id = ? WHERE number = ?", (aged.to_bytes(6) + id[6:], number))
    connection.close()
    gateway.start()
    eventually(lambda: [row["number"] for row in gateway.rows("SELECT number FROM request")] == [2, 3])
    assert gateway.rows("SELECT count(*) AS count FROM attempt")[0]["count"] == 2


def test_the_report_tells_savings_and_limits_kept(make_gateway):
    gateway = make_gateway(routing={"auto_models": ["sim-small", "sim-large"]})
    body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
    for cost, latency in ((1, 60_000), (1, 1)):
        route = {"strategy": "cost_optimized", "max_cost_usd": cost, "max_latency_ms": latency, "relax": True}
        assert gateway.post("/v1/route", body | {"model": "auto", "route": route})[0] == 200
    eventually(lambda: count(gateway) == 2)
    (row,) = report(gateway, "--by", "strategy")
    assert row["requests"] == row["successes"] == 2
    assert row["saved_usd"] > 0
    assert row["quality_retention"] == 0 and row["quality_tasks"] == 2, "the small model is not as good"
    assert 0 < row["expected_quality"] < 1
    assert row["within_limits"] == 0.5 and row["limits_set"] == 2
    assert row["carbon_low_g"] < row["carbon_g"] < row["carbon_high_g"] and row["modelled"] == 2
    assert row["single_saved_usd"] == 0, "the small model alone would have done as well"


def test_every_section_of_a_report_is_json(make_gateway):
    gateway = make_gateway(routing={"auto_models": ["sim-small", "sim-large"]})
    body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
    assert gateway.post("/v1/chat/completions", body)[0] == 200
    eventually(lambda: count(gateway) == 1)
    sections = report(gateway, "--section", "full", "--sla-cost", "1", "--sla-latency", "60000")
    assert len(sections) == 14 and all(sections.values())
    (service,) = sections["service"]
    assert service["sla"] == 1 and service["sla_requests"] == 1
