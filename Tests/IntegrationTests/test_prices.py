"""Prices of a file are in force only as far as they can be believed, and the ledger is held to the provider's bill."""

import csv
import datetime
import io
import json

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS
from harness.gateway import eventually, model

CHAT = {"model": "capture", "messages": [{"role": "user", "content": "x"}]}


def files(gateway):
    return ["--config", str(gateway.settings_path), "--models", str(gateway.models_path)]


def last_cost(gateway, count):
    eventually(lambda: len(gateway.rows("SELECT 1 FROM request")) == count)
    row = gateway.rows("SELECT cost_nanodollars, price_version FROM request ORDER BY id DESC LIMIT 1")[0]
    return row["cost_nanodollars"], row["price_version"]


def cost(input_price, output_price):
    """In nanodollars, of prices in USD per million tokens."""
    return (PROMPT_TOKENS * input_price + COMPLETION_TOKENS * output_price) * 1000


def test_a_price_list_is_taken_over_by_a_reload_as_far_as_it_is_believed(make_gateway, backend, tmp_path):
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"upstream-capture": {"input": 3, "output": 5}}))
    models = [model("capture", backend.url("answer"), upstream_name="upstream-capture")]
    gateway = make_gateway(models, prices={"file": str(path)})

    def charged(count):
        assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
        return last_cost(gateway, count)

    def reload(count):
        gateway.reload()
        eventually(lambda: gateway.log.count("configuration reloaded") == count)

    first, version = charged(1)
    assert first == cost(3, 5)
    # LiteLLM's map, a third dearer.
    entry = {"input_cost_per_token": 4e-06, "output_cost_per_token": 6e-06, "mode": "chat"}
    path.write_text(json.dumps({"upstream-capture": entry}))
    reload(1)
    second, next_version = charged(2)
    assert second == cost(4, 6) and next_version != version
    # One bad file, and nothing is free.
    for count, bad in enumerate(['{"upstream-capture": {"input": 0, "output": 0}}', '{"upstream-capture": {', "{}", "[]"], 2):
        path.write_text(bad)
        reload(count)
    third, last_version = charged(3)
    assert third == second and last_version == next_version
    assert "upstream-capture: `input` went from 4 to 0 USD per million tokens" in gateway.log
    assert "the last good list stays in force" in gateway.log
    # A start with the bad file goes on as well.
    gateway.stop()
    gateway.start()
    assert charged(4)[0] == second

    show = json.loads(gateway.command("prices", "show", *files(gateway), "--format", "json").stdout)
    assert [(row["model"], row["input"], row["source"], row["price_version"]) for row in show] == [
        ("capture", 4, "list", last_version)
    ]
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"upstream-capture": {"input": 4, "output": 7}}))
    bad.write_text(json.dumps({"upstream-capture": {"input": -1, "output": 7}, "x": {"input": 1, "output": 1}}))
    assert gateway.command("prices", "check", str(good), *files(gateway)).returncode == 0
    refused = gateway.command("prices", "check", str(bad), *files(gateway), check=False)
    assert refused.returncode == 1
    assert "upstream-capture: `input` is negative" in refused.stderr


def test_the_ledger_is_reconciled_with_an_invoice(make_gateway, backend, tmp_path):
    models = [model("capture", backend.url("answer"), upstream_name="gpt-x")]
    gateway = make_gateway(models)
    for _ in range(3):
        assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    last_cost(gateway, 3)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    dollars = 3 * cost(2, 8) / 1e9
    invoice = tmp_path / "invoice.csv"

    def reconcile(*lines, arguments=(), header="model,date,input_tokens,output_tokens,cost_usd"):
        invoice.write_text("\r\n".join([header, *lines]) + "\r\n")
        command = ["reconcile", str(invoice), *files(gateway), "--format", "csv", *arguments]
        result = gateway.command(*command, check=False)
        return result, list(csv.DictReader(io.StringIO(result.stdout)))

    line = f"{3 * PROMPT_TOKENS},{3 * COMPLETION_TOKENS}"
    result, rows = reconcile(f"gpt-x-2026-01-01,{today},{line},{dollars:.9f}")
    assert result.returncode == 0, result.stderr
    assert [(row["model"], row["verdict"]) for row in rows] == [("gpt-x", "agrees"), ("total", "agrees")]
    assert float(rows[0]["ledger_usd"]) == float(rows[0]["invoice_usd"]) == dollars

    result, rows = reconcile(f"gpt-x,{today},{line},{dollars * 1.01:.9f}")
    assert (result.returncode, rows[0]["verdict"]) == (1, "cost_differs")
    assert reconcile(f"gpt-x,{today},{line},{dollars * 1.01:.9f}", arguments=["--tolerance", "0.02"])[0].returncode == 0

    result, rows = reconcile(f"gpt-x,{today},{line},{dollars:.9f}", f"other,{today},5,5,1", "gpt-x,never,1,1,1")
    assert (result.returncode, rows[1]["verdict"]) == (1, "not_in_ledger")
    assert f"{invoice}:4: date: \"never\" is no day" in result.stderr

    result, rows = reconcile(f"{today},{dollars:.9f}", header="Tag,Betrag", arguments=[
        "--by", "day", "--columns", "date=Tag", "cost_usd=Betrag"])
    assert result.returncode == 0, result.stderr
    assert [row["day"] for row in rows] == [today, "total"]
