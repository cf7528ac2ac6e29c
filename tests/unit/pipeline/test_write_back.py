"""What a source is told about its ticket."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.agent import Agent
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.messages import Claimed, MessageState, Seen
from smart_support.pipeline.notify import NotifyStep
from smart_support.pipeline.records import Dispatched, Triaged, Undelivered
from smart_support.pipeline.sources import WriteBack
from smart_support.pipeline.write_back import WriteBacks
from tests.builders import key, lease, ticket, triage


class Helpdesk:
    """A writer that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[WriteBack] = []
        self.fails = self.gone = False

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        self.told.append(told)
        if self.gone:
            raise Undelivered("it answered 404", retry=False, gone=True)
        if self.fails:
            raise Undelivered("it answered 500")
        return {"agent": None if told.agent is None else told.agent.id}


class Told:
    """A ticket of the source "desk", and the step that tells it."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.clock, self.desk = store, ManualClock(1_000.0), Helpdesk()
        deliver = WriteBacks(store, Composer(store, "https://help.example"), self.desk, self.clock.now).deliver
        self.step = NotifyStep("source:desk", deliver, store, self.clock, lambda: 0.0, per_second=1.0)
        made = replace(ticket("d1", at=900.0), source="desk", source_id="17")
        store.accept([made], ["source:desk"])
        store.record_triage([Triaged(made.key, triage(0.7))], 950.0, "test")
        store.record_dispatch([Dispatched(made.key)], 960.0, "test", lease(store))
        store.save_agents([Agent("default", "ann")], 900.0, "key:ann")

    def changed(self, *names: str) -> None:
        """Something changed that the source is to know."""
        wanted = [(TicketKey("default", name), "desk") for name in names or ("d1",)]
        position, _ = self.store.watched({"ticket.queue"}, 100)
        self.store.record_seen(Seen(position, (), wanted), self.clock.now(), lease(self.store))

    def later(self, seconds: float = 10.0) -> int:
        self.clock.set(self.clock.now() + seconds)
        return self.step.run_once()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield Told(opened)
    opened.close()


def test_it_is_told_what_its_ticket_is_and_why(told: Told):
    told.changed()
    assert told.later() == 1
    (back,) = told.desk.told
    assert (back.ticket.source_id, back.agent, back.incident, back.written) == ("17", None, None, {})
    assert back.note == 'Smart-Support: Technical, urgency 0.70 of 1.\nUrgency because of: "broken".'


def test_the_next_time_it_is_told_what_was_written_and_no_note_twice(told: Told):
    told.changed()
    told.later()
    told.store.handle(Act(key("d1"), Handling.REASSIGN, 1_010.0, "key:ann", "ann"))
    told.changed()
    told.later()
    first, second = told.desk.told
    assert (second.note, second.written, second.agent.id) == (None, {"agent": None}, "ann")
    assert first.id != second.id
    told.changed()
    told.later()
    assert told.desk.told[-1].written == {"agent": "ann"}


def test_a_try_that_failed_is_repeated_with_its_note_under_its_id(told: Told):
    told.desk.fails = True
    told.changed()
    told.later()
    told.desk.fails = False
    told.later()
    first, second = told.desk.told
    assert (first.id, first.note) == (second.id, second.note)


def test_it_says_what_is_true_when_it_goes_out(told: Told):
    told.changed()
    told.store.handle(Act(key("d1"), Handling.REASSIGN, 1_000.5, "key:ann", "ann"))
    told.changed()
    told.later()
    assert [one.agent.id for one in told.desk.told] == ["ann"]
    assert told.later() == 0


def test_of_a_ticket_that_is_not_triaged_there_is_nothing_to_say(told: Told):
    told.store.accept([replace(ticket("d2"), source="desk", source_id="18")], ["source:desk"])
    told.changed("d2")
    told.later()
    assert told.desk.told == []
    (message,) = told.store.messages("default", (), 10)
    assert message.state is MessageState.SKIPPED


def test_what_it_remembers_stays_when_a_later_one_is_given_up(told: Told):
    told.changed()
    told.later()
    told.desk.fails = True
    told.changed()
    told.later()
    claimed: Claimed | None = told.store.claim_message("source:desk", 9e3, 9.1e3, 0.0)
    assert claimed.handle["written"] == {"agent": None}


def test_of_what_was_deleted_there_nothing_is_told(told: Told):
    told.changed()
    told.later()
    told.desk.gone = True
    told.store.handle(Act(key("d1"), Handling.REASSIGN, 1_010.0, "key:ann", "ann"))
    told.changed()
    told.later()
    assert states(told) == ["sent", "skipped"]


def test_what_never_was_there_is_a_dead_letter(told: Told):
    told.desk.gone = True
    told.changed()
    told.later()
    assert states(told) == ["dead"]


def states(told: Told) -> list[str]:
    found = told.store.messages("default", list(MessageState), limit=10)
    return sorted(one.state.value for one in found)
