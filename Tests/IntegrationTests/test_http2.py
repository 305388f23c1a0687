"""A backend that speaks HTTP/2 is reached through libcurl's own layer, with the same results."""

import pathlib
import socket
import subprocess
import sys

import pytest

from harness.gateway import eventually, model
from harness.ports import free_port


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def http2_url():
    port = free_port()
    program = pathlib.Path(__file__).with_name("harness") / "http2_backend.py"
    backend = subprocess.Popen([sys.executable, program, str(port)], stderr=subprocess.DEVNULL)
    eventually(lambda: listens(port), 15)
    yield f"http://127.0.0.1:{port}/v1"
    backend.terminate()
    backend.wait(10)


@pytest.mark.parametrize("version, spoken", [("http1", "HTTP/1.1"), ("http2_prior_knowledge", "HTTP/2")])
def test_a_model_is_spoken_to_as_its_entry_says(make_gateway, http2_url, version, spoken):
    gateway = make_gateway([model("m", http2_url, http_version=version)])
    request = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    client = gateway.client()
    for _ in range(3):
        raw = client.chat.completions.with_raw_response.create(**request)
        assert raw.parse().choices[0].message.content == spoken
    row = gateway.row(raw.headers["x-request-id"])
    assert (row["input_tokens"], row["output_tokens"]) == (3, 2)
    chunks = list(client.chat.completions.create(**request, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == spoken
