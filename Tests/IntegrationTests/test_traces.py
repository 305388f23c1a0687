"""Traces: what backends are told, and what a collector gets over OTLP/HTTP."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness.gateway import eventually, model

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = "prompt-that-no-collector-may-see"


class Collector:
    """Takes exports; answers with the statuses that it is given, then with 200."""

    def __init__(self):
        self.bodies, self.headers, self.statuses = [], [], []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = collector.statuses.pop(0) if collector.statuses else 200
                if status == 200:
                    collector.bodies.append(body)
                    collector.headers.append((self.path, dict(self.headers)))
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def spans(self):
        """All spans that came in, each read by OpenTelemetry's own message type."""
        spans = []
        for body in self.bodies:
            request = json_format.Parse(in_protobuf_form(json.loads(body)), ExportTraceServiceRequest())
            for resource in request.resource_spans:
                spans += [span for scope in resource.scope_spans for span in scope.spans]
        return spans


def in_protobuf_form(value):
    """OTLP's JSON differs from protobuf's in one thing: ids are hexadecimal."""
    for resource in value["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return json.dumps(value)


def attributes(span):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def chat(gateway, name="first", **headers):
    body = {"model": name, "messages": [{"role": "user", "content": SECRET}]}
    return gateway.post("/v1/chat/completions", body, {"content-type": "application/json"} | headers)


def test_a_trace_tells_of_every_attempt(make_gateway, backend, collector):
    models = [model("first", backend.url("status/503")), model("second", backend.url("answer"), prices={"input": 20, "output": 80})]
    tracing = {"url": collector.url, "interval_seconds": 0.2, "headers_variable": "COLLECTOR_HEADERS"}
    environment = {"COLLECTOR_HEADERS": "x-team=a%20team,authorization=Bearer abc"}
    gateway = make_gateway(models, environment=environment, tracing=tracing)
    status, headers, _ = chat(gateway, "auto:cost_optimized", traceparent=f"00-{TRACE}-{SPAN}-01", tracestate="rojo=1")
    assert status == 200
    spans = eventually(lambda: collector.spans)
    root = next(span for span in spans if span.kind == 2)
    calls = [span for span in spans if span.kind == 3]
    assert root.trace_id.hex() == TRACE and root.parent_span_id.hex() == SPAN
    assert all(span.trace_id == root.trace_id and span.parent_span_id == root.span_id for span in calls)
    assert [(attributes(span)["gen_ai.request.model"], span.status.code) for span in calls][-1] == ("second", 1)
    assert calls[0].status.code == 2
    assert all(root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano for span in calls)
    told = attributes(root)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.response.model"] == "second"
    assert told["gen_ai.usage.output_tokens"] == 7
    assert told["switchyard.request.id"] == headers["x-request-id"]
    assert abs(told["switchyard.cost_usd"] - float(headers["x-switchyard-cost-usd"])) < 1e-9
    # Each backend was told the span that called it.
    called = [one.header("traceparent") for one in backend.requests]
    assert called == [f"00-{TRACE}-{span.span_id.hex()}-01" for span in calls]
    assert backend.last.header("tracestate") == "rojo=1"
    path, sent = collector.headers[0]
    assert path == "/v1/traces"
    assert (sent["x-team"], sent["authorization"], sent["content-type"]) == ("a team", "Bearer abc", "application/json")
    assert SECRET.encode() not in b"".join(collector.bodies)


def test_without_a_collector_a_trace_passes_through(make_gateway, backend):
    gateway = make_gateway([model("first", backend.url("answer"))])
    chat(gateway, traceparent=f"00-{TRACE}-{SPAN}-00")
    assert backend.last.header("traceparent") == f"00-{TRACE}-{SPAN}-00"
    chat(gateway)
    assert backend.last.header("traceparent") is None
    chat(gateway, traceparent="nonsense")
    assert backend.last.header("traceparent") is None


def test_what_callers_do_not_want_traced_is_not(make_gateway, backend, collector):
    tracing = {"url": collector.url, "interval_seconds": 0.2, "share": 0}
    gateway = make_gateway([model("first", backend.url("answer"))], tracing=tracing)
    chat(gateway, traceparent=f"00-{TRACE}-{SPAN}-00")
    chat(gateway)
    chat(gateway, traceparent=f"00-{TRACE}-{SPAN}-01")
    eventually(lambda: gateway.metric("switchyard_traces_total", result="exported") == 1)
    assert len(collector.spans) == 2


def test_a_collector_that_is_away_costs_no_request_and_loses_little(make_gateway, backend, collector):
    collector.statuses = [503, 503]
    tracing = {"url": collector.url, "interval_seconds": 0.2, "queue_max": 5}
    gateway = make_gateway([model("first", backend.url("answer"))], tracing=tracing)
    for _ in range(3):
        assert chat(gateway)[0] == 200
    eventually(lambda: gateway.metric("switchyard_traces_total", result="exported") == 3)
    assert gateway.log.count("traces cannot be exported") == 1
    # What it will not understand the next time either is given up.
    collector.statuses = [400]
    chat(gateway)
    eventually(lambda: gateway.metric("switchyard_traces_total", result="dropped") == 1)
    assert gateway.promtool() == ""


def test_what_is_left_is_exported_at_the_end(make_gateway, backend, collector):
    tracing = {"url": collector.url, "interval_seconds": 600}
    gateway = make_gateway([model("first", backend.url("answer"))], tracing=tracing)
    chat(gateway)
    assert collector.bodies == []
    gateway.stop()
    assert len(collector.spans) == 2
