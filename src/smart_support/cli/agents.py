"""Agents that are given to a command as a file: .toml with [[agent]], .csv with a header, or else JSON."""

import csv
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, TypeVar

import typer
from pydantic import ValidationError

from smart_support.api.agents import AgentOut
from smart_support.cli import connection
from smart_support.cli.console import Failure, checked
from smart_support.cli.files import read_value
from smart_support.domain.agent import Agent
from smart_support.pipeline.agent_file import AgentContent, RecordedAgent
from smart_support.pipeline.written import first_problem
from smart_support.settings import Settings

DEMO_AGENTS = Path(__file__).with_name("demo_agents.toml")

AgentsOption = typer.Option(None, "--agents", help="Agents, JSON, TOML or CSV: id, skills, capacity, languages, ...")

_COLUMNS = ("id", "name", "team", "capacity", "languages", "skills")
_MOST_DIGITS = 9  # what has more is as wrong, and may be too long to be read
_FORM = "a list of {id, skills{category: 0..1}, capacity, languages[]} is needed, or [[agent]] tables in TOML"

_STANDING = AgentOut.model_fields.keys() - AgentContent.model_fields.keys()

_Content = TypeVar("_Content", AgentContent, RecordedAgent)


def read_agents(file: Path) -> list[Agent]:
    """The agents in a file, of whom only the id must be there, and where they stand; what else is said of them is left
    aside. Raises Failure, which says where."""
    return [one.recorded() for one in _read(file, RecordedAgent)]


def held_agents(settings: Settings) -> list[Agent]:
    """The agents that the system knows."""
    with connection.client(settings) as api:
        return [RecordedAgent.model_validate(one).recorded() for one in checked(api.get("/agents")).json()]


def read_profiles(file: Path) -> list[AgentContent]:
    """The agents in a file as the API takes them, or as `agents list --json` gives them: where they stand is left
    aside, and nothing else may be said that the API does not know. Raises Failure."""
    return _read(file, AgentContent, _STANDING)


def _read(file: Path, model: type[_Content], aside: Container[str] = ()) -> list[_Content]:
    found: dict[str, _Content] = {}
    for where, content in _rows(file) if file.suffix.lower() == ".csv" else _entries(file):
        content = {name: value for name, value in content.items() if name not in aside}
        try:
            agent = model.model_validate(content)
        except ValidationError as error:
            raise Failure(f"{where}{first_problem(content, error)}") from error
        if agent.id in found:
            raise Failure(f"{where}id: {agent.id!r} is there twice; remove one of them")
        found[agent.id] = agent
    return list(found.values())


def _entries(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each agent, with where he stands as the beginning of a message."""
    content = read_value(file, as_json=file.suffix.lower() != ".toml")
    if isinstance(content, dict) and content.keys() == {"agent"}:
        content = content["agent"]
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise Failure(f"{file}: {_FORM}")
    for number, entry in enumerate(content, 1):
        name = f" {entry['id']!r}" if isinstance(entry.get("id"), str) else ""
        yield f"{file}, agent {number}{name}: ", entry


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same of a CSV file."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictReader(opened, strict=True)
            unknown = [name for name in rows.fieldnames or () if name not in _COLUMNS]
            if unknown or "id" not in (rows.fieldnames or ()):
                said = f"column {unknown[0]!r} is unknown" if unknown else "the header has no column id"
                raise Failure(f"{file}, line 1: {said}; the columns are {', '.join(_COLUMNS)}")
            for row in rows:
                where = f"{file}, line {rows.line_num}, column "
                if None in row:
                    raise Failure(f"{where}{len(rows.fieldnames or ()) + 1}: the header has no such column")
                yield where, {name: _cell(where, name, text.strip()) for name, text in row.items() if text}
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{file}: not text in UTF-8, as a CSV file has to be") from error
    except csv.Error as error:
        raise Failure(f"{file}: not a CSV file ({error})") from error


def _cell(where: str, name: str, text: str) -> Any:
    """What a cell says; what is no number stays a text, to be refused."""
    match name:
        case "capacity":
            return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else text
        case "languages":
            return [code.strip() for code in text.split(";") if code.strip()]
        case "skills":
            pairs = [part.rpartition("=") for part in text.split(";") if part.strip()]
            return {skill.strip(): _level(where, skill, level) for skill, _, level in pairs}
    return text


def _level(where: str, skill: str, level: str) -> float:
    try:
        return float(level if skill else "")
    except ValueError:
        raise Failure(f"{where}skills: {level.strip()!r} is no skill; write Billing=0.9;Technical=0.3") from None
