"""The cheapest model answers first; where its answer does not pass, a better one does, and both are charged."""

import json

import pytest

from harness.gateway import eventually, model
from harness.scripted import Scripted

PROMPT = "Reply with JSON, keys: name, age. Alice is 30 years old."
GOOD = '{"name": "Alice", "age": 30}'


@pytest.fixture
def scripted():
    answers = {"cheap": "Her name is Alice and she is thirty years of age.", "able": GOOD}
    scripted = Scripted(lambda name, prompt: answers[name])
    scripted.answers = answers
    yield scripted
    scripted.close()


@pytest.fixture
def cascade(make_gateway, scripted):
    models = [
        model("cheap", scripted.url, quality=0.5),
        model("able", scripted.url, quality=0.9, prices={"input": 20, "output": 80}),
    ]
    return make_gateway(models, routing={"required_quality_from_complexity": False})


def ask(gateway, **options):
    chat = gateway.client().chat.completions.with_raw_response
    return chat.create(model="auto:cascade", messages=[{"role": "user", "content": PROMPT}], **options)


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_does_not_pass_is_replaced_and_charged(cascade, scripted, stream):
    answer = ask(cascade, stream=stream)
    if stream:
        text = "".join(chunk.choices[0].delta.content or "" for chunk in answer.parse() if chunk.choices)
    else:
        text = answer.parse().choices[0].message.content
    assert json.loads(text) == {"name": "Alice", "age": 30}
    assert answer.headers["x-switchyard-cascade"] == "escalated; from=cheap; because=invalid_json"
    assert answer.headers["x-switchyard-model"] == "able"
    assert [name for name, _ in scripted.asked] == ["cheap", "able"]
    row = cascade.row(answer.headers["x-request-id"])
    attempts = cascade.rows("SELECT * FROM attempt WHERE request_number = ? ORDER BY number", row["number"])
    assert [(attempt["model"], attempt["outcome"]) for attempt in attempts] == [
        ("cheap", "superseded"),
        ("able", "completed"),
    ]
    prompt = len(PROMPT.split())
    cheap = 2_000 * prompt + 8_000 * len(scripted.answers["cheap"].split())
    able = 20_000 * prompt + 80_000 * len(GOOD.split())
    assert [attempt["cost_nanodollars"] for attempt in attempts] == [cheap, able]
    assert row["cost_nanodollars"] == cheap + able
    if not stream:
        assert float(answer.headers["x-switchyard-cost-usd"]) == pytest.approx((cheap + able) / 1e9)
    eventually(lambda: cascade.metric("switchyard_cascades_total", result="escalated") == 1)
    assert cascade.promtool() == ""


def test_an_answer_that_passes_is_given_as_it_is(cascade, scripted):
    scripted.answers["cheap"] = GOOD
    answer = ask(cascade)
    assert answer.parse().choices[0].message.content == GOOD
    assert answer.headers["x-switchyard-cascade"] == "accepted"
    assert [name for name, _ in scripted.asked] == ["cheap"]


def test_the_report_tells_what_cascades_save(cascade, scripted):
    request_id = ask(cascade).headers["x-request-id"]
    cascade.row(request_id)
    files = ["--config", str(cascade.settings_path), "--models", str(cascade.models_path)]
    report = json.loads(cascade.command("report", *files, "--by", "strategy", "--json").stdout)
    assert "cascade" in json.dumps(report)
