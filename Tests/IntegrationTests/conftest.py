"""Fixtures: one gateway for all tests that leave it as it was, and a maker of gateways for the others."""

import collections

import pytest

from harness.backend import Backend
from harness.gateway import SWITCHYARD, Gateway, Simulation, model
from harness.ports import free_port
from harness.postgresql import PostgreSQL

FAULTS = {
    "refused": None,
    "status-400": "status/400",
    "status-500": "status/500",
    "status-503": "status/503",
    "busy": "status/429/retry-after/1",
    "silent": "silent",
    "cut-at-once": "cut/0",
    "cut": "cut/3",
    "stall": "stall/3",
    "malformed": "malformed",
    "truncated": "truncated",
    "html": "html",
    "redirect": "redirect",
    "slow": "slow/200/20",
    "late": "late/1500",
    "endless": "endless",
}


def pytest_collection_modifyitems(items):
    # Those of Compose test the program in its image.
    if not SWITCHYARD and any(item.path.parent.name != "compose" for item in items):
        raise pytest.UsageError("SWITCHYARD is the path of the command under test; deploy/test sets it")
    # The files with the most patient tests first: whoever runs one of them last keeps everybody else waiting.
    patience = collections.defaultdict(float)
    for item in items:
        limit = item.get_closest_marker("timeout")
        patience[item.path] = max(patience[item.path], limit.args[0] if limit else 0)
    items.sort(key=lambda item: -patience[item.path])


@pytest.fixture(scope="session")
def backend():
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def server():
    """PostgreSQL, for tests that leave it running."""
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(scope="session")
def simulation(tmp_path_factory):
    simulation = Simulation(tmp_path_factory.mktemp("simulation"), {"sim-small": {}, "sim-large": {}})
    yield simulation
    simulation.stop()


def registry(backend, simulation):
    """The models of the tests: a capture backend, two simulated ones, and one for each fault."""
    good = model(
        "capture",
        backend.url("answer"),
        aliases=["the-alias"],
        upstream_name="upstream-capture",
        endpoints=["chat", "completions", "embeddings"],
        features=["tools", "images", "structured_output"],
        context_window=10_000_000,
        quality=0.9,
    )
    simulated = [
        model("sim-small", simulation.url, provider="simulated", quality=0.6, prices={"input": 0.1, "output": 0.4}),
        model("sim-large", simulation.url, provider="simulated", quality=0.95, tier="heavy"),
    ]
    faulty = [
        model(name, backend.url(path) if path else f"http://127.0.0.1:{free_port()}/v1", quality=0.5)
        for name, path in FAULTS.items()
    ]
    return [good, *simulated, *faulty]


AUTO_MODELS = ["sim-small", "sim-large"]
PATIENCE = {"connect_seconds_max": 1, "first_byte_seconds_max": 0.5, "between_bytes_seconds_max": 0.5}


@pytest.fixture(scope="session")
def shared_gateway(tmp_path_factory, backend, simulation):
    gateway = Gateway(
        tmp_path_factory.mktemp("gateway"),
        registry(backend, simulation),
        routing={"auto_models": AUTO_MODELS, "attempts_max": 3},
        upstream=PATIENCE,
    )
    yield gateway
    assert gateway.stop() == 0, gateway.log


@pytest.fixture
def gateway(shared_gateway, backend):
    """The shared gateway, which each test leaves serving and idle."""
    backend.clear()
    yield shared_gateway
    assert shared_gateway.get("/healthz")[0] == 200


@pytest.fixture
def client(gateway):
    return gateway.client()


@pytest.fixture
def make_gateway(tmp_path, backend, simulation):
    """Makes gateways of a test's own; `make_gateway(ledger={...})` changes settings."""
    gateways = []

    def make(models=None, environment=None, **settings):
        settings = {"upstream": PATIENCE} | settings
        folder = tmp_path / str(len(gateways))
        folder.mkdir()
        gateways.append(Gateway(folder, models or registry(backend, simulation), environment, **settings))
        return gateways[-1]

    backend.clear()
    yield make
    for gateway in gateways:
        gateway.stop()
        # Shown where the test has failed.
        print(gateway.log[-4000:])
