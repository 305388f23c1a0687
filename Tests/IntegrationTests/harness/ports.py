"""Ports for the programs under test, which no other run of the tests gets at the same time."""

import random
import socket

# Below those that the kernel gives to connections, which could else be on a port before its program is.
FIRST, LAST = 10_000, 32_000
BLOCK = 100


def _listener(port):
    return socket.create_server(("127.0.0.1", port))


def _ports():
    # A block of ports is whose process listens on the first of them, for as long as it lives.
    claims = []
    for first in random.sample(range(FIRST, LAST, BLOCK), (LAST - FIRST) // BLOCK):
        try:
            claims.append(_listener(first))
        except OSError:
            continue
        for port in range(first + 1, first + BLOCK):
            try:
                _listener(port).close()
            except OSError:
                continue
            yield port


PORTS = _ports()


def free_port():
    """A port that nothing listens on, another one each time."""
    return next(PORTS)
