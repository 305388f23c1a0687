"""When a model fails, the next one answers, within one deadline, and every attempt is recorded."""

import json
import time

import pytest

MESSAGES = [{"role": "user", "content": "x"}]


def route(gateway, model, fallbacks, **body):
    body = {"model": model, "messages": MESSAGES, "route": {"fallbacks": fallbacks}} | body
    return gateway.post("/v1/route", body)


@pytest.mark.parametrize("failing", ["refused", "status-500", "status-503", "busy", "silent", "html", "truncated"])
def test_the_next_model_answers(gateway, failing):
    status, headers, body = route(gateway, failing, ["capture"])
    assert status == 200, body
    assert headers["x-switchyard-model"] == "capture"
    assert headers["x-switchyard-attempts"] == "2"
    row = gateway.row(headers["x-request-id"])
    assert (row["model_used"], row["attempt_count"], row["outcome"]) == ("capture", 2, "completed")
    attempts = gateway.rows("SELECT * FROM attempt WHERE request_number = ? ORDER BY number", row["number"])
    assert [attempt["model"] for attempt in attempts] == [failing, "capture"]
    assert attempts[0]["outcome"] != "completed"
    assert attempts[1]["outcome"] == "completed"


@pytest.mark.parametrize("failing", ["cut-at-once", "status-500", "refused", "silent"])
def test_a_stream_that_has_shown_nothing_falls_back(gateway, failing):
    status, headers, body = route(gateway, failing, ["capture"], stream=True)
    assert status == 200, body
    assert headers["x-switchyard-model"] == "capture"
    assert body.endswith(b"data: [DONE]\n\n")


def test_a_stream_that_has_begun_ends_in_an_error_not_in_another_answer(gateway, backend):
    status, _, body = route(gateway, "cut", ["capture"], stream=True)
    assert status == 200
    assert b'"error"' in body
    assert not body.endswith(b"data: [DONE]\n\n")
    assert len(backend.requests) == 1


def test_what_the_client_did_wrong_is_not_tried_elsewhere(gateway, backend):
    status, headers, _ = route(gateway, "status-400", ["capture"])
    assert (status, headers["x-switchyard-attempts"]) == (400, "1")
    assert len(backend.requests) == 1


def test_when_all_fail_the_last_reason_is_told_and_retrying_is_advised_against(gateway, backend):
    status, headers, body = route(gateway, "status-500", ["status-503"])
    assert status == 502
    assert headers["x-should-retry"] == "false"
    # The list once, then the first model again after a pause: routing.attempts_max is 3.
    assert headers["x-switchyard-attempts"] == "3"
    error = json.loads(body)["error"]
    assert error["type"] == "server_error"
    assert "3 attempts" in error["message"]
    assert "status-500: status 500" in error["message"]
    assert [request.path.split("/")[2] for request in backend.requests] == ["500", "503", "500"]


def test_the_same_model_twice_in_a_list_is_tried_once(gateway, backend):
    _, headers, _ = route(gateway, "status-500", ["status-500", "status-503", "status-500", "capture"])
    assert headers["x-switchyard-attempts"] == "3"
    assert headers["x-switchyard-model"] == "capture"


def test_one_deadline_covers_all_attempts(make_gateway):
    gateway = make_gateway(limits={"request_seconds_max": 1.5}, upstream={"first_byte_seconds_max": 1})
    started = time.monotonic()
    status, _, _ = route(gateway, "silent", ["late", "capture"])
    assert status == 504
    assert 1.4 < time.monotonic() - started < 2.5


def test_a_dead_connection_from_the_pool_is_replaced_without_a_second_attempt(make_gateway, backend):
    gateway = make_gateway()
    body = {"model": "truncated", "messages": MESSAGES}
    gateway.post("/v1/chat/completions", body)
    status, headers, _ = gateway.post("/v1/chat/completions", body | {"model": "capture"})
    assert (status, headers["x-switchyard-attempts"]) == (200, "1")


def test_auto_falls_back_among_its_models(make_gateway, backend, simulation):
    from harness.gateway import model

    models = [
        model("cheap-and-broken", backend.url("status/500"), prices={"input": 0.01, "output": 0.01}),
        model("dear-and-sound", backend.url("answer")),
    ]
    gateway = make_gateway(models)
    raw = gateway.client().chat.completions.with_raw_response.create(model="auto:cost_optimized", messages=MESSAGES)
    assert raw.headers["x-switchyard-model"] == "dear-and-sound"
    assert raw.headers["x-switchyard-attempts"] == "2"


def test_a_model_that_rests_for_a_moment_is_waited_for_and_not_refused(make_gateway, backend):
    gateway = make_gateway()
    body = {"model": "busy", "messages": MESSAGES}
    assert gateway.post("/v1/chat/completions", body)[0] == 429
    calls = len(backend.requests)
    status, headers, _ = gateway.post("/v1/chat/completions", body)
    # Its own answer, after its rest, instead of the gateway's 503.
    assert status == 429
    assert len(backend.requests) > calls
    assert gateway.row(headers["x-request-id"])["queue_microseconds"] > 100_000
