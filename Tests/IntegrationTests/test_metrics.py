"""What Prometheus scrapes is well-formed, and true."""

from harness.backend import COMPLETION_TOKENS, PROMPT_TOKENS
from harness.gateway import eventually

MESSAGES = [{"role": "user", "content": "x"}]


def test_promtool_finds_nothing_to_complain_of(gateway, client):
    client.chat.completions.create(model="capture", messages=MESSAGES)
    list(client.chat.completions.create(model="capture", messages=MESSAGES, stream=True))
    assert gateway.promtool() == ""


def test_counters_count_what_was_served(make_gateway):
    gateway = make_gateway()
    client = gateway.client()
    for stream in (False, True):
        answer = client.chat.completions.create(model="capture", messages=MESSAGES, stream=stream)
        list(answer) if stream else None
    client_errors = [gateway.post("/v1/chat/completions", b"{")[0] for _ in range(3)]
    assert client_errors == [400] * 3
    assert gateway.metric("switchyard_requests_total", endpoint="chat", model="capture", outcome="completed") == 2
    assert gateway.metric("switchyard_requests_total", outcome="invalid") == 3
    assert gateway.metric("switchyard_attempts_total", model="capture", outcome="completed") == 2
    assert gateway.metric("switchyard_tokens_total", model="capture", kind="input") == 2 * PROMPT_TOKENS
    assert gateway.metric("switchyard_tokens_total", model="capture", kind="output") == 2 * COMPLETION_TOKENS
    cost = 2 * (PROMPT_TOKENS * 2e-6 + COMPLETION_TOKENS * 8e-6)
    assert abs(gateway.metric("switchyard_cost_usd_total", model="capture") - cost) < 1e-9
    assert gateway.metric("switchyard_time_to_first_token_seconds_count", model="capture") == 1
    assert gateway.metric("switchyard_gateway_overhead_seconds_count") >= 2
    assert gateway.in_flight() == 0
    eventually(lambda: gateway.metric("switchyard_ledger_rows_total") == 5)
