"""`up`: everything in one process."""

import secrets
import signal
from contextlib import ExitStack, suppress
from pathlib import Path

import filelock
import typer

from smart_support import bootstrap
from smart_support.api.access import is_loopback
from smart_support.cli import connection, logs
from smart_support.cli.console import DataDirOption, Failure, messages
from smart_support.settings import Settings, load


def up(
    host: str | None = typer.Option(None, help="Address to listen on; any but loopback needs an API key first."),
    port: int | None = typer.Option(None, min=0, max=65535, help="Port to listen on; 0 takes a free one."),
    data_dir: Path | None = DataDirOption,
) -> None:
    """Run everything in one process: API, triage, dispatcher, notifier, on an embedded database."""
    settings = load(listen_host=host, listen_port=port, data_dir=data_dir)
    logs.configure(settings.log_level, as_json=settings.log_json)
    loopback = is_loopback(settings.listen_host)
    token = secrets.token_hex(32)
    signal.signal(signal.SIGTERM, _interrupt)
    # A signal may come at any time from here on; then too everything is shut down in order.
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        stack.callback(_only_one(settings.data_dir).release)
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings))
        now = pipeline.clock.now()
        if not loopback and not any(key.active(now) for key in pipeline.store.list_keys()):
            raise Failure(
                f"{settings.listen_host} can be reached by others, and there is no API key yet. Make one first: "
                "smart-support keys create --name NAME --scope admin"
            )
        sock = connection.listen(settings.listen_host, settings.listen_port)
        stack.callback(sock.close)
        app = stack.enter_context(bootstrap.open_app(pipeline, settings, open_loopback=loopback, local_token=token))
        stack.enter_context(bootstrap.running(pipeline))
        url = connection.url_of(sock)
        stack.enter_context(
            connection.announced(settings.data_dir, connection.Address(url, token, settings.shown_database))
        )
        _greet(url, settings)
        connection.server(app).run(sockets=[sock])
    messages.print("Stopped; everything accepted is kept.")


def _interrupt(*_: object) -> None:
    """The HTTP server passes the signal that ended it on; it must not end us before everything is shut down."""
    raise KeyboardInterrupt


def _only_one(data_dir: Path) -> filelock.BaseFileLock:
    """The lock on a data directory, taken; raises Failure where another process has it."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(data_dir / "up.lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as error:
        raise Failure(
            f"another `smart-support up` runs on {data_dir}; stop it, or choose another --data-dir"
        ) from error
    except FileExistsError as error:
        raise Failure(f"{data_dir} is a file, not a folder; choose another --data-dir") from error
    except OSError as error:
        raise Failure(f"cannot write to {data_dir}: {error.strerror}; choose another --data-dir") from error
    return lock


def _greet(url: str, settings: Settings) -> None:
    messages.print(f"[bold]Smart-Support[/] runs at [bold cyan]{url}[/]", highlight=False)
    messages.print(f"  API documentation  {url}/docs", highlight=False, soft_wrap=True)
    messages.print(f"  Data               {settings.data_dir}", markup=False, highlight=False, soft_wrap=True)
    messages.print("  Try it:", highlight=False)
    messages.print(
        f"  curl -s '{url}/v2/tickets?wait=2' -H 'Content-Type: application/json' "
        """-d '{"subject": "Checkout is down", "body": "No customer can pay since 9:00"}'""",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
