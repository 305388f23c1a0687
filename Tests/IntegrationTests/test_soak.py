"""Half of peak load for a long time, with 2 % of every fault mixed in: nothing leaks, sticks, or is billed wrongly.

Most of the load is h2load's, as Python cannot make half of what the gateway takes. Beside it come the requests whose
answers are read to their end, and the clients that vanish.

Two minutes as a test; SOAK_SECONDS, which `deploy/soak` sets, makes it longer. `-s` shows its progress.
"""

import asyncio
import json
import os
import random
import time
from collections import Counter

import pytest

from harness.bulk import Bulk
from harness.gateway import Gateway, Simulation, eventually, metric_of, model
from harness.load import Caller, chat_request, raise_descriptor_limit
from harness.ports import free_port

SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))
# Until caches and pools are full.
WARM_UP_SHARE = 0.25
FAULT_RATE = 0.02
# Each is the trouble of one model, which meets it in that share of its calls.
FAULTS = [
    "500", "502", "503", "503:seconds=1", "529", "408", "409", "429", "429:seconds=1", "429:date=2", "429:ms=300",
    "401", "404", "context_exceeded", "content_refused", "hang_up", "silence", "delay:300", "wrong_content_type",
    "cut:0", "stall:0", "malformed:0", "error_event:0", "cut:3", "stall:3", "malformed:3", "error_event:3",
    "truncated", "endless", "drip:1", "content_filter:3", "no_done", "after_done", "usage_missing", "usage_wrong",
]  # fmt: skip
DOWN = ["refused", "hanging", "unknown-host", "no-tls"]
QUICK = {
    "time_to_first_token_ms": {"mean": 20, "deviation": 5},
    "time_between_tokens_ms": 2,
    "output_tokens": {"mean": 12, "max": 32},
}
CLIENTS = 256
# Requests a second whose answers are looked at.
LOOKED_AT = 100


@pytest.fixture
def rig(tmp_path):
    """Simulated backends in one process, a gateway in front of them in another."""
    raise_descriptor_limit()
    hanging = free_port()
    faults = [{"faults": [{"fault": fault, "rate": FAULT_RATE}]} for fault in FAULTS]
    sick = {f"sick-{number}": QUICK | fault for number, fault in enumerate(faults)}
    # One that has them all.
    shares = {"faults": [{"fault": fault, "rate": FAULT_RATE / len(FAULTS)} for fault in FAULTS]}
    models = sick | {"sickly": QUICK | shares, "spare": QUICK, "other-spare": QUICK}
    simulation = Simulation(tmp_path, models, hanging_address=f"127.0.0.1:{hanging}")
    addresses = [f"http://127.0.0.1:{port}/v1" for port in (free_port(), hanging)]
    addresses += ["http://no-such-host.invalid/v1", simulation.url.replace("http", "https")]
    registry = [
        model(
            name,
            simulation.url,
            context_window=1_000_000 if "spare" in name else 32_768,
            concurrency_max=2 * CLIENTS,
        )
        for name in models
    ]
    registry += [model(name, address) for name, address in zip(DOWN, addresses)]
    gateway = Gateway(
        tmp_path,
        registry,
        routing={"attempts_max": 4, "content_refusal": "next_model"},
        upstream={
            "connect_seconds_max": 1,
            "first_byte_seconds_max": 2,
            "between_bytes_seconds_max": 2,
            "whole_seconds_max": 6,
            "response_bytes_max": 1 << 20,
            "keep_alive_seconds_max": 2,
        },
        limits={"request_seconds_max": 15},
        budgets=[{"id": "all", "scope": "everyone", "measure": "usd", "cap": 1_000_000, "window": "month"}],
    )
    yield gateway, simulation
    gateway.stop()
    simulation.stop()


class Soak:
    """The load, and what is seen of it."""

    def __init__(self, gateway, seed=7):
        self.gateway = gateway
        self.draw = random.Random(seed)
        self.idle = []
        self.under_way = set()
        self.verdicts = Counter()
        self.wrong = Counter()
        self.oldest = 0.0

    def request(self):
        name = self.draw.choice([f"sick-{number}" for number in range(len(FAULTS))])
        if self.draw.random() < FAULT_RATE * len(DOWN):
            name = self.draw.choice(DOWN)
        return chat_request({
            "model": name,
            "messages": [{"role": "user", "content": f"When does train {self.draw.random()} leave?"}],
            "stream": self.draw.random() < 0.5,
            "route": {"fallbacks": ["spare", "other-spare"]},
        })  # fmt: skip

    async def one(self, vanishes=False):
        caller = self.idle.pop() if self.idle else Caller(self.gateway.port)
        call = caller.call(self.request())
        try:
            if vanishes:
                await asyncio.wait_for(call, self.draw.random() * 0.05)
                verdict = "answered"
            else:
                verdict = (await call).verdict()
        except TimeoutError:
            verdict = "gone"
        except (asyncio.IncompleteReadError, OSError) as error:
            verdict = f"connection lost: {error!r}"
        if verdict == "gone":
            caller.close()
        else:
            self.idle.append(caller)
        kind = verdict if verdict in ("answered", "broken", "gone") else "failed"
        self.verdicts[kind] += 1
        if kind == "failed":
            self.wrong[verdict[:200]] += 1

    async def hold(self, rate, until):
        """So many requests a second, come what may: a slow answer keeps no other from being asked for."""
        due = time.monotonic()
        while due < until:
            due += self.draw.expovariate(rate)
            await asyncio.sleep(max(due - time.monotonic(), 0))
            task = asyncio.create_task(self.one(vanishes=self.draw.random() < FAULT_RATE))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)

    async def settle(self):
        while self.under_way:
            await asyncio.sleep(0.1)
        for caller in self.idle:
            caller.close()
        self.idle = []


@pytest.mark.alone
@pytest.mark.timeout(SECONDS + 180)
def test_nothing_leaks_sticks_or_is_lost(rig, request, tmp_path):
    gateway, simulation = rig
    descriptors_before = gateway.descriptors()
    soak = Soak(gateway)
    memory = []
    body = json.dumps({
        "model": "sickly",
        "messages": [{"role": "user", "content": "When does the train leave?"}],
        "route": {"fallbacks": ["spare", "other-spare"]},
    })  # fmt: skip

    def bulk(seconds, rate=None):
        load = Bulk(
            gateway.port, "/v1/route", body, clients=CLIENTS, seconds=seconds, rate=rate, folder=tmp_path
        )
        request.addfinalizer(load.stop)
        return load

    peak, _, _ = bulk(5).finish()
    most = bulk(SECONDS, peak / 2 - LOOKED_AT)

    async def run():
        start = time.monotonic()
        load = asyncio.create_task(soak.hold(LOOKED_AT, start + SECONDS))
        print(f"\nsoak: {peak / 2:.0f} requests a second, half of what was answered at most, for {SECONDS:.0f} s")
        while not load.done():
            await asyncio.sleep(min(10, SECONDS / 12))
            seconds = time.monotonic() - start
            page = await asyncio.to_thread(gateway.metrics_text)
            age = metric_of(page, "switchyard_in_flight_age_seconds")
            soak.oldest = max(soak.oldest, age)
            memory.append((seconds, gateway.resident_bytes()))
            print(
                f"soak: {seconds:6.0f} s  {dict(soak.verdicts)}  {memory[-1][1] / 1e6:.1f} MB"
                f"  {gateway.descriptors()} descriptors  oldest {age:.1f} s",
                flush=True,
            )
        await load
        await soak.settle()

    asyncio.run(run())
    rate, answered, failed = most.finish()
    print(f"soak: h2load: {rate:.0f} requests a second, {answered} answered, {failed} failed")
    print(f"soak: what went wrong: {dict(soak.wrong)}")

    assert failed < 0.001 * answered
    seen = soak.verdicts
    assert seen["failed"] < 0.001 * sum(seen.values()), soak.wrong
    # Streams that break once a part of them has been shown can't be answered by another model.
    assert 0 < seen["broken"] < 0.02 * sum(seen.values())
    assert soak.oldest < 16, "a request is stuck"

    warm = [size for seconds, size in memory if seconds > SECONDS * WARM_UP_SHARE]
    half = len(warm) // 2
    first, second = (sum(part) / len(part) for part in (warm[:half], warm[half:]))
    print(f"soak: {first / 1e6:.2f} MB in the first half after the warm-up, {second / 1e6:.2f} MB in the second")
    assert second < 1.05 * first, "memory grows"

    eventually(lambda: gateway.in_flight() == 0 and gateway.metric("switchyard_queue_depth") == 0, seconds=20)
    eventually(lambda: simulation.in_flight() == 0, seconds=20)
    eventually(lambda: gateway.descriptors() <= descriptors_before, seconds=20)
    eventually(lambda: gateway.metric("switchyard_ledger_queued_rows") == 0)
    assert gateway.metric("switchyard_budget_held") == 0
    assert gateway.metric("switchyard_ledger_lost_rows_total") == 0
    (sums,) = gateway.rows("SELECT count(*) AS rows, sum(cost_nanodollars) AS cost FROM request")
    assert round(gateway.metric("switchyard_budget_spent") * 1e9) == sums["cost"]
    print(f"soak: {sums['rows']} rows, ${sums['cost'] / 1e9:.6f} by ledger and budget alike")
