"""What is installed and set: the settings, what they name outside, the model, the pages, TLS, traces."""

import time
from collections.abc import Iterator

from dotenv import dotenv_values

from smart_support.adapters.otel import TracingMisconfigured, open_tracing
from smart_support.api.pages import BUNDLE
from smart_support.doctor.finding import Finding, ok, warning, wrong
from smart_support.outside import Misconfigured, open_outside
from smart_support.settings import Settings
from smart_support.tls import TlsMisconfigured, faults_of, tls_of
from smart_support.triage.bundle import BundleError
from smart_support.triage.encoder import EncoderError
from smart_support.triage.models import SHIPPED, load_models

_OTHERS = ("OTEL_", "PG")
"""Names in `.env` that others than the settings read begin so."""


def check_program(settings: Settings) -> Iterator[Finding]:
    """One finding for each."""
    yield _names()
    yield _outside(settings)
    yield _model(settings)
    yield _pages()
    yield _tls(settings)
    yield _traces()


def _names() -> Finding:
    known = {name.upper() for name in Settings.model_fields} | {"URGENCY_WEBHOOK_THRESHOLD", "CONFIG_FILE"}
    found = {name.upper() for name in dotenv_values(".env")}
    unknown = sorted(name for name in found - known if not name.startswith(_OTHERS))
    if unknown:
        names = ", ".join(unknown)
        return warning("settings", f".env holds {names}, which is no setting", "mend it: docs/settings.md lists all")
    return ok("settings", "all are known, and what they say is possible")


def _outside(settings: Settings) -> Finding:
    check = "destinations and sources"
    try:
        with open_outside(settings, time.time) as outside:
            senders, sources = ", ".join(outside.senders), ", ".join(outside.origins) or "none"
    except Misconfigured as error:
        return wrong(check, str(error), "mend that setting")
    if not settings.alert_destinations or settings.alert_destinations == ("log",):
        return warning(check, "alerts go into the log alone", "set WEBHOOK_URL or DESTINATIONS: docs/destinations.md")
    return ok(check, f"alerts to {senders}; tickets from {sources} beside the API. `alerts test` asks them")


def _model(settings: Settings) -> Finding:
    folder = settings.model_dir or SHIPPED
    try:
        models = load_models(folder, settings.execution_provider, light_only=settings.model_fallback)
    except (BundleError, EncoderError) as error:
        return wrong("model", str(error), "restore its folder, or name another with MODEL_DIR")
    tier = models.transformer or models.light
    return ok("model", f"{tier.version} loads, and its files are what its manifest says")


def _pages() -> Finding:
    if (BUNDLE / "index.html").is_file():
        return ok("dashboard", "built; Node is not needed")
    return warning("dashboard", "not built: /ui/ is empty, all else works", "make setup, or install a released wheel")


def _tls(settings: Settings) -> Finding:
    try:
        tls = tls_of(settings)
    except TlsMisconfigured as error:
        return wrong("TLS", str(error), "mend that: the API refuses to start")
    if tls is None:
        return ok("TLS", "none: plain http")
    if faults := list(faults_of(tls, time.time())):
        return warning("TLS", *("; ".join(words) for words in zip(*faults, strict=True)))
    return ok("TLS", f"{tls.cert} and its key fit each other")


def _traces() -> Finding:
    try:
        with open_tracing("doctor") as tracing:
            return ok("traces", "on" if tracing.on else "off; OTEL_EXPORTER_OTLP_ENDPOINT names a collector")
    except TracingMisconfigured as error:
        return wrong("traces", str(error), "mend that: no process starts")
