// The page: which view is shown, whose token is used, whether the gateway is heard.

import { Refusal, forgetToken, hasToken, keepToken, read } from "./api.js";
import * as budgets from "./budgets.js";
import { replace } from "./dom.js";
import * as keys from "./keys.js";
import * as models from "./models.js";
import * as plan from "./plan.js";
import * as requests from "./requests.js";
import { Store } from "./store.js";
import * as traffic from "./traffic.js";

const VIEWS = { traffic, requests, budgets, plan, models, keys };
const view = document.getElementById("view");
const status = document.getElementById("status");
const leave = document.getElementById("leave");
const notice = document.getElementById("notice");

let store = null;
let connection = null;
let endView = () => {};

/** Shows what the address names. */
function turn({ movesFocus }) {
  const name = Object.hasOwn(VIEWS, location.hash.slice(1)) ? location.hash.slice(1) : "traffic";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  endView();
  notice.hidden = true;
  replace(view);
  document.title = `${VIEWS[name].title} – Switchyard`;
  endView = VIEWS[name].show(view, store);
  if (movesFocus) view.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Asks for a token until the gateway takes it. */
function askForToken(problem = "") {
  connection?.abort();
  [store, connection] = [null, null];
  endView();
  endView = () => {};
  forgetToken();
  leave.hidden = true;
  tell(false, "not connected");
  replace(view, document.getElementById("entrance").content.cloneNode(true));
  const form = view.querySelector("form");
  form.querySelector(".error").textContent = problem;
  form.token.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    keepToken(form.token.value.trim());
    try {
      await read("statistics");
      enter();
    } catch (problem) {
      forgetToken();
      form.querySelector(".error").textContent = problem.message;
    }
  });
}

/** Begins to follow the gateway. */
async function enter() {
  store = new Store();
  connection = new AbortController();
  leave.hidden = false;
  tell(false, "connecting …");
  turn({ movesFocus: false });
  const signal = connection.signal;
  store.listen((kind) => { if (kind === "state") tell(true, heading(store.state)); });
  try {
    await store.run((isLive) => { if (!isLive) tell(false, "the gateway does not answer; trying again"); }, signal);
  } catch (problem) {
    if (signal.aborted) return;
    if (problem instanceof Refusal && problem.isOfToken) return askForToken(problem.message);
    tell(false, problem.message);
    setTimeout(() => { if (!signal.aborted) enter(); }, 3000);
  }
}

function heading(state) {
  const simulated = state.models.some((model) => model.simulated) ? "; some models are simulated" : "";
  const clock = state.clock_speed === 1 ? "" : `; simulated calendar, ${state.clock_speed} times as fast`;
  return `live, version ${state.version}${simulated}${clock}`;
}

function tell(isLive, text) {
  status.className = isLive ? "live" : "lost";
  if (status.textContent !== text) status.textContent = text;
}

addEventListener("hashchange", () => { if (store) turn({ movesFocus: true }); });
leave.addEventListener("click", () => askForToken());
if (hasToken()) enter(); else askForToken();
