"""`dead`: why tickets were given up, and another try for them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.ticket import State
from smart_support.pipeline.records import Step, Triaged
from tests.builders import key, ticket, triage
from tests.unit.cli.conftest import Cli


@contextmanager
def opened(folder: Path) -> Iterator[SqlStore]:
    """The store that the commands use; they cannot use it meanwhile."""
    store = SqlStore.open(f"sqlite:///{folder}/data/smart-support.db")
    yield store
    store.close()


@pytest.fixture
def buried(tmp_path: Path) -> Path:
    """Three tickets that were given up, and one that was not; the folder."""
    with opened(tmp_path) as store:
        store.accept([ticket(name, at=1_760_000_000.0 + n) for n, name in enumerate("abcd")], ["test"] * 4)
        store.record_triage([Triaged(key("b"), triage())], 1_760_000_010.0, "test")
        for name, step in (("a", Step.TRIAGE), ("b", Step.DISPATCH), ("c", Step.TRIAGE)):
            store.record_failure(key(name), step, f"ValueError: [bold]{name}[/]", 1_760_000_020.0, (), "test")
    return tmp_path


def dead(cli: Cli) -> list[str]:
    ended = cli("dead", "list", "--json")
    assert ended.code == 0, ended.err
    return [found["ticket_id"] for found in json.loads(ended.out)]


def test_the_list_names_each_with_its_step_and_reason(cli: Cli, buried: Path):
    first, second, _ = json.loads(cli("dead", "list", "--json").out)
    assert first == {
        "ticket_id": "a",
        "step": "triage",
        "failures": 1,
        "reason": "ValueError: [bold]a[/]",
        "accepted_at": "2025-10-09T08:53:20Z",
    }
    assert (second["ticket_id"], second["step"]) == ("b", "dispatch")
    assert len(json.loads(cli("dead", "list", "--limit", "2", "--json").out)) == 2
    shown = cli("dead", "list").out
    for text in ("a", "dispatch", "ValueError: [bold]b[/]"):
        assert text in shown


def test_nothing_to_list(cli: Cli):
    cli("db", "upgrade")
    ended = cli("dead", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "No ticket was given up" in ended.err
    assert cli("dead", "list", "--json").out == "[]\n"


def test_some_try_again(cli: Cli, buried: Path):
    ended = cli("dead", "retry", "c", "a", "--json")
    assert (ended.code, sorted(json.loads(ended.out)["retried"])) == (0, ["a", "c"])
    assert dead(cli) == ["b"]
    with opened(buried) as store:
        assert store.find(key("a")).state is State.ACCEPTED


def test_all_try_again(cli: Cli, buried: Path):
    assert "3 tickets" in cli("dead", "retry", "--all").err
    assert dead(cli) == []
    assert json.loads(cli("dead", "retry", "--all", "--json").out) == {"retried": []}


def test_what_is_not_dead_is_named_and_the_others_try_again(cli: Cli, buried: Path):
    ended = cli("dead", "retry", "d", "a", "no-such", "--json")
    ended.failed("d, no-such")
    assert json.loads(ended.out) == {"retried": ["a"]}
    assert dead(cli) == ["b", "c"]
    cli("dead", "retry", "no such").failed("ticket_id")


@pytest.mark.parametrize("arguments", [[], ["a", "--all"]], ids=["neither", "both"])
def test_either_names_or_all(cli: Cli, buried: Path, arguments: list[str]):
    cli("dead", "retry", *arguments).failed("--all")
    assert dead(cli) == ["a", "b", "c"]
