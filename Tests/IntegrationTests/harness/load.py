"""Many clients at once, in one thread: what the abuse run and the soak ask gateways with."""

import asyncio
import json
import resource


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def chat_request(body):
    """A chat as bytes on the wire."""
    data = json.dumps(body).encode()
    return b"POST /v1/route HTTP/1.1\r\nhost: gateway\r\ncontent-length: %d\r\n\r\n%s" % (len(data), data)


class Answer:
    """What came back: whole, or a stream's events."""

    def __init__(self, head, body, is_stream):
        self.status = int(head[9:12])
        self.body = body
        self.is_stream = is_stream

    def verdict(self):
        """`answered`; `broken` for a stream that says at its end that it broke off; or what is wrong."""
        if self.status != 200:
            return f"{self.status} {self.body[:300].decode(errors='replace')}"
        if not self.is_stream:
            return "answered" if json.loads(self.body)["choices"] else "an answer without choices"
        events = [line[6:] for line in self.body.split(b"\n") if line.startswith(b"data: ")]
        has_error = any(event.startswith(b'{"error"') for event in events)
        if events[-1:] == [b"[DONE]"]:
            finished = any(b'"finish_reason":"' in event.replace(b" ", b"") for event in events)
            return "answered" if finished and not has_error else "a [DONE] that is not true"
        return "broken" if has_error else "a stream without an end"


class Caller:
    """One client with one connection that it keeps as long as it can."""

    def __init__(self, port):
        self.port = port
        self.reader = self.writer = None

    async def call(self, request):
        if self.writer is None or self.reader.at_eof():
            self.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        try:
            self.writer.write(request)
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            if b"transfer-encoding: chunked" in head:
                return Answer(head, dechunked(await self.reader.readuntil(b"\r\n0\r\n\r\n")), True)
            length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = Answer(head, await self.reader.readexactly(length), False)
            if b"connection: close" in head:
                self.close()
            return answer
        except (asyncio.IncompleteReadError, OSError):
            self.close()
            raise

    def close(self):
        """Goes away at once, whatever is under way."""
        if self.writer is not None:
            self.writer.transport.abort()
        self.reader = self.writer = None


def dechunked(data):
    pieces, start = [], 0
    while True:
        end = data.index(b"\r\n", start)
        size = int(data[start:end], 16)
        if size == 0:
            return b"".join(pieces)
        pieces.append(data[end + 2 : end + 2 + size])
        start = end + 2 + size + 2
