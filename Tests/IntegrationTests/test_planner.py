"""The planner says how much, the router which: quotas in force, what is exempt, what is kept, what goes wrong."""

import json
import urllib.request

import pytest

from harness.gateway import eventually, model
from harness.scripted import Scripted

ADMIN = {"authorization": "Bearer integration-tests-token"}
ENERGY = {"watt_hours_per_token": 0.001}
EASY = "What is the capital of France?"
HARD = (
    "Prove step by step that there are infinitely many primes, analyse the complexity of the sieve of Eratosthenes, "
    "then implement it in Python with type hints, explain each design decision, and compare three alternatives."
)


@pytest.fixture
def backend_of_tiers(make_gateway):
    """A light and a heavy model that answer anything; settings of the planner go in."""
    scripted = Scripted(lambda name, prompt: f"{name} says so.")

    def start(planner=None, models=None, **settings):
        models = models or [
            model("small", scripted.url, tier="light", quality=0.4),
            model("large", scripted.url, tier="heavy", quality=0.9, prices={"input": 20, "output": 80}),
        ]
        # A plan that is made while a test counts would move its shares, however slow the machine is.
        calm = {"interval_seconds": 86_400, "check_seconds": 3600}
        planner = calm | {"mode": "enforce", "metric": "money", "tiers": TIERS} | (planner or {})
        gateway = make_gateway(models, planner=planner, **settings)
        eventually(lambda: state(gateway)["plan"])
        return gateway

    yield start
    scripted.close()


TIERS = [{"id": "light", "quality": 0}, {"id": "heavy", "quality": 1}]


def admin(gateway, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = ADMIN | ({"content-type": "application/json"} if data is not None else {})
    request = urllib.request.Request(gateway.admin_url + path, data, headers, method="GET" if body is None else "POST")
    status, _, answer = gateway.fetch(request)
    return status, json.loads(answer)


def state(gateway):
    return admin(gateway, "/admin/v1/plan")[1]


def heavy_share(gateway):
    """What the plan in force wants of the heavy tier in this hour."""
    return state(gateway)["plan"]["plan"]["default"]["shares"]["heavy"][0]


def ask(gateway, text=EASY, name="auto"):
    body = {"model": name, "messages": [{"role": "user", "content": text}]}
    status, fields, answer = gateway.post("/v1/chat/completions", body)
    assert status == 200, answer
    return fields


def test_the_share_of_each_tier_follows_the_plan(backend_of_tiers):
    gateway = backend_of_tiers({"target": 0.3})
    plan = state(gateway)["plan"]
    shares = plan["plan"]["default"]["shares"]["heavy"]
    # All hours cost the same, so they are served nearly alike; over a day they are what was asked for.
    assert all(0.2 < share < 0.45 for share in shares[:100])
    assert sum(shares[:24]) / 24 == pytest.approx(0.3, abs=0.01)
    # What is foreseen at what it costs, by hand.
    cost = {tier["tier"]: tier["usd_per_request"] for tier in plan["tiers"]}
    requests = plan["plan"]["default"]["requests"]
    by_hand = sum(
        count * ((1 - share) * cost["light"] + share * cost["heavy"]) for count, share in zip(requests, shares)
    )
    assert plan["expected"] == pytest.approx(by_hand)
    assert gateway.metric("switchyard_plan_expected_cost", unit="USD") == pytest.approx(by_hand)
    share, count = shares[0], 400
    fields = [ask(gateway) for _ in range(count)]
    large = sum(field["x-switchyard-model"] == "large" for field in fields)
    # A few requests at most, however many there are.
    assert abs(large - share * count) <= 4
    assert all(field["x-switchyard-quota"].startswith("default; tier=") for field in fields)
    # Kept, and held against the plan.
    eventually(lambda: len(gateway.rows("SELECT 1 FROM request WHERE plan_group = 'default'")) == count)
    assert admin(gateway, "/admin/v1/plan", {})[1]["plan"]["reason"] == "asked"
    hours = admin(gateway, "/admin/v1/plan/hours?hours=2")[1]["data"]
    heavy = [hour for hour in hours if hour["tier"] == "heavy"]
    assert sum(hour["requests"] for hour in heavy) == count
    assert sum((hour["share"] or 0) * hour["requests"] for hour in heavy) == pytest.approx(large)
    assert gateway.promtool() == ""
    assert gateway.metric("switchyard_plan_served_requests_total", tier="heavy", group="default") == large
    assert gateway.metric("switchyard_plan_quality_price", group="default") > 0


def test_those_that_gain_most_get_the_better_tier(backend_of_tiers):
    gateway = backend_of_tiers({"target": 0.3})
    share = heavy_share(gateway)
    given = {EASY: [], HARD: []}
    for number in range(120):
        text = EASY if number % 2 else HARD
        given[text].append(ask(gateway, text)["x-switchyard-model"])
    # The first requests are not yet ranked among others.
    assert given[EASY][5:] == ["small"] * 55
    assert abs(given[HARD].count("large") - share * 120) <= 6
    row = gateway.row(ask(gateway, HARD)["x-request-id"])
    quota = json.loads(row["features"])["quota"]
    assert (row["plan_group"], row["plan_tier"]) == ("default", quota["tier"])
    assert quota["gain"] > 0 and quota["plan"] >= 1


def test_who_chooses_or_is_exempt_is_held_to_nothing(backend_of_tiers):
    groups = [{"id": "vip", "scope": "tag", "of": "team=vip", "exempt": True}]
    gateway = backend_of_tiers({"target": 0, "groups": groups}, routing={"default_strategy": "quality_optimized"})
    assert {ask(gateway, HARD)["x-switchyard-model"] for _ in range(20)} == {"small"}
    tagged = {"messages": [{"role": "user", "content": EASY}], "route": {"tags": {"team": "vip"}}}
    answers = [gateway.post("/v1/route", tagged) for _ in range(5)]
    assert {fields["x-switchyard-model"] for _, fields, _ in answers} == {"large"}
    assert not any("x-switchyard-quota" in fields for _, fields, _ in answers)
    assert ask(gateway, name="large")["x-switchyard-model"] == "large"
    # A limit that the client sets goes before the plan.
    status, fields, _ = gateway.post(
        "/v1/route", {"messages": [{"role": "user", "content": EASY}], "route": {"required_quality": 0.8}}
    )
    assert (status, fields["x-switchyard-model"]) == (200, "large")
    assert gateway.row(fields["x-request-id"])["plan_tier"] == "light"


def test_a_dry_run_tells_the_quota_and_counts_for_nothing(backend_of_tiers):
    gateway = backend_of_tiers({"target": 0.5})
    dry = {"messages": [{"role": "user", "content": HARD}], "route": {"dry_run": True}}
    for _ in range(50):
        status, _, body = gateway.post("/v1/route", dry)
        quota = json.loads(body)["quota"]
        assert (status, quota["group"], sum(quota["shares"].values())) == (200, "default", pytest.approx(1))
    assert gateway.metric("switchyard_plan_served_requests_total") == 0
    large = sum(ask(gateway)["x-switchyard-model"] == "large" for _ in range(100))
    assert abs(large - 100 * heavy_share(gateway)) <= 4


def test_advice_is_no_order(backend_of_tiers):
    gateway = backend_of_tiers({"mode": "advise", "target": 0}, routing={"default_strategy": "quality_optimized"})
    fields = ask(gateway)
    assert fields["x-switchyard-model"] == "large" and "x-switchyard-quota" not in fields
    assert gateway.row(fields["x-request-id"])["plan_group"] == "default"
    assert state(gateway)["mode"] == "advise"


def test_a_tier_that_is_down_is_made_up_for(make_gateway, backend_of_tiers, backend):
    models = [
        model("small", backend.url("answer"), tier="light", quality=0.4),
        model("large", "http://127.0.0.1:9", tier="heavy", quality=0.9),
    ]
    gateway = backend_of_tiers({"target": 0.5}, models=models, routing={"cool_down_seconds_max": 1})
    assert {ask(gateway)["x-switchyard-model"] for _ in range(60)} == {"small"}
    assert gateway.metric("switchyard_plan_moved_requests_total") > 10
    gateway.configure([models[0], models[1] | {"base_url": backend.url("answer")}])
    gateway.reload()
    # What went amiss is carried over, but no more of it than the plan bears.
    eventually(lambda: ask(gateway)["x-switchyard-model"] == "large")
    large = sum(ask(gateway)["x-switchyard-model"] == "large" for _ in range(40))
    assert large > 20


def test_plans_and_history_outlive_a_kill(backend_of_tiers):
    gateway = backend_of_tiers({"target": 0.5})
    for _ in range(20):
        ask(gateway)
    eventually(lambda: len(gateway.rows("SELECT 1 FROM request")) == 20)
    number = state(gateway)["plan"]["number"]
    gateway.kill()
    gateway.start()
    plan = eventually(lambda: state(gateway)["plan"])
    assert plan["number"] > number and plan["reason"] == "start"
    # Of this hour, which may have begun in between, or ended.
    of_hours = gateway.rows("SELECT count(*) AS count FROM request GROUP BY started_unix_ms / 3600000")
    assert sum(tier["requests_seen"] for tier in plan["tiers"]) in {0, *(row["count"] for row in of_hours)}
    assert gateway.rows("SELECT SUM(requests) AS sum FROM plan_demand")[0]["sum"] == 20
    listed = admin(gateway, "/admin/v1/plans")[1]["data"]
    assert [entry["number"] for entry in listed] == list(range(plan["number"], 0, -1))
    assert admin(gateway, f"/admin/v1/plans/{number}")[1]["number"] == number
    assert admin(gateway, "/admin/v1/plans/999999")[0] == 404
    assert admin(gateway, "/admin/v1/plans/x")[0] == 404


def test_a_budget_buys_the_best_quality_it_can(backend_of_tiers):
    gateway = backend_of_tiers({"budget_per_day": 1e-9})
    plan = state(gateway)["plan"]
    # It does not even pay the lowest tier: that it is, and the plan says so.
    assert plan["remark"] and plan["plan"]["default"]["shares"]["heavy"][0] == 0
    models = json.loads(gateway.models_path.read_text())["models"]
    gateway.configure(models, planner=gateway.settings["planner"] | {"budget_per_day": 1e6})
    gateway.reload()
    eventually(lambda: admin(gateway, "/admin/v1/plan", {})[1]["plan"]["budget_per_day"] == 1e6)
    assert heavy_share(gateway) == pytest.approx(1)


def test_one_tier_is_nothing_to_plan(make_gateway, backend):
    gateway = make_gateway([model("only", backend.url("answer"))], planner={"mode": "enforce"})
    assert state(gateway)["plan"] is None
    status, error = admin(gateway, "/admin/v1/plan", {})
    assert status == 409 and "two tiers" in error["error"]["message"]
    assert "x-switchyard-quota" not in ask(gateway)


@pytest.mark.parametrize(
    ("planner", "complaint"),
    [
        ({"mode": "now"}, "planner.mode"),
        ({"target": 1.5}, "planner.target"),
        ({"groups": [{"id": "default"}]}, "planner.groups"),
        ({"groups": [{"id": "a", "scope": "team"}]}, "planner.groups"),
        ({"groups": [{"id": "a", "quality_low": 0.9, "quality_high": 0.1}]}, "planner.groups"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make_gateway, backend, planner, complaint):
    gateway = make_gateway([model("m", backend.url("answer"))])
    gateway.configure([model("m", backend.url("answer"))], planner=planner)
    result = gateway.command("check", "--config", str(gateway.settings_path), "--models", str(gateway.models_path), check=False)  # fmt: skip
    assert result.returncode != 0 and complaint in result.stdout + result.stderr


def test_a_simulated_calendar_runs_through_hours(backend_of_tiers):
    """An hour is a second: the ledger, plans and the hours that they are held against go by it."""
    clock = {"start": "2024-02-28T22:00:00Z", "speed": 3600}
    gateway = backend_of_tiers({"interval_seconds": 3600, "check_seconds": 60}, simulated_clock=clock)
    leap_day = 1_709_164_800
    eventually(lambda: state(gateway)["plan"]["first_hour_unix_s"] >= leap_day, seconds=20)
    assert "SIMULATED" in gateway.log
    row = gateway.row(ask(gateway)["x-request-id"])
    assert leap_day <= row["started_unix_ms"] / 1000 < leap_day + 30 * 86_400
    hours = {hour["hour_unix_s"] for hour in admin(gateway, "/admin/v1/plan/hours?hours=8784")[1]["data"]}
    assert {leap_day - 3600, leap_day} <= hours
    assert gateway.metric("switchyard_plans_total", reason="timer") >= 1
    assert gateway.metric("switchyard_simulated_clock_speed") == 3600
