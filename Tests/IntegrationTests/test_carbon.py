"""Energy and carbon of real requests: by the zone's grid, whatever becomes of the source that tells of it."""

import http.server
import json
import threading
import time

import pytest

from harness.gateway import eventually, model

CHAT = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 16}
INTENSITY = "switchyard_grid_intensity_grams_per_kwh"
# 1 J for each token of either kind, and the gateway's own work left out: what is left is the grid's.
ENERGY = {"joules_per_input_token": 1, "joules_per_output_token": 1, "pue": 1}
QUIET = {"router_watts": 0, "refresh_seconds": 0.05}


def located(backend, *zones):
    """Models that differ in nothing but their zone, which is their name."""
    return [model(zone, backend.url("answer"), energy=ENERGY | {"zone": zone}) for zone in zones]


def row_of(gateway, name):
    query = "SELECT * FROM request WHERE model_used = ? AND outcome = 'completed' ORDER BY rowid"
    before = len(gateway.rows(query, name))
    status, headers, _ = gateway.post("/v1/chat/completions", CHAT | {"model": name})
    assert status == 200
    eventually(lambda: len(gateway.rows(query, name)) > before)
    return gateway.rows(query, name)[-1], headers


def hour(before=0):
    return time.strftime("%Y-%m-%d %H:00:00", time.gmtime(time.time() - 3600 * before))


@pytest.fixture
def maps():
    """A service like Electricity Maps', whose answer tests choose; `None` for a failure."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append((self.path, self.headers["auth-token"]))
            answer = self.server.answer
            body = json.dumps(answer).encode() if answer else b"{}"
            self.send_response(200 if answer else 500)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answer = [], None
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_zone_of_a_file_decides_the_grams(make_gateway, backend, tmp_path):
    sources = []
    for zone, grams in (("DE", 400), ("SE", 40)):
        path = tmp_path / f"{zone}.csv"
        header = "Datetime (UTC),Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA)"
        path.write_text(f"{header}\n{hour(1)},{zone},1,{grams}\n{hour()},{zone},1,{grams}\n")
        sources.append({"kind": "csv", "path": str(path), "zones": [zone]})
    gateway = make_gateway(located(backend, "DE", "SE"), carbon=QUIET | {"sources": sources})
    (german, headers), (swedish, _) = row_of(gateway, "DE"), row_of(gateway, "SE")
    assert german["energy_joules"] == swedish["energy_joules"] == german["input_tokens"] + german["output_tokens"]
    assert german["carbon_micrograms"] == pytest.approx(german["energy_joules"] * 400 / 3.6, abs=1)
    assert german["carbon_micrograms"] == pytest.approx(10 * swedish["carbon_micrograms"], abs=6)
    assert (german["zone"], german["grams_per_kwh"]) == ("DE", 400)
    assert float(headers["x-switchyard-carbon-g"]) * 1e6 == pytest.approx(german["carbon_micrograms"])
    low, high = headers["x-switchyard-carbon-interval-g"].split(";")[0].split("-")
    assert float(low) * 1e6 == pytest.approx(german["carbon_low_micrograms"])
    assert float(high) * 1e6 == pytest.approx(german["carbon_high_micrograms"])


def test_an_unknown_zone_gives_a_wide_interval(make_gateway, backend):
    gateway = make_gateway(located(backend, "ATLANTIS"), carbon=QUIET)
    row, _ = row_of(gateway, "ATLANTIS")
    assert row["provenance"] == "modelled" and row["grams_per_kwh"] == 473
    assert 0 < row["carbon_low_micrograms"] < row["carbon_micrograms"] / 20
    assert row["carbon_high_micrograms"] > 4 * row["carbon_micrograms"]


def test_a_source_that_fails_leaves_its_last_reading_which_is_trusted_less_and_less(make_gateway, backend, maps):
    # The reading ends three seconds from now.
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3597))
    maps.answer = {"zone": "DE", "carbonIntensity": 200, "datetime": began, "isEstimated": False}
    source = {"kind": "electricity_maps", "origin": maps.url, "token_variable": "MAPS", "zones": ["DE"]}
    gateway = make_gateway(
        located(backend, "DE"),
        environment={"MAPS": "a-token-of-the-maps"},
        carbon=QUIET | {"sources": [source], "staleness_seconds": 2},
    )

    def basis():
        return next(name for name in ("current", "last_known", "country") if gateway.metric(INTENSITY, basis=name))

    eventually(lambda: gateway.metric(INTENSITY, basis="current", bound="central") == 200)
    assert maps.asked[0] == ("/v3/carbon-intensity/latest?zone=DE", "a-token-of-the-maps")
    fresh, _ = row_of(gateway, "DE")
    maps.answer = None
    eventually(lambda: gateway.metric("switchyard_grid_source_requests_total", outcome="failed") > 1)
    eventually(lambda: basis() == "last_known")
    stale, _ = row_of(gateway, "DE")
    assert stale["carbon_micrograms"] == fresh["carbon_micrograms"]
    assert stale["carbon_high_micrograms"] > fresh["carbon_high_micrograms"]
    assert stale["carbon_low_micrograms"] < fresh["carbon_low_micrograms"]
    eventually(lambda: basis() == "country")
    assert gateway.get("/readyz")[0] == 200


def test_a_budget_of_carbon_has_spent_what_the_ledger_says_and_totals_accumulate(make_gateway, backend):
    budget = {"id": "b", "scope": "everyone", "measure": "gco2e", "cap": 1000, "window": "day"}
    energy = ENERGY | {"model": "regression", "parameters_billions": 8, "machine": "1xH100", "zone": "DE"}
    gateway = make_gateway([model("own", backend.url("answer"), energy=energy)], budgets=[budget])
    for _ in range(3):
        row_of(gateway, "own")
    columns = "carbon_micrograms, router_micrograms, prompt_micrograms, generation_micrograms, embodied_micrograms"
    eventually(lambda: len(gateway.rows("SELECT 1 FROM request")) == 3)
    rows = [list(row.values()) for row in gateway.rows(f"SELECT {columns} FROM request")]
    assert all(row[0] == sum(row[1:]) for row in rows), "the parts are the whole"
    total = sum(row[0] for row in rows)
    assert total > max(row[0] for row in rows)
    assert round(gateway.metric("switchyard_budget_spent", budget="b") * 1e6) == total
    assert gateway.metric("switchyard_carbon_grams_total", model="own") * 1e6 == pytest.approx(total)
