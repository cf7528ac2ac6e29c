"""How commands speak: data on stdout, everything else on stderr."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from smart_support.cli.widths import fitting

messages = Console(stderr=True)

_FIELDS_SHOWN = 10
_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$")

JsonOption = typer.Option(False, "--json", help="Print JSON for programs instead of tables for people.")
DataDirOption = typer.Option(
    None, "--data-dir", help="Folder of the embedded database; default: DATA_DIR, else the user's data folder."
)
ForceOption = typer.Option(False, "--force", help="Replace the file if it is there.")


class Failure(Exception):
    """Something the user can mend; the message says how."""


def emit(value: Any) -> None:
    """One JSON value on a line of its own."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def cell(value: object) -> str:
    """A value of the API as people read it: times to the second, which are broken after the date where room is short,
    lists joined, a dash for nothing."""
    if isinstance(value, list):
        return ", ".join(value)
    return "-" if value is None else _MOMENT.sub(r"\1 \2Z", str(value))


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], whole: str | None = None) -> None:
    """A table on stdout, as `made_table` makes it."""
    Console().print(made_table(title, columns, rows, whole))


def made_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], whole: str | None = None) -> Table:
    """A table; text in cells is never markup. The column `whole` is broken nowhere, to be copied."""
    console, heads = Console(), list(columns)
    cells = [[console.render_str(str(cell), markup=False, highlight=False) for cell in row] for row in rows]
    texts = [[head, *(row[i].plain for row in cells)] for i, head in enumerate(heads)]
    widths = fitting(texts, console.width, None if whole is None else heads.index(whole))
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for head, width in zip(heads, widths, strict=True):
        shown.add_column(head, overflow="fold", no_wrap=head == whole, width=width)
    for row in cells:
        shown.add_row(*row)
    return shown


def progress() -> Progress:
    """A progress bar on stderr that leaves nothing behind; silent where stderr is no terminal."""
    return Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=messages,
        transient=True,
        disable=not messages.is_terminal,
    )


@contextmanager
def bar(title: str) -> Iterator[Callable[..., None]]:
    """A progress bar fed by calls with (steps done, steps in all, ...)."""
    with progress() as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total, *_: shown.update(task, completed=done, total=total)


def json_lines(source: str, name: str | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects in a JSON-lines file (`-`: stdin), each with its line number; raises Failure at a bad line, which
    calls the file by its name."""
    name = name or source_name(source)
    with _open(source) as lines:
        try:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, _object(name, number, line)
        except UnicodeDecodeError as error:
            raise Failure(f"{name}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def source_name(source: str) -> str:
    """What to call a source in a message."""
    return "stdin" if source == "-" else source


def _open(source: str) -> TextIO:
    if source == "-":
        sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a TextIOWrapper, not any TextIO
        return sys.stdin
    try:
        return Path(source).open(encoding="utf-8-sig")
    except OSError as error:
        raise Failure(f"cannot read {source}: {error.strerror}") from error


def _object(source: str, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Failure(f"{source}, line {number}: not JSON ({error})") from error
    if not isinstance(value, dict):
        raise Failure(f"{source}, line {number}: a JSON object is needed, one a line")
    return value


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer of the API; raises Failure with its own words where it refused."""
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        errors = problem.get("errors") or []
        fields = "".join(f"\n  {error['field']}: {error['message']}" for error in errors[:_FIELDS_SHOWN])
        more = f"\n  and {len(errors) - _FIELDS_SHOWN} more" if len(errors) > _FIELDS_SHOWN else ""
        raise Failure(f"{problem['detail']}{fields}{more}")
    except (ValueError, KeyError, TypeError):
        raise Failure(f"the API answered {answer.status_code}") from None
