// Elements are made of text alone, never of markup: what a model or a client wrote cannot become part of the page.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element: `element("p", { class: "bad", onclick: run }, "text", child, …)`; nothing is made of `null`. */
export const element = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

/** The same of an SVG element. */
export const drawn = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Puts `children` in the place of all that is in `node`. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
}

/** The same, over and over: what had the focus has it again, as far as it is still there under the name it had. */
export function redraw(node, ...children) {
  const name = node.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  replace(node, ...children);
  if (name === null) return;
  const focused = [...node.querySelectorAll("button, input, [tabindex]")].find((one) => nameOf(one) === name);
  focused?.focus({ preventScroll: true });
}

const nameOf = (control) => control.dataset.name ?? control.getAttribute("aria-label") ?? control.textContent;

/**
 * A table. A column is `{ title, cell, isNumber, wraps }`; `cell(row)` gives text or elements.
 * `name(row)` gives a row's class.
 */
export function table(caption, columns, rows, name = () => null) {
  const kind = (column) => (column.isNumber ? "n" : column.wraps ? "wrap" : null);
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element("table", {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {},
        columns.map((column) => element("th", { scope: "col", class: kind(column) }, column.title)))),
      element("tbody", {}, rows.map((row) => element("tr", { class: name(row) },
        columns.map((column) => element("td", { class: kind(column) }, column.cell(row))))))));
}

/** A list of facts: pairs of a name and its text or elements; pairs whose second is `null` are left out. */
export const facts = (pairs) => element("dl", { class: "facts" },
  pairs.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]).flat());

/** Figures to be seen at once: triples of a name, a figure, and a remark or `null`. */
export const tiles = (figures) => element("dl", { class: "tiles" }, figures.map(([name, figure, remark]) =>
  element("div", { class: "tile" }, element("dt", {}, name),
    element("dd", {}, figure, remark ? element("small", {}, remark) : null))));

/** Opens the page's dialog; it closes with Escape, its button, or `close()`. */
export function openDialog(title, content, { isNarrow = false } = {}) {
  const dialog = document.getElementById("dialog");
  const close = () => dialog.close();
  dialog.className = isNarrow ? "narrow" : "";
  replace(dialog, element("h2", { id: "dialog-title" }, title), content,
    element("button", { type: "button", onclick: close }, "Close"));
  if (!dialog.open) dialog.showModal();
  return close;
}

/**
 * Opens a form in the dialog. A field is `{ name, label, type, value, options, isRequired, hint }`.
 * `send(values)` gets what was filled in, as text; what it throws is shown, else the dialog closes.
 */
export function openForm(title, fields, action, send) {
  const error = element("p", { class: "error", role: "alert" });
  const form = element("form", { onsubmit: submit },
    fields.map((field) => element("label", {}, field.label, control(field))), error,
    element("p", { class: "bar" }, element("button", { type: "submit" }, action)));
  const close = openDialog(title, form, { isNarrow: true });
  form.querySelector("input, select, textarea, button")?.focus();

  async function submit(event) {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    try {
      const isShowingMore = await send(values);
      if (!isShowingMore) close();
    } catch (problem) {
      error.textContent = problem.message;
    }
  }
}

function control(field) {
  const attributes = { name: field.name, required: field.isRequired, value: field.value ?? "" };
  if (field.options) {
    return element("select", attributes, field.options.map((option) =>
      element("option", { value: option, selected: option === field.value }, option)));
  }
  if (field.type === "textarea") return element("textarea", { ...attributes, class: "code", rows: 14, spellcheck: "false" });
  return element("input", { ...attributes, type: field.type ?? "text", step: field.type === "number" ? "any" : null,
    placeholder: field.hint, autocomplete: "off" });
}

/** Does something that changes the gateway, and says in the page's notice what went wrong, if it did. */
export async function attempt(action) {
  const notice = document.getElementById("notice");
  notice.hidden = true;
  try {
    return await action();
  } catch (problem) {
    notice.textContent = problem.message;
    notice.hidden = false;
    return null;
  }
}
