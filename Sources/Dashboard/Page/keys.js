// Keys: who may ask, how fast, and for how long.

import { ask, read, readAll } from "./api.js";
import { attempt, element, openDialog, openForm, redraw, table } from "./dom.js";
import { figure, moment } from "./format.js";

export const title = "Keys";

/** Shows keys and organisations in `view`. */
export function show(view) {
  const list = element("div");
  view.append(element("h2", {}, title), element("p", { class: "bar" },
    element("button", { type: "button", onclick: () => make(load) }, "New key"),
    element("button", { type: "button", onclick: () => makeOrganisation(load) }, "New organisation")), list);
  load();
  return () => {};

  async function load() {
    await attempt(async () => {
      const [keys, organisations] = await Promise.all([readAll("keys"), readAll("organisations")]);
      redraw(list, table("Keys; their texts are shown once, when they are made", columns(load), keys),
        table("Organisations", [
          { title: "Name", cell: (one) => one.id },
          { title: "Note", wraps: true, cell: (one) => one.note || "–" },
        ], organisations));
    });
  }
}

const columns = (load) => [
  { title: "Key", cell: (key) => `${key.id} …${key.hint}` },
  { title: "Who pays", cell: (key) => [key.organisation, key.team].filter(Boolean).join(" / ") },
  { title: "State", cell: state },
  { title: "Requests, tokens / min", isNumber: true, cell: (key) =>
    [key.limits.requests_per_minute, key.limits.tokens_per_minute].map((limit) => (limit === null ? "–" : figure(limit))).join(", ") },
  { title: "Models", wraps: true, cell: (key) => key.models?.join(", ") ?? "all" },
  { title: "Until", cell: (key) => (key.expires_unix_ms === null ? "–" : moment(key.expires_unix_ms)) },
  { title: "Note", wraps: true, cell: (key) => key.note || "–" },
  { title: "Changes", cell: (key) => changes(key, load) },
];

function state(key) {
  if (!key.usable) return element("span", { class: "bad" }, "made under another pepper");
  return key.disabled ? element("span", { class: "warn" }, "disabled") : element("span", { class: "good" }, "in use");
}

function changes(key, load) {
  if (key.origin === "declared") return element("span", { class: "faint" }, "set in the settings");
  const path = `keys/${encodeURIComponent(key.id)}`;
  const button = (text, action) => element("button", { class: "small", type: "button",
    "aria-label": `${text} key ${key.id}`, onclick: action }, text);
  return element("span", { class: "bar" },
    button(key.disabled ? "Enable" : "Disable", async () => {
      await attempt(() => ask("PATCH", path, { disabled: !key.disabled }));
      load();
    }),
    button("Rotate", () => openForm(`Give ${key.id} another text? The one it has stops working.`, [], "Rotate", async () => {
      showText(await ask("POST", `${path}/rotate`));
      load();
      return true;
    })),
    button("Delete", () => openForm(`Delete ${key.id} for good?`, [], "Delete", async () => {
      await ask("DELETE", path);
      load();
    })));
}

async function make(load) {
  const organisations = await attempt(() => read("organisations"));
  if (!organisations) return;
  openForm("New key", [
    { name: "id", label: "Name (one is drawn if this is empty)" },
    { name: "organisation", label: "Who pays", options: organisations.data.map((one) => one.id), isRequired: true,
      value: organisations.data[0]?.id },
    { name: "requests_per_minute", label: "Requests a minute at most", type: "number" },
    { name: "tokens_per_minute", label: "Tokens a minute at most", type: "number" },
    { name: "note", label: "Note" },
  ], "Make", async (values) => {
    const limits = Object.fromEntries(["requests_per_minute", "tokens_per_minute"]
      .filter((name) => values[name] !== "").map((name) => [name, Number(values[name])]));
    const { id, organisation, note } = values;
    showText(await ask("POST", "keys", { organisation, note, limits, ...(id ? { id } : {}) }));
    load();
    return true;
  });
}

const makeOrganisation = (load) => openForm("New organisation", [
  { name: "id", label: "Name", isRequired: true },
], "Make", async ({ id }) => {
  await ask("POST", "organisations", { id });
  load();
});

const showText = (key) => openDialog(`Key ${key.id}`, element("div", {},
  element("p", {}, "This is shown once. Keep it where only its owner can read it."),
  element("pre", { tabindex: 0 }, key.key)), { isNarrow: true });
