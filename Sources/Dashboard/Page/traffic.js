// What goes through the gateway now, second by second.

import { chart, stacked } from "./chart.js";
import { element, redraw, replace, tiles } from "./dom.js";
import { clock, dollars, duration, figure, grams, percent } from "./format.js";
import { tiersOf } from "./store.js";

export const title = "Traffic";

/** Shows it in `view`; gives what ends that. */
export function show(view, store) {
  const figures = element("div");
  const charts = element("div", { class: "grid" });
  view.append(element("h2", {}, title), figures, charts);
  draw();
  return store.listen((kind) => { if (kind === "state") draw(); });

  function draw() {
    if (!store.state) return replace(figures, element("p", {}, "Waiting for the gateway …"));
    redraw(figures, tiles(tilesOf(store)));
    redraw(charts, chartsOf(store));
  }
}

function tilesOf({ state, samples, saved }) {
  const last = samples.slice(-10);
  const mean = (name) => (last.length ? last.reduce((sum, sample) => sum + sample[name], 0) / last.length : 0);
  const [requests, answered] = [mean("requests"), mean("answered")];
  const against = (saving, spent) => (saving + spent > 0 ? `${percent(saving / (saving + spent))} of always the best` : null);
  return [
    ["Requests", figure(requests, "/s"), "mean of 10 s"],
    ["Not answered", requests > 0 ? percent(1 - answered / requests) : "–", "refused or failed"],
    ["Latency p95", duration(samples.at(-1)?.p95 ?? null), "last 15 s"],
    ["In flight", figure(state.in_flight), state.queue_depth ? `${state.queue_depth} wait for a slot` : null],
    ["Spent today", dollars(saved.spent), `${grams(saved.emitted)} CO2e`],
    ["Saved today", dollars(saved.dollars), against(saved.dollars, saved.spent)],
    ["CO2e saved today", grams(saved.grams), against(saved.grams, saved.emitted)],
    ["Ledger", `${figure(state.ledger.queued)} rows to write`,
      state.ledger.spilled ? `${state.ledger.spilled} in the spill file` : `lag ${duration(state.ledger.lag_seconds)}`],
  ];
}

function chartsOf({ state, samples }) {
  const tiers = tiersOf(state);
  const xs = samples.map((sample) => sample.at);
  const range = [xs[0] ?? state.at_unix_ms - 1, xs.at(-1) ?? state.at_unix_ms];
  const common = { range, when: (x) => clock(x) };
  const byTier = (name) => stacked(xs, tiers.map((tier, color) =>
    ({ name: tier, color, values: samples.map((sample) => sample.tiers[tier]?.[name]) })));
  const latency = tiers.flatMap((tier, color) => [["median", false], ["p95", true]].map(([name, isDashed]) => ({
    kind: "line", name: `${tier} ${name}`, color, isDashed, points: samples.map((sample) => [sample.at, sample.tiers[tier]?.[name]]),
  })));
  const against = (name, baseline) => [[name, 2, "as routed", false], [baseline, 5, "always the best model", true]]
    .map(([key, color, text, isDashed]) =>
      ({ kind: "line", name: text, color, isDashed, points: smooth(samples, key).map(([x, y]) => [x, y * 3600]) }));
  return [
    chart({ ...common, title: "Requests a second, by tier", tick: (y) => figure(y), layers: byTier("requests") }),
    chart({ ...common, title: "Latency, by tier", tick: duration, layers: latency }),
    chart({ ...common, title: "Tokens a second, by tier", tick: (y) => figure(y), layers: byTier("tokens") }),
    chart({ ...common, title: "Dollars an hour", tick: dollars, layers: against("cost", "baselineCost") }),
    chart({ ...common, title: "Grams of CO2e an hour", tick: (y) => grams(y), layers: against("carbon", "baselineCarbon") }),
  ];
}

/** The mean of ten seconds at a time: single requests are a comb. */
function smooth(samples, name) {
  let sum = 0;
  return samples.map((sample, place) => {
    sum += sample[name] - (place >= 10 ? samples[place - 10][name] : 0);
    return [sample.at, Math.max(sum, 0) / Math.min(place + 1, 10)];
  });
}
