"""A client that goes away takes its work with it, wherever that has got to: the backend sees it at once."""

import json
import select
import socket
import time

import pytest

from harness.gateway import eventually, model
from harness.raw import RawConnection, request

# The bar is 2 ms, and Tests/Benchmarks/gateway measures it. Here no deadline may be the cause, on a busy machine either.
PROMPTLY = 5
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class RawBackend:
    """A listening socket whose connections the test itself reads and writes."""

    def __init__(self, backlog=64):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.listener.settimeout(30)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"

    def accept(self):
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        return connection

    def accept_request(self):
        """The next connection, its first request read to the end."""
        connection = self.accept()
        data = b""
        while not data.endswith(b"}"):
            data += connection.recv(65536)
        return connection

    def has_caller(self):
        return bool(select.select([self.listener], [], [], 0)[0])


@pytest.fixture
def raw_backend():
    backend = RawBackend()
    yield backend
    backend.listener.close()


@pytest.fixture
def make_patient_gateway(make_gateway):
    """Makes gateways in which no deadline can be what ends a call."""
    patience = {"connect_seconds_max": 60, "first_byte_seconds_max": 60, "between_bytes_seconds_max": 60}
    return lambda models, **settings: make_gateway(models, upstream=patience, **settings)


def chat(gateway, name, content="x", **body):
    """A client that has sent its request."""
    body = {"model": name, "messages": [{"role": "user", "content": content}]} | body
    return RawConnection(gateway.port).send(request(json.dumps(body).encode()))


def event(content, finish_reason=None):
    delta = {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}]}
    data = b"data: " + json.dumps({"id": "1", "object": "chat.completion.chunk"} | delta).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


def seconds_until_closed(connection):
    """How long the backend still waits for its connection to close; what was sent before is skipped."""
    start = time.monotonic()
    try:
        while connection.recv(1 << 20):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - start


def expect_cancelled(gateway, attempts=1, pays=False):
    """The one request of this gateway ended because its client went away, and nothing of it is left.

    Its client `pays` if the backend had got the whole prompt by then.
    """
    eventually(lambda: gateway.rows("SELECT 1 FROM request"))
    (row,) = gateway.rows("SELECT outcome, attempt_count, cost_nanodollars, usage_source FROM request")
    assert (row["outcome"], row["attempt_count"]) == ("client_closed", attempts)
    assert (row["cost_nanodollars"] > 0, row["usage_source"] is not None) == (pays, pays)
    assert gateway.in_flight() == 0
    assert gateway.metric("switchyard_upstream_connections") == gateway.metric("switchyard_upstream_idle_connections")


@pytest.mark.parametrize("stream", [False, True])
def test_while_the_backend_thinks(make_patient_gateway, raw_backend, stream):
    gateway = make_patient_gateway([model("raw", raw_backend.url)])
    client = chat(gateway, "raw", stream=stream)
    connection = raw_backend.accept_request()
    client.socket.close()
    assert seconds_until_closed(connection) < PROMPTLY
    expect_cancelled(gateway, pays=True)


@pytest.mark.parametrize("resets", [False, True])
def test_while_the_answer_streams(make_patient_gateway, raw_backend, resets):
    gateway = make_patient_gateway([model("raw", raw_backend.url)])
    client = chat(gateway, "raw", stream=True)
    connection = raw_backend.accept_request()
    connection.sendall(STREAM_HEAD + event("Hello"))
    client.read_until(b"Hello")
    if resets:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.socket.close()
    assert seconds_until_closed(connection) < PROMPTLY
    expect_cancelled(gateway, pays=True)


def test_while_a_whole_answer_comes(make_patient_gateway, raw_backend):
    gateway = make_patient_gateway([model("raw", raw_backend.url)])
    client = chat(gateway, "raw")
    connection = raw_backend.accept_request()
    connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"id": ')
    time.sleep(0.05)
    client.socket.close()
    assert seconds_until_closed(connection) < PROMPTLY
    expect_cancelled(gateway, pays=True)


def test_while_the_backend_takes_the_prompt(make_patient_gateway, raw_backend):
    gateway = make_patient_gateway([model("raw", raw_backend.url, context_window=100_000_000)])
    client = chat(gateway, "raw", content="word " * 1_200_000)
    connection = raw_backend.accept()
    connection.recv(1)
    client.socket.close()
    time.sleep(0.05)
    assert seconds_until_closed(connection) < PROMPTLY
    expect_cancelled(gateway)


def test_while_the_connection_is_made(make_patient_gateway):
    """Nothing answers the gateway's SYN: the backlog is full."""
    backend = RawBackend(backlog=0)
    with socket.create_connection(backend.listener.getsockname()):
        gateway = make_patient_gateway([model("raw", backend.url)])
        client = chat(gateway, "raw")
        eventually(lambda: gateway.in_flight() == 1)
        client.socket.close()
        eventually(lambda: gateway.in_flight() == 0, seconds=PROMPTLY)
        expect_cancelled(gateway)


def test_while_the_connection_is_secured(make_patient_gateway, raw_backend):
    gateway = make_patient_gateway([model("raw", raw_backend.url.replace("http", "https"))])
    client = chat(gateway, "raw")
    connection = raw_backend.accept()
    connection.recv(1)
    client.socket.close()
    assert seconds_until_closed(connection) < PROMPTLY
    expect_cancelled(gateway)


def test_while_it_waits_for_a_slot(make_patient_gateway, raw_backend):
    gateway = make_patient_gateway([model("raw", raw_backend.url, concurrency_max=1)])
    first = chat(gateway, "raw")
    connection = raw_backend.accept_request()
    second = chat(gateway, "raw")
    waiting = "switchyard_queue_depth"
    eventually(lambda: gateway.metric(waiting) == 1)
    second.socket.close()
    eventually(lambda: gateway.metric(waiting) == 0, seconds=PROMPTLY)
    first.socket.close()
    assert seconds_until_closed(connection) < PROMPTLY
    assert not raw_backend.has_caller()


def test_while_it_waits_to_try_again(make_patient_gateway, backend):
    gateway = make_patient_gateway([model("busy", backend.url("status/429/retry-after/1"))])
    client = chat(gateway, "busy")
    eventually(lambda: len(backend.requests) == 1)
    time.sleep(0.1)
    client.socket.close()
    expect_cancelled(gateway)
    time.sleep(1.2)
    assert len(backend.requests) == 1


def memory_mib(gateway):
    with open(f"/proc/{gateway.pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def test_while_it_reads_nothing(make_patient_gateway, backend):
    """The backend stalls because the client does, and is let go of with it; in between, little is held."""
    gateway = make_patient_gateway([model("endless", backend.url("endless"))])
    memory = memory_mib(gateway)
    client = chat(gateway, "endless", stream=True)

    def has_stalled():
        count = backend.requests and backend.last.chunks_sent
        time.sleep(0.3)
        return count and backend.last.chunks_sent == count

    eventually(has_stalled, seconds=20)
    assert backend.last.chunks_sent * 16384 < 32 << 20
    assert memory_mib(gateway) - memory < 16
    client.socket.close()
    assert backend.last.gone.wait(PROMPTLY)
    expect_cancelled(gateway, pays=True)


def test_an_answer_that_is_done_is_not_cancelled(make_patient_gateway, raw_backend):
    """The backend ends its body a moment after `[DONE]`, as most do, and the next request comes on the connection."""
    gateway = make_patient_gateway([model("raw", raw_backend.url)], loops=1)
    connection = None
    for _ in range(3):
        client = chat(gateway, "raw", stream=True)
        connection = connection or raw_backend.accept()
        connection.recv(65536)
        connection.sendall(STREAM_HEAD + event("Hello", "stop") + b"e\r\ndata: [DONE]\n\n\r\n")
        assert b"data: [DONE]" in client.read_all()
        connection.sendall(b"0\r\n\r\n")
        eventually(lambda: gateway.metric("switchyard_upstream_idle_connections") == 1)
