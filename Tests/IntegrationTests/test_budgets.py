"""Budgets and rate limits before real requests: nothing beyond a cap, and nothing refused that fits."""

import concurrent.futures
import re
import signal

import openai
import pytest

from harness.gateway import eventually, model

# What the capture backend reports for each answer, at 2,000 and 8,000 nanodollars a token.
ANSWER_USAGE = "SELECT input_tokens, output_tokens, cost_nanodollars FROM request WHERE outcome = 'completed'"


def chat(client, max_tokens=16, **options):
    options = {"model": "capture", "messages": [{"role": "user", "content": "hello"}]} | options
    return client.chat.completions.create(max_tokens=max_tokens, **options)


def budget(cap, measure="usd", window="day", **changes):
    return {"id": "the-budget", "scope": "everyone", "measure": measure, "cap": cap, "window": window} | changes


def spent(gateway):
    return gateway.metric("switchyard_budget_spent", budget="the-budget")


def held(gateway):
    return gateway.metric("switchyard_budget_held", budget="the-budget")


def test_spends_to_the_nanodollar_what_the_ledger_says(make_gateway):
    gateway = make_gateway(budgets=[budget(1)])
    for _ in range(5):
        chat(gateway.client())
    eventually(lambda: len(gateway.rows(ANSWER_USAGE)) == 5)
    cost = sum(row["cost_nanodollars"] for row in gateway.rows(ANSWER_USAGE))
    assert round(spent(gateway) * 1e9) == cost
    assert held(gateway) == 0


def test_refuses_what_does_not_fit_and_says_which_budget(make_gateway):
    gateway = make_gateway(budgets=[budget(0.0003)])
    with pytest.raises(openai.RateLimitError) as refusal:
        for _ in range(50):
            chat(gateway.client())
    assert refusal.value.code == "insufficient_quota"
    assert refusal.value.response.headers["x-should-retry"] == "false"
    assert re.search(r"the budget the-budget has 0\.000\d+ usd left; .* at least 0\.000\d+;", refusal.value.message)
    assert spent(gateway) <= 0.0003
    assert held(gateway) == 0
    assert gateway.metric("switchyard_budget_refusals_total", budget="the-budget") >= 1


@pytest.mark.parametrize("measure, cap", [("usd", 0.0004), ("tokens", 400), ("gco2e", 0.05), ("joules", 300)])
def test_many_at_once_stay_within_every_kind_of_budget(make_gateway, measure, cap):
    gateway = make_gateway(budgets=[budget(cap, measure)], routing={"queue_seconds_max": 0.2})
    client = gateway.client()

    def attempt(number):
        try:
            if number % 3:
                chat(client, model="sim-small")
            else:
                list(chat(client, model="sim-small", stream=True))
            return True
        except openai.RateLimitError:
            return False

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answered = list(pool.map(attempt, range(200)))
    assert any(answered), "nothing was refused early"
    assert not all(answered), "the cap was reached"
    assert spent(gateway) <= cap
    assert held(gateway) == 0
    assert gateway.metric("switchyard_budget_overspent_total", budget="the-budget") == 0


def test_does_not_refuse_for_worst_cases(make_gateway):
    """Sixteen answers of four thousand tokens would cost two and a half budgets, but hardly any answer has them."""
    gateway = make_gateway(budgets=[budget(0.01)])
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: chat(gateway.client(), max_tokens=4000, model="sim-small"), range(16)))
    assert len(answers) == 16


def test_lowers_max_tokens_to_what_the_budget_pays(make_gateway, backend):
    gateway = make_gateway(budgets=[budget(0.0005)])
    chat(gateway.client(), max_tokens=10_000)
    limit = backend.last.json["max_tokens"]
    assert 16 <= limit <= 0.0005 / 0.000008


def test_ends_a_stream_in_band_where_the_budget_ends(make_gateway, backend):
    """The backend heeds no max_tokens."""
    gateway = make_gateway(models=[model("capture", backend.url("slow/5000/0"))], budgets=[budget(0.002)])
    chunks = list(chat(gateway.client(), max_tokens=4000, stream=True, stream_options={"include_usage": True}))
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert reasons == ["length"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].usage.completion_tokens > 16
    assert 0.001 < spent(gateway) <= 0.002
    assert gateway.metric("switchyard_budget_overspent_total") == 0
    eventually(lambda: gateway.in_flight() == 0 and held(gateway) == 0)
    (row,) = eventually(lambda: gateway.rows("SELECT outcome, is_usage_estimated FROM request"))
    assert row == {"outcome": "completed", "is_usage_estimated": 1}


def test_takes_a_cheaper_model_before_it_refuses(make_gateway):
    gateway = make_gateway(budgets=[budget(0.0002)], routing={"auto_models": ["sim-small", "sim-large"]})
    used = [chat(gateway.client(), model="auto:quality_optimized").model for _ in range(4)]
    assert used[-1] == "sim-small"


def test_gives_back_what_a_client_that_left_did_not_use(make_gateway):
    gateway = make_gateway(budgets=[budget(1)])
    stream = chat(gateway.client(), model="slow", stream=True, max_tokens=1000)
    next(iter(stream))
    assert held(gateway) > 0
    stream.close()
    eventually(lambda: held(gateway) == 0)


def test_learns_from_the_ledger_how_long_answers_are(make_gateway):
    gateway = make_gateway(budgets=[budget(1)])

    def held_by_a_stream():
        stream = chat(gateway.client(), model="slow", stream=True, max_tokens=4000)
        next(iter(stream))
        amount = held(gateway)
        stream.close()
        eventually(lambda: held(gateway) == 0)
        return amount

    before = held_by_a_stream()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: chat(gateway.client()), range(130)))
    assert gateway.stop() == 0
    gateway.start()
    assert 0 < held_by_a_stream() < before / 10


def test_goes_on_with_what_was_spent_after_a_crash(make_gateway):
    gateway = make_gateway(budgets=[budget(1)], ledger={"durability": "strict"})
    for _ in range(3):
        chat(gateway.client())
    before = spent(gateway)
    gateway.kill()
    gateway.start()
    assert spent(gateway) == before > 0


def test_a_request_that_dies_with_the_process_is_booked(make_gateway):
    gateway = make_gateway(budgets=[budget(1)])
    stream = chat(gateway.client(), model="slow", stream=True, max_tokens=100)
    next(iter(stream))
    eventually(lambda: gateway.rows("SELECT 1 FROM hold"))
    gateway.kill()
    gateway.start()
    rows = eventually(lambda: gateway.rows("SELECT cost_nanodollars, outcome FROM request"))
    assert [row["outcome"] for row in rows] == ["crashed"]
    assert round(spent(gateway) * 1e9) == sum(row["cost_nanodollars"] for row in rows) > 0


def test_follows_a_reload(make_gateway, backend):
    models = [model("capture", backend.url("answer"))]
    gateway = make_gateway(models=models, budgets=[budget(1)])
    chat(gateway.client())
    before = spent(gateway)
    gateway.configure(models, budgets=[budget(0.00001)])
    gateway.signal(signal.SIGHUP)
    eventually(lambda: gateway.metric("switchyard_budget_cap", budget="the-budget") == 0.00001)
    assert spent(gateway) == before
    with pytest.raises(openai.RateLimitError):
        chat(gateway.client())


def keyed(**limits):
    return {
        "keys": [{"id": "k", "organisation": "o", "secret_variable": "TEST_KEY"} | limits],
        "environment": {"TEST_KEY": "sk-test-0123456789abcdef"},
    }


def test_requests_per_minute_are_told_and_kept(make_gateway):
    settings = keyed(requests_per_minute=3)
    environment = settings.pop("environment")
    gateway = make_gateway(environment=environment, **settings)
    client = gateway.client(api_key=environment["TEST_KEY"])
    for left in (2, 1, 0):
        answer = client.chat.completions.with_raw_response.create(
            model="capture", messages=[{"role": "user", "content": "x"}]
        )
        assert answer.headers["x-ratelimit-limit-requests"] == "3"
        assert answer.headers["x-ratelimit-remaining-requests"] == str(left)
    with pytest.raises(openai.RateLimitError) as refusal:
        chat(client)
    assert refusal.value.code == "rate_limit_exceeded"
    assert 1 <= int(refusal.value.response.headers["retry-after"]) <= 20


def test_tokens_per_minute_hold_for_many_at_once(make_gateway):
    settings = keyed(tokens_per_minute=200)
    environment = settings.pop("environment")
    gateway = make_gateway(environment=environment, **settings)
    client = gateway.client(api_key=environment["TEST_KEY"])

    def attempt(_):
        try:
            return chat(client, model="sim-small", max_tokens=32).usage.total_tokens
        except openai.RateLimitError:
            return 0

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        used = list(pool.map(attempt, range(16)))
    # A minute's tokens, and what flows in while the requests run.
    assert 0 < sum(used) <= 200 + 200 * 10 / 60


def test_a_model_at_its_own_limit_gives_way_to_the_next(make_gateway):
    gateway = make_gateway(
        rate_limits=[{"scope": "model", "of": "sim-large", "requests_per_minute": 2}],
        routing={"auto_models": ["sim-small", "sim-large"]},
    )
    used = [chat(gateway.client(), model="auto:quality_optimized").model for _ in range(4)]
    assert used == ["sim-large", "sim-large", "sim-small", "sim-small"]
    with pytest.raises(openai.RateLimitError) as refusal:
        chat(gateway.client(), model="sim-large")
    assert refusal.value.code == "rate_limit_exceeded"


def test_an_organisation_shares_its_limit_between_keys(make_gateway):
    environment = {"KEY_A": "sk-test-a-0123456789", "KEY_B": "sk-test-b-0123456789"}
    gateway = make_gateway(
        environment=environment,
        keys=[{"id": name, "organisation": "o", "secret_variable": name} for name in environment],
        rate_limits=[{"scope": "organisation", "of": "o", "requests_per_minute": 3}],
    )
    answered = 0
    for number in range(6):
        try:
            chat(gateway.client(api_key=list(environment.values())[number % 2]))
            answered += 1
        except openai.RateLimitError:
            pass
    assert answered == 3
