// Budgets: what is left of each, how it went, and when it will be used up.

import { ask, read } from "./api.js";
import { chart } from "./chart.js";
import { attempt, element, facts, openForm, redraw } from "./dom.js";
import { amount, duration, moment } from "./format.js";

export const title = "Budgets";

/** How the ledger's report groups requests by what a budget can be of. */
const GROUPING = { organisation: "organisation", team: "team", key: "key", tag: "tag", model: "model" };
/** What a line of the report has taken, in the budget's unit. */
const TAKEN = {
  usd: (line) => line.cost_nanodollars / 1e9,
  tokens: (line) => line.input_tokens + line.output_tokens,
  joules: (line) => line.energy_joules,
  gco2e: (line) => line.carbon_micrograms / 1e6,
};

/** Shows budgets in `view`; gives what ends that. */
export function show(view, store) {
  const list = element("div", { class: "grid" });
  /** By budget: what it took up to the end of each hour of its window, `[Unix ms, amount]`, and the window's start. */
  const courses = new Map();
  let hour = null;
  view.append(element("h2", {}, title),
    element("p", { class: "bar" }, element("button", { type: "button", onclick: () => makeBudget() }, "New budget")), list);
  draw();
  return store.listen((kind) => { if (kind === "state") draw(); });

  function draw() {
    if (!store.state) return;
    const now = store.state.at_unix_ms;
    const budgets = store.state.budgets;
    // The past is read when it has grown by an hour, or a budget is new.
    const isNew = budgets.some((budget) => courses.get(budget.id)?.begin !== budget.window_begins_unix_ms);
    if (Math.floor(now / 3_600_000) !== hour || isNew) {
      hour = Math.floor(now / 3_600_000);
      for (const budget of budgets) courses.set(budget.id, { begin: budget.window_begins_unix_ms, points: [] });
      attempt(() => readCourses(budgets, courses));
    }
    redraw(list, budgets.map((budget) => card(budget, courses.get(budget.id), now)),
      budgets.length === 0 ? element("p", {}, "Nothing is limited: there is no budget yet.") : null);
  }
}

async function readCourses(budgets, courses) {
  for (const budget of budgets) {
    if (budget.window_begins_unix_ms === null) continue;
    const grouping = GROUPING[budget.scope];
    const by = grouping ? `hour,${grouping}` : "hour";
    const report = await read(`report?by=${by}&since=${budget.window_begins_unix_ms}`);
    let sum = 0;
    courses.get(budget.id).points = report.data
      .filter((line) => !grouping || line.group[grouping] === budget.of)
      .map((line) => [Date.parse(line.group.hour.replace("Z", ":00Z")) + 3_600_000, TAKEN[budget.measure](line)])
      .sort((a, b) => a[0] - b[0])
      .map(([end, taken]) => [end, (sum += taken)]);
  }
}

function card(budget, course, now) {
  const cap = budget.cap + budget.topped_up;
  const text = (value) => amount(value, budget.measure);
  const gone = exhaustion(budget, now);
  const button = (text, action) =>
    element("button", { type: "button", "aria-label": `${text} ${budget.id}`, onclick: () => action(budget) }, text);
  const whose = budget.of ? `${budget.scope} ${budget.of}` : budget.scope;
  return element("section", { class: "card", "aria-label": `Budget ${budget.id}` },
    element("h3", {}, `${budget.id} `, element("span", { class: "faint" },
      `${whose}, ${text(cap)} a ${budget.rolling ? "rolling " : ""}${budget.window}`)),
    element("progress", { max: Math.max(cap, 1e-12), value: Math.min(Math.max(budget.spent + budget.held, 0), cap), "aria-label": "spent and held" }),
    facts([
      ["Left", element("span", { class: budget.left > 0 ? "good" : "bad" }, text(budget.left))],
      ["Spent, held", `${text(budget.spent)}, ${text(budget.held)}`],
      ["Window", budget.window_begins_unix_ms === null ? null
        : `${moment(budget.window_begins_unix_ms)} to ${moment(budget.window_ends_unix_ms)}`],
      ["At this pace", gone === null ? null : gone.isBeforeEnd
        ? element("span", { class: "bad" }, `used up in ${duration((gone.at - now) / 1000)}`) : "lasts its window"],
      ["Shadow price", budget.paced ? `${Number(budget.price.toPrecision(3))}` : "not paced"],
      ["Refused", budget.refusals > 0 ? `${budget.refusals} holds did not fit` : null],
    ]),
    budget.window_begins_unix_ms === null ? null : burnDown(budget, course, cap, now, gone),
    element("p", { class: "bar" },
      budget.window === "request" ? null : button("Top up", topUp),
      budget.origin === "stored" ? button("Change", change) : null,
      budget.origin === "stored" ? button("Delete", remove) : null,
      budget.origin === "declared" ? element("span", { class: "faint" }, "set in the settings") : null));
}

/** When all of it is spent if it goes on as in its window so far; `null` where nothing was spent. */
function exhaustion(budget, now) {
  const passed = now - (budget.window_begins_unix_ms ?? now);
  if (passed <= 0 || budget.spent <= 0) return null;
  const at = now + (Math.max(budget.left, 0) / budget.spent) * passed;
  return { at, isBeforeEnd: at < budget.window_ends_unix_ms };
}

function burnDown(budget, course, cap, now, gone) {
  const [begin, end] = [budget.window_begins_unix_ms, budget.window_ends_unix_ms];
  const past = (course?.points ?? []).filter(([at]) => at < now).map(([at, taken]) => [at, Math.max(cap - taken, 0)]);
  const points = [[begin, cap], ...past, [now, Math.max(budget.left, 0)]];
  const last = gone === null ? [end, Math.max(budget.left, 0)] : gone.isBeforeEnd ? [gone.at, 0]
    : [end, Math.max(budget.left - (budget.spent / (now - begin)) * (end - now), 0)];
  return chart({
    title: "What is left", range: [begin, end], tick: (y) => amount(y, budget.measure), top: cap, mark: now,
    when: (x) => moment(x).slice(5, 16).replace("Z", ""),
    layers: [
      { kind: "line", name: "left", color: 0, points },
      { kind: "line", name: "at this pace", color: 1, isDashed: true, points: [points.at(-1), last] },
    ],
  });
}

const makeBudget = () => openForm("New budget", [
  { name: "id", label: "Name", isRequired: true },
  { name: "scope", label: "Whose requests count", options: ["everyone", ...Object.keys(GROUPING)], value: "everyone" },
  { name: "of", label: "Which one (a tag as name=value; empty for everyone)" },
  { name: "measure", label: "What is counted: dollars, tokens, joules or grams", options: Object.keys(TAKEN), value: "usd" },
  { name: "cap", label: "How much is allowed", type: "number", isRequired: true },
  { name: "window", label: "Over what time", options: ["minute", "hour", "day", "month", "request"], value: "day" },
], "Make", ({ of, cap, ...rest }) =>
  ask("POST", "budgets", { ...rest, cap: Number(cap), ...(of ? { of } : {}) }).then(() => false));

const topUp = (budget) => openForm(`Top up ${budget.id}`, [
  { name: "amount", label: "How much is added for the current window", type: "number", isRequired: true },
  { name: "note", label: "Why" },
], "Add", ({ amount, note }) =>
  ask("POST", `budgets/${encodeURIComponent(budget.id)}/top_ups`, { amount: Number(amount), note }).then(() => false));

const change = (budget) => openForm(`Change ${budget.id}`, [
  { name: "cap", label: "How much is allowed", type: "number", value: budget.cap, isRequired: true },
  { name: "paced", label: "Whether requests are steered so that it lasts", options: ["true", "false"], value: String(budget.paced) },
], "Change", ({ cap, paced }) =>
  ask("PATCH", `budgets/${encodeURIComponent(budget.id)}`, { cap: Number(cap), paced: paced === "true" }).then(() => false));

const remove = (budget) => openForm(`Delete ${budget.id}?`, [], "Delete", () =>
  ask("DELETE", `budgets/${encodeURIComponent(budget.id)}`).then(() => false));
