"""The gateway side by side with nginx and Envoy, before the same backends, on the same core, in the same minutes.

    bench.py FOLDER

The folder holds the compiled probes; SWITCHYARD, NGINX, ENVOY and WRK are paths of programs. One core runs the server
under test and the other one the load and the backend. CPU per request is the figure to trust:
requests per second are capped by the load's own core.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import servers

SERVER_CORE, LOAD_CORE = 0, 1
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = 2
CONNECTIONS = (1, 64, 256)
STREAMS, TOKENS_PER_SECOND, STREAM_SECONDS = 500, 50, 4
IDLE_CONNECTIONS = 10_000
CANCELS = 200


def run(program, *arguments):
    """The standard output of a program pinned to the load's core."""
    command = ["taskset", "-c", str(LOAD_CORE), str(program), *map(str, arguments)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        raise SystemExit(f"{program} failed: {result.stdout}{result.stderr}")
    return result.stdout


def measure_requests(server, connections, seconds=SECONDS):
    """Requests per second, CPU µs per request, p50 and p99 in µs of one run of wrk."""
    script = Path(__file__).with_name("chat.lua")
    before = server.cpu_seconds()
    url = f"http://127.0.0.1:{server.port}"
    output = run(os.environ["WRK"], "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s", "-s", script, url)
    cpu = server.cpu_seconds() - before
    line = next(line for line in output.splitlines() if line.startswith("result "))
    requests, microseconds, p50, p99, failures = map(int, line.split()[1:])
    if failures:
        raise SystemExit(f"{server.name}: {failures} of {requests} requests failed:\n{server.log.read_text()[-2000:]}")
    return requests / microseconds * 1e6, cpu / requests * 1e6, p50, p99


def interleaved(names, rounds):
    """Every name once a round, each round in another order, so that drift falls on all alike."""
    generator = random.Random(7)
    for _ in range(rounds):
        yield from generator.sample(names, len(names))


def medians(samples):
    return [statistics.median(column) for column in zip(*samples)]


def measure_streams(probe, port, server=None):
    """Transit p50 and p99 in µs, and CPU µs a chunk, of paced streams."""
    command = ["taskset", "-c", str(LOAD_CORE), probe, str(port), str(STREAMS), "1", str(STREAM_SECONDS)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    before = server.cpu_seconds() if server else 0
    time.sleep(STREAM_SECONDS - 0.3)
    cpu = (server.cpu_seconds() - before) / (STREAM_SECONDS - 0.3) if server else 0
    memory = server.memory_mib() if server else 0
    line = process.stdout.readline()
    if process.wait(20) != 0 or not line:
        raise SystemExit(f"the streams through {server.name if server else 'no one'} broke off")
    chunks, p50, p99, _ = map(float, line.split())
    due = STREAMS * TOKENS_PER_SECOND * STREAM_SECONDS
    return p50, p99, cpu / (STREAMS * TOKENS_PER_SECOND) * 1e6, memory, chunks / due


class Table:
    def __init__(self):
        self.bars = []

    def row(self, *cells):
        print("".join(f"{cell:>14}" if index else f"{cell:<26}" for index, cell in enumerate(cells)), flush=True)

    def bar(self, promise, value, limit, is_met):
        self.bars.append((promise, value, limit, is_met))

    def print_bars(self):
        print("\nbar                                                        measured        limit")
        for promise, value, limit, is_met in self.bars:
            print(f"{promise:<52}{value:>14}{limit:>13}  {'pass' if is_met else 'MISSED'}")


def compare_requests(table, proxies, backend):
    names = list(proxies)
    table.row("requests", "connections", "req/s", "CPU µs/req", "p50 µs", "p99 µs")
    results = {}
    for connections in CONNECTIONS:
        for name in names:
            measure_requests(proxies[name], connections, seconds=1)
        samples = {name: [] for name in names}
        for name in interleaved(names, ROUNDS):
            samples[name].append(measure_requests(proxies[name], connections))
        for name in names:
            results[name, connections] = rate, cpu, p50, p99 = medians(samples[name])
            table.row(name, connections, f"{rate:.0f}", f"{cpu:.1f}", f"{p50:.0f}", f"{p99:.0f}")
    direct = medians([measure_requests(backend, 1) for _ in range(ROUNDS)])
    table.row("no proxy", 1, f"{direct[0]:.0f}", "", f"{direct[2]:.0f}", f"{direct[3]:.0f}")

    gateway, nginx, envoy = (results[name, 64] for name in ("gateway", "nginx", "envoy"))
    ratio = gateway[0] / nginx[0]
    table.bar("throughput at 64 connections / nginx's", f"{ratio:.2f}", ">= 1.00", ratio >= 1)
    ratio = gateway[0] / envoy[0]
    table.bar("throughput at 64 connections / Envoy's", f"{ratio:.2f}", ">= 1.30", ratio >= 1.3)
    ratio = gateway[1] / nginx[1]
    table.bar("CPU per request at 64 connections / nginx's", f"{ratio:.2f}", "<= 1.05", ratio <= 1.05)
    added = results["gateway", 1][3] - results["nginx", 1][3]
    table.bar("p99 at 1 connection over nginx's", f"{added:.0f} µs", "<= 150 µs", added <= 150)


def compare_budgets(table, gateways):
    """What four budgets add to a request: accounts, headroom, hold, journal and settlement."""
    print()
    table.row("64 connections", "", "req/s", "CPU µs/req")
    samples = {name: [] for name in gateways}
    for name in interleaved(list(gateways), ROUNDS * 2):
        samples[name].append(measure_requests(gateways[name], 64))
    results = {name: medians(values) for name, values in samples.items()}
    for name, (rate, cpu, _, _) in results.items():
        table.row(name, "", f"{rate:.0f}", f"{cpu:.1f}")
    added = results["with budgets"][1] - results["without budgets"][1]
    table.bar("CPU that four budgets add to a request", f"{added:.1f} µs", "<= 3 µs", added <= 3)


def compare_streams(table, proxies, ports, paced, probes):
    print()
    table.row(f"{STREAMS} streams", "p50 µs", "p99 µs", "CPU µs/chunk", "MiB", "of chunks due")
    samples = {name: [] for name in [*proxies, "no proxy"]}
    for name in interleaved(list(samples), max(ROUNDS // 2, 1)):
        port, server = (paced.port, None) if name == "no proxy" else (ports[name], proxies[name])
        samples[name].append(measure_streams(probes / "stream_client", port, server))
    results = {name: medians(values) for name, values in samples.items()}
    for name, (p50, p99, cpu, memory, share) in results.items():
        table.row(name, f"{p50:.0f}", f"{p99:.0f}", f"{cpu:.1f}", f"{memory:.0f}", f"{share:.3f}")
    ratio = results["gateway"][0] / results["nginx"][0]
    table.bar("chunk transit p50 / nginx's", f"{ratio:.2f}", "<= 1.00", ratio <= 1)
    return results["gateway"][3]


def compare_memory(table, proxies, before, with_streams, probes):
    print()
    table.row("memory", "idle MiB", "10,000 idle", "KiB each", "KiB/stream")
    for name, server in proxies.items():
        command = ["taskset", "-c", str(LOAD_CORE), str(probes / "idle_client"), str(server.port), str(IDLE_CONNECTIONS)]
        start = server.memory_mib()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if process.stdout.readline() != "ready\n":
            raise SystemExit(f"{name} did not hold {IDLE_CONNECTIONS} connections")
        time.sleep(0.5)
        full = server.memory_mib()
        process.terminate()
        process.wait()
        each = (full - start) * 1024 / IDLE_CONNECTIONS
        stream = max(with_streams - before[name], 0) * 1024 / STREAMS if name == "gateway" else None
        table.row(name, f"{before[name]:.1f}", f"{full:.0f}", f"{each:.1f}", f"{stream:.1f}" if stream else "")
        if name == "gateway":
            table.bar("memory idle", f"{before[name]:.1f} MiB", "< 50 MiB", before[name] < 50)
            table.bar("memory with 10,000 idle connections", f"{full:.0f} MiB", "< 200 MiB", full < 200)


def compare_cancelling(table, ports, streams_port, probes):
    print()
    table.row("client gone, upstream", "median µs", "slowest µs")
    for name, port in ports.items():
        median, slowest = map(float, run(probes / "cancel_probe", port, streams_port, CANCELS).split())
        table.row(f"closed by {name}", f"{median:.0f}", f"{slowest:.0f}")
        if name == "gateway":
            table.bar("upstream closed after the client", f"{slowest / 1e3:.2f} ms", "<= 2 ms", slowest <= 2000)


def main():
    folder = Path(sys.argv[1]).resolve()
    started, running = time.monotonic(), []

    def start(function, *arguments):
        running.append(function(*arguments))
        return running[-1]

    try:
        nginx, envoy = os.environ["NGINX"], os.environ["ENVOY"]
        streams_port = servers.free_port()
        ports = {"nginx": servers.free_port(), "envoy": servers.free_port()}
        backend = start(servers.start_backend, nginx, folder, LOAD_CORE)
        paced = start(
            servers.Server,
            "paced",
            folder,
            LOAD_CORE,
            [folder / "paced_backend", streams_port, TOKENS_PER_SECOND],
            streams_port,
        )
        proxies = {
            "nginx": start(servers.start_nginx, nginx, folder, SERVER_CORE, backend.port, streams_port, ports["nginx"]),
            "envoy": start(servers.start_envoy, envoy, folder, SERVER_CORE, backend.port, streams_port, ports["envoy"]),
            "gateway": start(
                servers.start_gateway, os.environ["SWITCHYARD"], folder, SERVER_CORE, backend.port, streams_port
            ),
        }
        ports["gateway"] = proxies["gateway"].port
        time.sleep(1)
        idle = {name: server.memory_mib() for name, server in proxies.items()}

        table = Table()
        with_streams = compare_streams(table, proxies, ports, paced, folder)
        compare_memory(table, proxies, idle, with_streams, folder)
        print()
        compare_requests(table, proxies, backend)
        budgeted = servers.start_gateway(
            os.environ["SWITCHYARD"],
            folder / "budgets",
            SERVER_CORE,
            backend.port,
            streams_port,
            budgets=servers.BUDGETS,
        )
        running.append(budgeted)
        compare_budgets(table, {"without budgets": proxies["gateway"], "with budgets": budgeted})
        paced.stop()
        compare_cancelling(table, ports, streams_port, folder)
        table.print_bars()
        print(f"\n{time.monotonic() - started:.0f} s; one core for each server, the other for load and backend.")
    finally:
        for server in reversed(running):
            server.stop()


if __name__ == "__main__":
    main()
