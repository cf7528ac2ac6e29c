"""The JSON that a page shows, and no command of it prints, has the fields of what the system gives."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smart_support.adapters.senders.webhook import payload
from smart_support.adapters.sql.store import SqlStore
from smart_support.api.sla import TicketSlaOut
from tests.docs.blocks import PAGES, Block, blocks
from tests.unit.pipeline.alert_world import AlertWorld


def _message(_: Any, folder: Path) -> Any:
    """What a webhook is told of an urgent ticket."""
    store = SqlStore.open(f"sqlite:///{folder}/store.db", durable=False)
    world = AlertWorld(store)
    world.tickets(0.97)
    world.run()
    store.close()
    return payload(world.desk.notices[-1])


def _promises(shown: Any, _: Path) -> Any:
    return TicketSlaOut.model_validate(shown).model_dump(mode="json")


GIVEN: dict[str, Callable[[Any, Path], Any]] = {"docs/destinations.md": _message, "docs/routing.md": _promises}
SHOWN = [block for page in PAGES for block in blocks(page) if block.language in {"json", "jsonl"} and not block.marks]


def _fields(value: Any) -> Any:
    """The names; of a list those of its first."""
    if isinstance(value, dict):
        return {name: _fields(inner) for name, inner in value.items()}
    return [_fields(inner) for inner in value[:1]] if isinstance(value, list) else None


def test_nothing_else_is_only_shown():
    assert [block.page for block in SHOWN] == list(GIVEN)


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.page)
def test_what_is_shown_has_the_fields_of_what_is_given(block: Block, tmp_path: Path):
    shown = json.loads(block.text)
    assert _fields(shown) == _fields(GIVEN[block.page](shown, tmp_path))
