"""The commands that the documents name within a line, which nobody runs: the command line has each of them."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from markdown_it import MarkdownIt

from smart_support.cli import app
from tests.docs.blocks import PAGES, ROOT

PROGRAM = "smart-support"


def _named(page: str) -> Iterator[list[str]]:
    """The words behind the program's name, of each span of code that begins with it."""
    for token in MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8")):
        for span in token.children or ():
            if span.type == "code_inline" and span.content.startswith(f"{PROGRAM} "):
                yield [word for word in shlex.split(span.content)[1:] if word != "[OPTIONS]"]


def _check(command: Any, words: list[str]) -> None:
    """Raises LookupError with what a command does not know. Any word may stand for an argument or a value, which may
    be left out; `list|retry` are two commands."""
    params = command.get_params(typer.Context(command))
    options = {name: one for one in params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}
    arguments = []
    rest = iter(words)
    for word in rest:
        name, equals, _ = word.partition("=")
        if word.startswith("-") and word != "-":
            if name not in options:
                raise LookupError(name)
            if not options[name].is_flag and not equals:
                next(rest, None)
        elif commands := getattr(command, "commands", None):
            left = list(rest)
            for one in word.split("|"):
                if one not in commands:
                    raise LookupError(one)
                _check(commands[one], left)
        else:
            arguments.append(word)
    places = [one.nargs for one in params if one.param_type_name == "argument"]
    if -1 not in places and len(arguments) > sum(places):
        raise LookupError(arguments[sum(places)])


@pytest.mark.parametrize("page", PAGES)
def test_the_command_line_has_what_a_page_names(page: str):
    for words in _named(page):
        try:
            _check(typer.main.get_command(app), words)
        except LookupError as error:
            pytest.fail(f"{page}: {PROGRAM} {shlex.join(words)}: nothing knows {error}")


@pytest.mark.parametrize(
    "words", ["upp", "keys make", "up --prt 1", "restore FILE OTHER", "dead list|retri", "up --host=x y"]
)
def test_what_it_has_not_is_found(words: str):
    with pytest.raises(LookupError):
        _check(typer.main.get_command(app), words.split())


def test_they_are_found_in_tables_too():
    assert ["route", "explain", "TICKET"] in list(_named("docs/use.md"))
