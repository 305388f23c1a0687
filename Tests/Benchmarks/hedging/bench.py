#!/usr/bin/env python3
"""What hedging brings and what it costs: the same heavy-tailed simulated models, without and with it.

    SWITCHYARD=.build/release/switchyard python Tests/Benchmarks/hedging/bench.py [requests]

Simulated: four answers of a hundred come from a tail of times (Pareto), the others within some 60 ms. Prints the 99th
percentile of whole answers and of first tokens, and the extra calls, by the ledger; fails unless the percentile is at
least halved at less than 5 % of extra calls.
"""

import json
import pathlib
import re
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "IntegrationTests"))
from harness.gateway import Gateway, Simulation, eventually, model  # noqa: E402

CLIENTS = 16
TAIL = {"time_to_first_token_ms": {"mean": 60, "deviation": 5, "tail_rate": 0.04, "tail_exponent": 0.7}}


def ask(gateway, stream):
    """Seconds until an answer showed anything."""
    body = {"model": "a", "stream": stream, "messages": [{"role": "user", "content": "x"}]}
    body["route"] = {"fallbacks": ["b"]}
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{gateway.url}/v1/route", json.dumps(body).encode(), headers)
    began = time.monotonic()
    with urllib.request.urlopen(request, timeout=600) as response:
        # A stream's first event with text in it; a whole answer's only line.
        for line in response:
            if not stream or re.search(rb'"content":"[^"]', line):
                elapsed = time.monotonic() - began
                response.read()
                return elapsed
    raise AssertionError("an answer without content")


def measure(folder, simulation, requests, stream, hedging):
    """The 99th percentile, in milliseconds, and the share of extra calls."""
    folder.mkdir()
    models = [model(name, simulation.url, provider="simulated") for name in ("a", "b")]
    routing = {"hedging": {"enabled": hedging, "usd_per_second_max": 1}}
    gateway = Gateway(folder, models, routing=routing, health={"outlier_share_max": 0, "adaptive_silence": False})
    try:
        with ThreadPoolExecutor(CLIENTS) as clients:
            times = sorted(clients.map(lambda _: ask(gateway, stream), range(requests)))
        count = "SELECT COUNT(*) AS count FROM "
        eventually(lambda: gateway.rows(count + "request")[0]["count"] == requests, 20)
        calls = gateway.rows(count + "attempt")[0]["count"]
    finally:
        gateway.stop()
    return times[requests * 99 // 100] * 1000, calls / requests - 1


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    is_met = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        simulation = Simulation(folder, {"a": TAIL, "b": TAIL})
        try:
            for stream in (False, True):
                plain, _ = measure(folder / f"plain-{stream}", simulation, requests, stream, False)
                hedged, extra = measure(folder / f"hedged-{stream}", simulation, requests, stream, True)
                what = "first tokens" if stream else "whole answers"
                print(f"{what}: p99 {plain:.0f} ms, hedged {hedged:.0f} ms ({plain / hedged:.1f} times); "
                      f"extra calls {extra:.1%}; {requests} requests, simulated", flush=True)
                is_met = is_met and hedged <= plain / 2 and extra < 0.05
        finally:
            simulation.stop()
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
