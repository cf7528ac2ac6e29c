"""Feeds are asked by whoever leads; a page counts once it is taken in, and what goes wrong loses nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.event import Position
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.fetch import KEEP_SECONDS, FetchStep, Origin, SettleStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Step, Unavailable
from smart_support.pipeline.sources import Incoming
from smart_support.pipeline.take_in import TakeIn
from tests.builders import ticket

PAGE = 2


@dataclass
class Helpdesk:
    """A feed of tickets by number, two a page; it can be down from some page on."""

    tickets: int = 5
    pages_until_down: int = 100
    after: float | None = None
    asked: list[int] = field(default_factory=list)

    def fetch(self, cursor: Mapping[str, Any]) -> Iterable[tuple[Sequence[Incoming], Mapping[str, Any]]]:
        last = cursor.get("last", 0)
        self.asked.append(last)
        while last < self.tickets:
            if self.pages_until_down == 0:
                raise Unavailable("the helpdesk does not answer", after=self.after)
            self.pages_until_down -= 1
            ids = range(last + 1, min(self.tickets, last + PAGE) + 1)
            last = ids[-1]
            yield [Incoming(str(number), f"Ticket {number}", "Help") for number in ids], {"last": last}


@dataclass
class System:
    store: SqlStore
    clock: ManualClock
    lead: LeadStep
    step: FetchStep
    settle: SettleStep
    desk: Helpdesk
    metrics: Metrics

    @property
    def failing(self) -> float | None:
        return self.metrics.registry.get_sample_value("smart_support_loop_failing", {"part": "feed:desk"})

    @property
    def ids(self) -> list[str]:
        return sorted(found.id for found in self.store.page("default", None, 100))

    def later(self, seconds: float = 60.0) -> None:
        self.clock.set(self.clock.now() + seconds)
        self.step.run_once()


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    store, broker = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False), MemoryBroker()
    clock, accept, lead = ManualClock(1_000.0), AcceptStep(store, PublishStep(broker)), LeadStep(store, broker, "test")
    admission, desk, origin = Admission(store, 4), Helpdesk(), Origin("desk", "default")
    take_in, metrics = TakeIn(store, accept, admission), Metrics()
    step = FetchStep(origin, desk, 60.0, store, take_in, admission, clock, lead, metrics)
    yield System(store, clock, lead, step, SettleStep([origin], store, take_in, clock, lead), desk, metrics)
    accept.close()
    store.close()


def test_only_whoever_leads_asks(system: System):
    system.step.run_once()
    assert system.desk.asked == []
    system.lead.run_once()
    system.step.run_once()
    assert system.desk.asked == [0]


def test_it_asks_every_so_often_and_goes_on_where_it_was(system: System):
    system.desk.tickets = 3
    system.lead.run_once()
    for seconds in (0.0, 59.0, 2.0):
        system.later(seconds)
    assert (system.desk.asked, system.ids) == ([0, 3], ["desk:1", "desk:2", "desk:3"])
    system.desk.tickets = 4
    system.later()
    assert system.ids == ["desk:1", "desk:2", "desk:3", "desk:4"]
    assert system.store.cursor("feed:desk") == {"last": 4}


def test_a_clock_that_is_set_back_stops_nothing(system: System):
    system.lead.run_once()
    system.step.run_once()
    system.later(-500.0)
    assert len(system.desk.asked) == 2


def test_an_outage_there_loses_nothing(system: System):
    system.lead.run_once()
    system.desk.tickets, system.desk.pages_until_down = 4, 1
    system.step.run_once()
    assert system.ids == ["desk:1", "desk:2"]
    system.desk.pages_until_down = 100
    system.later(5.0)
    assert (system.ids, system.desk.asked) == ([f"desk:{n}" for n in (1, 2, 3, 4)], [0, 2])


def test_who_does_not_answer_is_asked_less_and_less_often_and_told_of_once(system: System):
    system.lead.run_once()
    system.desk.pages_until_down = 0
    with capture_logs() as logs:
        for _ in range(300):
            system.later(1.0)
        assert len(system.desk.asked) == 4 + 4  # after 5, 10, 20, 40 s, then every 60 s
        assert system.failing == 1
        system.desk.tickets = 0
        system.later()
    assert [one["event"] for one in logs] == ["unavailable", "recovered"]
    assert system.failing == 0


def test_who_leads_no_more_has_no_outage_to_show(system: System):
    system.lead.run_once()
    system.desk.pages_until_down = 0
    system.step.run_once()
    assert system.failing == 1
    system.lead.resign()
    system.step.run_once()
    assert system.failing == 0


def test_who_asks_to_be_left_in_peace_is(system: System):
    system.lead.run_once()
    system.desk.pages_until_down, system.desk.after = 0, 600.0
    for seconds in (0.0, 599.0):
        system.later(seconds)
    assert len(system.desk.asked) == 1
    system.later(1.0)
    assert len(system.desk.asked) == 2


def test_what_finds_no_room_is_asked_for_again(system: System):
    system.lead.run_once()
    system.step.run_once()
    assert system.ids == ["desk:1", "desk:2", "desk:3", "desk:4"]
    assert system.store.cursor("feed:desk") == {"last": 4}
    for key in [found.key for found in system.store.page("default", None, 10)]:
        system.store.record_failure(key, Step.TRIAGE, "gone", 1_000.0, (), "test")  # buried: they wait no more
    system.later()
    assert len(system.ids) == 5


def test_a_page_that_comes_again_is_no_second_one(system: System):
    system.lead.run_once()
    system.desk.tickets = 2
    system.step.run_once()
    lease = system.lead.lease(0)
    assert lease is not None
    system.store.move_cursor("feed:desk", {}, lease)
    system.later()
    assert system.ids == ["desk:1", "desk:2"]
    accepted = [found for found in system.store.events("default", Position(), 100) if "accept" in found.event.kind]
    assert len(accepted) == 2


def test_who_lost_the_lease_moves_no_cursor(system: System):
    system.lead.run_once()
    held = system.lead.lease(0)
    assert held is not None
    system.store.give_up_lease(held)
    assert system.store.take_lease(held.name, "another", 60.0) is not None
    assert system.step.run_once() == 0
    assert system.store.cursor("feed:desk") == {}


def test_old_deliveries_are_forgotten_by_whoever_leads(system: System):
    system.store.mark_delivered("desk", "old", 1_000.0)
    system.clock.set(1_001.0 + KEEP_SECONDS)
    system.settle.run_once()
    assert system.store.is_delivered("desk", "old")
    system.lead.run_once()
    system.settle.run_once()
    assert not system.store.is_delivered("desk", "old")


def test_what_waits_is_looked_at_by_whoever_leads(system: System):
    gone = ticket("gone").key
    system.store.postpone("desk", gone, {"closed": True})
    assert system.settle.run_once() == 0
    system.lead.run_once()
    assert system.settle.run_once() == 1
    assert system.store.postponed("desk", "default", 10) == []
