"""Whatever comes in, the gateway says what is wrong with it and goes on serving."""

import json
import socket
import struct
import time

import pytest

from harness.gateway import eventually
from harness.raw import RawConnection, request, statuses

GOOD = b'{"model":"capture","messages":[{"role":"user","content":"x"}]}'


def with_messages(value):
    return b'{"model":"capture","messages":' + value + b"}"


BAD_BODIES = {
    "empty": b"",
    "not JSON": b"hello",
    "an array": b"[]",
    "null": b"null",
    "truncated": GOOD[:-1],
    "truncated in a string": GOOD[:20],
    "trailing bytes": GOOD + b"x",
    "two values": GOOD + GOOD,
    "a duplicate key": b'{"model":"capture","model":"sim-small","messages":[{"role":"user","content":"x"}]}',
    "an escaped duplicate key": GOOD[:-1] + b',"m\\u006fdel":"sim-small"}',
    "invalid UTF-8 in the model": b'{"model":"capt\xffure","messages":[{"role":"user","content":"x"}]}',
    "invalid UTF-8 in a message": with_messages(b'[{"role":"user","content":"\xc3\x28"}]'),
    "an overlong encoding": with_messages(b'[{"role":"user","content":"\xc0\xaf"}]'),
    "a NUL": with_messages(b'[{"role":"user","content":"a\x00b"}]'),
    "a bare control character": with_messages(b'[{"role":"user","content":"a\nb"}]'),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "deep arrays": with_messages(b"[" * 100_000),
    "deep objects": b'{"a":' * 100_000,
    "a model that is a number": b'{"model":7,"messages":[{"role":"user","content":"x"}]}',
    "a model that is null": b'{"model":null,"messages":[{"role":"user","content":"x"}]}',
    "no model": b'{"messages":[{"role":"user","content":"x"}]}',
    "an empty model": b'{"model":"","messages":[{"role":"user","content":"x"}]}',
    "no messages": b'{"model":"capture"}',
    "messages that are a string": with_messages(b'"x"'),
    "messages that are empty": with_messages(b"[]"),
    "a message that is a number": with_messages(b"[1]"),
    "stream that is a string": GOOD[:-1] + b',"stream":"yes"}',
    "max_tokens that is a string": GOOD[:-1] + b',"max_tokens":"many"}',
    "max_tokens below zero": GOOD[:-1] + b',"max_tokens":-1}',
    "max_tokens beyond any number": GOOD[:-1] + b',"max_tokens":1e999}',
    "max_tokens of 400 digits": GOOD[:-1] + b',"max_tokens":' + b"9" * 400 + b"}",
    "stream_options that is a list": GOOD[:-1] + b',"stream":true,"stream_options":[]}',
    "NaN": GOOD[:-1] + b',"max_tokens":NaN}',
    "a leading zero": GOOD[:-1] + b',"max_tokens":01}',
    "a trailing comma": GOOD[:-1] + b",}",
    "single quotes": b"{'model':'capture'}",
    "a comment": b"/* hi */" + GOOD,
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_with_its_reason(gateway, backend, name):
    status, headers, body = gateway.post("/v1/chat/completions", BAD_BODIES[name])
    assert status == 400, body
    error = json.loads(body)["error"]
    assert error.keys() >= {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert len(error["message"]) > 10
    assert backend.requests == []
    row = gateway.row(headers["x-request-id"])
    assert (row["outcome"], row["status"], row["cost_nanodollars"]) == ("invalid", 400, 0)


@pytest.mark.parametrize(
    "endpoint, body, param",
    [
        ("chat/completions", {"model": "capture", "messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ("completions", {"model": "capture"}, "prompt"),
        ("completions", {"model": "capture", "prompt": 7}, "prompt"),
        ("completions", {"model": "capture", "prompt": "x", "n": 0}, "n"),
        ("completions", {"model": "capture", "prompt": "x", "best_of": 1e9}, "best_of"),
        ("embeddings", {"model": "capture"}, "input"),
        ("embeddings", {"model": "capture", "input": {}}, "input"),
        ("embeddings", {"model": "capture", "input": []}, "input"),
        ("route", {}, "prompt"),
        ("route", {"prompt": 7}, "prompt"),
        ("route", {"messages": [], "route": {}}, "messages"),
        ("route", {"prompt": "x", "route": []}, "route"),
        ("route", {"prompt": "x", "route": {"max_carbon_g": 1e300}}, "route.max_carbon_g"),
    ],
)
def test_the_member_at_fault_is_named(gateway, backend, endpoint, body, param):
    status, _, answer = gateway.post(f"/v1/{endpoint}", body)
    assert status == 400
    assert json.loads(answer)["error"]["param"] == param
    assert backend.requests == []


MISSING = ["no-such-model", "", "\0", "a\nb", "../etc/passwd", "x" * 100_000, "auto:", "auto:fast"]


@pytest.mark.parametrize("name", MISSING, ids=lambda name: repr(name[:20]))
def test_a_model_that_is_not_there_is_a_clear_error(gateway, backend, name):
    body = {"model": name, "messages": [{"role": "user", "content": "x"}]}
    status, headers, answer = gateway.post("/v1/chat/completions", body)
    assert status in (400, 404)
    assert json.loads(answer)["error"]["param"] == "model"
    assert len(answer) < 2000
    assert gateway.row(headers["x-request-id"])["outcome"] == "invalid"
    assert backend.requests == []


def assert_nothing_done(answer):
    """The answer, though the server's own, says as any other what was done for the request: nothing."""
    assert b'"error"' in answer
    assert b"\r\nx-request-id: " in answer
    for line in (b"model: none", b"decision: none", b"cost-usd: 0.000000000", b"attempts: 0"):
        assert b"\r\nx-switchyard-" + line + b"\r\n" in answer


HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n"
BAD_HEADS = {
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    "a bare LF": b"GET /healthz HTTP/1.1\nhost: a\n\n",
    "a folded line": b"GET /healthz HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n",
    "a space before the colon": b"GET /healthz HTTP/1.1\r\nhost : a\r\n\r\n",
    "a NUL in a value": b"GET /healthz HTTP/1.1\r\nhost: a\r\nx: a\x00b\r\n\r\n",
    "a CR in a value": b"GET /healthz HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n",
    "a bad name": b"GET /healthz HTTP/1.1\r\nhost: a\r\nx y: 1\r\n\r\n",
    "an empty name": b"GET /healthz HTTP/1.1\r\nhost: a\r\n: 1\r\n\r\n",
    "no version": b"GET /healthz\r\nhost: a\r\n\r\n",
    "an odd version": b"GET /healthz HTTP/1.1.1\r\nhost: a\r\n\r\n",
    "lower-case version": b"GET /healthz http/1.1\r\nhost: a\r\n\r\n",
    "two spaces": b"GET  /healthz HTTP/1.1\r\nhost: a\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
    "both lengths": HEAD + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": HEAD + b"content-length: 4\r\ncontent-length: 5\r\n\r\nabcde",
    "a list of lengths": HEAD + b"content-length: 4, 4\r\n\r\nabcd",
    "the same length twice": HEAD + b"content-length: 4\r\ncontent-length: 4\r\n\r\nabcd",
    "a negative length": HEAD + b"content-length: -1\r\n\r\n",
    "a signed length": HEAD + b"content-length: +4\r\n\r\nabcd",
    "a hexadecimal length": HEAD + b"content-length: 0x4\r\n\r\nabcd",
    "a length that overflows": HEAD + b"content-length: 18446744073709551617\r\n\r\nx",
    "an unknown coding": HEAD + b"transfer-encoding: gzip\r\n\r\nabcd",
    "chunked not last": HEAD + b"transfer-encoding: chunked, gzip\r\n\r\nabcd",
    "chunked twice": HEAD + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a disguised coding": HEAD + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding with a tab": HEAD + b"transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "a bad chunk size": HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a signed chunk size": HEAD + b"transfer-encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
    "a chunk size that overflows": HEAD + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc",
    "a chunk that is too long": HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "a chunk with a bare LF": HEAD + b"transfer-encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_HEADS)
def test_a_bad_head_is_refused_and_the_connection_closed(gateway, backend, name):
    smuggled = b"GET /v1/models HTTP/1.1\r\nhost: smuggled\r\n\r\n"
    with RawConnection(gateway.port) as connection:
        answer = connection.send(BAD_HEADS[name] + smuggled).read_all()
    # One answer alone: what follows a broken request is never taken for another one.
    assert len(statuses(answer)) == 1, answer
    assert statuses(answer)[0] in (400, 501, 505), answer
    assert_nothing_done(answer)
    assert backend.requests == []


def test_ten_thousand_headers_are_too_many(gateway):
    headers = b"".join(b"x%d: 1\r\n" % number for number in range(10_000))
    with RawConnection(gateway.port) as connection:
        answer = connection.send(b"GET /healthz HTTP/1.1\r\nhost: a\r\n" + headers + b"\r\n").read_all()
    assert statuses(answer) == [431]


def test_one_endless_header_is_too_large(gateway):
    with RawConnection(gateway.port) as connection:
        answer = connection.send(b"GET /healthz HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 200_000).read_all()
    assert statuses(answer) == [431]


def test_an_endless_address_is_too_long(gateway):
    with RawConnection(gateway.port) as connection:
        answer = connection.send(b"GET /" + b"a" * 200_000).read_all()
    assert statuses(answer)[0] in (414, 431)


def test_an_oversized_body_is_refused_before_it_is_sent(gateway):
    with RawConnection(gateway.port) as connection:
        answer = connection.send(HEAD + b"content-length: 1000000000\r\n\r\n" + b"x" * 1000).read_all()
    assert statuses(answer) == [413]
    assert_nothing_done(answer)


def test_an_oversized_chunked_body_is_refused(make_gateway):
    gateway = make_gateway(limits={"body_bytes_max": 4096})
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"
    with RawConnection(gateway.port) as connection:
        answer = connection.send(HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunk * 8).read_all()
    assert statuses(answer) == [413]


def test_a_truncated_body_is_answered_or_dropped_but_never_forwarded(gateway, backend):
    with RawConnection(gateway.port) as connection:
        answer = connection.send(request(GOOD)[:-10]).finish_sending().read_all()
    assert statuses(answer) in ([], [400])
    assert backend.requests == []


def test_a_client_that_closes_its_sending_side_is_taken_as_gone_or_answered(gateway):
    with RawConnection(gateway.port) as connection:
        answer = connection.send(request(GOOD)).finish_sending().read_all()
    assert statuses(answer) in ([], [200])


@pytest.mark.parametrize("length", [1, 10, 30, len(HEAD), len(HEAD) + 1])
def test_a_truncated_head_is_answered_or_dropped(gateway, backend, length):
    with RawConnection(gateway.port) as connection:
        answer = connection.send((HEAD + b"content-length: 4\r\n\r\n")[:length]).finish_sending().read_all()
    assert statuses(answer) in ([], [400])
    assert backend.requests == []


def test_a_client_that_closes_both_sides_at_once_leaves_nothing_behind(gateway):
    body = b'{"model":"slow","stream":true,"messages":[{"role":"user","content":"x"}]}'
    for _ in range(20):
        with RawConnection(gateway.port) as connection:
            connection.send(request(body))
            # With this the close is a reset.
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    eventually(lambda: gateway.in_flight() == 0)


def test_connections_beyond_the_limit_are_told_so(make_gateway):
    gateway = make_gateway(limits={"connections_max": 4})
    held = [RawConnection(gateway.port) for _ in range(4)]
    for connection in held:
        connection.send(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").read_until(b"ok\n")
    with RawConnection(gateway.port) as connection:
        answer = connection.read_all()
    assert statuses(answer) == [503]
    assert b'"server_error"' in answer
    assert_nothing_done(answer)
    held.pop().socket.close()
    eventually(lambda: is_healthy(gateway))


def is_healthy(gateway):
    try:
        return gateway.get("/healthz")[0] == 200
    except OSError:
        return False


def test_slow_senders_are_cut_off(make_gateway):
    gateway = make_gateway(limits={"head_seconds_max": 0.5, "body_seconds_max": 0.5, "idle_seconds_max": 0.5})
    started = time.monotonic()
    with RawConnection(gateway.port) as head, RawConnection(gateway.port) as body, RawConnection(gateway.port) as idle:
        head.send(b"GET /healthz HT")
        body.send(request(GOOD)[:-5])
        for connection in (head, body):
            answer = connection.read_all()
            assert statuses(answer) == [408]
            assert_nothing_done(answer)
        assert statuses(idle.read_all()) == []
    assert time.monotonic() - started < 5


def test_a_sender_of_single_bytes_is_cut_off_as_well(make_gateway):
    gateway = make_gateway(limits={"head_seconds_max": 0.5})
    with RawConnection(gateway.port) as connection:
        started = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError, AssertionError)):
            for byte in b"GET /healthz HTTP/1.1\r\nx: " + b"a" * 1000:
                connection.send(bytes([byte]))
                time.sleep(0.01)
            raise AssertionError("the server waited for ever")
        assert time.monotonic() - started < 3


def test_a_request_in_single_bytes_is_served(gateway):
    with RawConnection(gateway.port) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(GOOD):
            connection.send(bytes([byte]))
        assert statuses(connection.read_all()) == [200]


def test_a_client_that_never_reads_is_cut_off_and_its_backend_with_it(make_gateway, backend):
    gateway = make_gateway(limits={"write_seconds_max": 1})
    body = b'{"model":"endless","stream":true,"messages":[{"role":"user","content":"x"}]}'
    with RawConnection(gateway.port, receive_buffer=4096) as connection:
        connection.send(request(body))
        eventually(lambda: backend.requests)
        assert backend.last.gone.wait(10)
    # Backpressure: what the backend could send is what the buffers on the way hold, tens of MiB at the very most.
    assert backend.last.chunks_sent * 16384 < 64 << 20
    eventually(lambda: gateway.in_flight() == 0)


def test_pipelined_requests_are_answered_in_order(gateway):
    with RawConnection(gateway.port) as connection:
        one = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
        two = request(GOOD, close=False)
        answer = connection.send(one + two + one + request(b"{", close=True)).read_all()
    assert statuses(answer) == [200, 200, 200, 400]


def test_a_chunked_request_is_served(gateway, backend):
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (GOOD[:10], GOOD[10:]))
    head = HEAD + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    with RawConnection(gateway.port) as connection:
        answer = connection.send(head + chunks + b"0\r\ntrailer: dropped\r\n\r\n").read_all()
    assert statuses(answer) == [200]
    assert backend.last.body == GOOD.replace(b'"capture"', b'"upstream-capture"')
    assert backend.last.header("trailer") is None


def test_expect_continue_is_answered(gateway):
    with RawConnection(gateway.port) as connection:
        head, body = request(GOOD, headers=["expect: 100-continue"]).split(b"\r\n\r\n", 1)
        connection.send(head + b"\r\n\r\n")
        assert connection.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        assert statuses(connection.send(body).read_all()) == [200]


def test_thousands_of_broken_connections_leave_nothing_behind(gateway):
    for number in range(2000):
        with RawConnection(gateway.port) as connection:
            connection.send(request(GOOD)[: number % 120])
    eventually(lambda: gateway.in_flight() == 0)
    assert gateway.post("/v1/chat/completions", GOOD)[0] == 200


def test_a_client_that_never_reads_a_whole_answer_is_cut_off(make_gateway, backend):
    gateway = make_gateway(limits={"write_seconds_max": 1})
    with RawConnection(gateway.port, receive_buffer=4096) as connection:
        # Pages enough to fill every buffer on the way, asked for in one go.
        connection.send(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n" * 200)
        time.sleep(2.5)
        assert len(connection.read_all()) < 16 << 20
    assert gateway.get("/healthz")[0] == 200


@pytest.mark.parametrize(
    "first",
    [
        # The length says that the second request is the first one's body, the coding says that it is not.
        b"POST /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 200\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nhost: a\r\nx: a\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0;\n\r\n\r\n",
        b"POST /healthz HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_nothing_is_smuggled(gateway, backend, first):
    with RawConnection(gateway.port) as connection:
        answer = connection.send(first + request(GOOD)).read_all()
    assert len(statuses(answer)) == 1
    assert statuses(answer)[0] in (400, 501)
    assert backend.requests == []


def test_what_the_client_hides_in_a_body_reaches_no_backend_as_a_request(gateway, backend):
    hidden = b"0\r\n\r\nPOST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"
    body = {"model": "capture", "messages": [{"role": "user", "content": hidden.decode()}]}
    headers = {"x-note": "a", "host": "gateway"}
    assert gateway.post("/v1/chat/completions", body, headers)[0] == 200
    assert len(backend.requests) == 1
    assert backend.last.json["messages"] == body["messages"]
    assert backend.last.header("x-note") is None
