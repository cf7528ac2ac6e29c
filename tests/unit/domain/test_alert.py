"""Who must be told what: which alert it is, what it names, and that it is the same one whoever decides it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest

from smart_support.domain import alert as alerts
from smart_support.domain.alert import BREAKER, DEAD_LETTERS, Alert, AlertKind
from smart_support.domain.incident import Incident, IncidentState, Severity
from smart_support.domain.sla import Promise, SlaState
from smart_support.domain.ticket import Action
from tests.builders import ticket, triage

TICKET = replace(ticket("t1").apply(Action.TRIAGE, at=1.0, triage=triage(0.9)), workspace="w")
INCIDENT = Incident(*("w", "inc-1", 1, "Pay", ("pay",), Severity.MINOR, IncidentState.OPEN, 1.0, 1.0, "t1"), tickets=60)
AT = 5.0

MADE: list[tuple[Callable[[], Alert | None], AlertKind, str | None, str | None, dict[str, object], str]] = [
    (lambda: alerts.urgent_ticket(TICKET, 0.8, AT), AlertKind.URGENT_TICKET, "t1", None, {}, "ticket:t1"),
    (lambda: alerts.exceptional(TICKET, "inc-1", AT), AlertKind.EXCEPTION, "t1", "inc-1", {}, "ticket:t1"),
    (
        lambda: alerts.incident_opened("w", "inc-1", "t1", AT),
        AlertKind.INCIDENT_OPENED,
        "t1",
        "inc-1",
        {},
        "incident:inc-1",
    ),
    (
        lambda: alerts.incident_reopened("w", "inc-1", "t1", "t9", AT),
        *(AlertKind.INCIDENT_REOPENED, "t1", "inc-1", {}, "incident:inc-1"),
    ),
    (
        lambda: alerts.promise_at_risk("w", "t1", Promise.RESOLUTION, SlaState.DUE_SOON, AT),
        *(AlertKind.SLA_DUE_SOON, "t1", None, {"promise": "resolution"}, "ticket:t1"),
    ),
    (
        lambda: alerts.promise_at_risk("w", "t1", Promise.RESOLUTION, SlaState.BREACHED, AT),
        *(AlertKind.SLA_BREACHED, "t1", None, {"promise": "resolution"}, "ticket:t1"),
    ),
    (lambda: alerts.no_agent(TICKET, AT), AlertKind.NO_AGENT, "t1", None, {}, "ticket:t1"),
    (
        lambda: alerts.incident_grown(INCIDENT, AT),
        AlertKind.INCIDENT_GROWN,
        "t1",
        "inc-1",
        {"tickets": 60},
        "incident:inc-1",
    ),
    (
        lambda: alerts.incident_ended(INCIDENT, AlertKind.INCIDENT_QUIET, AT),
        *(AlertKind.INCIDENT_QUIET, "t1", "inc-1", {"tickets": 60}, "incident:inc-1"),
    ),
    (
        lambda: alerts.incident_ended(INCIDENT, AlertKind.INCIDENT_RESOLVED, AT),
        *(AlertKind.INCIDENT_RESOLVED, "t1", "inc-1", {"tickets": 60}, "incident:inc-1"),
    ),
    (
        lambda: alerts.follow_up("w", "t1", AlertKind.TICKET_BEGUN, AT),
        AlertKind.TICKET_BEGUN,
        "t1",
        None,
        {},
        "ticket:t1",
    ),
    (
        lambda: alerts.breaker("w", "worker-1", AlertKind.BREAKER_OPENED, 4.0, AT),
        *(AlertKind.BREAKER_OPENED, None, None, {"worker": "worker-1", "opened_at": 4.0}, BREAKER),
    ),
    (
        lambda: alerts.breaker("w", "worker-1", AlertKind.BREAKER_CLOSED, 4.0, AT),
        *(AlertKind.BREAKER_CLOSED, None, None, {"worker": "worker-1", "opened_at": 4.0}, BREAKER),
    ),
    (
        lambda: alerts.dead_letter("w", "ticket:t1", AT, "t1", {"step": "triaged"}),
        *(AlertKind.DEAD_LETTER, "t1", None, {"step": "triaged"}, DEAD_LETTERS),
    ),
]


@pytest.mark.parametrize(("made", "kind", "ticket_id", "incident_id", "data", "topic"), MADE)
def test_an_alert_names_what_it_is_about(made, kind, ticket_id, incident_id, data, topic):
    made = made()
    said = (made.workspace, made.kind, made.at, made.ticket_id, made.incident_id, made.data, made.topic)
    assert said == ("w", kind, AT, ticket_id, incident_id, data, topic)


def test_two_reasons_are_two_alerts():
    for (one, *_), (other, *_) in combinations(MADE, 2):
        assert one().id != other().id


def test_who_decides_later_decides_the_same_alert():
    """Two leaders, one after the other."""
    for make in (
        lambda at: alerts.urgent_ticket(TICKET, 0.8, at),
        lambda at: alerts.exceptional(TICKET, "inc-1", at),
        lambda at: alerts.incident_opened("w", "inc-1", "t1", at),
        lambda at: alerts.incident_reopened("w", "inc-1", "t1", "t9", at),
        lambda at: alerts.promise_at_risk("w", "t1", Promise.RESOLUTION, SlaState.BREACHED, at),
        lambda at: alerts.no_agent(TICKET, at),
        lambda at: alerts.incident_grown(replace(INCIDENT, tickets=60 + int(at)), at),
        lambda at: alerts.breaker("w", "worker-1", AlertKind.BREAKER_OPENED, 4.0, at),
        lambda at: alerts.dead_letter("w", "ticket:t1", at, "t1", {}),
    ):
        assert make(5.0).id == make(9.0).id


def test_what_happens_twice_is_told_twice():
    for make in (
        lambda n: alerts.incident_reopened("w", "inc-1", "t1", f"t{n}", AT),
        lambda n: alerts.incident_ended(INCIDENT, AlertKind.INCIDENT_QUIET, float(n)),
        lambda n: alerts.follow_up("w", "t1", AlertKind.TICKET_RESOLVED, float(n)),
        lambda n: alerts.breaker("w", "worker-1", AlertKind.BREAKER_OPENED, float(n), AT),
        lambda n: alerts.breaker("w", f"worker-{n}", AlertKind.BREAKER_OPENED, 4.0, AT),
        lambda n: alerts.incident_grown(replace(INCIDENT, reopened_at=float(n)), AT),
        lambda n: alerts.incident_opened(f"w{n}", "inc-1", "t1", AT),
    ):
        assert make(1).id != make(2).id


@pytest.mark.parametrize(
    ("tickets", "told"), [(24, None), (25, 25), (49, 25), (50, 50), (99, 50), (100, 100), (250, 250), (2_600, 2_500)]
)
def test_growth_is_told_once_for_each_size(tickets, told):
    grown = alerts.incident_grown(replace(INCIDENT, tickets=tickets), AT)
    if told is None:
        assert grown is None
    else:
        assert grown.id == alerts.incident_grown(replace(INCIDENT, tickets=told), AT).id
        assert grown.id != alerts.incident_grown(replace(INCIDENT, tickets=told * 10), AT).id


def test_sizes_are_25_50_100_and_on():
    assert alerts.SIZES_TOLD[:7] == (25, 50, 100, 250, 500, 1_000, 2_500)


@pytest.mark.parametrize("state", IncidentState)
def test_of_one_that_has_ended_no_growth_is_told(state):
    assert (alerts.incident_grown(replace(INCIDENT, state=state), AT) is None) == state.closed


def test_names_follow_from_what_is_stored_so_that_an_upgrade_tells_nothing_again():
    assert alerts.no_agent(TICKET, AT).id == "bbc9cdb9-0016-5a89-8d67-9b9fe3218314"
    assert alerts.incident_grown(INCIDENT, AT).id == "05bfafbb-56dc-5cae-8c95-e06302d57370"
