"""The command `smart-support`: data on stdout, messages and progress on stderr; exit 0, 1 for failure, 2 for misuse."""

import os
import sys

import httpx
import structlog
import typer
from pydantic import ValidationError

from smart_support import __version__
from smart_support.adapters.backup.archive import BackupError
from smart_support.adapters.otel import TracingMisconfigured
from smart_support.adapters.sql.database import StoreMisconfigured
from smart_support.cli import (
    access,
    admin,
    alerts,
    backups,
    config,
    connection,
    dead,
    demo,
    doctor,
    learn,
    logs,
    models,
    privacy,
    records,
    replay,
    route,
    serve,
    simulate,
    staff,
    status,
    storms,
    triage,
    workspaces,
)
from smart_support.cli.console import Failure, messages
from smart_support.domain.routing.match import RoutingError
from smart_support.domain.taxonomy import TaxonomyError
from smart_support.outside import Misconfigured
from smart_support.pipeline.models import ModelUnusable
from smart_support.pipeline.records import Unavailable
from smart_support.settings import SettingsFileError
from smart_support.settings.faults import faults_of
from smart_support.tls import TlsMisconfigured
from smart_support.train.data import DataError
from smart_support.train.train import TrainingError
from smart_support.triage.bundle import BundleError
from smart_support.triage.encoder import EncoderError

log = structlog.get_logger(__name__)

app = typer.Typer(
    name="smart-support",
    help="The engine behind your helpdesk: tickets in, with category, urgency and reasons; the most urgent out first.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("up")(serve.up)
app.command("api")(serve.api)
app.command("worker")(serve.worker)
app.command("dispatcher")(serve.dispatcher)
app.command("triage")(triage.triage)
app.command("replay")(replay.replay)
app.command("train")(learn.train)
app.command("evaluate")(learn.evaluate)
app.command("import")(records.import_)
app.command("export")(records.export)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.add_typer(staff.app, name="agents")
app.add_typer(storms.app, name="storms")
app.add_typer(access.app, name="keys")
app.add_typer(workspaces.app, name="workspaces")
app.add_typer(dead.app, name="dead")
app.add_typer(alerts.app, name="alerts")
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")
app.add_typer(route.app, name="route")
app.add_typer(admin.app, name="db")
app.add_typer(privacy.app, name="privacy")
app.add_typer(simulate.app, name="simulate")

_MENDABLE = (
    Failure,
    BackupError,
    SettingsFileError,
    Misconfigured,
    StoreMisconfigured,
    TlsMisconfigured,
    TracingMisconfigured,
    BundleError,
    EncoderError,
    ModelUnusable,
    RoutingError,
    TaxonomyError,
    DataError,
    TrainingError,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(  # noqa: ARG001 - its callback has dealt with it
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
    workspace: str | None = typer.Option(
        None, help="The workspace that commands beside a system act in; default: WORKSPACE, else default."
    ),
) -> None:
    connection.chosen.set(workspace)


def main() -> None:
    """Run the command; what the user can mend is one line on stderr (of the log, where that is JSON) and exit 1."""
    os.umask(0o077)  # what is written holds customers' tickets
    logs.configure("warning", as_json=False)  # servers say more, as LOG_LEVEL has it
    try:
        app()
    except _MENDABLE as error:
        _fail(str(error))
    except Unavailable as error:
        _fail(f"the database does not answer: {error}")
    except ValidationError as error:
        for fault in faults_of(error):
            _complain(fault)
        sys.exit(1)
    except httpx.HTTPError as error:
        _fail(f"the connection to the running system broke off ({type(error).__name__}); is it still there?")
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.filename or 'the system'}: {error.strerror}")


def _fail(text: str) -> None:
    _complain(text)
    sys.exit(1)


def _complain(text: str) -> None:
    if logs.in_json.get():
        log.error("failed", error=text)
        return
    messages.print("[red]error:[/] ", end="")
    messages.print(text, markup=False, highlight=False, soft_wrap=True)
