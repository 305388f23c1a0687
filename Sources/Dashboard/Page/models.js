// Models: their health, their prices, and changes of the registry.

import { ask, read } from "./api.js";
import { attempt, element, openDialog, openForm, redraw, table } from "./dom.js";
import { dollars, duration, figure, percent } from "./format.js";

export const title = "Models";

/** Shows the registry and what was measured in `view`; gives what ends that. */
export function show(view, store) {
  const list = element("div");
  const grids = element("div");
  let models = [];
  let statistics = {};
  view.append(element("h2", {}, title), element("p", { class: "bar" },
    element("button", { type: "button", onclick: () => edit(null, load) }, "Add a model"),
    element("button", { type: "button", onclick: reload }, "Read the files anew")), list, grids);
  load();
  return store.listen((kind) => { if (kind === "state") draw(); });

  async function load() {
    await attempt(async () => {
      const [page, measured] = await Promise.all([read("models"), read("statistics")]);
      [models, statistics] = [page.data, measured.model_stats];
      draw();
    });
  }

  async function reload() {
    await attempt(() => ask("POST", "reload"));
    load();
  }

  function draw() {
    const live = new Map((store.state?.models ?? []).map((model) => [model.id, model]));
    redraw(list, table("The registry, and what was measured of each model", columns(live, statistics, load), models));
    redraw(grids, gridTable(store.state?.grids ?? []));
  }
}

const columns = (live, statistics, load) => [
  { title: "Model", cell: (model) => [model.id, " ", model.provider === "simulated"
    ? element("span", { class: "label warn" }, "simulated") : element("span", { class: "faint" }, model.provider)] },
  { title: "Tier", cell: (model) => model.tier },
  { title: "State", cell: (model) => state(live.get(model.id) ?? model) },
  { title: "Under way", isNumber: true, cell: (model) => String(live.get(model.id)?.active ?? model.active_requests) },
  { title: "Answered", isNumber: true, cell: (model) => (live.has(model.id) ? figure(live.get(model.id).answered) : "–") },
  { title: "Success", isNumber: true, cell: (model) => (statistics[model.id]?.samples ? percent(statistics[model.id].success_rate) : "–") },
  { title: "Mean time", isNumber: true, cell: (model) => (statistics[model.id]?.samples ? duration(statistics[model.id].avg_latency_ms / 1000) : "–") },
  { title: "Quality", isNumber: true, cell: (model) => model.quality.toFixed(2) },
  { title: "In, out / M tokens", isNumber: true, cell: (model) => `${dollars(model.prices.input)}, ${dollars(model.prices.output)}` },
  { title: "Changes", cell: (model) => changes(model, load) },
];

function state(model) {
  if (model.circuit === "open") return element("span", { class: "bad" }, "circuit open");
  if (model.circuit === "half_open") return element("span", { class: "warn" }, "circuit half open");
  return model.available ? element("span", { class: "good" }, "available") : element("span", { class: "bad" }, "off or cooling down");
}

function changes(model, load) {
  const path = `models/${encodeURIComponent(model.id)}`;
  const button = (text, action) => element("button", { class: "small", type: "button",
    "aria-label": `${text} ${model.id}`, onclick: action }, text);
  const act = (method, rest, body) => async () => {
    await attempt(() => ask(method, path + rest, body));
    load();
  };
  return element("span", { class: "bar" },
    button(model.available ? "Switch off" : "Switch on", act("PUT", "/availability", { available: !model.available })),
    button("Edit", () => edit(model.id, load)),
    button("Remove", () => openForm(`Remove ${model.id}?`, [], "Remove", async () => {
      await ask("DELETE", path);
      load();
    })),
    model.origin === "stored" ? button("As in the file", act("DELETE", "/override")) : null);
}

/** What an entry needs. */
const NEW = {
  id: "", provider: "openai_compatible", base_url: "http://127.0.0.1:8000/v1", endpoints: ["chat"], tier: "light",
  quality: 0.5, prices: { input: 0, output: 0 }, context_window: 8192,
};

/** Opens the entry of a model as `models.yaml` has it; with `null` that of a new one. */
async function edit(id, load) {
  const entry = id === null ? NEW
    : await attempt(async () => entries(await read("config/export")).find((entry) => entry.id === id));
  if (!entry) {
    if (entry === undefined) openDialog(`Edit ${id}`, element("p", {}, "The export of the configuration has no entry of it."));
    return;
  }
  openForm(id === null ? "Add a model" : `Edit ${id}`, [
    { name: "entry", label: "Entry, as in models.yaml but in JSON; it wins over the file until that is undone",
      type: "textarea", value: JSON.stringify(entry, null, 2), isRequired: true },
  ], "Put in force", async (values) => {
    const changed = JSON.parse(values.entry);
    await ask("PUT", `models/${encodeURIComponent(id ?? changed.id)}`, changed);
    load();
  });
}

const entries = (exported) => exported.registry.models ?? [];

function gridTable(grids) {
  if (grids.length === 0) return null;
  return table("Grids", [
    { title: "Zone", cell: (grid) => grid.zone },
    { title: "g CO2e / kWh", isNumber: true, cell: (grid) => figure(grid.g_per_kwh) },
    { title: "Low, high", isNumber: true, cell: (grid) => `${figure(grid.low)}, ${figure(grid.high)}` },
    { title: "By", cell: (grid) => grid.basis },
  ], grids);
}
