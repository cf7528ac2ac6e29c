"""`status`: a running system on one screen."""

import time
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from smart_support.adapters.sql.database import open_database
from smart_support.adapters.sql.store import GRACE, Schema, SqlStore, schema_of, touch
from smart_support.api.health_standing import look
from smart_support.backends import open_broker
from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, checked, emit, made_table
from smart_support.pipeline.records import Unavailable
from smart_support.pipeline.wording import counted
from smart_support.running import Part
from smart_support.settings import Settings, load

_WATCH_SECONDS = 2.0

_Row = tuple[object, ...]


def status(
    watch: bool = typer.Option(False, "--watch", help="Look again every two seconds, until Ctrl-C."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """How the running system stands: what waits, who works and leads, where messages stand, and what is wrong.

    Ends with 1 where something is wrong.
    """
    if watch and as_json:
        raise Failure("--watch is for people; for programs, leave it out and ask again")
    settings = load(data_dir=data_dir)
    found = _look(settings)
    if as_json:
        emit(found)
    elif watch:
        with Live(_screen(found), screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(_WATCH_SECONDS)
                live.update(_again(settings), refresh=True)
    else:
        Console().print(_screen(found))
    if not found["ok"]:
        raise typer.Exit(1)


def _look(settings: Settings) -> dict[str, Any]:
    """What the system says that runs on the data directory, or the database and the broker that several processes
    share. It is found anew each time: one that is started again has another token, and perhaps another port."""
    if connection.find(settings.data_dir) is not None:
        with connection.client(settings, must_run=True, everywhere=True) as api:
            answer = api.get("/health/standing")
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:  # the API does not say which system
                raise Failure(f"the system at {api.base_url} cannot reach its database: see whether that runs")
            return dict(checked(answer).json())
    if settings.embedded or settings.redis_url is None:  # then what it has in its streams, it has in its own memory
        raise Failure(
            f"no system runs on {settings.data_dir}: start one with `smart-support up`, or name another --data-dir"
        )
    with closing(open_database(settings.database)) as database, closing(open_broker(settings, "status")) as broker:
        where, (schema, revision, newest) = settings.shown_database, database.read(schema_of)
        if schema is Schema.NONE:
            raise Failure(f"{where} is empty: nothing was ever started on it")
        if schema is Schema.BEHIND:
            raise Failure(
                f"{where} is at revision {revision}, and {newest} is this version's: start a process of this version, "
                "or run `smart-support db upgrade`"
            )
        if schema is Schema.AHEAD:
            raise Failure(f"{where} is at revision {revision}, which a newer version made: ask with that one")
        touch(database)  # what refuses the processes' writes is in their memory
        return look(SqlStore(database, GRACE), broker, time.time()).model_dump(mode="json")


def _again(settings: Settings) -> RenderableType:
    try:
        return _screen(_look(settings))
    except (Failure, Unavailable, httpx.HTTPError) as error:
        return Text(f"it does not answer now: {error}", style="red")


def _screen(found: dict[str, Any]) -> RenderableType:
    head = Text(f"Smart-Support {found['version']}  {found['at'][:19].replace('T', ' ')} UTC  ", style="bold")
    head.append("all is well", style="green") if found["ok"] else head.append("something is wrong", style="red")
    rates = (
        f"in the last minute {found['accepted_per_minute']} accepted, {found['triaged_per_minute']} triaged; "
        f"{counted(found['incidents_open'], 'incident')} open; dispatched by {found['leader'] or 'nobody'}"
    )
    return Group(
        head,
        *(Text(f"! {fault}", style="red") for fault in found["faults"]),
        Text(rates),
        made_table("Stages", ("stage", "waiting", "oldest", "in stream", "given up"), map(_stage, found["stages"])),
        made_table(
            "Processes", ("process", "command", "alive", "model", "breaker", "p95"), _processes(found), whole="model"
        ),
        _destinations(found),
    )


def _stage(one: dict[str, Any]) -> _Row:
    stream = "?" if one["stream"] is None else one["stream"]
    return one["stage"], one["waiting"], f"{one['oldest_seconds']:.1f} s", stream, one["buried"]


def _processes(found: dict[str, Any]) -> Iterator[_Row]:
    """Those that say how their engine is, and who leads, if that is another; nothing is known of one that stands by."""
    for one in found["workers"]:
        p95 = "-" if one["p95_ms"] is None else f"{one['p95_ms']:.0f} ms"
        alive = "no" if one["stale"] else "yes"
        yield one["worker"], _command(one["parts"]), alive, one["model_version"], one["state"], p95
    if found["leader"] is not None and found["leader"] not in {one["worker"] for one in found["workers"]}:
        yield found["leader"], "dispatcher", "yes", "-", "-", "-"


def _command(parts: Collection[str]) -> str:
    if Part.TRIAGE not in parts:
        return "api"
    return "up" if Part.LEAD in parts else "worker"


def _destinations(found: dict[str, Any]) -> Table:
    """How each stands, and whether the running system's settings name it, where it says so."""
    named, columns = found.get("destinations_set"), ("pending", "failing", "dead", "failures")
    heads = ("pending", "failing", "given up", "failed in a row")
    if named is None:
        rows = ((one["name"], *(one[column] for column in columns)) for one in found["destinations"])
        return made_table("Destinations", ("name", *heads), rows)
    rows = (
        (one["name"], "yes" if one["name"] in named else "no", *(one[column] for column in columns))
        for one in found["destinations"]
    )
    return made_table("Destinations", ("name", "set", *heads), rows)
