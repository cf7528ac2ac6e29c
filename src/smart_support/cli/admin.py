"""`db upgrade`."""

from pathlib import Path

import typer

from smart_support.adapters.sql.database import open_database
from smart_support.adapters.sql.store import upgrade
from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, emit, messages
from smart_support.settings import load

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command("upgrade")
def db_upgrade(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """Bring the database to the schema of this version. Running it again changes nothing."""
    settings = load(data_dir=data_dir)
    running = connection.find(settings.data_dir) if settings.embedded else None
    if running is not None and running.database == settings.shown_database:
        raise Failure(
            f"the system that runs on {settings.data_dir} brought its database to its schema when it started: for that "
            "of a newer version, stop it and start that version, which does the same"
        )
    database = open_database(settings.database)
    try:
        before, after = upgrade(database)
    finally:
        database.close()
    if as_json:
        emit({"before": before, "after": after})
    elif before == after:
        messages.print(f"The database is at revision {after} already.")
    else:
        messages.print(f"The database went from revision {before or 'none'} to {after}.")
