"""The page of `/ui` in a real browser: what it shows, who can use it, and what it never does."""

import json
import re
import signal
import threading
import time
import urllib.request
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect, sync_playwright

from harness.gateway import eventually, model

TOKEN = "page-token-0123456789abcdef"
ENVIRONMENT = {"SWITCHYARD_ADMIN_TOKEN": TOKEN, "SWITCHYARD_KEY_PEPPER": "a-pepper-of-the-integration-tests"}
VIEWS = ["traffic", "requests", "budgets", "plan", "models", "keys"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# Markup, if anybody took it for that.
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        # The tests may run as root, for whom Chromium has no sandbox.
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def gateway(make_gateway, backend):
    models = [
        model("small", backend.url("answer"), tier="light", quality=0.6),
        model("large", backend.url("answer"), tier="heavy", quality=0.9, prices={"input": 20, "output": 80}),
    ]
    settings = {"planner": {"mode": "advise"}, "organisations": [{"id": "home"}]}
    return make_gateway(models, environment=ENVIRONMENT, **settings)


class Visitor:
    """A page in the browser, and what went wrong in it."""

    def __init__(self, context, gateway):
        self.gateway = gateway
        self.page = context.new_page()
        self.problems = []
        self.strangers = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        self.page.on("request", lambda one: None if one.url.startswith(gateway.admin_url) else self.strangers.append(one.url))

    def enter(self):
        self.page.goto(self.gateway.admin_url)
        self.page.get_by_label("Token").fill(TOKEN)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#status")).to_contain_text("live", timeout=10_000)
        return self

    def turn_to(self, view):
        self.page.locator(f"nav a[href='#{view}']").click()
        expect(self.page.locator("main h2").first).to_have_text(view.capitalize())


@pytest.fixture
def visit(browser, gateway):
    contexts = []

    def visit(**options):
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        return Visitor(contexts[-1], gateway)

    yield visit
    for context in contexts:
        context.close()


def chat(gateway, text="x", **options):
    body = {"model": "auto", "messages": [{"role": "user", "content": text}]} | options
    return gateway.post("/v1/chat/completions", body)


def test_it_is_entered_with_a_token_alone(visit):
    visitor = visit()
    visitor.page.goto(visitor.gateway.admin_url)
    assert visitor.page.url.endswith("/ui/")
    visitor.page.get_by_label("Token").fill("guess")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("alert")).to_contain_text("Incorrect")
    visitor.page.get_by_label("Token").fill(TOKEN)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#status")).to_contain_text("live")
    visitor.page.get_by_role("button", name="Forget token").click()
    expect(visitor.page.get_by_label("Token")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_label("Token")).to_be_visible()


def test_its_files_say_what_they_may_do(gateway):
    request = urllib.request.Request(f"{gateway.admin_url}/ui/")
    status, headers, body = gateway.fetch(request)
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert TOKEN.encode() not in body
    status, _, _ = gateway.fetch(urllib.request.Request(f"{gateway.admin_url}/ui/../etc/passwd"))
    assert status == 404
    status, headers, _ = gateway.fetch(urllib.request.Request(f"{gateway.admin_url}/ui/", method="POST"))
    assert (status, headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_every_view(visit, scheme):
    """No problem in the console, none that axe sees (contrast among them), nobody else is asked for anything."""
    visitor = visit(color_scheme=scheme).enter()
    for _ in range(3):
        chat(visitor.gateway)
    for view in VIEWS:
        visitor.turn_to(view)
        visitor.page.wait_for_timeout(1200)
        visitor.page.evaluate(AXE)
        found = visitor.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        told = [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found]
        assert told == [], f"{view}: {told}"
    assert visitor.problems == []
    assert visitor.strangers == []


@pytest.mark.parametrize("width", [640, 360], ids=["twice as large", "phone"])
def test_it_fits_small_windows(visit, width):
    visitor = visit(viewport={"width": width, "height": 700}).enter()
    chat(visitor.gateway)
    for view in VIEWS:
        visitor.turn_to(view)
        visitor.page.wait_for_timeout(700)
        size = visitor.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert size[0] <= size[1], f"{view} is {size[0]} wide in {size[1]}"


def test_requests_come_by_themselves_and_are_explained_by_keyboard(visit):
    visitor = visit().enter()
    visitor.turn_to("requests")
    expect(visitor.page.locator("main tbody tr")).to_have_count(0)
    chat(visitor.gateway, "Prove that there are infinitely many primes.", model="auto:quality_optimized")
    expect(visitor.page.locator("main tbody tr")).to_have_count(1, timeout=5000)
    expect(visitor.page.locator("main tbody tr")).to_contain_text("large")
    visitor.page.locator("main tbody button").focus()
    visitor.page.keyboard.press("Enter")
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_contain_text("large was chosen by the strategy quality_optimized")
    expect(dialog.locator("tr.chosen")).to_contain_text("large")
    expect(dialog).to_contain_text("small")
    expect(dialog).to_contain_text("Attempts")
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    # The focus stays where it was, whatever comes in meanwhile.
    chat(visitor.gateway)
    expect(visitor.page.locator("main tbody tr")).to_have_count(2, timeout=5000)
    expect(visitor.page.locator("main tbody tr").nth(1).locator("button")).to_be_focused()
    visitor.turn_to("traffic")
    expect(visitor.page.locator(".tile").first).to_contain_text("/s")
    assert visitor.problems == []


def test_what_others_wrote_stays_text(visit):
    visitor = visit().enter()
    visitor.page.on("dialog", lambda dialog: visitor.problems.append(dialog.message))
    status, _, _ = chat(visitor.gateway, model=HOSTILE)
    assert status == 404
    body = {"messages": [{"role": "user", "content": "x"}], "route": {"tags": {"team": HOSTILE}}}
    assert visitor.gateway.post("/v1/route", body)[0] == 200
    visitor.turn_to("requests")
    expect(visitor.page.locator("main tbody tr")).to_have_count(2, timeout=5000)
    for button in visitor.page.locator("main tbody button").all():
        button.click()
        expect(visitor.page.get_by_role("dialog")).to_contain_text(HOSTILE)
        visitor.page.keyboard.press("Escape")
    assert visitor.page.locator("main img, dialog img").count() == 0
    assert visitor.problems == []


def test_budgets_are_made_and_burn_down(visit):
    visitor = visit().enter()
    visitor.turn_to("budgets")
    visitor.page.get_by_role("button", name="New budget").click()
    visitor.page.get_by_label("Name", exact=True).fill("all-day")
    visitor.page.get_by_label("How much is allowed").fill("0.0001")
    visitor.page.get_by_role("button", name="Make").click()
    card = visitor.page.get_by_role("region", name="Budget all-day")
    expect(card).to_contain_text("$0.000100", timeout=5000)
    eventually(lambda: chat(visitor.gateway)[0] == 429, seconds=10)
    expect(card).to_contain_text("did not fit", timeout=5000)
    expect(card.get_by_role("img")).to_have_attribute("aria-label", re.compile("What is left. Last: left"))
    card.get_by_role("button", name="Top up").click()
    visitor.page.get_by_label("How much is added").fill("1")
    visitor.page.get_by_role("button", name="Add").click()
    expect(card).to_contain_text("$1.00", timeout=5000)
    assert chat(visitor.gateway)[0] == 200
    expect(card).to_contain_text("lasts its window", timeout=5000)
    # What the gateway refuses is said where it was asked.
    visitor.page.get_by_role("button", name="New budget").click()
    visitor.page.get_by_label("Name", exact=True).fill("all-day")
    visitor.page.get_by_label("How much is allowed").fill("1")
    visitor.page.get_by_role("button", name="Make").click()
    expect(visitor.page.get_by_role("dialog").get_by_role("alert")).to_contain_text("all-day")


def test_a_plan_is_shown(visit):
    visitor = visit().enter()
    visitor.turn_to("plan")
    visitor.page.get_by_role("button", name="Plan now").click()
    expect(visitor.page.locator("main")).to_contain_text("asked", timeout=10_000)
    assert visitor.page.locator("figure").count() == 5
    expect(visitor.page.locator("main")).to_contain_text("Shares of default: planned")


def test_models_and_keys_are_changed(visit):
    visitor = visit().enter()
    visitor.turn_to("models")
    visitor.page.get_by_role("button", name="Switch off small").click()
    expect(visitor.page.locator("main tbody tr").first).to_contain_text("off or cooling down", timeout=5000)
    assert json.loads(chat(visitor.gateway)[2])["model"] == "large"
    visitor.page.get_by_role("button", name="Edit large").click()
    entry = visitor.page.get_by_label("Entry, as in")
    changed = json.loads(entry.input_value()) | {"quality": 0.77}
    entry.fill(json.dumps(changed))
    visitor.page.get_by_role("button", name="Put in force").click()
    expect(visitor.page.locator("main tbody tr").nth(1)).to_contain_text("0.77", timeout=5000)
    visitor.page.get_by_role("button", name="As in the file large").click()
    expect(visitor.page.locator("main tbody tr").nth(1)).to_contain_text("0.90", timeout=5000)

    visitor.turn_to("keys")
    visitor.page.get_by_role("button", name="New key").click()
    visitor.page.get_by_label("Name (one").fill("mine")
    visitor.page.get_by_role("button", name="Make").click()
    text = visitor.page.locator("dialog pre").inner_text()
    headers = {"authorization": f"Bearer {text}"}
    assert visitor.gateway.get("/v1/models", headers)[0] == 200
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("button", name="Disable key mine").click()
    eventually(lambda: visitor.gateway.get("/v1/models", headers)[0] == 401)
    expect(visitor.page.locator("main tbody tr").first).to_contain_text("disabled")


def test_it_comes_back_after_a_restart(visit):
    visitor = visit().enter()
    visitor.gateway.signal(signal.SIGTERM)
    begun = time.monotonic()
    visitor.gateway.process.wait(20)
    # Somebody who watches does not keep it from ending.
    assert time.monotonic() - begun < 8
    expect(visitor.page.locator("#status")).to_contain_text("does not answer", timeout=10_000)
    visitor.gateway.start()
    expect(visitor.page.locator("#status")).to_contain_text("live", timeout=20_000)
    visitor.turn_to("requests")
    chat(visitor.gateway)
    expect(visitor.page.locator("main tbody tr")).to_have_count(1, timeout=5000)


def test_not_more_watch_than_the_gateway_has_time_for(gateway):
    request = urllib.request.Request(f"{gateway.admin_url}/admin/v1/live", headers={"authorization": f"Bearer {TOKEN}"})
    watchers = [urllib.request.urlopen(request, timeout=10) for _ in range(16)]
    assert watchers[0].readline() == b"event: state\n"
    assert gateway.fetch(request)[0] == 503
    for watcher in watchers:
        watcher.close()
    eventually(lambda: gateway.fetch(urllib.request.Request(request.full_url, headers=dict(request.headers), method="HEAD"))[0] == 200)


def test_an_hour_of_events_leaves_it_as_small_as_ten_minutes(visit, gateway):
    """3,600 events of each kind in a stream of the test's own: neither elements nor memory grow."""
    with urllib.request.urlopen(
        urllib.request.Request(f"{gateway.admin_url}/admin/v1/live", headers={"authorization": f"Bearer {TOKEN}"}), timeout=10
    ) as live:
        live.readline()
        state = json.loads(live.readline().removeprefix(b"data: "))
    chat(gateway)
    row = eventually(lambda: ask(gateway, "requests")["data"])[0]

    def stream(first, last):
        for second in range(first, last):
            now = state | {"at_unix_ms": state["at_unix_ms"] + second * 1000}
            now["models"] = [one | {"requests": second * 50, "answered": second * 50} for one in state["models"]]
            rows = [row | {"id": f"{second}-{number}"} for number in range(4)]
            yield f"event: state\ndata: {json.dumps(now)}\n\nevent: requests\ndata: {json.dumps({'data': rows, 'missed': 3})}\n\n"

    def measure(seconds):
        visitor = visit()
        sent = threading.Event()

        def answer(route):
            if sent.is_set():
                return route.abort()
            sent.set()
            return route.fulfill(status=200, content_type="text/event-stream", body="".join(stream(0, seconds)))

        visitor.page.route("**/admin/v1/live", answer)
        visitor.page.goto(f"{gateway.admin_url}/ui/#traffic")
        visitor.page.get_by_label("Token").fill(TOKEN)
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator("#status")).to_contain_text("does not answer", timeout=50_000)
        devtools = visitor.page.context.new_cdp_session(visitor.page)
        devtools.send("HeapProfiler.collectGarbage")
        heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
        return visitor.page.evaluate("document.querySelectorAll('*').length"), heap

    few, many = measure(700), measure(3600)
    assert many[0] <= few[0] + 20
    assert many[1] < few[1] * 1.25, f"{few[1]} bytes after 700 seconds, {many[1]} after an hour"


def ask(gateway, path):
    request = urllib.request.Request(f"{gateway.admin_url}/admin/v1/{path}", headers={"authorization": f"Bearer {TOKEN}"})
    return json.loads(gateway.fetch(request)[2])
