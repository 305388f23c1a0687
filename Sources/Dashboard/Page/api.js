// The admin API of the gateway that this page comes from, and its stream of events.

const PLACE = "switchyard.token";

/** What the gateway said no to, in its own words. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Whether another token is wanted. */
  get isOfToken() { return this.status === 401; }
}

export const hasToken = () => sessionStorage.getItem(PLACE) !== null;
export const keepToken = (token) => sessionStorage.setItem(PLACE, token);
export const forgetToken = () => sessionStorage.removeItem(PLACE);

const credentials = () => ({ authorization: `Bearer ${sessionStorage.getItem(PLACE) ?? ""}` });

async function send(method, path, body, options = {}) {
  const headers = credentials();
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(`/admin/v1/${path}`, { method, headers, body, cache: "no-store", ...options });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Refusal(0, "The gateway does not answer.");
  }
  if (response.ok) return response;
  const text = await response.text();
  let message = `${response.status} ${response.statusText}`;
  try { message = JSON.parse(text).error.message; } catch { /* No JSON: the status has to do. */ }
  throw new Refusal(response.status, message);
}

/** Asks for something below `/admin/v1/`; throws ``Refusal``. */
export async function ask(method, path, body) {
  const response = await send(method, path, body === undefined ? undefined : JSON.stringify(body));
  return response.json();
}

export const read = (path) => ask("GET", path);

/** All elements of a list that comes in pages. */
export async function readAll(path) {
  const all = [];
  let cursor = null;
  do {
    const separator = path.includes("?") ? "&" : "?";
    const page = await read(cursor ? `${path}${separator}cursor=${encodeURIComponent(cursor)}` : path);
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  return all;
}

/**
 * Follows the gateway's events until `signal` is aborted, and comes back by itself after a break.
 *
 * `event(name, data)` gets each, `status(isLive)` whether they come. Throws ``Refusal`` if the token is not taken.
 */
export async function follow(event, status, signal) {
  let pause = 500;
  while (!signal.aborted) {
    try {
      const response = await send("GET", "live", undefined, { signal });
      status(true);
      pause = 500;
      for await (const [name, data] of events(response.body)) event(name, JSON.parse(data));
    } catch (problem) {
      if (signal.aborted) return;
      if (problem instanceof Refusal && problem.isOfToken) throw problem;
    }
    status(false);
    await new Promise((resume) => setTimeout(resume, pause));
    pause = Math.min(pause * 2, 10_000);
  }
}

/** The events of a stream: HTML Living Standard, 9.2.6, as far as the gateway uses it. */
async function* events(body) {
  let rest = "";
  let name = "message";
  let data = [];
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield [name, data.join("\n")];
        [name, data] = ["message", []];
      } else if (line.startsWith("event: ")) {
        name = line.slice(7);
      } else if (line.startsWith("data: ")) {
        data.push(line.slice(6));
      }
    }
  }
}
