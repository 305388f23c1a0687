"""Gateways that share one PostgreSQL, and clients that go from one to the other, each under a limit of one kind."""

import collections
import concurrent.futures
import http.client
import itertools
import random
import time
from dataclasses import dataclass

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS
from harness.gateway import model

TOKENS = PROMPT_TOKENS + COMPLETION_TOKENS
# Nanodollars of one answer.
COST = PROMPT_TOKENS * 2000 + COMPLETION_TOKENS * 8000
# 1 J for each token, and 0.1 mg for each joule.
ENERGY = {"joules_per_input_token": 1, "joules_per_output_token": 1, "pue": 1, "grams_per_kwh": 360}
# What one answer takes of each measure.
AMOUNTS = {"usd": COST / 1e9, "tokens": TOKENS, "joules": TOKENS, "gco2e": TOKENS * 1e-4}
# One budget of each measure, each in another scope and window: those of the clients that go by its name.
BUDGETS = {
    "usd": {"scope": "organisation", "window": "month"},
    "tokens": {"scope": "team", "window": "hour", "rolling": True},
    "joules": {"scope": "key", "window": "day", "rolling": True},
    "gco2e": {"scope": "tag", "window": "month"},
}
# One rate limit of each kind, likewise.
LIMITS = {
    "requests_per_minute": {"scope": "organisation", "requests_per_minute": 180},
    "tokens_per_minute": {"scope": "team", "tokens_per_minute": 180 * TOKENS},
    "concurrency_max": {"scope": "key", "concurrency_max": 6},
}
PATIENCE = {"connect_seconds_max": 20, "first_byte_seconds_max": 20, "between_bytes_seconds_max": 20}


@dataclass
class Asked:
    """A request as its client saw it."""

    kind: str
    number: int
    began: float
    ended: float
    # `answered`, `spent`: refused for good, `refused`: for now, `broken`: no answer came.
    outcome: str
    id: str = ""
    refusal: bytes = b""


def scoped(kind, rule):
    return rule | {"of": f"kind={kind}" if rule["scope"] == "tag" else kind}


def secret(kind):
    return f"sk-{kind}-0123456789"


def budget(kind, answers, measure=None, **rule):
    """A budget that so many answers fill, for the clients of `kind`."""
    measure = measure or kind
    return scoped(kind, rule) | {"id": kind, "measure": measure, "cap": answers * AMOUNTS[measure]}


class Replicas:
    """Some gateways, each client's key by the name of its kind, and all that was asked."""

    def __init__(self, make_gateway, backend, count, database, budgets=(), limits=(), **ledger):
        self.backend, self.since = backend, len(backend.requests)
        kinds = [budget["id"] for budget in budgets] + list(limits)
        settings = {
            "ledger": {"url": database, "durability": "strict", "lease_seconds": 3} | ledger,
            "budgets": list(budgets),
            "rate_limits": [scoped(kind, LIMITS[kind]) for kind in limits],
            "carbon": {"router_watts": 0},
            "organisations": [{"id": kind} for kind in kinds],
            "teams": [{"id": kind, "organisation": kind} for kind in kinds],
            "upstream": PATIENCE,
            "keys": [
                {"id": kind, "organisation": kind, "team": kind, "tags": [f"kind={kind}"], "secret_variable": f"KEY_{kind.upper()}"}
                for kind in kinds
            ],
        }
        secrets = {f"KEY_{kind.upper()}": secret(kind) for kind in kinds}
        models = [
            model("capture", backend.url("answer"), energy=ENERGY),
            model("slow", backend.url("late/100"), energy=ENERGY),
            model("long", backend.url("slow/500/15"), energy=ENERGY),
        ]
        self.gateways = [make_gateway(models, secrets, **settings) for _ in range(count)]
        self.asked = []
        self.numbers = itertools.count()

    def post(self, kind, gateway, model="capture", content="x", **body):
        """Sends a request with the key of `kind`: status, headers and body."""
        body = {"model": model, "messages": [{"role": "user", "content": content}], "max_tokens": COMPLETION_TOKENS} | body
        return gateway.post("/v1/chat/completions", body, {"authorization": f"Bearer {secret(kind)}"})

    def ask(self, kind, generator, gateway=None):
        """Asks a gateway, any if none is given, for a stream every other time; how that ended."""
        asked = Asked(kind, next(self.numbers), time.monotonic(), 0, "broken")
        stream = {"stream": True, "stream_options": {"include_usage": True}} if generator.random() < 0.5 else {}
        gateway = gateway or generator.choice(self.gateways)
        try:
            name = "slow" if kind == "concurrency_max" else "capture"
            status, headers, answer = self.post(kind, gateway, name, f"{kind} {asked.number}", **stream)
            assert status in (200, 429, 503), answer
            asked.id = headers["x-request-id"]
            final = "spent" if b"insufficient_quota" in answer else "refused"
            asked.outcome, asked.refusal = ("answered", b"") if status == 200 else (final, answer)
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        asked.ended = time.monotonic()
        self.asked.append(asked)
        return asked.outcome

    def spend(self, clients, until=lambda: False):
        """Has so many clients of each kind ask until each has been refused for good three times in a row."""

        def client(kind, generator):
            refusals = 0
            while refusals < 3 and not until():
                refusals = refusals + 1 if self.ask(kind, generator) == "spent" else 0
                if refusals:
                    time.sleep(0.5)

        self._run(client, clients)

    def press(self, clients, until, rate=20):
        """Has so many clients of each kind ask up to so many times a second each until `until()`, whatever they are told."""

        def client(kind, generator):
            while not until():
                self.ask(kind, generator)
                time.sleep(generator.expovariate(rate))

        self._run(client, clients)

    @staticmethod
    def _run(client, clients):
        pairs = [(kind, number) for kind, count in clients.items() for number in range(count)]
        with concurrent.futures.ThreadPoolExecutor(max(len(pairs), 1)) as pool:
            for future in [pool.submit(client, kind, random.Random(f"{kind} {number}")) for kind, number in pairs]:
                future.result()

    def count(self, kind, outcome):
        return sum(asked.kind == kind and asked.outcome == outcome for asked in list(self.asked))

    def calls(self):
        """The backend's requests since the beginning, by their kinds and numbers."""
        calls = collections.defaultdict(list)
        for request in self.backend.requests[self.since :]:
            if request.path.endswith("/chat/completions"):
                kind, number = request.json["messages"][0]["content"].split()
                calls[kind, int(number)].append(request)
        return calls

    def exchanges(self):
        return [gateway.metric("switchyard_lease_exchanges_total", result="done") for gateway in self.gateways]


def sums(server, database, kind, outcome="completed"):
    """Rows of an outcome, and what they come to: tokens, dollars, joules and grams."""
    (row,) = server.query(
        database,
        "SELECT count(*), coalesce(sum(input_tokens + output_tokens), 0), coalesce(sum(cost_nanodollars), 0), "
        "coalesce(sum(energy_joules), 0), coalesce(sum(carbon_micrograms), 0) "
        f"FROM request WHERE tenant = '{kind}' AND outcome = '{outcome}'",
    )
    tokens, cost, joules, carbon = map(float, row[1:])
    return int(row[0]), {"tokens": tokens, "usd": cost / 1e9, "joules": joules, "gco2e": carbon / 1e6}


def arrivals(server, database, kind):
    """When the requests of a kind came that were sent on, in milliseconds, and the tokens that they can have taken."""
    rows = server.query(
        database,
        f"SELECT started_unix_ms, least(input_tokens + output_tokens, {TOKENS}) FROM request "
        f"WHERE tenant = '{kind}' AND EXISTS (SELECT FROM attempt WHERE request_id = id) ORDER BY started_unix_ms",
    )
    return [(int(at), int(tokens)) for at, tokens in rows]


def attempts(server, database):
    """How many attempts the ledger has of each request."""
    sql = "SELECT id, count(request_id) FROM request LEFT JOIN attempt ON request_id = id GROUP BY id"
    return {id: int(count) for id, count in server.query(database, sql)}


def fullest(events, per_minute):
    """How full a bucket that loses `per_minute` would ever be, if each of (milliseconds, amount) were put into it."""
    level = worst = 0.0
    last = None
    for at, amount in events:
        level = max(0.0, level - (at - (last or at)) * per_minute / 60_000) + amount
        worst, last = max(worst, level), at
    return worst


def most_at_once(requests):
    """How many of the backend's requests were under way at the same time."""
    changes = [(request.began, 1) for request in requests] + [(request.ended, -1) for request in requests]
    return max(itertools.accumulate(change for _, change in sorted(changes)), default=0)
