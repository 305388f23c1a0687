"""What the gateway does not need to read arrives as it was sent, byte for byte."""

import json

import pytest

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}}


def test_unknown_fields_arrive_untouched(client, backend):
    extra = {
        "top_k": 40,
        "vllm_xargs": {"a": [1, 2.50, None, True], "näme": "✓"},
        "repetition_penalty": 1.0500,
        "metadata": {},
    }
    client.chat.completions.create(
        model="capture", messages=[{"role": "user", "content": "hi"}], extra_body=extra, seed=7, logprobs=True
    )
    sent = backend.last.json
    assert {key: sent[key] for key in extra} == extra
    assert (sent["seed"], sent["logprobs"]) == (7, True)


@pytest.mark.parametrize(
    "fields",
    [
        b'"temperature": 0.10000000000000000555, "big": 123456789012345678901234567890',
        b'"x": "\\u00e9\\ud83d\\ude00 \\/ \\b", "y":"\xc3\xa9\xf0\x9f\x98\x80"',
        b'  "spaced"\t:\n  [ 1 ,2,  { "deep" : [ [ ] , { } ] } ]  ',
        b'"response_format": {"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}',
        b'"1": -0.0, "e": 1E+2, "neg": -1e-300',
    ],
)
def test_all_but_the_models_name_arrives_byte_for_byte(gateway, backend, fields):
    before = b'{"messages": [{"role":"user", "content": "caf\\u00e9 \xe2\x98\x95"}],' + fields + b', "model":'
    status, _, _ = gateway.post("/v1/chat/completions", before + b' "capture" }')
    assert status == 200
    assert backend.last.body == before + b' "upstream-capture" }'


def test_images_and_tool_results_arrive_untouched(client, backend):
    messages = [
        {"role": "system", "content": "You see."},
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "a dog"},
    ]
    client.chat.completions.create(model="capture", messages=messages)
    assert backend.last.json["messages"] == messages


def test_a_stream_that_asks_for_usage_arrives_byte_for_byte(gateway, backend):
    body = b'{"model":"capture","stream":true,"stream_options":{"include_usage": true},"messages":[]}'
    body = body.replace(b'"messages":[]', b'"messages":[{"role":"user","content":"x"}]')
    gateway.post("/v1/chat/completions", body)
    assert backend.last.body == body.replace(b'"capture"', b'"upstream-capture"')


def test_other_stream_options_stay(gateway, backend):
    body = {
        "model": "capture",
        "messages": [{"role": "user", "content": "x"}],
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }
    _, _, answer = gateway.post("/v1/chat/completions", body)
    assert backend.last.json["stream_options"] == {"include_obfuscation": False, "include_usage": True}
    assert b'"usage": {' not in answer


def test_a_null_encoding_format_is_dropped(gateway, backend):
    status, _, _ = gateway.post("/v1/embeddings", {"model": "capture", "input": "x", "encoding_format": None})
    assert status == 200
    assert "encoding_format" not in backend.last.json


def test_the_answer_arrives_untouched(gateway, backend):
    _, headers, body = gateway.post(
        "/v1/chat/completions", {"model": "capture", "messages": [{"role": "user", "content": "x"}]}
    )
    from harness.backend import completion

    assert body == json.dumps(completion(backend.last.json, "chat/completions")).encode()
    assert headers["content-type"] == "application/json"


def test_headers_pass_as_they_should(gateway, backend):
    body = {"model": "capture", "messages": [{"role": "user", "content": "x"}], "stream": True}
    sent = {
        "authorization": "Bearer sk-client",
        "cookie": "session=1",
        "openai-organization": "org-1",
        "x-stainless-lang": "python",
    }
    _, headers, _ = gateway.post("/v1/chat/completions", body, sent)
    assert headers["openai-processing-ms"] == "5"
    assert headers["x-request-id"] != "backend-id"
    assert "backend-id" in headers.values()
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"
    for name in ("authorization", "cookie"):
        assert backend.last.header(name) is None


def test_one_connection_to_the_backend_serves_many_requests(gateway, backend):
    before = backend.connections
    for _ in range(20):
        gateway.post("/v1/chat/completions", {"model": "capture", "messages": [{"role": "user", "content": "x"}]})
    # Each loop keeps connections of its own.
    assert backend.connections - before <= 4
