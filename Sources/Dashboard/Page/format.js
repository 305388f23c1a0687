// Figures with their units.

const SCALES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];

/** A figure in three digits with the unit's prefix: `figure(0.0042, "g")` is `4.2 mg`. */
export function figure(value, unit = "") {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return unit ? `0 ${unit}` : "0";
  const size = Math.abs(value);
  const [scale, prefix] = SCALES.find(([scale]) => size >= scale) ?? SCALES.at(-1);
  const name = prefix + unit;
  return Number((value / scale).toPrecision(3)) + (name ? ` ${name}` : "");
}

/** Dollars: `$12.30`, `$0.0123`, `$0.00000456`. */
export function dollars(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "$0";
  const digits = size >= 1 ? 2 : Math.min(9, 2 - Math.floor(Math.log10(size)));
  return `${value < 0 ? "−" : ""}$${size.toFixed(digits)}`;
}

export const nanodollars = (value) => dollars(value === null ? null : value / 1e9);
export const micrograms = (value) => grams(value === null ? null : value / 1e6);
export const grams = (value) => figure(value, "g");
export const percent = (share) => (share === null || Number.isNaN(share) ? "–" : `${(share * 100).toFixed(1)} %`);
export const count = (value) => value.toLocaleString("en");

/** A duration given in seconds: `820 ms`, `2.4 s`, `3 min`, `5.2 h`, `3.1 d`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (!Number.isFinite(seconds)) return "never";
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}

/** An amount in the unit of a budget's measure. */
export function amount(value, measure) {
  switch (measure) {
    case "usd": return dollars(value);
    case "tokens": return `${figure(value)} tokens`;
    case "joules": return figure(value, "J");
    default: return grams(value);
  }
}

const two = (number) => String(number).padStart(2, "0");

/** The time of day of a Unix millisecond, UTC as everywhere in the gateway. */
export function clock(milliseconds, { hasSeconds = true } = {}) {
  const date = new Date(milliseconds);
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return hasSeconds ? `${minutes}:${two(date.getUTCSeconds())}` : minutes;
}

/** Its day and time. */
export const moment = (milliseconds) =>
  `${new Date(milliseconds).toISOString().slice(0, 10)} ${clock(milliseconds, { hasSeconds: false })}Z`;
