"""`up`: everything in one process. `api`, `worker`, `dispatcher`: the parts, for scale-out."""

import gc
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import filelock
import structlog
import typer
from prometheus_client import CollectorRegistry, disable_created_metrics

from smart_support import bootstrap, running, serving
from smart_support.adapters.exposition import ProcessFigures, registry_of, shown
from smart_support.adapters.otel import open_tracing
from smart_support.api.origin import is_loopback
from smart_support.bootstrap import Pipeline
from smart_support.cli import connection, logs
from smart_support.cli.console import DataDirOption, Failure, messages
from smart_support.data_dir import UP_LOCK, remove_leavings
from smart_support.pipeline.lead import LEASE_SECONDS
from smart_support.pipeline.watch import Watch
from smart_support.running import Part
from smart_support.settings import Settings, load
from smart_support.settings.names import unknown_names
from smart_support.simulator import traffic
from smart_support.tls import faults_of, tls_of

log = structlog.get_logger(__name__)

HostOption = typer.Option(None, "--host", help="Address to listen on; any but loopback needs an API key first.")
PortOption = typer.Option(None, "--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
CertOption = typer.Option(None, "--tls-cert", help="Certificate and chain (PEM), to speak https; needs --tls-key.")
KeyOption = typer.Option(None, "--tls-key", help="The private key (PEM, without a passphrase) to the certificate.")


def up(
    host: str | None = HostOption,
    port: int | None = PortOption,
    data_dir: Path | None = DataDirOption,
    tls_cert: Path | None = CertOption,
    tls_key: Path | None = KeyOption,
) -> None:
    """Run everything in one process: API, triage, dispatcher, notifier, on an embedded database."""
    given = {"listen_host": host, "listen_port": port, "data_dir": data_dir, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = _settings("up", **given)
    with _until_stopped("up") as (stack, watch):
        stack.callback(_only_one(settings.data_dir).release)
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings, watch=watch))
        token = secrets.token_hex(32)
        server = _Api(stack, settings, pipeline, token, "up")
        stack.enter_context(running.running(pipeline))
        if settings.redis_url is None and not settings.embedded:
            _lead_alone(pipeline)
        cert = () if server.tls is None else (server.tls.pem, server.tls.ends)
        address = connection.Address(server.url, token, settings.shown_database, *cert)
        stack.enter_context(connection.announced(settings.data_dir, address))
        _greet(settings, server, f"  Data               {settings.data_dir}")
        tune_interpreter()
        server.run()
    if settings.log_json:
        log.info("stopped")
    else:
        messages.print("Stopped; everything accepted is kept.")


def api(
    host: str | None = HostOption,
    port: int | None = PortOption,
    tls_cert: Path | None = CertOption,
    tls_key: Path | None = KeyOption,
) -> None:
    """Run the HTTP API alone; workers and a dispatcher do the rest. Needs PostgreSQL and Redis."""
    given = {"listen_host": host, "listen_port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = _shared(_settings("api", **given))
    with _until_stopped("api") as (stack, watch):
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings, patient=True, watch=watch))
        server = _Api(stack, settings, pipeline, None, "api")
        stack.enter_context(running.running(pipeline, running.API))
        _greet(settings, server, f"  Database           {settings.shown_database}")
        tune_interpreter()
        server.run()


def worker() -> None:
    """Run triage and notifier; any number of these may run. Needs PostgreSQL and Redis."""
    _run_parts(_shared(_settings("worker")), "worker", running.WORKER)


def dispatcher() -> None:
    """Run the dispatcher; of several one leads, and another takes over when it dies. Needs PostgreSQL and Redis."""
    _run_parts(_shared(_settings("dispatcher")), "dispatcher", running.DISPATCHER)


def _settings(process: str, **given: object) -> Settings:
    """The settings of a process of this kind, which speaks as they say from here on."""
    settings = load(**given)
    logs.configure(settings.log_level, as_json=settings.log_json, redacted=settings.redact, process=process)
    for name, meant in unknown_names().items():
        log.warning("unknown_setting", name=name, file=".env", **({"meant": meant} if meant else {}))
    return settings


def _shared(settings: Settings) -> Settings:
    """The settings, if several processes can share what they name; raises Failure."""
    if settings.embedded:
        raise Failure(
            "several processes need one PostgreSQL: set DATABASE_URL to postgresql://USER:PASSWORD@HOST/NAME, "
            "or run everything in one process with `smart-support up`"
        )
    if settings.redis_url is None:
        raise Failure(
            "several processes need one Redis: set REDIS_URL to redis://HOST:PORT/0, "
            "or run everything in one process with `smart-support up`"
        )
    return settings


def _run_parts(settings: Settings, name: str, parts: frozenset[Part]) -> None:
    with _until_stopped(name) as (stack, watch):
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings, patient=True, watch=watch))
        figures = ProcessFigures(name, pipeline.lead.leads, settings.data_dir)
        _show(stack, settings, registry_of(figures, watch.metrics.registry))
        stack.enter_context(running.running(pipeline, parts))
        if settings.log_json:
            log.info("running", part=name, database=settings.shown_database)
        else:
            messages.print(
                f"[bold]Smart-Support[/] {name} runs on {settings.shown_database}", highlight=False, soft_wrap=True
            )
        tune_interpreter()
        threading.Event().wait()


@contextmanager
def _until_stopped(process: str) -> Iterator[tuple[ExitStack, Watch]]:
    """What is entered into the stack is shut down in reverse order at SIGTERM and SIGINT, whenever they come; and how
    a process of this kind is watched."""
    signal.signal(signal.SIGTERM, _interrupt)
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each: when it began
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        yield stack, Watch(tracing=stack.enter_context(open_tracing(process)))


def _show(stack: ExitStack, settings: Settings, registry: CollectorRegistry) -> None:
    """Show the metrics on a port of their own, where one is set; raises Failure where it cannot be had."""
    if settings.metrics_port is None:
        return
    try:
        port = stack.enter_context(shown(registry, settings.metrics_host, settings.metrics_port))
    except OSError as error:
        raise Failure(
            f"cannot show metrics on {settings.metrics_host}:{settings.metrics_port}: {error.strerror}; each process "
            "on a machine needs a METRICS_PORT of its own"
        ) from error
    log.info("metrics_shown", host=settings.metrics_host, port=port)


def _interrupt(*_: object) -> None:
    """The HTTP server passes the signal that ended it on; it must not end us before everything is shut down."""
    raise KeyboardInterrupt


def tune_interpreter() -> None:
    """What has been loaded stays, so the collector need not look at it again and again; and what a request leaves
    behind is collected with that of others. Under load this is a third of the work, and nearly all of the p99.
    Threads take turns ten times as often: the one that writes to the disk must not wait for the one that parses."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    sys.setswitchinterval(0.0005)


class _Api:
    """The API on its socket; raises Failure where others could reach it without a key."""

    def __init__(
        self, stack: ExitStack, settings: Settings, pipeline: Pipeline, token: str | None, process: str
    ) -> None:
        self.tls = tls_of(settings)
        for says, do in faults_of(self.tls, time.time()) if self.tls else ():
            log.warning("tls_needs_care", says=says, do=do)
        loopback, now = is_loopback(settings.listen_host), pipeline.clock.now()
        if not loopback and not any(key.active(now) for key in pipeline.store.list_keys()):
            raise Failure(
                f"{settings.listen_host} can be reached by others, and no API key opens anything. Make one first: "
                "smart-support keys create --name NAME --scope admin"
            )
        self._sock = connection.listen(settings.listen_host, settings.listen_port)
        stack.callback(self._sock.close)
        opened = serving.open_app(
            pipeline, settings, open_loopback=loopback, local_token=token, simulate=traffic.burst, process=process
        )
        app = stack.enter_context(opened)
        _show(stack, settings, app.state.parts.registry)
        self.is_open = app.state.parts.keys.is_open
        self._server = connection.server(app, self.tls)
        self.url = connection.url_of(self._sock, self.tls)

    def run(self) -> None:
        """Serve until a signal comes."""
        self._server.run(sockets=[self._sock])


def _lead_alone(pipeline: Pipeline) -> None:
    """Without Redis nobody else would see what this process accepts: it has to be the one that dispatches."""
    end = time.monotonic() + 2 * LEASE_SECONDS  # one that was killed has let its lease run out by then
    while pipeline.lead.lease(0.1) is None:
        if time.monotonic() > end:
            raise Failure(
                "another process dispatches on this database; stop it, or set REDIS_URL in both, so that they can share"
            )


def _only_one(data_dir: Path) -> filelock.BaseFileLock:
    """The lock on a data directory, taken; raises Failure where another process has it."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(data_dir / UP_LOCK, timeout=0)
        lock.acquire()
        remove_leavings(data_dir)
    except filelock.Timeout as error:
        raise Failure(
            f"another `smart-support up` runs on {data_dir}; stop it, or choose another --data-dir"
        ) from error
    except FileExistsError as error:
        raise Failure(f"{data_dir} is a file, not a folder; choose another --data-dir") from error
    except OSError as error:
        raise Failure(f"cannot write to {data_dir}: {error.strerror}; choose another --data-dir") from error
    return lock


def _greet(settings: Settings, server: _Api, where: str) -> None:
    url = server.url
    if settings.log_json:  # for programs
        log.info("running", part="api", url=url, database=settings.shown_database)
        return
    messages.print(f"[bold]Smart-Support[/] runs at [bold cyan]{url}[/]", highlight=False)
    messages.print(f"  API documentation  {url}/docs", highlight=False, soft_wrap=True)
    messages.print(where, markup=False, highlight=False, soft_wrap=True)
    messages.print("  Try it:", highlight=False)
    key = "" if server.is_open else "-H 'Authorization: Bearer KEY' "
    messages.print(
        f"  curl -s '{url}/v2/tickets?wait=2' {key}-H 'Content-Type: application/json' "
        """-d '{"subject": "Checkout is down", "body": "No customer can pay since 9:00"}'""",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
