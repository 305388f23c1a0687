"""A client that sends exactly the bytes it is given."""

import re
import socket


class RawConnection:
    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def read_all(self):
        """Everything until the server closes."""
        data = b""
        while piece := self._receive():
            data += piece
        return data

    def read_until(self, end):
        data = b""
        while end not in data:
            piece = self._receive()
            if not piece:
                break
            data += piece
        return data

    def _receive(self):
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""


def statuses(data):
    """The status codes of the answers in `data`, in order."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


def request(body, path="/v1/chat/completions", headers=(), method="POST", close=True):
    """A well-formed request as bytes, to be spoilt."""
    lines = [f"{method} {path} HTTP/1.1", "host: gateway", f"content-length: {len(body)}", *headers]
    if close:
        lines.append("connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
