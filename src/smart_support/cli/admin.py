"""`config check` and `db upgrade`."""

from pathlib import Path

import typer

from smart_support.adapters.sql.database import open_database
from smart_support.adapters.sql.store import upgrade
from smart_support.cli.console import DataDirOption, JsonOption, emit, messages, table
from smart_support.settings import Settings, load
from smart_support.triage.light import SHIPPED, load_light

config_app = typer.Typer(help="Settings.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)


@config_app.command("check")
def check(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """Show every setting as it holds, and check that the model is sound."""
    settings = load(data_dir=data_dir)
    model = load_light(settings.model_dir or SHIPPED)
    shown = settings.shown()
    if as_json:
        emit({"settings": shown, "model": model.version, "ok": True})
        return
    rows = (
        (name.upper(), "-" if value is None else value, Settings.model_fields[name].description)
        for name, value in shown.items()
    )
    table("Settings", ("name", "value", "meaning"), rows)
    messages.print(f"Model {model.version} is sound. All settings hold.")


@db_app.command("upgrade")
def db_upgrade(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """Bring the database to the schema of this version. Running it again changes nothing."""
    database = open_database(load(data_dir=data_dir).database)
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
