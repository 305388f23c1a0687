"""`POST /v1/route`: a decision with its reasons, alone or with the answer."""

import json

import pytest

MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]


def route(gateway, body, **options):
    status, headers, answer = gateway.post("/v1/route", body | ({"route": options} if options else {}))
    return status, headers, json.loads(answer)


def test_a_dry_run_decides_and_sends_nothing(gateway, backend):
    status, _, decision = route(gateway, {"messages": MESSAGES}, dry_run=True, strategy="cost_optimized")
    assert status == 200
    assert decision["model"] == "sim-small"
    assert decision["fallbacks"] == ["sim-large"]
    assert "sim-small" in decision["explanation"]
    by_model = {candidate["model"]: candidate for candidate in decision["candidates"]}
    for name in ("sim-small", "sim-large"):
        expected = by_model[name]
        assert expected["simulated"] is True
        assert expected["expected_cost_usd"] > 0
        assert expected["expected_latency_ms"] > 0
        assert 0 < expected["expected_quality"] <= 1
        carbon = expected["expected_carbon_g"]
        assert 0 <= carbon["low"] <= carbon["central"] <= carbon["high"]
    assert by_model["sim-small"]["expected_cost_usd"] < by_model["sim-large"]["expected_cost_usd"]
    assert backend.requests == []


def test_a_rejected_candidate_says_why(gateway):
    _, _, decision = route(gateway, {"messages": MESSAGES}, dry_run=True, required_quality=0.9)
    assert decision["model"] == "sim-large"
    rejected = next(candidate for candidate in decision["candidates"] if candidate["model"] == "sim-small")
    assert "quality" in rejected["rejected"]["reason"]


def test_constraints_that_cannot_be_met_are_refused_with_the_reason(gateway):
    status, _, answer = route(gateway, {"messages": MESSAGES}, required_quality=0.999)
    assert status == 422
    assert "quality" in answer["error"]["message"]


def test_constraints_are_relaxed_where_the_request_says_so(gateway):
    status, _, decision = route(gateway, {"messages": MESSAGES}, required_quality=0.999, relax=True, dry_run=True)
    assert (status, decision["model"]) == (200, "sim-large")
    assert decision["relaxed"] == ["required_quality"]


def test_without_a_dry_run_the_decision_comes_with_the_answer(gateway):
    status, headers, answer = route(gateway, {"messages": MESSAGES}, strategy="quality_optimized")
    assert status == 200
    assert answer["choices"][0]["message"]["content"]
    assert answer["route"]["model"] == headers["x-switchyard-model"] == "sim-large"


def test_a_stream_starts_with_the_decision(gateway):
    body = {"messages": MESSAGES, "stream": True, "route": {"strategy": "cost_optimized"}}
    status, headers, answer = gateway.post("/v1/route", body)
    assert status == 200
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-switchyard-model"] == "sim-small"
    first = json.loads(answer.split(b"\n\n")[0].removeprefix(b"data: "))
    assert (first["choices"], first["route"]["model"]) == ([], "sim-small")
    assert answer.endswith(b"data: [DONE]\n\n")


def test_the_simple_form_gives_the_decision_alone(gateway, backend):
    status, _, answer = route(gateway, {"prompt": "What is 2+2?", "max_cost": 0.01, "max_latency": 60})
    assert status == 200
    assert answer["model"] in ("sim-small", "sim-large")
    assert (answer["within_budget"], answer["within_latency"]) == (True, True)
    assert answer["cost"] > 0
    assert backend.requests == []


def test_the_route_object_never_reaches_the_backend(gateway, backend):
    status, _, _ = route(gateway, {"model": "capture", "messages": MESSAGES, "top_k": 3}, tags={"team": "a"})
    assert status == 200
    assert backend.last.json == {"model": "upstream-capture", "messages": MESSAGES, "top_k": 3}


def test_tags_are_in_the_ledger(gateway):
    _, headers, _ = route(gateway, {"messages": MESSAGES}, tags={"team": "physics"})
    assert json.loads(gateway.row(headers["x-request-id"])["tags"]) == {"team": "physics"}


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "no-such-strategy"},
        {"stratgy": "balanced"},
        {"max_cost_usd": -1},
        {"max_cost_usd": "cheap"},
        {"required_quality": 2},
        {"max_latency_ms": 0},
        {"fallbacks": ["no-such-model"]},
        {"capability": "telepathy"},
        {"tags": [1]},
        {"dry_run": "yes"},
    ],
)
def test_a_bad_option_is_named(gateway, options):
    status, _, answer = route(gateway, {"messages": MESSAGES}, **options)
    assert status == 400
    assert next(iter(options)) in json.dumps(answer["error"])
