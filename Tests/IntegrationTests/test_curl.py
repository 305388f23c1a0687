"""Plain curl gets what the documentation says."""

import json
import re
import subprocess

import pytest

CHAT = '{"model": "capture", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}'


def curl(gateway, path, *arguments):
    """Status, lower-case head and body, as curl shows them."""
    result = subprocess.run(
        ["curl", "-sS", "-i", "--max-time", "20", *arguments, gateway.url + path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    head, _, body = result.stdout.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), body


def error_of(body):
    error = json.loads(body)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def test_chat(gateway):
    status, head, body = curl(gateway, "/v1/chat/completions", "-d", CHAT)
    assert status == 200
    assert "content-type: application/json" in head
    assert json.loads(body)["choices"][0]["message"]["content"]


def test_stream(gateway):
    status, head, body = curl(gateway, "/v1/chat/completions", "-N", "-d", CHAT[:-1] + ', "stream": true}')
    assert status == 200
    assert "content-type: text/event-stream" in head
    assert body.endswith(b"data: [DONE]\n\n")
    assert all(block.startswith((b"data: ", b": ")) for block in body.removesuffix(b"\n\n").split(b"\n\n"))


def test_a_large_body_by_expect_continue(gateway, backend, tmp_path):
    text = "x" * 3_000_000
    path = tmp_path / "body.json"
    path.write_text(json.dumps({"model": "capture", "messages": [{"role": "user", "content": text}]}))
    status, _, _ = curl(gateway, "/v1/chat/completions", "-H", "expect: 100-continue", "--data-binary", f"@{path}")
    assert status == 200
    assert backend.last.json["messages"][0]["content"] == text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/metrics", "/v1/models", "/v1/models/capture"])
def test_head_is_get_without_its_body(gateway, path):
    status, head, body = curl(gateway, path, "-I")
    assert (status, body) == (200, b"")
    assert "content-length: " in head and "content-length: 0\r" not in head + "\r"
    assert curl(gateway, path)[0] == 200


def test_version_is_json(gateway):
    assert "version" in json.loads(curl(gateway, "/version")[2])


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/chat", "/v1/chat/completions/", "/v2/models", "/%2e%2e/etc/passwd"])
def test_anything_else_is_not_found_in_the_shape_of_an_error(gateway, path):
    status, head, body = curl(gateway, path, "--path-as-is")
    assert status == 404
    assert "content-type: application/json" in head
    assert error_of(body)["type"] == "invalid_request_error"
    assert "x-request-id: " in head


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("endpoint", ["chat/completions", "completions", "embeddings", "route"])
def test_an_endpoint_takes_post_alone(gateway, endpoint, method):
    status, head, body = curl(gateway, f"/v1/{endpoint}", "-X", method)
    assert status == 405
    assert "allow: post\r\n" in head
    assert "x-request-id: " in head
    assert error_of(body)["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/metrics", "/v1/models", "/v1/models/capture"])
def test_a_page_is_only_read(gateway, path):
    status, head, body = curl(gateway, path, "-d", "x")
    assert status == 405
    assert "allow: get, head\r\n" in head
    error_of(body)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/metrics", "/v1/models", "/v1/models/capture"])
def test_every_page_has_a_request_id(gateway, path):
    ids = [re.search(r"x-request-id: (\S+)", curl(gateway, path)[1])[1] for _ in range(2)]
    assert ids[0] != ids[1]


def test_an_unknown_model_is_not_found(gateway):
    status, _, body = curl(gateway, "/v1/models/no-such-model")
    assert (status, error_of(body)["code"]) == (404, "model_not_found")


def test_what_is_wrong_with_the_json_is_said(gateway):
    status, _, body = curl(gateway, "/v1/chat/completions", "-d", '{"model": "capture", ]')
    assert status == 400
    assert "JSON" in error_of(body)["message"]


def test_http_1_0_is_answered_and_closed(gateway):
    status, head, _ = curl(gateway, "/healthz", "--http1.0")
    assert status == 200
    assert "transfer-encoding" not in head


def test_admin_has_its_own_listener(gateway):
    assert curl(gateway, "/admin")[0] == 404
