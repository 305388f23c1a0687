// The plan against what happened: demand, shares, the grid.

import { ask, read, readAll } from "./api.js";
import { chart, stacked, steps } from "./chart.js";
import { attempt, element, facts, replace, table } from "./dom.js";
import { duration, figure, moment, percent } from "./format.js";

export const title = "Plan";

const HOUR = 3_600_000;
/** Hours of the past that are shown. */
const PAST = 48;

/** Shows the plan in `view`; gives what ends that. */
export function show(view, store) {
  const content = element("div");
  let number;
  let hour = null;
  view.append(element("h2", {}, title), element("p", { class: "bar" },
    element("button", { type: "button", onclick: () => attempt(() => ask("POST", "plan")) }, "Plan now")), content);
  draw();
  return store.listen((kind) => { if (kind === "state") draw(); });

  /** Reads the plan when the gateway tells of another one, and what came of it when an hour is over. */
  async function draw() {
    if (!store.state) return;
    const now = store.state.at_unix_ms;
    if (store.state.plan === number && Math.floor(now / HOUR) === hour) return;
    [number, hour] = [store.state.plan, Math.floor(now / HOUR)];
    await attempt(async () => {
      const [state, hours, plans] = await Promise.all([read("plan"), readAll(`plan/hours?hours=${PAST}`), read("plans?limit=20")]);
      replace(content, pageOf(state, hours, plans.data, now));
    });
  }
}

function pageOf({ mode, plan, failures, last_failure: failure }, hours, plans, now) {
  const trouble = failure ? element("p", { class: "bad" }, `${failures} plans could not be made. The last one: ${failure}`) : null;
  if (!plan) return [element("p", {}, `No plan is in force. The planner's mode is ${mode}.`), trouble];
  return [summary(mode, plan), trouble, element("div", { class: "grid" },
    Object.entries(plan.plan).flatMap(([group, wanted]) => chartsOf(group, wanted, plan, hours.filter((one) => one.group === group), now)),
    gridChart(plan, now)), tiers(plan), history(plans)];
}

const summary = (mode, plan) => facts([
  ["In force", `plan ${plan.number}, made ${moment(plan.made_unix_ms)} (${plan.reason.replaceAll("_", " ")}), mode ${mode}`],
  ["Hours", `${plan.hours} from ${moment(plan.first_hour_unix_s * 1000)}, promises over ${plan.validity_hours} h`],
  ["Expected", `${figure(plan.expected)} ${plan.unit}; at most ${percent(plan.gap)} above the best there is`],
  ["Promise", plan.budget_per_day === undefined ? `mean quality ${plan.target.toFixed(3)}` : `${figure(plan.budget_per_day)} ${plan.unit} a day`],
  ["Found in", duration(plan.seconds)],
  ["Remark", plan.remark || null],
]);

function chartsOf(group, wanted, plan, past, now) {
  const first = plan.first_hour_unix_s * 1000;
  const ahead = wanted.requests.map((_, place) => first + place * HOUR);
  const behind = [...new Set(past.map((one) => one.hour_unix_s * 1000))].filter((at) => at < first).sort((a, b) => a - b);
  const range = [behind[0] ?? first, first + wanted.requests.length * HOUR];
  const common = { range, when: (x) => moment(x).slice(5, 16), mark: now };
  const tierNames = Object.keys(wanted.shares);
  const share = (at, tier, name) => past.find((one) => one.hour_unix_s * 1000 === at && one.tier === tier)?.[name];
  const requests = behind.map((at) => [at, past.find((one) => one.hour_unix_s * 1000 === at)]);
  const tick = (y) => percent(Math.min(y, 1)).replace(".0", "");
  const areas = (series) => series.map((layer) => ({ ...layer, points: steps(layer.points, HOUR) }));
  return [
    chart({ ...common, title: `Demand of ${group}, requests an hour`, tick: (y) => figure(y), layers: [
      { kind: "band", name: "counted on, to the 90 % quantile", color: 0, points: steps(ahead.map((at, place) =>
        [at, wanted.requests_at_least[place], wanted.requests_at_most?.[place] ?? wanted.requests[place]]), HOUR) },
      { kind: "line", name: "forecast", color: 0, isDashed: true, points: steps([
        ...requests.map(([at, one]) => [at, one.expected_requests]), ...ahead.map((at, place) => [at, wanted.requests[place]])], HOUR) },
      { kind: "line", name: "came", color: 1, points: steps(requests.map(([at, one]) => [at, one.requests]), HOUR) },
    ] }),
    chart({ ...common, title: `Shares of ${group}: planned`, tick, top: 1, layers: areas(stacked([...behind, ...ahead],
      tierNames.map((name, color) => ({ name, color, values: [...behind.map((at) => share(at, name, "planned_share")), ...wanted.shares[name]] })))) }),
    chart({ ...common, title: `Shares of ${group}: what came`, tick, top: 1, layers: areas(stacked(behind,
      tierNames.map((name, color) => ({ name, color, values: behind.map((at) => share(at, name, "share")) })))) }),
    chart({ ...common, title: `Shadow price of quality for ${group}, ${plan.unit} a request`, tick: (y) => figure(y), layers: [
      { kind: "line", name: "price of a whole unit of quality", color: 3, points: steps(ahead.map((at, place) => [at, wanted.quality_price[place]]), HOUR) },
    ] }),
  ];
}

function gridChart(plan, now) {
  const first = plan.first_hour_unix_s * 1000;
  return chart({
    title: "Grids, g of CO2e a kWh", range: [first, first + plan.hours * HOUR], tick: (y) => figure(y), mark: now,
    when: (x) => moment(x).slice(5, 16),
    layers: plan.grids.map((grid, color) => ({ kind: "line", name: `${grid.grid} (${grid.basis})`, color,
      points: steps(grid.g_per_kwh.map((value, place) => [first + place * HOUR, value]), HOUR) })),
  });
}

const tiers = (plan) => table("Tiers as the plan knows them", [
  { title: "Tier", cell: (tier) => tier.tier },
  { title: "Quality", isNumber: true, cell: (tier) => tier.quality.toFixed(3) },
  { title: "Energy a request", isNumber: true, cell: (tier) => figure(tier.wh_per_request, "Wh") },
  { title: "Price a request", isNumber: true, cell: (tier) => `$${Number(tier.usd_per_request.toPrecision(3))}` },
  { title: "Requests seen", isNumber: true, cell: (tier) => figure(tier.requests_seen) },
], plan.tiers);

const history = (plans) => table("Plans, the last one first", [
  { title: "Number", isNumber: true, cell: (plan) => String(plan.number) },
  { title: "Made", cell: (plan) => moment(plan.made_unix_ms) },
  { title: "Why", cell: (plan) => plan.reason.replaceAll("_", " ") },
], plans);
