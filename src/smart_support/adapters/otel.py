"""Spans leave the process by OTLP, where the environment names a collector as OpenTelemetry has it."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context

from smart_support import __version__
from smart_support.pipeline.tracing import Tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"
_FLUSH_MS = 5_000


class TracingMisconfigured(Exception):
    """Traces cannot leave as the environment has it; the message says what to change."""


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a collector for traces, and does not forbid them."""
    named = any(environ.get(name) for name in _ENDPOINTS)
    off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none"
    return named and not off


@contextmanager
def open_tracing(process: str, environ: Mapping[str, str] = os.environ) -> Iterator[Tracing]:
    """What makes spans in this kind of process, and sends what is left at the end; nothing unless it `is_wanted`.

    Raises TracingMisconfigured.
    """
    if not is_wanted(environ):
        yield Tracing()
        return
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), _PROTOCOL)
    if protocol != _PROTOCOL:
        raise TracingMisconfigured(f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}; only {_PROTOCOL} is spoken here")
    provider = _provider(process, environ)
    try:
        yield Tracing(provider)
    finally:
        provider.force_flush(_FLUSH_MS)
        provider.shutdown()


def _provider(process: str, environ: Mapping[str, str]) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingMisconfigured(
            f"{_ENDPOINTS[1]} is set, but what sends traces is not installed: pip install 'smart-support[otel]', "
            "or unset it"
        ) from error
    about = {
        "service.name": environ.get("OTEL_SERVICE_NAME") or f"smart-support-{process}",
        "service.namespace": "smart-support",
        "service.version": __version__,
        "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
    }
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(_without_queries())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _without_queries() -> "SpanProcessor":
    """Keeps out what stands behind the question mark of an address: people search for names there."""
    from opentelemetry.sdk.trace import SpanProcessor

    class WithoutQueries(SpanProcessor):
        def on_start(self, span: "Span", parent_context: Context | None = None) -> None:  # noqa: ARG002 - its signature
            attributes: Mapping[str, Any] = span.attributes or {}
            if "url.query" in attributes:
                span.set_attribute("url.query", "REDACTED")

    return WithoutQueries()
