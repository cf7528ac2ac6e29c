"""A process without an API shows its figures on a port of its own."""

from pathlib import Path

import httpx
import pytest

from smart_support.adapters import otel
from smart_support.adapters.exposition import ProcessFigures, free_bytes, registry_of, shown
from smart_support.adapters.otel import TracingMisconfigured, is_wanted, open_tracing
from smart_support.pipeline.metrics import Metrics

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def test_what_a_process_did_and_what_it_is(tmp_path: Path):
    metrics = Metrics()
    metrics.dispatched.labels("queue").inc(3)
    with shown(
        registry_of(ProcessFigures("dispatcher", lambda: True, tmp_path / "none"), metrics.registry), "127.0.0.1", 0
    ) as port:
        url = f"http://127.0.0.1:{port}/metrics"
        text = httpx.get(url, trust_env=False).text
        assert 'smart_support_dispatched_tickets_total{outcome="queue"} 3.0' in text
        assert 'process="dispatcher"' in text
        assert "smart_support_leading 1.0" in text
        assert "smart_support_data_dir_free_bytes" in text
        with pytest.raises(OSError, match="in use"), shown(registry_of(), "127.0.0.1", port):
            pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
    assert free_bytes(tmp_path / "a" / "b") == pytest.approx(free_bytes(tmp_path), rel=0.1)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({ENDPOINT: ""}, False),
        ({ENDPOINT: "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({ENDPOINT: "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({ENDPOINT: "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_traces_are_on_where_a_collector_is_named(environ: dict[str, str], wanted: bool):
    assert is_wanted(environ) is wanted
    with open_tracing("api", environ) as tracing:
        assert tracing.on is wanted


def test_what_cannot_be_sent_is_said_at_once(monkeypatch: pytest.MonkeyPatch):
    named = {ENDPOINT: "http://collector:4318"}
    with (
        pytest.raises(TracingMisconfigured, match="http/protobuf"),
        open_tracing("api", named | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}),
    ):
        pass
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TracingMisconfigured, match=r"smart-support\[otel\]"), otel.open_tracing("api", named):
        pass


def test_what_people_search_for_is_kept_out():
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider, kept = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(otel._without_queries())
    provider.add_span_processor(SimpleSpanProcessor(kept))
    provider.get_tracer("test").start_span("GET /v2/tickets", attributes={"url.query": "q=ann%40example.org"}).end()
    (span,) = kept.get_finished_spans()
    assert span.attributes == {"url.query": "REDACTED"}
