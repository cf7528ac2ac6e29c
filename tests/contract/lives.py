"""What state machines over a store have in common: an empty store for each run, and events that only ever grow."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from smart_support.adapters.sql.schema import metadata
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.event import Event, Position
from tests.builders import lease
from tests.examples import examples

WORKERS = ("one", "two")
STEPS = 60


class LifeOnStore(RuleBasedStateMachine):
    """Rules over an empty store of the default workspace. `now` moves as rules let it, backwards too."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__()
        empty(store)
        self.store = store
        self.now = 10_000.0
        self.lost = lease(store)
        """A lease that another has by now."""
        lease(store)
        self._told: list[tuple[Position, Event]] = []

    def new_events(self) -> list[Event]:
        """What has happened since the last call. What was told before still stands there, in the same order."""
        found = [(one.position, one.event) for one in self.store.events("default", Position(), 100_000)]
        known = len(self._told)
        assert found[:known] == self._told, "events were changed, lost or put in between"
        places = [place for place, _ in found]
        assert places == sorted(set(places))
        self._told = found
        return [event for _, event in found[known:]]


def empty(store: SqlStore) -> None:
    """Forget all that is kept."""

    def unit(connection) -> None:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())

    store._database.write(unit)


def live(machine: Callable[[SqlStore], LifeOnStore], store: SqlStore, share: float = 0.08) -> None:
    """Try this share of the profile's examples on the store, and fewer on PostgreSQL, whose commits take longer."""
    tried = share * (1.0 if store._database.engine.dialect.name == "sqlite" else 0.6)
    run_state_machine_as_test(
        lambda: machine(store),
        settings=settings(
            max_examples=examples(tried),
            stateful_step_count=STEPS,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
