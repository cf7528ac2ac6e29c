"""Writes docs/reference: the API from its OpenAPI document, the command line from Typer, the events from their kinds.

Run it as `python -m scripts.reference`. A test holds the pages to what it would write.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from scripts.event_kinds import EVENTS
from smart_support.api.app import routed_app
from smart_support.cli import app as command_line
from smart_support.domain.event import KINDS
from smart_support.domain.ticket import TRANSITIONS, State

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"

_MADE = "\n\nWritten by `python -m scripts.reference`; do not edit."
_SCHEMA = "#/components/schemas/"

# --- the API -------------------------------------------------------------------------------------

_API = """# The API

Every route, as the OpenAPI document has it; a running system shows the same at `/docs` and `/redoc`, to try out, and
gives the document at `/openapi.json`. Every error is a `ProblemDetails`. Times are ISO 8601, and come out in UTC.
*Repeatable* marks what takes an `Idempotency-Key`: for a day, repeating a request with the same key has no second
effect.

"""


def _api() -> str:
    document = routed_app().openapi()
    tags: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tags.setdefault(operation["tags"][0], []).append(_route(f"{method.upper()} {path}", operation))
    parts = [f"## {tag[:1].upper()}{tag[1:]}\n\n{''.join(routes)}" for tag, routes in tags.items()]
    schemas = sorted(document["components"]["schemas"].items())
    parts.append("## What goes in and comes out\n\n" + "".join(_schema(name, schema) for name, schema in schemas))
    return _API + "".join(parts)


def _route(name: str, operation: Mapping[str, Any]) -> str:
    summary, description = operation.get("summary", ""), operation.get("description", "")
    text = f"### `{name}`\n\n{_sentence(summary)}\n\n"
    if description.rstrip(".") != summary.rstrip("."):
        text += f"{_one_line(description)}\n\n"
    given = [one for one in operation.get("parameters", ()) if one["name"] != "idempotency-key"]
    if given:
        text += "| given | where | type | meaning |\n|---|---|---|---|\n"
        text += "".join(_parameter(one) for one in given) + "\n"
    notes = [f"Body: {_content(operation['requestBody'])}."] if "requestBody" in operation else []
    answers = operation["responses"]
    good = [f"{status} {_content(answer)}".strip() for status, answer in answers.items() if status < "400"]
    bad = [status for status in answers if status >= "400"]
    notes.append(f"Answers: {', '.join(good)}" + (f"; errors {', '.join(bad)}." if bad else "."))
    if len(given) < len(operation.get("parameters", ())):
        notes.append("Repeatable.")
    if not operation.get("security"):
        notes.append("Needs no key.")
    return text + " ".join(notes) + "\n\n"


def _parameter(one: Mapping[str, Any]) -> str:
    needed = ", required" if one.get("required") else ""
    return f"| `{one['name']}` | {one['in']}{needed} | {_type(one['schema'])} | {_cell(one.get('description', ''))} |\n"


def _content(message: Mapping[str, Any]) -> str:
    """What a body is made of; nothing where there is none."""
    kinds = {_type(shape.get("schema", {})): kind for kind, shape in message.get("content", {}).items()}
    return " or ".join(
        name if kind.endswith("json") else f"{name} (`{kind}`)" for name, kind in kinds.items() if name != "anything"
    )


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    text = f"### {name}\n\n"
    if "description" in schema:
        text += f"{_one_line(schema['description'])}\n\n"
    if "enum" in schema:
        return text + f"One of {', '.join(f'`{value}`' for value in schema['enum'])}.\n\n"
    if "properties" not in schema:
        return text + f"{_type(schema)}\n\n"
    text += "| field | type | meaning |\n|---|---|---|\n"
    for field, shape in schema["properties"].items():
        needed = " (required)" if field in schema.get("required", ()) else ""
        text += f"| `{field}`{needed} | {_type(shape)} | {_cell(shape.get('description', ''))} |\n"
    return text + "\n"


def _type(shape: Mapping[str, Any]) -> str:
    """A type in a few words, with its bounds and its default."""
    default = shape.get("default")
    told = "" if default is None or default in ("", [], {}) else f", default `{_plain(default)}`"
    return _bare(shape) + _bounds(shape) + told


def _bare(shape: Mapping[str, Any]) -> str:
    if "$ref" in shape:
        name = shape["$ref"].removeprefix(_SCHEMA)
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in shape:
            return " or ".join(dict.fromkeys(_type(one) for one in shape[several]))
    if "const" in shape:
        return f"`{_plain(shape['const'])}`"
    if "enum" in shape:
        return "one of " + ", ".join(f"`{value}`" for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_type(shape.get('items', {}))}"
    if shape.get("type") == "object" and isinstance(shape.get("additionalProperties"), Mapping):
        return f"object of {_type(shape['additionalProperties'])}"
    return str(shape.get("format") or shape.get("type") or "anything")


def _bounds(shape: Mapping[str, Any]) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    told = [f"{word} {shape[name]}" for name, word in words.items() if name in shape]
    for name, word in {"Length": "characters", "Items": "items"}.items():
        least, most = shape.get(f"min{name}"), shape.get(f"max{name}")
        if most is not None:
            told.append(f"{least} to {most} {word}" if least else f"up to {most} {word}")
        elif least is not None:
            told.append(f"{least} {word} or more")
    return f" ({', '.join(told)})" if told else ""


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- the command line ----------------------------------------------------------------------------

_CLI = """# The command line

Data go to stdout, messages and progress to stderr. The exit status is 0, 1 for a failure, 2 for misuse. `--json` prints
JSON where people get a table. `smart-support --install-completion` sets up your shell.

"""


def _cli() -> str:
    return _CLI + "".join(_commands(typer.main.get_command(command_line), "smart-support"))


def _commands(command: Any, name: str) -> Iterator[str]:
    context = typer.Context(command, info_name=name)
    if commands := getattr(command, "commands", None):
        if " " in name:
            yield f"## `{name}`\n\n{_one_line(command.help or '')}\n\n"
        for word, inner in commands.items():
            yield from _commands(inner, f"{name} {word}")
        return
    depth = "##" if name.count(" ") == 1 else "###"
    yield f"{depth} `{name}`\n\n{_markup(command.help or '')}\n\n"
    yield f"`{name} {' '.join(command.collect_usage_pieces(context))}`\n\n"
    rows = [one.get_help_record(context) for one in command.params]
    shown = [row for row in rows if row is not None]
    if shown:
        yield "| argument or option | meaning |\n|---|---|\n"
        yield "".join(f"| `{_cell(what)}` | {_cell(_markup(meaning))} |\n" for what, meaning in shown)
        yield "\n"


def _markup(text: str) -> str:
    """The text without the marks of Rich, which colour it in a terminal."""
    return _one_line(re.sub(r"\[/?(?:bold|dim|italic|cyan|green|red|yellow)\]", "", text))


# --- the events ----------------------------------------------------------------------------------

_EVENTS = """# Events

All that happens is written down in the transaction that made it so, with its time and its actor: the audit trail,
a ticket's timeline, and what `/events` sends. An event holds ids, codes and numbers, never a ticket's text. Beside
`kind`, `at` and `actor` it has `ticket_id`, `incident_id` and `agent_id` where they apply, and in `data` what its kind
says below.

"""
_STATES = """## From state to state

What a ticket's events may do to its state; every other step is refused.

| event | from | to |
|---|---|---|
"""


def _events() -> str:
    groups: dict[str, list[str]] = {}
    for kind in KINDS:
        told = EVENTS[kind]
        data = ", ".join(f"`{name}`" for name in told.data)
        groups.setdefault(kind.partition(".")[0], []).append(f"| `{kind}` | {told.what} | {data} |\n")
    tables = [
        f"## {of.replace('_', '-').capitalize()}\n\n| kind | says | `data` |\n|---|---|---|\n{''.join(rows)}\n"
        for of, rows in groups.items()
    ]
    states = "".join(
        f"| `ticket.{action}` | {_states(rule.sources)} | {_states([rule.target])} |\n"
        for action, rule in TRANSITIONS.items()
    )
    return _EVENTS + "".join(tables) + _STATES + states


def _states(states: Iterable[State]) -> str:
    return ", ".join(f"`{state}`" for state in State if state in set(states))


# --- text ----------------------------------------------------------------------------------------


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def render() -> dict[Path, str]:
    """The pages and their content."""
    pages = {"api.md": _api(), "cli.md": _cli(), "events.md": _events()}
    return {FOLDER / name: text.replace("\n", f"{_MADE}\n", 1).rstrip("\n") + "\n" for name, text in pages.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, content in render().items():
        path.write_text(content, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
