"""The gateway before an inference server that no one here wrote: llama.cpp's, with a model of random weights."""

import subprocess
import sys
import urllib.request

import openai
import pytest

from harness.gateway import Gateway, eventually, model
from harness.ports import free_port
from tiny_model import write

MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("llama")
    write(str(folder / "tiny.gguf"))
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(folder / "tiny.gguf"), "--model_alias", "tiny"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--n_threads", "1", "--seed", "7"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}/v1"

    def is_serving():
        assert process.poll() is None, (folder / "log").read_text()
        try:
            return urllib.request.urlopen(f"{url}/models", timeout=2).status == 200
        except OSError:
            return False

    eventually(is_serving, seconds=30)
    yield url
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def gateway(server, tmp_path_factory):
    gateway = Gateway(tmp_path_factory.mktemp("gateway"), [model("tiny", server)])
    yield gateway
    assert gateway.stop() == 0


def reconcile(gateway, request_id, usage):
    row = gateway.row(request_id)
    assert (row["input_tokens"], row["output_tokens"]) == (usage.prompt_tokens, usage.completion_tokens)
    assert row["is_usage_estimated"] == 0
    assert row["cost_nanodollars"] == usage.prompt_tokens * 2000 + usage.completion_tokens * 8000


def test_chat(gateway, server):
    question = {"model": "tiny", "messages": MESSAGES, "max_tokens": 24, "temperature": 0}
    raw = gateway.client().chat.completions.with_raw_response.create(**question)
    answer = raw.parse()
    direct = openai.OpenAI(base_url=server, api_key="none").chat.completions.create(**question)
    assert answer.choices == direct.choices
    assert answer.usage == direct.usage
    assert answer.usage.completion_tokens > 0
    reconcile(gateway, raw.headers["x-request-id"], answer.usage)


def test_stream(gateway):
    question = {"model": "tiny", "messages": MESSAGES, "max_tokens": 24, "temperature": 0}
    whole = gateway.client().chat.completions.create(**question)
    raw = gateway.client().chat.completions.with_raw_response.create(**question, stream=True)
    chunks = list(raw.parse())
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    row = gateway.row(raw.headers["x-request-id"])
    if row["is_usage_estimated"]:
        # A server that ignores stream_options leaves the gateway with an estimate, which the row says.
        assert row["output_tokens"] > 0
    else:
        assert (row["input_tokens"], row["output_tokens"]) == (whole.usage.prompt_tokens, whole.usage.completion_tokens)


def test_completions(gateway):
    raw = gateway.client().completions.with_raw_response.create(model="tiny", prompt="a b c", max_tokens=8)
    reconcile(gateway, raw.headers["x-request-id"], raw.parse().usage)


def test_a_prompt_beyond_the_context_is_the_clients_error(gateway):
    with pytest.raises(openai.APIStatusError) as raised:
        gateway.client().completions.create(model="tiny", prompt="word " * 5000, max_tokens=8)
    assert raised.value.status_code in (400, 500)
