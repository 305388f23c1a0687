"""A gateway with simulated backends and a calendar that runs fast, and the clients that send it a trace."""

import asyncio
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOKEN = "replay"
#: What a request took in the hours before: kWh at the wall and nanodollars, as an earlier replay had it.
BEFORE = {"qwen2.5-7b-instruct": (8.8e-6, 66_000), "llama-3.1-nemotron-51b-instruct": (33.5e-6, 259_000)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
