"""The official client works against the gateway unchanged."""

import asyncio
import base64
import json
import struct
import time

import openai
import pytest

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS, WORDS
from harness.gateway import eventually

MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]
ANSWER = "".join(WORDS)
NANODOLLARS = PROMPT_TOKENS * 2000 + COMPLETION_TOKENS * 8000


def test_chat(client):
    answer = client.chat.completions.create(model="capture", messages=MESSAGES)
    assert answer.choices[0].message.content == ANSWER
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (PROMPT_TOKENS, COMPLETION_TOKENS)


def test_the_answer_names_the_model_that_answered(client, backend):
    answer = client.chat.completions.create(model="the-alias", messages=MESSAGES)
    assert answer.model == "upstream-capture"
    assert backend.last.json["model"] == "upstream-capture"


def test_chat_with_auto_goes_to_a_simulated_model_that_says_so(client):
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=MESSAGES)
    assert raw.headers["x-switchyard-model"] in ("sim-small", "sim-large")
    assert raw.headers["x-switchyard-simulated"] == "true"
    assert "simulated" in raw.parse().choices[0].message.content.lower()


@pytest.mark.parametrize(
    "strategy",
    [
        "balanced",
        "cost_optimized",
        "latency_optimized",
        "quality_optimized",
        "round_robin",
        "least_loaded",
        "random",
        "ensemble",
    ],
)
def test_chat_with_every_strategy(client, strategy):
    raw = client.chat.completions.with_raw_response.create(model=f"auto:{strategy}", messages=MESSAGES)
    assert raw.parse().choices[0].message.content
    expected = {"cost_optimized": "sim-small", "quality_optimized": "sim-large"}.get(strategy)
    assert expected in (None, raw.headers["x-switchyard-model"])


def test_wishes_go_with_any_request(client, backend):
    """`extra_body` is how the official clients send what OpenAI does not have."""

    def ask(call, **route):
        return call.with_raw_response.create(extra_body={"route": route}, **bodies[call]).headers["x-switchyard-model"]

    chat, completions, embeddings = client.chat.completions, client.completions, client.embeddings
    bodies = {
        chat: {"model": "auto", "messages": MESSAGES},
        completions: {"model": "capture", "prompt": "Why?"},
        embeddings: {"model": "capture", "input": "Why?"},
    }
    assert ask(chat, strategy="cost_optimized") == "sim-small"
    assert ask(chat, strategy="quality_optimized") == "sim-large"
    assert ask(chat, strategy="cost_optimized", required_quality=0.9) == "sim-large"
    for call in (completions, embeddings):
        assert ask(call, tags={"team": "a"}) == "capture"
        assert "route" not in backend.last.json
        with pytest.raises(openai.BadRequestError) as refused:
            ask(call, stratgy="balanced")
        assert refused.value.param == "route.stratgy"
    streamed = chat.with_raw_response.create(stream=True, extra_body={"route": {"strategy": "quality_optimized"}}, **bodies[chat])
    assert streamed.headers["x-switchyard-model"] == "sim-large"
    assert all(chunk.object == "chat.completion.chunk" for chunk in streamed.parse())
    with pytest.raises(openai.UnprocessableEntityError):
        ask(chat, required_quality=0.999)


def test_stream(client):
    chunks = list(client.chat.completions.create(model="capture", messages=MESSAGES, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ANSWER
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    assert len({chunk.id for chunk in chunks}) == len({chunk.created for chunk in chunks}) == 1


def test_a_stream_without_asking_shows_no_usage_but_the_ledger_has_it(client, gateway, backend):
    raw = client.chat.completions.with_raw_response.create(model="capture", messages=MESSAGES, stream=True)
    chunks = list(raw.parse())
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)
    assert backend.last.json["stream_options"] == {"include_usage": True}
    row = gateway.row(raw.headers["x-request-id"])
    assert (row["input_tokens"], row["output_tokens"]) == (PROMPT_TOKENS, COMPLETION_TOKENS)
    assert row["cost_nanodollars"] == NANODOLLARS


def test_a_stream_with_usage_ends_with_the_usage_chunk(client):
    stream = client.chat.completions.create(
        model="capture", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    last = list(stream)[-1]
    assert last.choices == []
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (PROMPT_TOKENS, COMPLETION_TOKENS)


def test_stream_from_a_simulated_model(client):
    chunks = list(client.chat.completions.create(model="sim-small", messages=MESSAGES, stream=True))
    assert len(chunks) > 3
    assert chunks[-1].choices[0].finish_reason in ("stop", "length")


def test_tools(client, backend):
    function = {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
    answer = client.chat.completions.create(
        model="capture", messages=MESSAGES, tools=[{"type": "function", "function": function}], tool_choice="auto"
    )
    call = answer.choices[0].message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Zürich"})
    assert backend.last.json["tools"][0]["function"] == function


def test_embeddings_in_base64_as_the_client_asks_by_default(client, backend):
    answer = client.embeddings.create(model="capture", input=["one", "two"])
    assert [list(item.embedding) for item in answer.data] == [[0.5, -1.0], [0.5, -1.0]]
    assert backend.last.json["encoding_format"] == "base64"
    assert answer.usage.prompt_tokens == PROMPT_TOKENS


def test_embeddings_in_base64_arrive_as_sent(client):
    answer = client.embeddings.create(model="capture", input="one", encoding_format="base64")
    assert struct.unpack("<2f", base64.b64decode(answer.data[0].embedding)) == (0.5, -1.0)


def test_embeddings_as_numbers(client):
    answer = client.embeddings.create(model="capture", input="one", encoding_format="float")
    assert answer.data[0].embedding == [0.5, -1.0]


def test_completions(client):
    answer = client.completions.create(model="capture", prompt="The sky")
    assert answer.choices[0].text == ANSWER


def test_completions_as_a_stream(client):
    chunks = list(client.completions.create(model="capture", prompt="The sky", stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == ANSWER


def test_models(client):
    names = [model.id for model in client.models.list()]
    assert {"capture", "the-alias", "sim-small", "auto"} <= set(names)
    assert client.models.retrieve("capture").object == "model"


def test_answers_carry_what_happened_in_headers(client, gateway):
    raw = client.chat.completions.with_raw_response.create(model="the-alias", messages=MESSAGES)
    row = gateway.row(raw.headers["x-request-id"])
    assert raw.parse()._request_id == raw.headers["x-request-id"]
    assert raw.headers["x-switchyard-model"] == row["model_used"] == "capture"
    assert raw.headers["x-switchyard-decision"]
    assert raw.headers["x-switchyard-attempts"] == "1"
    assert float(raw.headers["x-switchyard-cost-usd"]) * 1e9 == pytest.approx(NANODOLLARS)
    assert row["cost_nanodollars"] == NANODOLLARS
    assert row["outcome"] == "completed"


@pytest.mark.parametrize(
    "body, status, model",
    [
        (b"{", 400, "none"),
        ({"model": "no-such-model", "messages": MESSAGES}, 404, "none"),
        ({"model": "status-400", "messages": MESSAGES}, 400, "status-400"),
        ({"model": "status-503", "messages": MESSAGES}, 502, "status-503"),
        ({"model": "silent", "messages": MESSAGES, "stream": True}, 504, "silent"),
    ],
)
def test_errors_carry_the_same_headers(gateway, body, status, model):
    answer = gateway.post("/v1/chat/completions", body)
    assert answer[0] == status
    assert answer[1]["x-switchyard-model"] == model
    assert answer[1]["x-switchyard-decision"]
    assert float(answer[1]["x-switchyard-cost-usd"]) == 0
    row = gateway.row(answer[1]["x-request-id"])
    assert int(answer[1]["x-switchyard-attempts"]) == row["attempt_count"]
    assert row["status"] == status


def test_the_async_client_chats_streams_and_cancels(gateway, backend):
    async def run():
        async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="none", max_retries=0) as client:
            create = client.chat.completions.create
            answers = await asyncio.gather(*(create(model="capture", messages=MESSAGES) for _ in range(20)))
            assert {answer.choices[0].message.content for answer in answers} == {ANSWER}
            stream = await create(model="capture", messages=MESSAGES, stream=True)
            assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == ANSWER
            backend.clear()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(create(model="late", messages=MESSAGES), 0.2)

    asyncio.run(run())
    assert backend.last.gone.wait(2)


def test_tool_calls_as_a_stream(client, backend):
    function = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
    chunks = list(
        client.chat.completions.create(
            model="capture", messages=MESSAGES, tools=[{"type": "function", "function": function}], stream=True
        )
    )
    pieces = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert pieces[0].function.name == "weather"
    assert json.loads("".join(piece.function.arguments for piece in pieces)) == {"city": "Zürich"}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


# Errors: each as the client types it.


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="no-such-model", messages=MESSAGES)
    assert raised.value.code == "model_not_found"
    assert "no-such-model" in raised.value.message
    assert raised.value.request_id
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no-such-model")


def test_a_request_that_makes_no_sense_is_a_bad_request(client):
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="capture", messages="not a list")
    assert raised.value.type == "invalid_request_error"
    assert raised.value.param == "messages"


def test_what_the_backend_calls_a_bad_request_is_one(client):
    with pytest.raises(openai.BadRequestError, match="backend says 400"):
        client.chat.completions.create(model="status-400", messages=MESSAGES)


def test_a_busy_backend_is_a_rate_limit(client):
    with pytest.raises(openai.RateLimitError) as raised:
        client.chat.completions.create(model="busy", messages=MESSAGES)
    assert int(raised.value.response.headers["retry-after"]) >= 1


@pytest.mark.parametrize("name", ["status-500", "status-503", "refused", "html", "redirect", "truncated"])
def test_a_broken_backend_is_a_server_error(client, name):
    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model=name, messages=MESSAGES)
    assert raised.value.type == "server_error"
    assert raised.value.response.headers["x-should-retry"] == "false"


def test_a_silent_backend_times_out_at_the_gateway(make_gateway):
    # Its own gateway: where other tests have opened the model's circuit, a request waits for its turn to probe.
    client = make_gateway().client()
    started = time.monotonic()
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(model="silent", messages=MESSAGES)
    assert raised.value.status_code == 504
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", ["cut", "stall", "malformed"])
def test_a_stream_that_breaks_off_is_an_error_never_a_clean_end(client, name):
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=name, messages=MESSAGES, stream=True))


def test_a_stream_that_breaks_off_shows_what_came_before(client):
    words = []
    with pytest.raises(openai.APIError):
        for chunk in client.chat.completions.create(model="cut", messages=MESSAGES, stream=True):
            words.append(chunk.choices[0].delta.content)
    assert words == ["", "word ", "word ", "word "]


def test_the_clients_own_timeout_cancels_the_backend(gateway, backend):
    with pytest.raises(openai.APITimeoutError):
        gateway.client(timeout=0.3).chat.completions.create(model="late", messages=MESSAGES)
    assert backend.last.gone.wait(2)
    eventually(lambda: gateway.in_flight() == 0)


def test_closing_a_stream_cancels_the_backend(client, gateway, backend):
    stream = client.chat.completions.create(model="slow", messages=MESSAGES, stream=True)
    for _, _chunk in zip(range(3), stream):
        pass
    assert gateway.in_flight() >= 1
    stream.close()
    closed_at = time.monotonic()
    assert backend.last.gone.wait(2)
    assert backend.last.gone_at - closed_at < 0.1
    assert backend.last.chunks_sent < 50
    eventually(lambda: gateway.in_flight() == 0)
    row = gateway.row(stream.response.headers["x-request-id"])
    assert row["outcome"] == "client_closed"


def test_keys(make_gateway):
    secret = "sk-test-0123456789abcdef0123456789abcdef"
    keys = [{"id": "team-a", "organisation": "research", "secret_variable": "TEAM_A_KEY"}]
    gateway = make_gateway(keys=keys, environment={"TEAM_A_KEY": secret})
    raw = gateway.client(api_key=secret).chat.completions.with_raw_response.create(model="capture", messages=MESSAGES)
    row = gateway.row(raw.headers["x-request-id"])
    assert (row["key_id"], row["tenant"]) == ("team-a", "research")
    for wrong in ("sk-wrong", secret[:-1], secret + "0"):
        with pytest.raises(openai.AuthenticationError) as raised:
            gateway.client(api_key=wrong).chat.completions.create(model="capture", messages=MESSAGES)
        assert raised.value.code == "invalid_api_key"
        assert secret not in raised.value.message
        assert raised.value.request_id
        with pytest.raises(openai.AuthenticationError):
            gateway.client(api_key=wrong).models.list()
    for headers in ({}, {"authorization": "Bearer"}, {"authorization": f"Basic {secret}"}, {"api-key": ""}):
        status, _, body = gateway.post("/v1/chat/completions", {"model": "capture", "messages": MESSAGES}, headers)
        assert (status, json.loads(body)["error"]["code"]) == (401, "invalid_api_key")
    assert gateway.client(api_key=secret).models.retrieve("capture").id == "capture"


def test_the_clients_key_never_reaches_the_backend(client, backend):
    client.with_options(api_key="sk-of-the-client").chat.completions.create(model="capture", messages=MESSAGES)
    assert backend.last.header("authorization") is None
    assert b"sk-of-the-client" not in backend.last.body


def test_the_backends_key_goes_to_the_backend_alone(make_gateway, backend):
    from harness.gateway import model

    models = [model("keyed", backend.url("answer"), key_variable="BACKEND_KEY")]
    gateway = make_gateway(models, environment={"BACKEND_KEY": "sk-of-the-backend-0123456789"})
    raw = gateway.client().chat.completions.with_raw_response.create(model="keyed", messages=MESSAGES)
    assert backend.last.header("authorization") == "Bearer sk-of-the-backend-0123456789"
    assert "sk-of-the-backend" not in raw.http_response.text + str(raw.headers) + gateway.log
    shown = gateway.command("check", "--config", str(gateway.settings_path), "--models", str(gateway.models_path))
    assert "sk-of-the-backend" not in shown.stdout + shown.stderr
