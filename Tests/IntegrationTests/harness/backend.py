"""A model server that does what its address says and remembers, byte for byte, what it was asked.

A registry entry's base URL chooses the behaviour: `backend.url("status/503")` always answers 503, `backend.url("cut")`
breaks its streams off. What arrived is in `backend.requests`, in order.
"""

import json
import select
import socket
import threading
import time
from dataclasses import dataclass, field

PROMPT_TOKENS = 11
COMPLETION_TOKENS = 7
USAGE = {
    "prompt_tokens": PROMPT_TOKENS,
    "completion_tokens": COMPLETION_TOKENS,
    "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
}
WORDS = ["The", " sky", " scatters", " blue", " light", "."]


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int
    chunks_sent: int = 0
    gone: threading.Event = field(default_factory=threading.Event)
    gone_at: float = 0
    # When it had come, and when its answer had gone, by the monotonic clock.
    began: float = field(default_factory=time.monotonic)
    ended: float = float("inf")

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)

    def mark_gone(self):
        if not self.gone.is_set():
            self.gone_at = time.monotonic()
            self.gone.set()


class ClientGone(Exception):
    """The gateway closed the connection."""


class Backend:
    """Listens on a port of the kernel's choice until `close`."""

    def __init__(self, port=0):
        self.requests: list[Request] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, behaviour):
        return f"http://127.0.0.1:{self.port}/{behaviour}/v1"

    def clear(self):
        self.requests.clear()

    @property
    def last(self):
        return self.requests[-1]

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        reader = connection.makefile("rb")
        try:
            while request := read_request(reader, number):
                self.requests.append(request)
                try:
                    goes_on = Answer(connection, request).give()
                finally:
                    request.ended = min(request.ended, time.monotonic())
                if not goes_on:
                    return
        except (ClientGone, OSError, ValueError):
            pass
        finally:
            if self.requests:
                for request in self.requests:
                    if request.connection == number:
                        request.mark_gone()
            reader.close()
            connection.close()


def read_request(reader, connection):
    line = reader.readline()
    if not line:
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers = []
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
    if any(name.lower() == "transfer-encoding" for name, _ in headers):
        body = b""
        while size := int(reader.readline().split(b";")[0], 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
    else:
        body = reader.read(lengths[0]) if lengths else b""
    return Request(method, path, headers, body, connection)


class Answer:
    """What one request gets, by the first part of its path."""

    def __init__(self, connection, request):
        self.connection = connection
        self.request = request
        self.behaviour, _, endpoint = request.path.partition("/v1/")
        self.behaviour = self.behaviour.strip("/").split("/")
        self.endpoint = endpoint

    def give(self):
        """Answers, and says whether the connection goes on."""
        name, *arguments = self.behaviour
        return getattr(self, name.replace("-", "_"))(*arguments)

    # Behaviours: each is a first part of a path.

    def answer(self):
        if self.endpoint == "embeddings":
            return self.send_json(embeddings(self.request.json))
        if not self.request.json.get("stream"):
            return self.send_json(completion(self.request.json, self.endpoint))
        return self.stream()

    def status(self, code, *headers):
        """`status/429/retry-after/2`: the code, then headers in pairs."""
        error = {"message": f"backend says {code}", "type": "server_error", "param": None, "code": None}
        return self.send_json({"error": error}, status=int(code), headers=zip(headers[::2], headers[1::2]))

    def tell_tale(self, code):
        """`tell-tale/401`: repeats the key that it was sent, in every place of an answer; 200 for a stream's error."""
        key = self.request.header("authorization").removeprefix("Bearer ")
        escaped = key.replace("-", "\\\\-", 1)
        error = {"message": f"Incorrect API key provided: {key}. {'x' * 940} {escaped}", "type": key, "code": key}
        if int(code) != 200:
            return self.send_json({"error": error}, status=int(code), headers=[("x-request-id", key)])
        if not self.request.json.get("stream"):
            return self.send_json({"error": error})
        self.send_stream_head()
        self.send_event(chunk(self.request.json, {"content": "The"}))
        self.wait(0.1)
        self.send_event({"error": error})
        return self.end_stream()

    def worker(self, waiting):
        """`worker/3`: one's own worker, which says that 3 requests wait in its queue."""
        if self.request.method == "POST":
            return self.answer()
        page = f'vllm:num_requests_running{{engine="0"}} 1\nvllm:num_requests_waiting{{engine="0"}} {waiting}\n'
        return self.send_text(page + "vllm:kv_cache_usage_perc 0.5\n")

    def patient(self):
        """One that says that it is well."""
        return self.send_json({"status": "ok"}) if self.request.method == "GET" else self.answer()

    def silent(self):
        self.wait(600)

    def slow(self, count, milliseconds):
        """`slow/100/10`: a stream of 100 chunks, 10 ms apart."""
        return self.stream(count=int(count), pause=int(milliseconds) / 1000)

    def late(self, milliseconds):
        """`late/500`: a whole answer after 500 ms."""
        self.wait(int(milliseconds) / 1000)
        # Before it is sent: what follows the answer may begin before this thread goes on.
        self.request.ended = time.monotonic()
        return self.answer()

    def cut(self, count):
        """`cut/3`: a stream that breaks off after 3 chunks."""
        self.stream(count=int(count), finish=False)

    def stall(self, count):
        self.stream(count=int(count), finish=False)
        self.wait(600)

    def malformed(self):
        self.send_stream_head()
        self.send_event(b"{this is not json")
        return self.end_stream()

    def truncated(self):
        body = json.dumps(completion(self.request.json, self.endpoint)).encode()
        self.send(head(200, "application/json", len(body) + 10) + body)

    def html(self):
        body = b"<html>502 Bad Gateway</html>"
        self.send(head(200, "text/html", len(body)) + body)
        return True

    def redirect(self):
        self.send(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
        return True

    def endless(self):
        """A stream that goes on as long as someone takes it."""
        self.send_stream_head()
        while True:
            self.send_event(chunk(self.request.json, {"content": "x" * 16384}))

    # How answers are written.

    def stream(self, count=None, pause=0.0, finish=True):
        request, chat = self.request.json, self.endpoint == "chat/completions"
        if request.get("tools"):
            return self.stream_tool_call()
        words = WORDS if count is None else ["word "] * count
        self.send_stream_head()
        if chat:
            self.send_event(chunk(request, {"role": "assistant", "content": ""}))
        for word in words:
            self.wait(pause)
            self.send_event(chunk(request, {"content": word}) if chat else text_chunk(request, word))
        if not finish:
            return False
        self.send_event(chunk(request, {}, "stop") if chat else text_chunk(request, "", "stop"))
        if (request.get("stream_options") or {}).get("include_usage"):
            last = chunk(request, {}) if chat else text_chunk(request, "")
            self.send_event(last | {"choices": [], "usage": USAGE})
        return self.end_stream()

    def stream_tool_call(self):
        """A call of the first tool, its arguments in pieces."""
        request, call = self.request.json, completion(self.request.json, self.endpoint)["choices"][0]["message"]
        function = call["tool_calls"][0]["function"]
        self.send_stream_head()
        first = {"index": 0, "id": "call_1", "type": "function", "function": function | {"arguments": ""}}
        self.send_event(chunk(request, {"role": "assistant", "content": None, "tool_calls": [first]}))
        for piece in function["arguments"]:
            part = {"index": 0, "function": {"arguments": piece}}
            self.send_event(chunk(request, {"tool_calls": [part]}))
        self.send_event(chunk(request, {}, "tool_calls"))
        return self.end_stream()

    def end_stream(self):
        self.send_event(b"[DONE]")
        self.send(b"0\r\n\r\n")
        return True

    def send_stream_head(self):
        self.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
            b"openai-processing-ms: 5\r\nx-request-id: backend-id\r\n\r\n"
        )

    def send_event(self, data):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        event = b"data: " + data + b"\n\n"
        self.send(b"%x\r\n%s\r\n" % (len(event), event))
        self.request.chunks_sent += 1

    def send_json(self, value, status=200, headers=()):
        body = json.dumps(value).encode()
        self.send(head(status, "application/json", len(body), headers) + body)
        return True

    def send_text(self, text):
        self.send(head(200, "text/plain", len(text)) + text.encode())
        return True

    def send(self, data):
        try:
            self.connection.sendall(data)
        except OSError as error:
            self.request.mark_gone()
            raise ClientGone from error

    def wait(self, seconds):
        """Waits, unless the gateway closes the connection first."""
        if seconds and select.select([self.connection], [], [], seconds)[0]:
            self.request.mark_gone()
            raise ClientGone


def head(status, kind, length, headers=()):
    lines = [f"HTTP/1.1 {status} Status", f"content-type: {kind}", f"content-length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def completion(request, endpoint):
    text = "".join(WORDS)
    common = {"id": "cmpl-1", "created": 1_700_000_000, "model": request["model"], "usage": USAGE}
    if endpoint == "completions":
        choice = {"index": 0, "text": text, "finish_reason": "stop", "logprobs": None}
        return common | {"object": "text_completion", "choices": [choice]}
    message = {"role": "assistant", "content": text}
    if request.get("tools"):
        name = request["tools"][0]["function"]["name"]
        call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": '{"city": "Zürich"}'}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if request.get("tools") else "stop"}
    return common | {"object": "chat.completion", "choices": [choice]}


def chunk(request, delta, finish_reason=None):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": request["model"],
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }


def text_chunk(request, text, finish_reason=None):
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1_700_000_000,
        "model": request["model"],
        "choices": [{"index": 0, "text": text, "finish_reason": finish_reason, "logprobs": None}],
    }


def embeddings(request):
    inputs = request["input"] if isinstance(request["input"], list) else [request["input"]]
    # Two floats, 0.5 and -1.0, little-endian in base64 where the client asks for it, as its default is.
    vector = "AAAAPwAAgL8=" if request.get("encoding_format") == "base64" else [0.5, -1.0]
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(len(inputs))]
    usage = {"prompt_tokens": PROMPT_TOKENS, "total_tokens": PROMPT_TOKENS}
    return {"object": "list", "data": data, "model": request["model"], "usage": usage}
