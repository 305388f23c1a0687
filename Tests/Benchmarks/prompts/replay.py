"""Sends real prompts through a running gateway with the official client, once for each strategy.

    replay.py PROMPTS.jsonl.gz [--count 2000] [--concurrency 32] [--gateway URL] [--strategies a,b]

Prints one line for each strategy as the client saw it; `switchyard report --by strategy,model` then says what the ledger
saw. The prompts are drawn evenly from the whole file, so every corpus in it has its share.
"""

import argparse
import asyncio
import collections
import gzip
import json
import statistics
import time

import openai

STRATEGIES = (
    "balanced,cost_optimized,latency_optimized,quality_optimized,round_robin,least_loaded,random,ensemble"
)


def read_prompts(path, count):
    with gzip.open(path, "rt") as lines:
        prompts = [json.loads(line)["prompt"] for line in lines]
    return [prompts[index * len(prompts) // count] for index in range(count)]


async def replay(client, strategy, prompts, concurrency):
    models, costs, latencies, failures = collections.Counter(), [], [], collections.Counter()
    queue = iter(prompts)

    async def worker():
        for prompt in queue:
            started = time.monotonic()
            try:
                raw = await client.chat.completions.with_raw_response.create(
                    model=f"auto:{strategy}", messages=[{"role": "user", "content": prompt}]
                )
            except openai.APIError as error:
                failures[f"{type(error).__name__} {error.code}"] += 1
                continue
            latencies.append(time.monotonic() - started)
            costs.append(float(raw.headers["x-switchyard-cost-usd"]))
            models[raw.headers["x-switchyard-model"]] += 1

    await asyncio.gather(*(worker() for _ in range(concurrency)))
    latencies.sort()
    mix = ", ".join(f"{model} {count * 100 / len(prompts):.0f} %" for model, count in models.most_common())
    print(
        f"{strategy:<18} answered {len(latencies)}/{len(prompts)}  ${sum(costs):.4f}  "
        f"mean {statistics.mean(latencies):.2f} s  p95 {latencies[len(latencies) * 95 // 100]:.2f} s  {mix}"
        + (f"  failures {dict(failures)}" if failures else ""),
        flush=True,
    )


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("prompts")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--gateway", default="http://127.0.0.1:8080")
    parser.add_argument("--strategies", default=STRATEGIES)
    options = parser.parse_args()
    prompts = read_prompts(options.prompts, options.count)
    async with openai.AsyncOpenAI(base_url=f"{options.gateway}/v1", api_key="none", timeout=120) as client:
        for strategy in options.strategies.split(","):
            await replay(client, strategy, prompts, options.concurrency)


if __name__ == "__main__":
    asyncio.run(main())
