// What the page has seen of the gateway: bounded, whatever comes and however long it is open.

import { follow, read } from "./api.js";

const SAMPLES_MAX = 600;
const ROWS_MAX = 100;
/** Over how many seconds quantiles of latency are taken. */
const WINDOW = 15;

/** What was seen, and who wants to know of more. */
export class Store {
  /** The last `state`, as the gateway sent it; `null` before the first. */
  state = null;
  /** Of each second: what {@link sample} makes. */
  samples = [];
  /** The latest requests, the last one first, and how many were too many to be shown. */
  rows = [];
  missed = 0;
  /** What the ledger says of today up to when this page came: `null` where that is not known. */
  today = null;
  #states = [];
  #start = null;
  #listeners = new Set();
  #untold = new Set();

  /** Has `listener(kind)` called for each event, `state` or `requests`; gives what ends that. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads what was before, and follows what comes until `signal` is aborted. */
  async run(status, signal) {
    const [page, report] = await Promise.all([
      read(`requests?limit=${ROWS_MAX}`),
      read(`report?since=${Math.floor(Date.now() / 86_400_000) * 86_400_000}`),
    ]);
    this.rows = page.data;
    this.today = report.data[0] ?? null;
    await follow((name, data) => this.#take(name, data), status, signal);
  }

  /** What was saved today against always the best able model: dollars, grams, and what was spent of both. */
  get saved() {
    if (!this.state || !this.#start) return null;
    const [now, then] = [totals(this.state), totals(this.#start)];
    const spent = (this.today?.cost_nanodollars ?? 0) / 1e9 + now.cost - then.cost;
    const emitted = (this.today?.carbon_micrograms ?? 0) / 1e6 + now.carbon - then.carbon;
    return {
      spent, emitted,
      dollars: (this.today?.saved_nanodollars ?? 0) / 1e9 + (now.baselineCost - now.cost) - (then.baselineCost - then.cost),
      grams: (this.today?.saved_micrograms ?? 0) / 1e6 + (now.baselineCarbon - now.carbon) - (then.baselineCarbon - then.carbon),
    };
  }

  #take(name, data) {
    if (name === "state") this.#takeState(data);
    if (name === "requests") {
      const known = new Set(this.rows.map((row) => row.id));
      this.rows = [...data.data.filter((row) => !known.has(row.id)).reverse(), ...this.rows].slice(0, ROWS_MAX);
      this.missed += data.missed;
    }
    // Once a frame at most, and not at all in a tab that nobody looks at.
    if (this.#untold.size === 0) requestAnimationFrame(() => this.#tell());
    this.#untold.add(name);
  }

  #tell() {
    const kinds = [...this.#untold];
    this.#untold.clear();
    for (const kind of kinds) for (const listener of this.#listeners) listener(kind);
  }

  #takeState(state) {
    state.receivedAt = performance.now() / 1000;
    // Totals fall when the gateway was started anew.
    if (this.state && totals(state).requests < totals(this.state).requests) [this.#states, this.#start] = [[], null];
    this.#start ??= state;
    const before = this.#states.at(-1);
    if (before) {
      const past = this.#states.find((one) => state.receivedAt - one.receivedAt <= WINDOW) ?? before;
      this.samples = [...this.samples, sample(state, before, past)].slice(-SAMPLES_MAX);
    }
    this.#states = [...this.#states, state].slice(-WINDOW - 1);
    this.state = state;
  }
}

/** What all models come to. */
export function totals(state) {
  const sum = (name) => state.models.reduce((sum, model) => sum + model[name], 0);
  return {
    requests: sum("requests") + state.refused.requests, answered: sum("answered"),
    tokens: sum("input_tokens") + sum("output_tokens"), cost: sum("cost_usd"), carbon: sum("carbon_g"),
    baselineCost: sum("baseline_cost_usd"), baselineCarbon: sum("baseline_carbon_g"),
  };
}

/** The tiers in the order of the models. */
export const tiersOf = (state) => [...new Set(state.models.map((model) => model.tier))];

/** What happened between two states: amounts a second; quantiles of latency since a third, in seconds. */
function sample(state, before, past) {
  const seconds = Math.max(state.receivedAt - before.receivedAt, 0.1);
  const rate = (name) => (totals(state)[name] - totals(before)[name]) / seconds;
  const tiers = Object.fromEntries(tiersOf(state).map((tier) => [tier, {
    requests: difference(state, before, tier, (model) => model.requests) / seconds,
    tokens: difference(state, before, tier, (model) => model.input_tokens + model.output_tokens) / seconds,
    median: quantile(0.5, state, past, tier),
    p95: quantile(0.95, state, past, tier),
  }]));
  return {
    at: state.at_unix_ms, tiers, requests: rate("requests"), answered: rate("answered"), cost: rate("cost"),
    carbon: rate("carbon"), baselineCost: rate("baselineCost"), baselineCarbon: rate("baselineCarbon"),
    p95: quantile(0.95, state, past, null),
  };
}

function difference(state, before, tier, value) {
  const sum = (one) => one.models.filter((model) => tier === null || model.tier === tier)
    .reduce((sum, model) => sum + value(model), 0);
  return Math.max(sum(state) - sum(before), 0);
}

/** A quantile of the durations between two states, in seconds, linear within its bucket; `null` where there were none. */
function quantile(level, state, before, tier) {
  const bounds = state.latency_bounds_ms;
  const counts = [...bounds, null].map((_, bucket) => difference(state, before, tier, (model) => model.latency[bucket]));
  const wanted = counts.reduce((sum, count) => sum + count, 0) * level;
  if (wanted === 0) return null;
  let passed = 0;
  for (const [bucket, count] of counts.entries()) {
    if (passed + count >= wanted) {
      const low = bucket === 0 ? 0 : bounds[bucket - 1];
      const high = bounds[bucket] ?? low;
      return (low + (high - low) * ((wanted - passed) / count)) / 1000;
    }
    passed += count;
  }
  return null;
}
