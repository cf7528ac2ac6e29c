"""Records for tests."""

from dataclasses import replace

from smart_support.domain.alert import Alert
from smart_support.domain.alerting.route import Grouping
from smart_support.domain.alerting.rules import AlertRules
from smart_support.domain.routing.routing import DEFAULT, Routing
from smart_support.domain.ticket import DEFAULT_WORKSPACE, Ticket, TicketKey
from smart_support.domain.triage import Reason, ReasonOf, Tier, Triage
from smart_support.pipeline.ports import LeaseStore, Store
from smart_support.pipeline.records import Dispatched, Lease, Triaged
from smart_support.pipeline.storms import StormModels, Storms


def ticket(ticket_id: str = "t1", body: str = "It is broken", *, workspace: str = DEFAULT_WORKSPACE, at: float = 100.0):
    return Ticket(workspace, ticket_id, "Help", body, at)


def key(ticket_id: str = "t1", workspace: str = DEFAULT_WORKSPACE) -> TicketKey:
    return TicketKey(workspace, ticket_id)


def triage(urgency: float = 0.5, category: str = "Technical") -> Triage:
    reasons = (Reason(ReasonOf.URGENCY, "broken", 0.4),)
    return Triage(category, 0.9, urgency, Tier.LIGHT, "light-test", reasons, language="en", sentiment=-0.5)


def degraded(urgency: float = 0.2, category: str = "General") -> Triage:
    """What the light model said in place of the transformer."""
    return replace(triage(urgency, category), degraded=True)


def by_transformer(urgency: float = 0.5, category: str = "Technical") -> Triage:
    return replace(triage(urgency, category), tier=Tier.TRANSFORMER, model_version="transformer-test")


def no_storms(store: Store) -> Storms:
    """Nobody knows when tickets belong together."""
    return Storms(store, StormModels(lambda _: None, lambda *_: None, str.split), 0.8)


def no_rules(_workspace: str) -> Routing:
    """The routing that comes with the program, which promises nothing; alerts wait for no others."""
    return replace(DEFAULT, alerts=AlertRules(grouping=Grouping(wait=0.0)))


def lease(store: LeaseStore) -> Lease:
    """A lease to dispatch with; it runs out at once, so that the next caller gets one too."""
    return store.take_lease("dispatcher", "test", -1.0)


def waiting(store: Store, *urgencies: float, workspace: str = DEFAULT_WORKSPACE) -> list[TicketKey]:
    """Tickets that have gone all the way into the queue, accepted a second apart in this order."""
    return queued(store, *map(triage, urgencies), workspace=workspace)


def queued(store: Store, *results: Triage, workspace: str = DEFAULT_WORKSPACE) -> list[TicketKey]:
    """The same with these results."""
    tickets = [ticket(f"t{n}", workspace=workspace, at=100.0 + n) for n in range(len(results))]
    store.accept(tickets, ["test"] * len(tickets))
    store.record_triage([Triaged(t.key, r) for t, r in zip(tickets, results, strict=True)], 200.0, "test")
    return store.record_dispatch([Dispatched(t.key) for t in tickets], 201.0, "test", lease(store))


def raised(store: Store) -> list[Alert]:
    """What there is to tell, in the order in which this was asked for it."""
    told: dict[str, Alert] = store.__dict__.setdefault("seen_by_test", {})
    for alert in store.raised(DEFAULT_WORKSPACE):
        told.setdefault(alert.id, alert)
    return list(told.values())


def newly_raised(store: Store) -> list[Alert]:
    """What there is to tell since the last call."""
    before = len(store.__dict__.get("seen_by_test", ()))
    return raised(store)[before:]
