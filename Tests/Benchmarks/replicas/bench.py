"""What it costs a gateway to keep its ledger in PostgreSQL and to share its budgets, beside one with SQLite.

    bench.py FOLDER

SWITCHYARD, NGINX and H2LOAD are paths of programs; PostgreSQL is started by Tests/Tools/postgresql-server. One core runs the
gateway under test, the other one the load, the backend and PostgreSQL, which would be on another machine. Both gateways have
the same four budgets, and take turns; the one with PostgreSQL is alone, and then one of three.
"""

import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "gateway"), str(HERE.parents[1] / "IntegrationTests")]

import servers  # noqa: E402
from harness.gateway import metric_of  # noqa: E402
from harness.postgresql import PostgreSQL  # noqa: E402

SERVER_CORE, LOAD_CORE = 0, 1
ROUNDS = int(os.environ.get("ROUNDS", "8"))
SECONDS = int(os.environ.get("SECONDS_A_ROUND", "3"))
DURABILITY = os.environ.get("DURABILITY", "relaxed")
CONNECTIONS = 64
BODY = {
    "model": "bench",
    "max_tokens": 256,
    "messages": [{"role": "user", "content": "Why is the sky blue? " * 45}],
}


def measure(server, body, seconds=SECONDS):
    """Requests per second, and CPU µs per request."""
    before = server.cpu_seconds()
    url = f"http://127.0.0.1:{server.port}/v1/chat/completions"
    command = ["taskset", "-c", str(LOAD_CORE), os.environ["H2LOAD"], "--h1", "-t1", f"-c{CONNECTIONS}", f"-D{seconds}"]
    command += ["-d", str(body), "-H", "content-type: application/json", url]
    output = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120).stdout
    answered = int(re.search(r"status codes: (\d+) 2xx", output)[1])
    failed = sum(map(int, re.search(r"(\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output).groups()))
    if failed or not answered:
        raise SystemExit(f"{server.name}: {failed} of {failed + answered} requests failed:\n{output}")
    return answered / seconds, (server.cpu_seconds() - before) / answered * 1e6


def page(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        return answer.read().decode()


def compare(gateways, body):
    """The medians of each gateway, which take turns in another order each round."""
    samples = {name: [] for name in gateways}
    generator = random.Random(7)
    for name in gateways:
        measure(gateways[name], body, 1)
    for _ in range(ROUNDS):
        for name in generator.sample(list(gateways), len(gateways)):
            samples[name].append(measure(gateways[name], body))
    return {name: [statistics.median(column) for column in zip(*rows)] for name, rows in samples.items()}


def exchanges(server):
    text = page(server)
    return metric_of(text, "switchyard_lease_exchanges_total", result="done")


def main():
    folder = Path(sys.argv[1])
    body = folder / "body.json"
    body.write_text(json.dumps(BODY))
    started = []
    database = PostgreSQL()
    try:
        os.sched_setaffinity(database.process.pid, {LOAD_CORE})
        backend = servers.start_backend(os.environ["NGINX"], folder, LOAD_CORE)
        started.append(backend)

        def gateway(name, **ledger):
            server = servers.start_gateway(
                os.environ["SWITCHYARD"], folder / name, SERVER_CORE, backend.port, backend.port,
                budgets=servers.BUDGETS, ledger={"durability": DURABILITY} | ledger,
            )
            started.append(server)
            return server

        url = database.make_database()
        gateways = {"SQLite": gateway("sqlite"), "PostgreSQL": gateway("alone", url=url)}
        alone = compare(gateways, body)
        replicas = [gateways["PostgreSQL"]] + [gateway(name, url=url) for name in ("second", "third")]
        time.sleep(5)
        before, began = [exchanges(server) for server in replicas], time.monotonic()
        shared = compare(gateways, body)
        traffic = [
            (last - first) / (time.monotonic() - began)
            for first, last in zip(before, [exchanges(server) for server in replicas])
        ]
    finally:
        for server in reversed(started):
            server.stop()
        database.close()
    for title, results in [("one gateway", alone), ("three replicas", shared)]:
        for name, (rate, cpu) in results.items():
            print(f"{title:<16}{name:<12}{rate:>10.0f} req/s{cpu:>10.1f} CPU µs/req")
        rate, cpu = (results["PostgreSQL"][column] / results["SQLite"][column] for column in (0, 1))
        print(f"{title:<16}PostgreSQL / SQLite: throughput {rate:.3f} (bar: >= 0.95), CPU of a request {cpu:.3f}")
    rates = ", ".join(f"{rate:.2f}" for rate in traffic)
    print(f"exchanges a second of each replica, all {len(servers.BUDGETS)} budgets: {rates} (bar: < 1)")


main()
