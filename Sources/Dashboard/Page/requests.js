// Where each request went.

import { element, redraw, table } from "./dom.js";
import { explain } from "./explanation.js";
import { clock, count, duration, micrograms, nanodollars } from "./format.js";

export const title = "Requests";

/** Shows the latest requests in `view`; gives what ends that. */
export function show(view, store) {
  const list = element("div");
  const words = element("input", { type: "search", placeholder: "model, key, outcome …", "aria-label": "Filter", oninput: draw });
  const pause = element("button", { type: "button", "aria-pressed": "false", onclick: toggle }, "Pause");
  let kept = null;
  view.append(element("h2", {}, title), element("div", { class: "bar" }, words, pause), list);
  draw();
  return store.listen((kind) => {
    if (kind === "requests" && !kept) draw();
  });

  function toggle() {
    kept = kept ? null : store.rows;
    pause.textContent = kept ? "Go on" : "Pause";
    pause.setAttribute("aria-pressed", String(kept !== null));
    draw();
  }

  function draw() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = (kept ?? store.rows).filter((row) => {
      const text = [row.model, row.key, row.team, row.organisation, row.outcome, row.strategy, row.plan_tier, row.tags]
        .join(" ").toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
    redraw(list, table(`${rows.length} of the latest requests, the last one first; open one to see why it went there`, columns, rows),
      store.missed > 0 ? element("p", { class: "faint" }, `${count(store.missed)} came faster than they are shown.`) : null);
  }
}

const columns = [
  { title: "Time (UTC)", cell: (row) => element("button", { class: "row", type: "button", "data-name": row.id, onclick: () => explain(row.id) }, clock(row.started_unix_ms)) },
  { title: "Model", cell: (row) => [row.model ?? "none", row.simulated ? " " : null,
    row.simulated ? element("span", { class: "label warn" }, "simulated") : null].filter(Boolean) },
  { title: "Outcome", cell: (row) => element("span", { class: row.status < 400 ? "good" : "bad" }, `${row.outcome} ${row.status}`) },
  { title: "Chosen by", cell: (row) => row.strategy || "the client" },
  { title: "Quota", cell: (row) => row.plan_tier ?? "–" },
  { title: "Tokens in, out", isNumber: true, cell: (row) => `${count(row.input_tokens)}, ${count(row.output_tokens)}` },
  { title: "Cost", isNumber: true, cell: (row) => nanodollars(row.cost_nanodollars) },
  { title: "CO2e", isNumber: true, cell: (row) => micrograms(row.carbon_micrograms) },
  { title: "Took", isNumber: true, cell: (row) => duration(row.duration_us / 1e6) },
  { title: "Who pays", cell: (row) => [row.organisation, row.team, row.key].filter(Boolean).join(" / ") },
];
