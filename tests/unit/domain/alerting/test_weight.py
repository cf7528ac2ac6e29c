"""How much an alert weighs, and what its rules see of a ticket."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.ending import ENDS
from smart_support.domain.alerting.facts import WITHOUT_TICKET, Told
from smart_support.domain.alerting.weight import heaviness, weight_of
from smart_support.domain.incident import Severity
from smart_support.domain.notice import Weight
from smart_support.domain.ticket import Customer, Ticket
from smart_support.domain.triage import Tier, Triage

MEMBERS = [
    AlertKind.INCIDENT_OPENED,
    AlertKind.INCIDENT_REOPENED,
    AlertKind.INCIDENT_GROWN,
    AlertKind.INCIDENT_RESOLVED,
]


@pytest.mark.parametrize("kind", [AlertKind.URGENT_TICKET, AlertKind.EXCEPTION])
def test_a_ticket_is_critical_from_an_urgency_of_nine_tenths_on(kind: AlertKind):
    assert [weight_of(kind, urgency) for urgency in (0.81, 0.9)] == [Weight.ERROR, Weight.CRITICAL]


@pytest.mark.parametrize("kind", MEMBERS)
def test_an_incident_weighs_as_its_severity(kind: AlertKind):
    found = [weight_of(kind, 0.99, severity) for severity in Severity]
    assert found == [Weight.WARNING, Weight.ERROR, Weight.CRITICAL]


def test_that_nobody_has_a_critical_ticket_is_critical():
    assert weight_of(AlertKind.NO_AGENT) is Weight.CRITICAL


@given(st.sampled_from(AlertKind), st.none() | st.floats(0, 1), st.none() | st.sampled_from(Severity))
def test_every_kind_weighs_something_and_never_less_for_being_more_urgent(
    kind: AlertKind, urgency: float | None, severity: Severity | None
):
    assert heaviness(weight_of(kind, urgency, severity)) <= heaviness(weight_of(kind, 1.0, severity or Severity.MINOR))


def test_what_ends_a_part_of_the_system_or_an_incident_weighs_as_its_beginning():
    for end in (AlertKind.INCIDENT_RESOLVED, AlertKind.BREAKER_CLOSED):
        for began in ENDS[end]:
            for severity in Severity:
                assert weight_of(end, None, severity) is weight_of(began, None, severity)


TICKET = Ticket(
    "default",
    "t",
    "a",
    "b",
    1.0,
    Customer("c-1", "Ann@A.example", None, "Gold"),
    "mail",
    ("shop",),
    triage=Triage("Billing", 0.9, 0.85, Tier.LIGHT, "m", language="de"),
    team="money",
)


def test_an_alert_is_seen_with_what_its_ticket_says():
    told = Told.about(TICKET, AlertKind.URGENT_TICKET, "ticket:t", Weight.ERROR)
    assert (told.category, told.team, told.urgency, told.ticket_id) == ("Billing", "money", 0.85, "t")
    assert told.facts is not None
    assert told.facts.customer == {"c-1", "ann@a.example", "@a.example"}
    assert (told.facts.tier, told.facts.language) == ({"gold"}, {"de"})
    held = Told.about(TICKET, AlertKind.NO_AGENT, "ticket:t", Weight.ERROR, team="shop", incident_id="inc-1")
    assert (held.team, held.incident_id) == ("shop", "inc-1")


def test_what_is_not_triaged_and_what_is_about_no_ticket_has_no_facts():
    kinds = [(TICKET, kind) for kind in WITHOUT_TICKET]
    for ticket, kind in [(replace(TICKET, triage=None), AlertKind.URGENT_TICKET), *kinds]:
        told = Told.about(ticket, kind, "topic", Weight.INFO)
        assert (told.facts, told.category, told.urgency) == (None, None, None)
