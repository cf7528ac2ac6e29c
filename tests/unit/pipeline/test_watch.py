"""What the steps count, time and trace; and what they do not say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.batch import BatchSize
from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.engine import EngineFigures
from smart_support.domain.triage import Tier
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Beat, Refusal, Step, Unavailable, Worker
from smart_support.pipeline.standing import Backlog, Standing, faults
from smart_support.pipeline.tallies import DestinationTally
from smart_support.pipeline.tracing import Tracing
from smart_support.pipeline.triage import TriageStep
from smart_support.pipeline.watch import Watch
from tests.builders import no_rules, no_storms, ticket, triage

SECRET = "My card is 4111 1111 1111 1111"


class Model:
    """Says the same of all, or fails with the text in its error."""

    failing = False

    def triage(self, texts):
        if self.failing:
            raise ValueError(texts[0].body)
        return [triage(0.9) for _ in texts]


class World:
    def __init__(self, store: SqlStore, tracing: Tracing) -> None:
        self.store, self.clock, self.model = store, ManualClock(100.0), Model()
        self.watch = Watch(tracing=tracing)
        broker = MemoryBroker()
        self.publish = PublishStep(broker)
        self.accept = AcceptStep(store, self.publish, self.watch)
        self.triage = TriageStep(store, broker, self.publish, self._of, self.clock, self.watch, BatchSize(64, 0.1))
        self.lead = LeadStep(store, broker, "test")
        self.dispatch = DispatchStep(
            store, broker, self.clock, self.lead, no_storms(store), 0.8, no_rules, watch=self.watch
        )

    def _of(self, _workspace: str) -> Model:
        return self.model

    def process(self) -> None:
        self.lead.run_once()
        while self.publish.run_once(0) or self.triage.run_once(0) or self.dispatch.run_once(0):
            pass

    def value(self, name: str, **labels: str) -> float | None:
        return self.watch.metrics.registry.get_sample_value(f"smart_support_{name}", labels)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(store: SqlStore, spans: InMemorySpanExporter) -> Iterator[World]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    world = World(store, Tracing(provider))
    yield world
    world.accept.close()
    provider.shutdown()


@pytest.fixture
def world(store: SqlStore) -> Iterator[World]:
    world = World(store, Tracing())
    yield world
    world.accept.close()


class TestMetrics:
    def test_a_ticket_is_counted_at_each_stage_with_how_long_it_waited(self, world: World):
        world.accept.accept([ticket(at=100.0)], "test")
        world.accept.accept([ticket(at=100.0)], "test")
        world.accept.accept([ticket(body="something else", at=100.0)], "test")
        world.clock.set(107.0)
        world.process()
        for outcome in ("fresh", "repeated", "conflict"):
            assert world.value("accepted_tickets_total", outcome=outcome) == 1
        assert world.value("triaged_tickets_total", tier="light", degraded="false") == 1
        assert world.value("dispatched_tickets_total", outcome="queue") == 1
        assert world.value("stage_wait_seconds_sum", stage="triage") == pytest.approx(7.0)
        assert world.value("stage_wait_seconds_sum", stage="dispatch") == 0.0
        assert world.value("ticket_dispatch_seconds_sum") == pytest.approx(7.0)
        for stage, batches in (("accept", 3), ("triage", 1), ("dispatch", 1)):
            assert world.value("stage_run_seconds_count", stage=stage) == batches

    def test_a_clock_that_was_set_back_shows_as_no_wait(self, world: World):
        world.accept.accept([ticket(at=5_000.0)], "test")
        world.process()
        assert world.value("stage_wait_seconds_sum", stage="triage") == 0.0
        assert world.value("ticket_dispatch_seconds_sum") == 0.0

    def test_what_fails_is_counted_by_its_class(self, world: World):
        world.model.failing = True
        world.accept.accept([ticket(body=SECRET)], "test")
        world.process()
        assert world.value("step_failures_total", stage="triage", reason="ValueError") == 1
        assert world.value("stage_run_seconds_count", stage="triage") is None


class TestTraces:
    def test_nothing_is_made_and_nothing_is_stored_while_nobody_traces(self, world: World):
        offered = ticket()
        world.accept.accept([offered], "test")
        assert world.store.traces([offered.key]) == {}
        assert world.watch.tracing.begin("accept") is None

    def test_each_ticket_goes_on_in_its_own_trace_and_a_batch_is_linked_with_all(
        self, traced: World, spans: InMemorySpanExporter
    ):
        tracer = traced.watch.tracing.provider.get_tracer("test")
        for name in ("t1", "t2"):
            with tracer.start_as_current_span("request"):
                traced.accept.accept([ticket(name, body=SECRET)], "test")
        traced.process()
        made = spans.get_finished_spans()
        requests = {one.context.trace_id for one in made if one.name == "request"}
        assert len(requests) == 2
        for name in ("accept", "triage", "dispatch"):
            assert {one.context.trace_id for one in made if one.name == name} == requests
        (batch,) = [one for one in made if one.name == "triage batch"]
        assert batch.parent is None
        assert {link.context.trace_id for link in batch.links} == requests
        accepts = {one.context.span_id for one in made if one.name == "accept"}
        assert {one.parent.span_id for one in made if one.name in {"triage", "dispatch"}} == accepts
        dispatches = {one.context.span_id for one in made if one.name == "dispatch"}
        assert {int(alert.trace.split("-")[2], 16) for alert in traced.store.unrouted(10)} == dispatches
        assert not any(SECRET in one.to_json() for one in made)

    def test_tickets_that_are_handed_in_together_have_a_trace_each(self, traced: World, spans: InMemorySpanExporter):
        traced.accept.accept([ticket("t1"), ticket("t2")], "test")
        traced.process()
        for name in ("accept", "triage", "dispatch"):
            assert len({one.context.trace_id for one in spans.get_finished_spans() if one.name == name}) == 2

    def test_what_could_not_be_taken_in_shows(self, traced: World, spans: InMemorySpanExporter):
        traced.store.close()
        with pytest.raises(Unavailable):
            traced.accept.accept([ticket()], "test")
        (span,) = spans.get_finished_spans()
        assert (span.status.is_ok, span.attributes["error.type"]) == (False, "Unavailable")

    def test_an_error_shows_by_its_class_and_never_by_its_text(self, traced: World, spans: InMemorySpanExporter):
        traced.model.failing = True
        traced.accept.accept([ticket(body=SECRET)], "test")
        traced.process()
        failed = [one for one in spans.get_finished_spans() if not one.status.is_ok and one.status.is_unset is False]
        assert {one.name for one in failed} == {"triage", "triage batch"}
        assert {one.attributes["error.type"] for one in failed} == {"ValueError"}
        assert not any(SECRET in one.to_json() for one in failed)


def worker(**given: object) -> Worker:
    open_ = bool(given.pop("breaker_open", False))
    figures = EngineFigures(Tier.LIGHT, "v1", breaker_open=open_, limits=BreakerLimits())
    return Worker(Beat("w1", ("triage",), figures, 0, given.pop("refusals", ())), 0.0, 0.0, given.pop("silent", 0.0))


class TestFaults:
    WELL = Standing(100.0, leader="d1", workers=(worker(),))

    def test_none(self):
        assert faults(self.WELL, broker_up=True, refusal=None) == []

    @pytest.mark.parametrize(
        ("standing", "word"),
        [
            (Standing(1.0, leader="d1"), "No worker"),
            (Standing(1.0, leader="d1", workers=(worker(silent=60.0),)), "No worker"),
            (Standing(1.0, workers=(worker(),)), "Nobody dispatches"),
            (Standing(1.0, {Step.TRIAGE: Backlog(7, 61.0)}, leader="d1", workers=(worker(),)), "triage: 7 tickets"),
            (Standing(1.0, buried={Step.TRIAGE: 2}, leader="d1", workers=(worker(),)), "smart-support dead retry"),
            (Standing(1.0, leader="d1", workers=(worker(breaker_open=True),)), "breaker of w1"),
            (Standing(1.0, leader="d1", workers=(worker(refusals=(Refusal("v2", "gone"),)),)), "v2: gone"),
            (
                Standing(1.0, destinations={"chat": DestinationTally(failures=3)}, leader="d1", workers=(worker(),)),
                "chat is down",
            ),
            (
                Standing(1.0, destinations={"chat": DestinationTally(dead=1)}, leader="d1", workers=(worker(),)),
                "chat: 1 message. `smart-support alerts retry`",
            ),
        ],
    )
    def test_each_is_told_alone(self, standing: Standing, word: str):
        (found,) = faults(standing, broker_up=True, refusal=None)
        assert word in found

    @pytest.mark.parametrize(("tried", "told"), [(100_000.0, 1), (99_200.0, 1), (99_000.0, 0), (200_000.0, 1)])
    def test_a_destination_that_nobody_tries_any_more_is_no_fault(self, tried: float, told: int):
        tally = DestinationTally(pending=2, failures=3, blocked_until=tried)
        standing = Standing(100_000.0, destinations={"chat": tally}, leader="d1", workers=(worker(),))
        assert len(faults(standing, broker_up=True, refusal=None)) == told

    def test_a_broker_that_is_down(self):
        (found,) = faults(self.WELL, broker_up=False, refusal=None)
        assert "Redis" in found

    def test_of_processes_that_cannot_write_down_that_they_live_nothing_is_said(self):
        (found,) = faults(Standing(1.0), broker_up=True, refusal="database or disk is full")
        assert "takes no writes (database or disk is full)" in found
