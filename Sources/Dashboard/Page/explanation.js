// Why a request went where it went: what the ledger keeps of its decision.

import { read } from "./api.js";
import { attempt, drawn, element, facts, openDialog, table } from "./dom.js";
import { count, duration, figure, micrograms, moment, nanodollars, percent } from "./format.js";

/** What a candidate was rejected for, in words; the ledger keeps the codes. */
const REASONS = {
  feature_missing: "lacks a feature", capability_missing: "is not registered for this", switched_off: "is switched off",
  context_too_small: "its context is too small", output_too_long: "cannot answer at such length",
  cooling_down: "is cooling down after failures", over_budget: "no budget pays for it",
  constraint_missed: "misses a constraint", too_large: "is larger than the strategy wants",
  too_many_bits: "has more bits than the strategy wants", outside_quota: "is outside the request's quota",
  at_capacity: "has all its slots taken",
};

/** Opens the explanation of the request called `id`. */
export async function explain(id) {
  const entry = await attempt(() => patiently(() => read(`requests/${id}`)));
  if (!entry) return;
  openDialog(`Request of ${moment(entry.started_unix_ms)}`, element("div", {},
    element("p", {}, sentence(entry)),
    summary(entry), features(entry), candidates(entry), attempts(entry), feedback(entry)));
}

/** Asks again for what is not there yet: rows are written a moment after their requests end. */
async function patiently(question, tries = 5) {
  try {
    return await question();
  } catch (problem) {
    if (problem.status !== 404 || tries === 0) throw problem;
    await new Promise((resume) => setTimeout(resume, 300));
    return patiently(question, tries - 1);
  }
}

function sentence(entry) {
  const chosen = entry.chosen_model ?? entry.model;
  if (!chosen) return `No model was asked: ${entry.error ?? entry.outcome}.`;
  const by = entry.strategy ? `by the strategy ${entry.strategy}` : "since the client named it";
  const quota = entry.plan_tier ? `, with a quota of tier ${entry.plan_tier} for group ${entry.plan_group}` : "";
  const other = entry.model && entry.model !== chosen ? ` ${entry.model} answered in its place.` : "";
  return `${chosen} was chosen ${by}${quota}.${other}`;
}

const summary = (entry) => facts([
  ["Id", element("code", {}, entry.id)],
  ["Asked for", `${entry.requested_model || "–"} at ${entry.endpoint}${entry.streamed ? ", streamed" : ""}`],
  ["Outcome", `${entry.outcome} ${entry.status}${entry.error ? `: ${entry.error}` : ""}`],
  ["Answer", entry.simulated ? element("span", { class: "label warn" }, "simulated, not a model's") : null],
  ["Who pays", [entry.organisation, entry.team, entry.key].filter(Boolean).join(" / ")],
  ["Tokens", `${count(entry.input_tokens)} in, ${count(entry.output_tokens)} out (${entry.usage_source})`],
  ["Cost", `${nanodollars(entry.cost_nanodollars)} by price list ${entry.price_version}`],
  ["Energy and CO2e", `${figure(entry.energy_joules, "J")}, ${micrograms(entry.carbon_micrograms)}`],
  ["Time", `${duration(entry.duration_us / 1e6)}: backends ${duration(entry.upstream_us / 1e6)}, ` +
    `queue ${duration(entry.queue_us / 1e6)}, gateway ${duration(entry.overhead_us / 1e6)}`],
  ["Likelihood of the choice", entry.propensity === null ? null : percent(entry.propensity)],
  ["Tags", entry.tags || null],
]);

/** What was seen of the prompt, and what a router and the plan made of it: whatever the row has. */
function features(entry) {
  const seen = Object.entries(entry.features ?? {});
  if (seen.length === 0) return null;
  const text = (value) => (typeof value === "number" ? figure(value) : typeof value === "object" ? JSON.stringify(value) : String(value));
  return element("section", {}, element("h3", {}, "What was seen of the prompt"),
    facts(seen.map(([name, value]) => [name.replaceAll("_", " "), text(value)])));
}

function candidates(entry) {
  const rows = entry.candidates ?? [];
  if (rows.length === 0) return null;
  const chosen = entry.chosen_model ?? entry.model;
  return table("Candidates, with what was expected of each", [
    { title: "Model", cell: (row) => row.model },
    { title: "Cost", isNumber: true, cell: (row) => nanodollars(row.cost_nanodollars) },
    { title: "Latency", isNumber: true, cell: (row) => duration(row.latency_us / 1e6) },
    { title: "Quality", isNumber: true, cell: (row) => row.quality.toFixed(3) },
    { title: "CO2e", isNumber: true, cell: (row) => micrograms(row.carbon_ug) },
    { title: "Score", isNumber: true, cell: (row) => (row.score === undefined ? "–" : row.score.toFixed(4)) },
    { title: "Verdict", cell: (row) => verdict(row, chosen) },
  ], rows, (row) => (row.model === chosen ? "chosen" : null));
}

function verdict(row, chosen) {
  if (row.model === chosen) return element("span", { class: "good" }, "chosen");
  if (row.rejected) return element("span", { class: "bad" }, REASONS[row.rejected] ?? row.rejected.replaceAll("_", " "));
  return "able";
}

/** The attempts as bars on a common line of time. */
function attempts(entry) {
  const rows = entry.attempt_list;
  if (rows.length === 0) return null;
  const end = Math.max(...rows.map((row) => row.started_offset_us + row.duration_us), 1);
  const bar = (row) => drawn("svg", { viewBox: "0 0 200 12", role: "img", "aria-label": `began after ${duration(row.started_offset_us / 1e6)}`,
    class: row.outcome === "completed" ? "c2" : "c5" },
    drawn("rect", { x: (row.started_offset_us / end) * 200, y: 1, height: 10, width: Math.max((row.duration_us / end) * 200, 1), fill: "currentColor" }));
  return table("Attempts", [
    { title: "Model", cell: (row) => row.model },
    { title: "Outcome", cell: (row) => `${row.outcome}${row.status === null ? "" : ` ${row.status}`}` },
    { title: "Took", isNumber: true, cell: (row) => duration(row.duration_us / 1e6) },
    { title: "When", wraps: true, cell: bar },
    { title: "Cost", isNumber: true, cell: (row) => nanodollars(row.cost_nanodollars) },
    { title: "Error", wraps: true, cell: (row) => row.error ?? "–" },
  ], rows);
}

function feedback({ feedback }) {
  if (!feedback) return null;
  const told = feedback.score === null ? (feedback.correct ? "right" : "wrong") : `score ${feedback.score}`;
  return element("p", {}, `Judged ${told} at ${moment(feedback.received_unix_ms)}. ${feedback.comment}`);
}
