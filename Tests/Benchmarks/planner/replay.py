"""A week of a real trace through the live gateway, a thousand times as fast: what planner and router make of it.

    replay.py SWITCHYARD [--data FOLDER] [--zone DE-LU] [--year 2023] [--start 2023-08-08] [--hours 168] [--out FOLDER]

Starts a gateway with the SIMULATED fleet of Config/demo, whose calendar runs `--speed` times as fast, with the grid's file
and the days of the trace before as history, and `planner.mode: enforce`. Sends the trace's requests hour by hour; each is
one of the prompts of Config/demo/outcomes.jsonl, whose recorded scores say how good each model's answer was. Then adds up
what the ledger has, and compares it with always-best, a constant mix and the offline optimum (`switchyard plan`), all
for the same requests and at the energy that each tier's requests took. Writes summary.json, hours.csv and page.html.

Backends, lengths and times are simulated; demand, intensity and scores are data.
"""

import argparse
import asyncio
import csv
import datetime
import html
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOKEN = "replay"
#: Plans are printed in whole grams: those of so many times the requests are a part of one exactly.
LARGER = 10_000
#: What a request took in the hours before: kWh at the wall and nanodollars, as an earlier replay had it.
BEFORE = {"qwen2.5-7b-instruct": (8.8e-6, 66_000), "llama-3.1-nemotron-51b-instruct": (33.5e-6, 259_000)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("switchyard", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared/data/planner")
    parser.add_argument("--zone", default="DE-LU")
    parser.add_argument("--year", type=int, default=2023)
    parser.add_argument("--start", default="2023-08-08", help="the day that the second week of the trace falls on")
    parser.add_argument("--trace", default="servegen_language_m-small")
    parser.add_argument("--history", type=int, default=168, help="hours of the trace before the replay")
    parser.add_argument("--hours", type=int, default=168)
    parser.add_argument("--speed", type=float, default=1000)
    parser.add_argument("--rate", type=float, default=100, help="mean requests a real second")
    parser.add_argument("--target", type=float, default=0.5)
    parser.add_argument("--validity", type=int, default=24)
    parser.add_argument("--encoder", default=str(ROOT / ".switchyard/encoders/all-minilm-l6-v2"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/replay"))
    return parser.parse_args()


class World:
    """A gateway and its simulated backends, in a folder of their own."""

    def __init__(self, options, start, demand, folder):
        self.folder, self.options, self.start = folder, options, start
        self.port, self.admin, backends = free_port(), free_port(), free_port()
        simulation = (ROOT / "Config/demo/simulation.yaml").read_text().replace("127.0.0.1:8190", f"127.0.0.1:{backends}")
        quick = []
        for line in simulation.splitlines():
            if "time_to_first_token_ms" in line:
                line = "    time_to_first_token_ms: { mean: 1, deviation: 0 }"
            elif "time_between_tokens_ms" in line:
                line = "    time_between_tokens_ms: 0"
            elif "error_rate" in line:
                line = "    error_rate: 0"
            quick.append(line)
        (folder / "simulation.yaml").write_text("\n".join(quick))
        models = (ROOT / "Config/demo/models.yaml").read_text().replace("127.0.0.1:8190", f"127.0.0.1:{backends}")
        # Two tiers: of three, the middle one is nearly as good and as cheap as both, and there is little to plan.
        models = models.replace("grams_per_kwh: 369", f"zone: {options.zone}").replace("tier: medium", "tier: light")
        (folder / "models.yaml").write_text(models)
        intensity = options.data / f"carbon/{options.zone}_{options.year}_hourly.csv"
        has_encoder = os.path.isdir(options.encoder)
        settings = {
            "api": {"addresses": [f"127.0.0.1:{self.port}"]},
            "admin": {"addresses": [f"127.0.0.1:{self.admin}"]},
            "state_directory": str(folder / "state"),
            "simulated_clock": {"start": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "speed": options.speed},
            "carbon": {
                "sources": [{"kind": "csv", "path": str(intensity), "zones": [options.zone]}],
                "refresh_seconds": 1,
            },
            "routers": [{"id": "stack", "kind": "stack", "path": str(ROOT / "Config/routers/stack")}],
            "encoder": {"path": options.encoder if has_encoder else None},
            "routing": {"default_strategy": "utility", "exploration": 0, "seed": 1},
            "planner": {
                "mode": "enforce",
                "metric": "carbon",
                "target": options.target,
                "validity_hours": options.validity,
                "tiers": [{"id": "light", "quality": 0}, {"id": "heavy", "quality": 1}],
            },
        }
        (folder / "switchyard.yaml").write_text(json.dumps(settings))
        self.processes = []
        self.run("simulate", "--config", str(folder / "simulation.yaml"))
        # Once without a plan, to make the ledger that the history goes into.
        quiet = settings | {"planner": {"mode": "off"}}
        (folder / "quiet.yaml").write_text(json.dumps(quiet))
        self.serve("quiet.yaml")
        self.stop(self.processes.pop())
        self.remember(demand)
        self.serve("switchyard.yaml")
        self.began = time.monotonic()

    def run(self, *command):
        log = open(self.folder / f"{command[0]}.log", "ab")
        environment = os.environ | {"SWITCHYARD_ADMIN_TOKEN": TOKEN}
        process = subprocess.Popen([self.options.switchyard, *command], stdout=log, stderr=log, env=environment)
        self.processes.append(process)
        return process

    def serve(self, settings):
        process = self.run("serve", "--config", str(self.folder / settings), "--models", str(self.folder / "models.yaml"))
        for _ in range(400):
            assert process.poll() is None, (self.folder / "serve.log").read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1)
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the gateway does not serve")

    def remember(self, demand):
        """What the ledger would have of the hours before, had they been served in equal parts by the lowest and best tier."""
        first = int(self.start.timestamp()) // 3600
        with sqlite3.connect(self.folder / "state/switchyard.db") as database:
            for back, count in enumerate(reversed(demand), 1):
                for model, (kwh, nanodollars) in BEFORE.items():
                    half = count // 2
                    row = (first - back, "default", "general", model, half, half * kwh, 0, half * nanodollars)
                    database.execute("INSERT INTO plan_demand VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    def close(self):
        for process in reversed(self.processes):
            self.stop(process)

    def admin_page(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}{path}", headers={"authorization": f"Bearer {TOKEN}"})
        return json.load(urllib.request.urlopen(request, timeout=10))


class Client:
    """Connections that send one request after the other."""

    def __init__(self, world, prompts):
        self.world, self.prompts = world, prompts
        self.queue = asyncio.Queue()
        self.sent, self.failed, self.late = 0, 0, 0.0
        #: By tier of the prompt's quota and model: the sums of scores.
        self.scores = []

    async def worker(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.world.port)
        while (item := await self.queue.get()) is not None:
            due, index = item
            self.late = max(self.late, time.monotonic() - due)
            body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": self.prompts[index]["prompt"]}]})
            data = body.encode()
            writer.write(
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                % len(data)
                + data
            )
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:] if ": " in line)
            await reader.readexactly(int(fields["content-length"]))
            self.sent += 1
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                self.failed += 1
                continue
            self.scores.append((index, fields["x-switchyard-model"]))
        writer.close()

    async def run(self, demand, hour_seconds, seed):
        workers = [asyncio.create_task(self.worker()) for _ in range(64)]
        chance = random.Random(seed)
        began = self.world.began
        for hour, count in enumerate(demand):
            # Evenly spread with jitter within the hour.
            for place in range(count):
                due = began + (hour + (place + chance.random()) / count) * hour_seconds
                pause = due - time.monotonic()
                if pause > 0.002:
                    await asyncio.sleep(pause)
                self.queue.put_nowait((due, chance.randrange(len(self.prompts))))
            print(f"\r{hour + 1}/{len(demand)} hours, {self.sent} requests, {self.failed} failed", end="", flush=True)
        for _ in workers:
            self.queue.put_nowait(None)
        await asyncio.gather(*workers)
        print()


def intensity_of(options, start):
    path = options.data / f"carbon/{options.zone}_{options.year}_hourly.csv"
    grams = {}
    with open(path) as file:
        for row in csv.DictReader(file):
            when = datetime.datetime.fromisoformat(row["Datetime (UTC)"]).replace(tzinfo=datetime.timezone.utc)
            grams[int(when.timestamp()) // 3600] = float(row["Carbon Intensity gCO₂eq/kWh (LCA)"])
    first = int(start.timestamp()) // 3600
    return [grams[first + hour] for hour in range(options.hours)]


def ledger_hours(folder, start, hours, tiers):
    """Of each hour and tier: requests, kWh at the wall, grams of building, grams in all, dollars."""
    first = int(start.timestamp()) // 3600
    table = [{tier: [0, 0.0, 0.0, 0.0, 0.0] for tier in set(tiers.values())} for _ in range(hours)]
    with sqlite3.connect(f"file:{folder}/state/switchyard.db?mode=ro", uri=True) as database:
        rows = database.execute(
            """SELECT started_unix_ms / 3600000, model_used, count(*),
                   sum((carbon_micrograms - embodied_micrograms) / (grams_per_kwh * 1e6)), sum(embodied_micrograms) / 1e6,
                   sum(carbon_micrograms) / 1e6, sum(cost_nanodollars) / 1e9
               FROM request WHERE model_used IS NOT NULL GROUP BY 1, 2"""
        )
        for hour, model, *values in rows:
            if 0 <= hour - first < hours:
                sums = table[hour - first][tiers[model]]
                for place, value in enumerate(values):
                    sums[place] += value or 0
    return table


def windows(quality, demand, validity):
    """The mean quality of each full window; a window without demand keeps any promise."""
    means = []
    for last in range(validity - 1, len(demand)):
        asked = sum(demand[last - validity + 1 : last + 1])
        means.append(sum(quality[last - validity + 1 : last + 1]) / asked if asked else 1)
    return means


def plans(options, folder, demand, start, tiers, rates):
    """What the offline optimum and other plans emit for these very requests, in grams, by `switchyard plan`."""
    config = folder / "plan"
    shutil.copytree(ROOT / "Config/plan", config)
    listed = "\n".join(
        f"  - {{name: {name}, quality: {quality}, kwh_per_request: {rates[name][0]:.12f}, "
        f"embodied_grams_per_request: {rates[name][1]:.12f}, dollars_per_request: {rates[name][2]:.12f}}}"
        for name, quality in tiers
    )
    (config / "fleet/replayed.yaml").write_text(f"tiers:\n{listed}\n")
    (config / "data/demand/replayed.csv").write_text(
        "ds,y\n"
        + "".join(
            f"{start + datetime.timedelta(hours=hour):%Y-%m-%d %H:%M:%S},{count * LARGER}\n" for hour, count in enumerate(demand)
        )
    )
    command = [
        options.switchyard.resolve(), "plan", "--config", str(config), "--format", "json",
        "optimizer=qt,constant_mix,all_best,all_lowest", "fleet=replayed", f"vp={options.validity}",
        f"qor_target={options.target}", f"region={options.zone}", f"year={options.year}",
        f"start={start:%Y-%m-%dT%H:%M:%SZ}", f"hours={options.hours}", "requests_dataset=replayed", "requests_mean=null",
        f"requests_dir={config / 'data/demand'}", f"carbon_dir={options.data / 'carbon'}", f"result_dir={folder / 'results'}",
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return {
        dict(part.split("=", 1) for part in row["experiment"].split(","))["optimizer"]: 1000 * row["kg_co2e"] / LARGER
        for row in json.loads(result.stdout)
    }


def tier_table(state):
    return [(tier["tier"], tier["quality"]) for tier in state["plan"]["tiers"]]


def main():
    options = arguments()
    options.switchyard = options.switchyard.resolve()
    day = datetime.date.fromisoformat(options.start)
    start = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc)
    with open(options.data / f"demand/{options.trace}_hourly.csv") as file:
        trace = [float(row["y"]) for row in csv.DictReader(file)]
    hour_seconds = 3600 / options.speed
    window = trace[options.history : options.history + options.hours]
    scale = options.rate * hour_seconds / (sum(window) / len(window))
    history = [max(round(value * scale), 0) for value in trace[: options.history]]
    demand = [max(round(value * scale), 1) for value in window]
    prompts = [json.loads(line) for line in open(ROOT / "Config/demo/outcomes.jsonl")]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="switchyard-replay-"))
    print(f"{sum(demand)} requests in {options.hours * hour_seconds:.0f} s; backends and lengths are simulated")
    world = World(options, start, history, folder)
    client = Client(world, prompts)
    try:
        asyncio.run(client.run(demand, hour_seconds, seed=1))
        state = world.admin_page("/admin/v1/plan")
        planned = world.admin_page(f"/admin/v1/plan/hours?hours={options.hours + 1}")["data"]
        made = world.admin_page("/admin/v1/plans?limit=1000")["data"]
    finally:
        world.close()
    report(options, folder, start, client, prompts, state, planned, made)


def report(options, folder, start, client, prompts, state, planned, made):
    tiers = tier_table(state)
    registry = {}
    model = None
    for line in (folder / "models.yaml").read_text().splitlines():
        if line.strip().startswith("- id:"):
            model = line.split(":", 1)[1].strip()
        elif line.strip().startswith("tier:"):
            registry[model] = line.split(":", 1)[1].strip()
    table = ledger_hours(folder, start, options.hours, registry)
    names = [name for name, _ in tiers]
    demand = [sum(hour[name][0] for name in names if name in hour) for hour in table]
    sums = {name: [sum(hour.get(name, [0] * 5)[place] for hour in table) for place in range(5)] for name in names}
    rates = {
        name: (sums[name][1] / max(sums[name][0], 1), sums[name][2] / max(sums[name][0], 1), sums[name][4] / max(sums[name][0], 1))
        for name in names
    }
    intensity = intensity_of(options, start)
    quality = [sum(hour.get(name, [0])[0] * worth for name, worth in tiers) for hour in table]
    low, high = tiers[0][1], tiers[-1][1]
    qor = [(mean - low) / (high - low) for mean in windows(quality, demand, options.validity)]
    cost = plans(options, folder, demand, start, tiers, rates)

    grams = sum(
        hour.get(name, [0])[0] * (rates[name][0] * intensity[place] + rates[name][1])
        for place, hour in enumerate(table)
        for name in names
    )
    dollars = sum(sums[name][4] for name in names)
    misses = [
        abs(row["share"] - row["planned_share"]) for row in planned if row["share"] is not None and row["requests"] >= 100
    ]
    scored = [prompts[index]["scores"][model] for index, model in client.scores]
    heavy = [name for name, tier in registry.items() if tier == names[-1]]
    light = [name for name, tier in registry.items() if tier == names[0]]

    def mean(name):
        return sum(prompt["scores"][name] for prompt in prompts) / len(prompts)

    best, cheap = max(heavy, key=mean), max(light, key=mean)
    at = sum(model in heavy for _, model in client.scores) / max(len(client.scores), 1)
    kept = (cost["constant_mix"] - grams) / (cost["constant_mix"] - cost["qt"])
    summary = {
        "requests": sum(demand),
        "failed": client.failed,
        "late_seconds_max": round(client.late, 3),
        "plans": len(made),
        "reasons": {reason: sum(row["reason"] == reason for row in made) for reason in {row["reason"] for row in made}},
        "grams_by_ledger": round(sum(sums[name][3] for name in names), 3),
        "grams": round(grams, 3),
        "dollars": round(dollars, 6),
        "always_best_grams": round(cost["all_best"], 3),
        "constant_mix_grams": round(cost["constant_mix"], 3),
        "optimum_grams": round(cost["qt"], 3),
        "saved_against_constant_mix_pct": round(100 * (1 - grams / cost["constant_mix"]), 2),
        "optimum_saves_pct": round(100 * (1 - cost["qt"] / cost["constant_mix"]), 2),
        "share_of_optimum_kept_pct": round(100 * kept, 1),
        "qor_mean": round((sum(quality) / sum(demand) - low) / (high - low), 4),
        "qor_worst_window": round(min(qor), 4),
        "windows_broken_pct": round(100 * sum(value < options.target - 1e-3 for value in qor) / len(qor), 2),
        "share_missed_mean_pct": round(100 * sum(misses) / max(len(misses), 1), 2),
        "share_missed_max_pct": round(100 * max(misses, default=0), 2),
        "score_routed": round(sum(scored) / max(len(scored), 1), 4),
        "score_best_model": round(mean(best), 4),
        "score_cheap_model": round(mean(cheap), 4),
        "score_same_share_at_random": round(at * mean(best) + (1 - at) * mean(cheap), 4),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "summary.json").write_text(json.dumps(summary, indent=1))
    wanted = {}
    for row in planned:
        wanted[(row["hour_unix_s"] // 3600 - int(start.timestamp()) // 3600, row["tier"])] = row["planned_share"]
    with open(options.out / "hours.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["hour", "requests", "g_per_kwh", *(f"{name}_share" for name in names), *(f"{name}_planned" for name in names)])
        for place, hour in enumerate(table):
            shares = [round(hour.get(name, [0])[0] / max(demand[place], 1), 4) for name in names]
            writer.writerow([place, demand[place], intensity[place], *shares, *(wanted.get((place, name), "") for name in names)])
    (options.out / "page.html").write_text(page(options, summary, table, demand, intensity, names, wanted, qor))
    print(json.dumps(summary, indent=1))
    shutil.rmtree(folder)


def line(points, width, height, colour, top=None, dashed=False):
    top = top or max([value for value in points if value is not None], default=1) or 1
    step = width / max(len(points) - 1, 1)
    places = [f"{place * step:.1f},{height - height * value / top:.1f}" for place, value in enumerate(points) if value is not None]
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5"{dash} points="{" ".join(places)}"/>'


def chart(title, lines, note):
    body = "".join(lines)
    return (
        f"<h2>{html.escape(title)}</h2><p>{html.escape(note)}</p>"
        f'<svg viewBox="0 -4 900 168" width="900" role="img"><rect width="900" height="160" fill="#f6f6f4"/>{body}</svg>'
    )


def page(options, summary, table, demand, intensity, names, wanted, qor):
    best = names[-1]
    share = [hour.get(best, [0])[0] / count if count else None for hour, count in zip(table, demand)]
    plan = [wanted.get((place, best)) for place in range(len(table))]
    rows = "".join(f"<tr><td>{html.escape(key)}</td><td>{html.escape(str(value))}</td></tr>" for key, value in summary.items())
    charts = [
        chart("Requests", [line(demand, 900, 160, "#445")], f"an hour, up to {max(demand)}"),
        chart("Grid", [line(intensity, 900, 160, "#a40")], f"g CO2e/kWh in {options.zone}, up to {max(intensity):.0f}"),
        chart(
            f"Share of tier {best}",
            [line(plan, 900, 160, "#999", 1, True), line(share, 900, 160, "#064", 1)],
            "planned (dashed) and served",
        ),
        chart("Quality of responses", [line(qor, 900, 160, "#406", 1)], f"by windows of {options.validity} h, from 0 to 1"),
    ]
    return (
        "<!doctype html><meta charset=utf-8><title>Replay</title>"
        "<style>body{font:15px system-ui;max-width:920px;margin:2em auto}td{padding:0 1em 0 0}</style>"
        f"<h1>A week through the gateway, {options.speed:.0f} times as fast</h1>"
        "<p>Backends and lengths are simulated; demand, intensity and scores are data.</p>"
        f"{''.join(charts)}<h2>Figures</h2><table>{rows}</table>"
    )


if __name__ == "__main__":
    main()
