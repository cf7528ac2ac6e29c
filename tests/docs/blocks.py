"""The code blocks of the documents, and what becomes of each when the documents are tested.

A block of `sh` (an indented one is that too), `console` or `python` is run; one of `csv`, `json`, `jsonl`, `toml` or
`yaml` is read. What neither holds for says so in a comment of HTML right above it, which readers do not see:

    <!-- not run: REASON -->      it is only looked at: its syntax, where the language has one that is known here
    <!-- file: NAME -->           it is the file NAME of the folder that the page's commands run in, from the start
    <!-- settings -->             it is what the page's system is started with, from the start
    <!-- output -->               the block before prints these lines, in this order; `...` stands for anything
    <!-- background -->           it goes on while the rest of the page runs, as a server does, and is ended afterwards
    <!-- where: NAME=VALUE -->    in this block NAME stands for VALUE; each in a comment of its own
                                  (PAGE_DATABASE_URL and PAGE_REDIS_URL are servers of the test's own)
    <!-- first: COMMANDS -->      is no block itself: commands that the page needs at this place and a reader does not
"""

import csv
import io
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "src/smart_support/models/README.md")
)

RUN = {"sh", "console", "python"}
READ = {"csv", "json", "jsonl", "toml", "yaml"}
MARKS = {"not run", "file", "settings", "output", "background", "where", "first"}
BARE = {"settings", "output", "background"}
"""Marks that say all by their name."""
KEPT = {"not run", "file", "settings", "output"}
"""Marks of blocks that are not run."""


class Unclassified(ValueError):
    """Nothing says what becomes of a block, or what says so is no mark; the message names its place."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page, or commands of a comment `first`; `line` counts from 1."""

    page: str
    line: int
    language: str
    text: str
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_run(self) -> bool:
        return self.language in RUN and not self.marks.keys() & KEPT

    @property
    def command(self) -> str:
        """What is run: of a console, what stands behind its prompts."""
        text = self.text
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
            text = "\n".join(lines) + "\n"
        for pair in filter(None, self.marks.get("where", "").split("\n")):
            name, _, value = pair.strip().partition("=")
            if name not in text:
                raise Unclassified(f"{self.place}: no {name} there")
            text = text.replace(name, value)
        return text


def blocks(page: str) -> list[Block]:
    """The blocks of a page, and the commands of its comments, from top to bottom."""
    return list(_blocks(page, (ROOT / page).read_text(encoding="utf-8")))


def _blocks(page: str, text: str) -> Iterator[Block]:
    marks: dict[str, str] = {}
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type in {"fence", "code_block"}:
            language = token.info.split()[0] if token.info.strip() else "sh" if token.type == "code_block" else ""
            yield _checked(Block(page, line, language, token.content, marks))
            marks = {}
            continue
        found = _marks(page, line, token.content) if token.type == "html_block" else {}
        if "first" in found:
            yield Block(page, line, "sh", found.pop("first") + "\n")
        if marks and token.nesting >= 0 and not found:
            raise Unclassified(f"{page}:{line}: the mark above stands above no block")
        marks |= found | {name: f"{marks[name]}\n{found[name]}" for name in marks.keys() & found.keys()}
    if marks:
        raise Unclassified(f"{page}: the last mark stands above no block")


def _marks(page: str, line: int, comment: str) -> dict[str, str]:
    found = {}
    for inside in re.findall(r"<!--\s*(.*?)\s*-->", comment, re.DOTALL):
        name, _, value = inside.partition(":")
        if name not in MARKS:
            raise Unclassified(f"{page}:{line}: {name!r} is no mark")
        if not value.strip() and name not in BARE:
            raise Unclassified(f"{page}:{line}: {name!r} says nothing")
        found[name] = f"{found[name]}\n{value.strip()}" if name in found else value.strip()
    return found


def _checked(block: Block) -> Block:
    if not block.is_run and block.language not in READ and not block.marks.keys() & KEPT:
        raise Unclassified(f"{block.place}: a block of {block.language or 'no language'} is run by nobody: mark it")
    if "background" in block.marks and not block.is_run:
        raise Unclassified(f"{block.place}: only what is run can go on in the background")
    return block


def _csv(text: str) -> None:
    if len({len(row) for row in csv.reader(io.StringIO(text), strict=True)}) != 1:
        raise ValueError("the rows differ in their number of cells")


def _shell(text: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    if checked.returncode:
        raise ValueError(checked.stderr)


READERS: dict[str, Callable[[str], Any]] = {
    "console": _shell,
    "csv": _csv,
    "json": json.loads,
    "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
    "python": lambda text: compile(text, "block", "exec"),
    "sh": _shell,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}


def read(block: Block) -> None:
    """Read a block in its language, without running it; raises ValueError, SyntaxError or the reader's own error."""
    if block.language in READERS and "output" not in block.marks:
        READERS[block.language](block.command)
