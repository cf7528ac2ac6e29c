"""What is installed and set: the settings, what they name outside, the model, the pages, TLS, traces."""

import re
import time
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from smart_support.adapters.otel import TracingMisconfigured, open_tracing
from smart_support.adapters.senders.guard import literal, permitted
from smart_support.api.pages import BUNDLE
from smart_support.doctor.finding import Finding, ok, warning, wrong
from smart_support.outside import Misconfigured, open_outside
from smart_support.pipeline.records import Undelivered
from smart_support.settings import Settings
from smart_support.settings.names import listed, unknown_names
from smart_support.tls import TlsMisconfigured, end_of, faults_of, tls_of
from smart_support.triage.bundle import BundleError
from smart_support.triage.encoder import EncoderError
from smart_support.triage.models import SHIPPED, load_models

_UNGUARDED = frozenset({"mail", "apprise"})
"""Destinations that go another way than by our HTTP client."""
_FILES = re.compile(r'(?:src|href)="/ui/([^"]+)"')
"""What the page of the dashboard loads."""


def check_program(settings: Settings, served: float | None = None) -> Iterator[Finding]:
    """One finding for each. `served`: when the certificate ends with which the system runs, if it has one."""
    yield _names()
    yield _outside(settings)
    yield _model(settings)
    yield _pages()
    yield _tls(settings, served)
    yield _traces()


def _names() -> Finding:
    if unknown := unknown_names():
        says = f".env sets what is no setting: {listed(unknown)}"
        return warning("settings", says, "mend it: docs/settings.md lists all")
    return ok("settings", "all are known, and what they say is possible")


def _outside(settings: Settings) -> Finding:
    check = "destinations and sources"
    try:
        with open_outside(settings, time.time) as outside:
            senders, sources = ", ".join(outside.senders), ", ".join(outside.origins) or "none"
            refused = "; ".join(_refused(settings, outside.writers.keys() | outside.feeds.keys()))
    except Misconfigured as error:
        return wrong(check, str(error), "mend that setting")
    if refused:
        return wrong(check, refused, "set it, or name another address: until then everything sent there is given up")
    if not settings.alert_destinations or settings.alert_destinations == ("log",):
        return warning(check, "alerts go into the log alone", "set WEBHOOK_URL or DESTINATIONS: docs/destinations.md")
    return ok(check, f"alerts to {senders}; tickets from {sources} beside the API. `alerts test` asks them")


def _refused(settings: Settings, asked: Collection[str]) -> Iterator[str]:
    """What is never sent, to destinations and to those sources that are `asked`, as their addresses are private ones.
    Names are not looked up: that would ask the network."""
    urls = {} if settings.webhook_url is None else {"WEBHOOK_URL": settings.webhook_url.get_secret_value()}
    for name, one in settings.destinations.items():
        if one.url is not None and one.type not in _UNGUARDED:
            urls[name] = one.url.get_secret_value()
    urls |= {name: one.api_url for name, one in settings.sources.items() if one.api_url is not None and name in asked}
    for name, url in urls.items():
        host = urlsplit(url).hostname
        try:
            if host is not None and (address := literal(host)) is not None:
                permitted(host, [address], allow_private=settings.allow_private_webhooks)
        except Undelivered as error:
            yield f"{name}: {error}"


def _model(settings: Settings) -> Finding:
    folder = settings.model_dir or SHIPPED
    try:
        models = load_models(folder, settings.execution_provider, light_only=settings.model_fallback)
    except (BundleError, EncoderError) as error:
        return wrong("model", str(error), "restore its folder, or name another with MODEL_DIR")
    tier = models.transformer or models.light
    return ok("model", f"{tier.version} loads, and its files are what its manifest says")


def _pages() -> Finding:
    check, page, do = "dashboard", BUNDLE / "index.html", "make setup, or install a released wheel"
    if not page.is_file():
        return warning(check, "not built: /ui/ is empty, all else works", do)
    missing = [name for name in _FILES.findall(page.read_text(encoding="utf-8")) if not (BUNDLE / name).is_file()]
    if missing:
        return warning(check, f"built in part: {missing[0]} is missing, and /ui/ is empty; all else works", do)
    return ok(check, "built; Node is not needed")


def _tls(settings: Settings, served: float | None) -> Finding:
    try:
        tls = tls_of(settings)
    except TlsMisconfigured as error:
        return wrong("TLS", str(error), "mend that: the API refuses to start")
    now, shown = time.time(), "the certificate of the running system"
    faults = [] if tls is None else list(faults_of(tls, now))
    if served is not None and (tls is None or tls.ends != served):  # else it has been looked at
        faults += end_of(shown, served, now)
    if faults:
        return warning("TLS", *("; ".join(words) for words in zip(*faults, strict=True)))
    if tls is not None:
        return ok("TLS", f"{tls.cert} and its key fit each other")
    return ok("TLS", "none: plain http" if served is None else f"{shown} holds; these settings name none")


def _traces() -> Finding:
    try:
        with open_tracing("doctor") as tracing:
            return ok("traces", "on" if tracing.on else "off; OTEL_EXPORTER_OTLP_ENDPOINT names a collector")
    except TracingMisconfigured as error:
        return wrong("traces", str(error), "mend that: no process starts")
