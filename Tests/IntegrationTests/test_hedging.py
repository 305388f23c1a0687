"""A request that is late is sent to a second model as well: the first to answer counts, and both are paid for."""

import json

import pytest

from harness.gateway import Simulation, eventually, model

HEDGING = {"enabled": True, "quantile": 0.9, "delay_seconds_min": 0.3, "samples_min": 3, "share_max": 0.5}
PATIENCE = {"connect_seconds_max": 10, "first_byte_seconds_max": 60, "between_bytes_seconds_max": 60}


@pytest.fixture
def simulated(tmp_path):
    simulation = Simulation(tmp_path, {"a": {}, "b": {}})
    yield simulation
    simulation.stop()


@pytest.fixture
def hedging(make_gateway, simulated):
    models = [model(name, simulated.url, provider="simulated") for name in ("a", "b")]
    return make_gateway(models, upstream=PATIENCE, routing={"hedging": HEDGING | {"usd_per_second_max": 1}})


def ask(gateway, stream, script="ok"):
    body = {
        "model": "a",
        "stream": stream,
        "messages": [{"role": "user", "content": "When does the train leave?"}],
        "metadata": {"simulate": f"a={script}"},
        "route": {"fallbacks": ["b"]},
    }
    status, headers, answer = gateway.post("/v1/route", body)
    assert status == 200, answer
    return headers, answer.decode()


def nanodollars(dollars):
    return round(float(dollars) * 1e9)


@pytest.mark.parametrize("stream", [False, True])
def test_a_late_model_is_overtaken_and_both_are_paid_for(hedging, simulated, stream):
    for _ in range(4):
        assert "x-switchyard-hedged" not in ask(hedging, stream)[0]
    # Far longer than any client here waits: nothing but the second attempt can answer.
    headers, answer = ask(hedging, stream, "delay:50000")
    assert (headers["x-switchyard-model"], headers["x-switchyard-hedged"]) == ("b", "true")
    assert headers["x-switchyard-attempts"] == "2"

    row = hedging.row(headers["x-request-id"])
    assert (row["outcome"], row["model_used"], row["attempt_count"]) == ("completed", "b", 2)
    attempts = hedging.rows("SELECT * FROM attempt WHERE request_number = ? ORDER BY number", row["number"])
    assert [(attempt["model"], attempt["outcome"]) for attempt in attempts] == [("a", "superseded"), ("b", "completed")]
    late, quick = attempts
    # Called off before it had shown anything: it had read the prompt.
    assert late["cost_nanodollars"] > 0
    assert quick["cost_nanodollars"] == 2000 * quick["input_tokens"] + 8000 * quick["output_tokens"]
    assert row["cost_nanodollars"] == late["cost_nanodollars"] + quick["cost_nanodollars"]
    if stream:
        (cost,) = [line for line in answer.splitlines() if line.startswith(": x-switchyard-cost-usd: ")]
        assert answer.endswith("data: [DONE]\n\n")
        assert nanodollars(cost.rpartition(" ")[2]) == row["cost_nanodollars"]
    else:
        assert json.loads(answer)["choices"]
        assert nanodollars(headers["x-switchyard-cost-usd"]) == row["cost_nanodollars"]

    eventually(lambda: simulated.stats()["a"]["aborted"] == 1)
    assert simulated.in_flight() == 0
    assert hedging.in_flight() == 0
    assert hedging.metric("switchyard_hedges_total", model="b", won="true") == 1
    assert hedging.metric("switchyard_model_circuit", model="a", state="closed") == 1
