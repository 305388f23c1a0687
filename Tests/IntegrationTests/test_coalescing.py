"""Identical questions at the same time are asked once, where that is wanted."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.gateway import Simulation, eventually, model
from harness.raw import RawConnection, request

COUNT = 8
QUESTION = {"model": "m", "messages": [{"role": "user", "content": "When does the train leave?"}], "temperature": 0}


@pytest.fixture
def start(make_gateway, tmp_path):
    """Starts a gateway that coalesces, before a model that takes so many milliseconds."""
    simulations = []

    def start(milliseconds):
        slow = {"m": {"time_to_first_token_ms": {"mean": milliseconds, "deviation": 0}}}
        simulations.append(Simulation(tmp_path, slow))
        gateway = make_gateway([model("m", simulations[0].url)], cache={"coalesce": True}, upstream={})
        return simulations[0], gateway

    yield start
    for simulation in simulations:
        simulation.stop()


def test_the_official_client_gets_the_same_answer_many_times_for_the_price_of_one(start):
    simulation, gateway = start(1000)
    client = gateway.client()
    with ThreadPoolExecutor(COUNT) as pool:
        calls = [pool.submit(client.chat.completions.with_raw_response.create, **QUESTION) for _ in range(COUNT)]
        answers = [call.result() for call in calls]
    assert simulation.stats()["m"]["calls"] == 1
    assert len({answer.parse().choices[0].message.content for answer in answers}) == 1
    labels = [answer.headers.get("x-switchyard-cache") for answer in answers]
    assert labels.count("coalesced") == COUNT - 1
    eventually(lambda: len(gateway.rows("SELECT id FROM request")) == COUNT)
    rows = gateway.rows("SELECT outcome, cost_nanodollars FROM request")
    assert sorted(row["outcome"] for row in rows) == ["coalesced"] * (COUNT - 1) + ["completed"]
    assert [row["outcome"] for row in rows if row["cost_nanodollars"] > 0] == ["completed"]


def test_whoever_waits_is_answered_although_the_first_hangs_up(start):
    simulation, gateway = start(700)
    leader = RawConnection(gateway.port).send(request(json.dumps(QUESTION).encode()))
    eventually(lambda: simulation.stats()["m"]["calls"] == 1)
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(gateway.post, "/v1/chat/completions", QUESTION) for _ in range(2)]
        eventually(lambda: gateway.metric("switchyard_in_flight_requests") == 4)
        leader.socket.close()
        assert [call.result()[0] for call in calls] == [200, 200]
    assert simulation.stats()["m"]["calls"] == 2
