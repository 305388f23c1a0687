"""Writes Config/registries/measured-*.yaml from ML.ENERGY's measurements: `measured_registry.py mlenergy_v3_llm.csv GPU`.

Of each model's runs at the chat task, that one counts which spends the fewest joules a token among those with a median time
between tokens of at most 50 ms: what an operator would set up who wants answers read as they come.
"""

import csv
import math
import sys

ITL_MAX_MS = 50
HEAD = """\
# yaml-language-server: $schema=../schema/models.schema.json
#
# Open models as ML.ENERGY v3 measured them on {gpu} with vLLM, the task lm-arena-chat (Apache-2.0): not measured by this project, since
# no GPU was to be had for it. Written by Tests/Tools/measured_registry.py. Of each model's runs the one with the fewest joules a
# token counts whose median time between tokens is at most 50 ms; `energy` knows all of them, by requests at once.
#
# Latency is a quarter of a second and 96 tokens. Context windows are the makers'. Prices are yours to set: nobody charges for these,
# and what an hour of the machine costs, by tokens an hour, is the honest price. `quality` was not measured at all: it rises with the
# logarithm of the parameters, so that larger models count as better until you put your own figures in.

models:
"""
CONTEXT = {"Llama-3": 131072, "Llama-4": 1048576, "Qwen3": 40960, "gemma-3": 131072, "DeepSeek": 131072, "Nemotron": 131072, "2507": 262144}


def best(rows):
    fit = [row for row in rows if float(row["median_itl_ms"]) <= ITL_MAX_MS]
    return min(fit, key=lambda row: float(row["j_per_token"]), default=None)


def entry(row, port):
    name, total = row["model"].split("/")[1], float(row["total_b"])
    tier = "light" if total < 20 else "medium" if total < 120 else "heavy"
    machine = f"{row['num_gpus']}x{row['gpu']}"
    context = next(value for key, value in reversed(CONTEXT.items()) if key in name)
    joules, per_second = float(row["j_per_token"]), float(row["out_tok_per_s"])
    latency = 250 + 96 * float(row["median_itl_ms"])
    return f"""\
  # {machine}, {row['precision']}, {row['max_num_seqs']} requests at once: {per_second:,.0f} tokens/s, {joules:.3g} J a token, {float(row['avg_power_w']):,.0f} W,
  # {float(row['median_itl_ms']):.1f} ms between tokens (99th percentile {float(row['p99_itl_ms']):.0f}).
  - id: {name.lower()}
    base_url: http://127.0.0.1:{port}/v1
    upstream_name: {row['model']}
    metrics_url: http://127.0.0.1:{port}/metrics
    health_check: {{ path: /health }}
    tier: {tier}
    quality: {0.55 + 0.15 * math.log10(total):.2f}
    prices: {{ input: 0, output: 0 }}
    context_window: {context}
    latency_prior_ms: {latency:.0f}
    concurrency_max: {row['max_num_seqs']}
    energy: {{ model: profile, profile: {row['model']}, machine: {machine}, zone: DE, host_watts_per_accelerator: 100 }}
"""


def main():
    path, gpu = sys.argv[1:]
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["task"], row["gpu"]) == ("lm-arena-chat", gpu)]
    chosen = [best([row for row in rows if row["model"] == model]) for model in sorted({row["model"] for row in rows})]
    chosen = sorted((row for row in chosen if row), key=lambda row: (float(row["total_b"]), row["model"]))
    print(HEAD.format(gpu=gpu) + "\n".join(entry(row, 8000 + place) for place, row in enumerate(chosen)), end="")


main()
