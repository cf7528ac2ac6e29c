"""`agents`: who solves tickets."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import typer

from smart_support.cli.agents import DEMO_AGENTS, read_profiles
from smart_support.cli.connection import client
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.domain.agent import AgentStatus
from smart_support.pipeline.agent_file import AgentContent, ProfileContent
from smart_support.settings import load

app = typer.Typer(help="Who solves tickets: add, list, change and remove agents.", no_args_is_help=True)

_BAR = 10


@app.command("list")
def list_(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """List the agents with what they hold and why they are given nothing now."""
    with client(load(data_dir=data_dir)) as api:
        found = checked(api.get("/agents")).json()
    if as_json:
        emit(found)
    elif found:
        columns = ("id", "name", "team", "status", "holds", "skills", "languages", "last heartbeat")
        table("Agents", columns, map(_row, found))
    else:
        messages.print("There are no agents; `smart-support agents import FILE` adds some.")


@app.command("import")
def import_(
    file: Path | None = typer.Argument(None, help="CSV with a header, JSON, or TOML with [[agent]]."),
    demo: bool = typer.Option(False, "--demo", help="The three agents of the demo instead of a file."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Check everything, and change nothing."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Add the agents in a file, or change those that are known: all or none. Who is not in it stays as he is."""
    if (file is None) != demo:
        raise Failure("name a file, or say --demo")
    given = read_profiles(file or DEMO_AGENTS)
    with client(load(data_dir=data_dir)) as api:
        told = _compared(given, checked(api.get("/agents")).json())
        if given:
            content = [agent.model_dump(exclude_defaults=True) for agent in given]
            checked(api.put("/agents", params={"dry_run": dry_run}, json=content))
    if as_json:
        emit({**told, "dry_run": dry_run})
    else:
        would = "would be " if dry_run else ""
        counts = ", ".join(f"{len(ids)} {would}{what}" for what, ids in told.items())
        messages.print(f"{counts}.")


@app.command()
def status(
    agent_id: str = typer.Argument(metavar="ID", help="The agent's id."),
    to: AgentStatus = typer.Argument(metavar="STATUS", help="online, away, offline or wrap_up."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Say where an agent stands. Who goes offline gives back what he has not begun."""
    with client(load(data_dir=data_dir)) as api:
        _known(api, agent_id)
        found = checked(api.post(f"/agents/{agent_id}/status", json={"status": to.value})).json()
    if as_json:
        emit(found)
    else:
        messages.print(f"{agent_id} is {found['status']} and holds {found['load']} of {found['capacity']}.")


@app.command()
def remove(
    agent_id: str = typer.Argument(metavar="ID", help="The agent's id."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Remove an agent. What he held or had claimed goes back to the queue, with its age, and his keys are revoked."""
    with client(load(data_dir=data_dir)) as api:
        held = _known(api, agent_id)["load"]
        checked(api.delete(f"/agents/{agent_id}"))
    if as_json:
        emit({"removed": agent_id, "released": held})
    else:
        messages.print(f"{agent_id} is removed with his keys; {held} tickets that he held went back to the queue.")


def _known(api: httpx.Client, agent_id: str) -> dict[str, Any]:
    """Raises Failure where there is none: what is typed here may be no part of an address."""
    listed: list[dict[str, Any]] = checked(api.get("/agents")).json()
    for agent in listed:
        if agent["id"] == agent_id:
            return agent
    raise Failure(f"there is no agent {agent_id!r}; `smart-support agents list` shows who there is")


def _compared(given: Iterable[AgentContent], known: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Who is new, who is another than before, and who is not."""
    before = {one["id"]: {name: one[name] for name in ProfileContent.model_fields} for one in known}
    told: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    for agent in given:
        same = before.get(agent.id) == agent.model_dump(exclude={"id"})
        told["unchanged" if same else "changed" if agent.id in before else "added"].append(agent.id)
    return told


def _row(agent: Mapping[str, Any]) -> Iterable[str]:
    skills = ", ".join(f"{name} {level:g}" for name, level in agent["skills"].items())
    yield from (agent["id"], cell(agent["name"]), cell(agent["team"]), _standing(agent), _bar(agent))
    yield from (skills or "-", ", ".join(agent["languages"]) or "any", cell(agent["heartbeat_at"]))


def _standing(agent: Mapping[str, Any]) -> str:
    said = agent["absence"] or "online"
    return f"{said} (silent)" if agent["silent"] else str(said)


def _bar(agent: Mapping[str, Any]) -> str:
    """Such as "███░░ 3 of 5"; of a large capacity, in tenths."""
    load, capacity = agent["load"], agent["capacity"]
    width = min(capacity, _BAR)
    filled = min(width, -(-load * width // capacity)) if capacity else 0
    return f"{'█' * filled}{'░' * (width - filled)} {load} of {capacity}".strip()
