#!/usr/bin/env python3
"""How long the default router takes to score a prompt, and whether other requests notice.

    SWITCHYARD=.build/release/switchyard python Tests/Benchmarks/scoring/bench.py ENCODER [rounds]

ENCODER is MiniLM's folder (`.build/all-minilm-l6-v2` once deploy/run has been). First the whole scoring of prompts of 64
and 128 word pieces, one at a time, as the gateway measures it: features, vectors, estimates and the hop to the encoder's
thread and back. Then the 99th percentile of requests that name their model, at a steady rate: alone, beside a hundred
prompts a second that are scored, and beside a hundred that no router is asked about while another process takes as much of
the processors as scoring does, by turns. The last tells processors that are shared from requests that wait for scoring.
Fails unless the median scoring is below 2.5 and 5 ms, and the percentile beside scoring is at most 1 ms above that beside the
other process. ScoringBench beside this file takes the times of scoring's steps, without a gateway.
"""

import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "Tests/IntegrationTests"))
from harness.gateway import Gateway, Simulation, model  # noqa: E402

# Each a single word piece of BERT's vocabulary.
WORDS = """the of and in to was he is as for on with that it his by at from her she you had an were but be this are not
my they one which or have him me first all also their has up who out been when after there into new two its time would
no what about said we over then other so more can if like back them only some could where just during before""".split()
COUNT = 400
RATE, SECONDS, SCORED_RATE = 400, 8, 100


def prompt(draw, pieces):
    """A prompt of so many word pieces, [CLS] and [SEP] included, that has not been seen before."""
    return " ".join(draw.choice(WORDS) for _ in range(pieces - 2))


def ask(gateway, text, **members):
    body = {"model": "auto", "messages": [{"role": "user", "content": text}]} | members
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{gateway.url}/v1/route", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def score(gateway, draw, pieces):
    """Sorted milliseconds of scoring."""
    times = []
    for _ in range(COUNT):
        report = ask(gateway, prompt(draw, pieces), route={"dry_run": True})
        assert report["router"] == "stack" and report["scored_by"] == "vectors", report
        times.append(report["score_ms"])
    return sorted(times)


BURNER = """
import sys, time
burst, due = float(sys.argv[1]), time.perf_counter()
while True:
    due += 1 / float(sys.argv[2])
    end = time.perf_counter() + burst
    while time.perf_counter() < end:
        pass
    time.sleep(max(due - time.perf_counter(), 0))
"""


def percentile_of_others(gateway, folder, draw, beside, burst):
    """The 99th percentile in milliseconds of requests that name their model, beside `scoring`, a `burner`, or nothing."""
    over = threading.Event()
    router = {"scoring": "stack", "burner": "none"}.get(beside)

    def load():
        due = time.monotonic()
        while not over.is_set():
            due += 10 / SCORED_RATE
            ask(gateway, prompt(draw, 128), route={"dry_run": True, "router": router})
            time.sleep(max(due - time.monotonic(), 0))

    threads = [threading.Thread(target=load) for _ in range(10 if router else 0)]
    arguments = [sys.executable, "-c", BURNER, str(burst / 1000), str(SCORED_RATE)]
    burner = subprocess.Popen(arguments) if beside == "burner" else None
    for thread in threads:
        thread.start()
    body = folder / "body.json"
    body.write_text(json.dumps({"model": "a", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}))
    log = folder / "times.tsv"
    log.unlink(missing_ok=True)
    clients = 8
    subprocess.run(
        ["h2load", "--h1", "-c", str(clients), "-D", str(SECONDS), f"--rps={RATE / clients}", "-d", str(body),
         f"--log-file={log}", f"http://127.0.0.1:{gateway.port}/v1/chat/completions"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    over.set()
    if burner:
        burner.kill()
        burner.wait()
    for thread in threads:
        thread.join()
    lines = [line.split("\t") for line in log.read_text().splitlines()]
    assert all(line[1] == "200" for line in lines)
    times = sorted(int(line[2]) / 1000 for line in lines)
    return times[len(times) * 99 // 100]


def main():
    encoder = pathlib.Path(sys.argv[1]).resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    draw = random.Random(3)
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        simulation = Simulation(folder, {"a": {}, "b": {}})
        gateway = Gateway(
            folder,
            [model(name, simulation.url, provider="simulated") for name in ("a", "b")],
            routers=[{"id": "stack", "kind": "stack", "path": str(ROOT / "Config/routers/stack")}],
            # However late the thread gets a processor, vectors are waited for: what is measured is how long they take.
            encoder={"path": str(encoder), "wait_ms_max": 10_000},
        )
        try:
            score(gateway, draw, 64)
            for pieces, bar in ((64, 2.5), (128, 5)):
                times = score(gateway, draw, pieces)
                median = statistics.median(times)
                print(f"{pieces} word pieces: p50 {median:.2f} ms, p99 {times[len(times) * 99 // 100]:.2f} ms", flush=True)
                if median > bar:
                    failures.append(f"{pieces} pieces: {median:.2f} ms, bar {bar}")
            times = {beside: [] for beside in ("nothing", "scoring", "burner")}
            for _ in range(rounds):
                for beside, list in times.items():
                    list.append(percentile_of_others(gateway, folder, draw, beside, median))
            medians = {beside: statistics.median(list) for beside, list in times.items()}
            print(f"others' p99 beside nothing {medians['nothing']:.2f} ms, beside {SCORED_RATE} scored prompts a second "
                  f"{medians['scoring']:.2f} ms, beside {SCORED_RATE} others and a process that takes {median:.1f} ms as "
                  f"often {medians['burner']:.2f} ms; medians of {rounds} rounds", flush=True)  # fmt: skip
            if medians["scoring"] > medians["burner"] + 1:
                failures.append("other requests notice the scoring")
        finally:
            gateway.stop()
            simulation.stop()
    for failure in failures:
        print("MISSED", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
