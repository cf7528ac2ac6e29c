"""`doctor`: is this installation sound, and if not, what to do."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import typer
from pydantic import ValidationError

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, emit, messages, table
from smart_support.doctor.database import check_database
from smart_support.doctor.finding import Finding, Level, ok, warning, wrong
from smart_support.doctor.machine import check_machine
from smart_support.doctor.program import check_program
from smart_support.doctor.redis import check_redis
from smart_support.settings import Settings, SettingsFileError, load
from smart_support.settings.faults import faults_of


def check_running(settings: Settings) -> tuple[connection.Address | None, Finding]:
    """The system on the data directory, wherever it answers."""
    check = "running system"
    try:
        address = connection.find(settings.data_dir)
    except Failure as failure:
        says, _, do = str(failure).rpartition(". ")  # the last sentence says what to do
        return None, wrong(check, says, do)
    if address is None:
        return None, ok(check, f"none that answers for {settings.data_dir}")
    if address.database != settings.shown_database:
        says = f"{address.url} uses {address.database}, and these settings name {settings.shown_database}"
        do = "set DATABASE_URL as it was when that was started, or choose another --data-dir"
        return address, warning(check, says, do)
    return address, ok(check, f"it answers at {address.url}")


def doctor(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """Examine settings, model, disk, database, Redis, clocks and port, and say what to do.

    It works whether the system runs or not, and changes nothing. Ends with 1 where something is wrong.
    """
    found: list[Finding] = []
    try:
        settings = load(data_dir=data_dir)
    except (SettingsFileError, ValidationError) as error:
        found += _refused(error)
    else:
        found += _examined(settings)
    levels = [one.level for one in found]
    if as_json:
        emit({"ok": Level.WRONG not in levels, "findings": [asdict(one) for one in found]})
    else:
        rows = [(one.level, one.check, f"{one.says}\n-> {one.do}" if one.do else one.says) for one in found]
        table("Smart-Support", ("", "check", "finding"), rows)
        messages.print(f"{levels.count(Level.WRONG)} wrong, {levels.count(Level.WARNING)} to look at", highlight=False)
    if Level.WRONG in levels:
        raise typer.Exit(1)


def _examined(settings: Settings) -> Iterator[Finding]:
    address, running = check_running(settings)
    yield from check_program(settings, None if address is None else address.ends)
    yield running
    for check in (check_machine, check_database, check_redis):
        yield from check(settings)


def _refused(error: SettingsFileError | ValidationError) -> Iterator[Finding]:
    do = "mend it, and ask again: the rest was not looked at"
    if isinstance(error, SettingsFileError):
        yield wrong("settings", str(error), do)
        return
    for fault in faults_of(error):
        yield wrong("settings", fault, do)
