"""Clients that connect and vanish at random moments, thousands at once: afterwards nothing is left of them.

A short run as a test. The long one: ABUSE_CLIENTS=5000 ABUSE_SECONDS=120 ABUSE_GATEWAYS=3 (every third has TLS).
"""

import asyncio
import json
import os
import random
import socket
import ssl
import struct
import time
from collections import Counter

import pytest

from harness.gateway import TRUSTING, Gateway, Simulation, eventually, make_certificate, model
from harness.load import chat_request, raise_descriptor_limit

CLIENTS = int(os.environ.get("ABUSE_CLIENTS", "500"))
SECONDS = float(os.environ.get("ABUSE_SECONDS", "15"))
GATEWAYS = int(os.environ.get("ABUSE_GATEWAYS", "2"))

MODELS = {
    "quick": {},
    "failing": {},
    "slow": {"time_between_tokens_ms": 20, "output_tokens": {"mean": 200, "max": 400}},
    "crowded": {"time_to_first_token_ms": {"mean": 200, "deviation": 0}},
}
# What a client has its model do by the time that it vanishes.
SCRIPTS = {"waiting": ("quick", "silence*"), "queued": ("crowded", "ok"), "streaming": ("slow", "ok")}
SCRIPTS |= {"reading": ("quick", "drip:20*"), "retrying": ("failing", "503*"), "staying": ("quick", "ok")}
PHASES = ["connecting", "handshake", "mid-head", "mid-body", *SCRIPTS]


class Abuse:
    """Clients that each come back as often as time allows; seeded, but for the machine's own pace."""

    def __init__(self, gateways, seed=7):
        self.gateways = gateways
        self.draw = random.Random(seed)
        self.end = time.monotonic() + SECONDS
        self.visits = Counter()

    async def run(self):
        await asyncio.gather(*(self.client(self.gateways[number % len(self.gateways)]) for number in range(CLIENTS)))

    async def client(self, gateway):
        # They come one after the other, not all in the first instant.
        await asyncio.sleep(self.draw.random() * SECONDS / 10)
        while time.monotonic() < self.end:
            phase = self.draw.choice(PHASES)
            try:
                await asyncio.wait_for(self.visit(gateway, phase), 30)
                self.visits[phase] += 1
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                # A full backlog, or a connection over the limit.
                self.visits[f"{phase}: {type(error).__name__}"] += 1

    async def visit(self, gateway, phase):
        has_tls = gateway.url.startswith("https")
        context = TRUSTING if has_tls and phase != "handshake" else None
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, ssl=context)
        try:
            writer.write(self.words(phase))
            if phase == "staying":
                answer = await reader.readuntil(b"\r\n\r\n")
                assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503")), answer
            elif phase == "streaming":
                await reader.read(self.draw.randrange(1, 8192))
            await asyncio.sleep(self.draw.expovariate(10))
        finally:
            self.vanish(writer)

    def words(self, phase):
        """What a client says before it vanishes."""
        if phase == "connecting":
            return b""
        if phase == "handshake":
            return client_hello()[: self.draw.randrange(1, 200)]
        name, script = SCRIPTS.get(phase, ("quick", "ok"))
        request = chat_request({
            "model": name,
            "messages": [{"role": "user", "content": "x" * self.draw.randrange(1, 20_000)}],
            "stream": phase == "streaming" or phase != "reading" and self.draw.random() < 0.5,
            "metadata": {"simulate": script},
        })  # fmt: skip
        head = request.index(b"\r\n\r\n")
        if phase == "mid-head":
            return request[: self.draw.randrange(1, head)]
        if phase == "mid-body":
            return request[: self.draw.randrange(head, len(request))]
        return request

    def vanish(self, writer):
        """Closes the connection, resets it, or only stops sending first; never with TLS's farewell."""
        own = writer.transport.get_extra_info("socket")
        way = self.draw.random()
        if writer.transport.is_closing():
            return
        if way < 0.3:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif way < 0.5 and writer.transport.get_extra_info("sslcontext") is None and writer.can_write_eof():
            writer.write_eof()
        writer.transport.abort()


def client_hello():
    """The first bytes of a TLS client."""
    outgoing = ssl.MemoryBIO()
    connection = TRUSTING.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="gateway")
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


@pytest.fixture
def rig(tmp_path):
    raise_descriptor_limit()
    simulation = Simulation(tmp_path, MODELS)
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make_certificate("gateway", certificate, key)
    tls = {"tls_certificate": str(certificate), "tls_key": str(key)}
    gateways = []
    for number in range(GATEWAYS):
        folder = tmp_path / str(number)
        folder.mkdir()
        registry = [model(name, simulation.url, concurrency_max=4 if name == "crowded" else 10_000) for name in MODELS]
        gateways.append(
            Gateway(
                folder,
                registry,
                api=tls if number % 3 == min(GATEWAYS, 3) - 1 and GATEWAYS > 1 else {},
                upstream={"keep_alive_seconds_max": 2},
                limits={"head_seconds_max": 2, "body_seconds_max": 2, "idle_seconds_max": 5},
                budgets=[{"id": "all", "scope": "everyone", "measure": "usd", "cap": 1_000_000, "window": "month"}],
                rate_limits=[{"scope": "everyone", "concurrency_max": 100_000}],
            )
        )
    yield gateways, simulation
    for gateway in gateways:
        gateway.stop()
    simulation.stop()


@pytest.mark.timeout(SECONDS + 180)
def test_nothing_is_left_of_clients_that_vanish(rig):
    gateways, simulation = rig
    before = [gateway.descriptors() for gateway in gateways]
    abuse = Abuse(gateways)
    asyncio.run(abuse.run())
    print(f"abuse: {sum(abuse.visits.values())} visits: {dict(abuse.visits)}")
    assert all(abuse.visits[phase] > 0 for phase in PHASES)

    eventually(lambda: simulation.in_flight() == 0, seconds=20)
    for gateway, descriptors in zip(gateways, before):
        for gauge, rest in {
            # The scrape itself is a request on a connection.
            "switchyard_in_flight_requests": 1,
            "switchyard_connections": 1,
            "switchyard_model_in_flight_requests": 0,
            "switchyard_queue_depth": 0,
            "switchyard_upstream_connections": 0,
            "switchyard_budget_holds": 0,
            "switchyard_budget_held": 0,
            "switchyard_ledger_queued_rows": 0,
        }.items():
            assert eventually(lambda: gateway.metric(gauge) <= rest, seconds=20), gauge
        eventually(lambda: gateway.descriptors() <= descriptors, seconds=20)
        (sums,) = gateway.rows("SELECT count(*) AS rows, sum(cost_nanodollars) AS cost FROM request")
        assert round(gateway.metric("switchyard_budget_spent") * 1e9) == sums["cost"]
        status, _, body = gateway.post("/v1/chat/completions", json.loads(chat_request({}).split(b"\r\n\r\n")[1]) | {
            "model": "quick", "messages": [{"role": "user", "content": "x"}]
        })  # fmt: skip
        assert status == 200, body
        print(
            f"abuse: gateway {gateways.index(gateway)}: {sums['rows']} rows, {gateway.resident_bytes() / 1e6:.1f} MB,"
            f" {gateway.descriptors()} descriptors ({descriptors} before)"
        )
