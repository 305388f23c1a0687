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
import json
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

from page import page
from world import ROOT, Client, World

#: Plans are printed in whole grams: those of so many times the requests are a part of one exactly.
LARGER = 10_000


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


if __name__ == "__main__":
    main()
