// Charts as SVG: axes with units, a legend in words, and a description for those who cannot see them.

import { drawn, element } from "./dom.js";

const [WIDTH, HEIGHT] = [640, 220];
const FRAME = { left: 58, right: 10, top: 10, bottom: 24 };

/**
 * A chart over time.
 *
 * `layers` are drawn in their order: `{ kind, name, color, points, isDashed }`. Points are `[x, y]` for `line`, and
 * `[x, low, high]` for `area` and `band`; a `y` of `null` breaks a line. `color` is a number from 0 to 7.
 *
 * @param options.title what it shows, for the heading and for readers of screens
 * @param options.range the first and the last x, Unix milliseconds
 * @param options.tick gives the text of a value on the y axis
 * @param options.when gives the text of an x
 * @param options.limit a y to draw a line at, or `null`
 * @param options.mark an x to draw a line at, such as now, or `null`
 */
export function chart({ title, range, tick, when, layers, limit = null, mark = null, top = 0 }) {
  const highest = Math.max(top, limit ?? 0, ...layers.flatMap((layer) => layer.points.map((point) => point.at(-1) ?? 0)));
  const ticks = ticksUpTo(highest > 0 ? highest : 1);
  const scale = scales(range, ticks.at(-1));
  const parts = [axes(scale, range, ticks, tick, when)];
  for (const layer of layers) {
    const path = layer.kind === "line" ? linePath(layer.points, scale) : areaPath(layer.points, scale);
    parts.push(drawn("g", { class: `c${layer.color % 8}` },
      drawn("path", { class: layer.kind + (layer.isDashed ? " dashed" : ""), d: path })));
  }
  if (limit !== null) parts.push(drawn("path", { class: "limit", d: `M${FRAME.left} ${scale.y(limit)}H${WIDTH - FRAME.right}` }));
  if (mark !== null) parts.push(drawn("path", { class: "limit", d: `M${scale.x(mark)} ${FRAME.top}V${HEIGHT - FRAME.bottom}` }));
  const named = layers.filter((layer) => layer.name);
  return element("figure", { class: "card" },
    element("h3", {}, title),
    drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": description(title, named, tick) }, parts),
    element("ul", { class: "legend" }, named.map((layer) =>
      element("li", { class: `c${layer.color % 8}${layer.isDashed ? " dashed" : ""}` }, element("span", {}, layer.name)))));
}

/** Makes areas of series by laying each on those before: `[{ name, color, values }]` over common `xs`. */
export function stacked(xs, series) {
  const floor = xs.map(() => 0);
  return series.map(({ name, color, values }) => ({
    kind: "area", name, color,
    points: xs.map((x, place) => {
      const low = floor[place];
      floor[place] += values[place] ?? 0;
      return [x, low, floor[place]];
    }),
  }));
}

/** Turns values that hold for an hour each into steps. */
export const steps = (points, width) => points.flatMap(([x, ...values]) => [[x, ...values], [x + width, ...values]]);

function scales([first, last], highest) {
  const width = WIDTH - FRAME.left - FRAME.right;
  const height = HEIGHT - FRAME.top - FRAME.bottom;
  const round = (number) => Math.round(number * 10) / 10;
  return {
    x: (value) => round(FRAME.left + ((value - first) / Math.max(last - first, 1)) * width),
    y: (value) => round(FRAME.top + height - (value / highest) * height),
  };
}

/** Round values from 0 to at least `highest`. */
function ticksUpTo(highest) {
  const size = 10 ** Math.floor(Math.log10(highest));
  const step = [0.2, 0.25, 0.5, 1, 2, 2.5].map((part) => part * size).find((step) => highest / step <= 5);
  const ticks = [0];
  while (ticks.at(-1) < highest) ticks.push(ticks.length * step);
  return ticks;
}

function axes(scale, [first, last], ticks, tick, when) {
  const bottom = HEIGHT - FRAME.bottom;
  const lines = ticks.map((value) => [
    drawn("path", { class: "axis", d: `M${FRAME.left} ${scale.y(value)}H${WIDTH - FRAME.right}` }),
    drawn("text", { x: FRAME.left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, tick(value)),
  ]);
  const times = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const x = first + (last - first) * part;
    const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
    return drawn("text", { x: scale.x(x), y: bottom + 16, "text-anchor": anchor }, when(x));
  });
  return drawn("g", { "aria-hidden": "true" }, lines.flat(), times);
}

function linePath(points, scale) {
  let isDown = false;
  return points.map(([x, y]) => {
    if (y === null || y === undefined) {
      isDown = false;
      return "";
    }
    const command = isDown ? "L" : "M";
    isDown = true;
    return `${command}${scale.x(x)} ${scale.y(y)}`;
  }).join("");
}

function areaPath(points, scale) {
  if (points.length === 0) return "";
  const along = (pairs) => pairs.map(([x, y]) => `${scale.x(x)} ${scale.y(y)}`).join("L");
  return `M${along(points.map(([x, , high]) => [x, high]))}L${along(points.map(([x, low]) => [x, low]).reverse())}Z`;
}

function description(title, layers, tick) {
  const last = layers.map((layer) => {
    const point = layer.points.findLast((point) => point.at(-1) !== null);
    if (!point) return null;
    return `${layer.name} ${tick(layer.kind === "line" ? point[1] : point[2] - point[1])}`;
  });
  return `${title}. Last: ${last.filter(Boolean).join(", ") || "nothing yet"}.`;
}
