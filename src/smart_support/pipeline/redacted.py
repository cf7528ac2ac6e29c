"""Tickets and incidents as they may leave: their words without what must not."""

from collections.abc import Callable
from dataclasses import replace

from smart_support.domain.incident import Incident
from smart_support.domain.ticket import Customer, Ticket

_MOST = 6_000  # characters of a body that anybody is told
_EDGE = 400  # what is cut in two could not be known for what it is


def redacted_ticket(ticket: Ticket, redact: Callable[[str], str]) -> Ticket:
    """The ticket with redacted words, and of its body the beginning alone."""
    begun = redact(ticket.body[:_MOST])
    who, triage = ticket.customer, ticket.triage
    return replace(
        ticket,
        subject=redact(ticket.subject),
        body=begun if len(ticket.body) <= _MOST else begun[:-_EDGE],
        customer=Customer(
            *(None if said is None else redact(said) for said in (who.id, who.email, who.name, who.tier))
        ),
        triage=triage
        and replace(triage, reasons=tuple(replace(one, quote=redact(one.quote)) for one in triage.reasons)),
    )


def redacted_incident(incident: Incident, redact: Callable[[str], str]) -> Incident:
    """The incident with a redacted title and keywords."""
    return replace(incident, title=_whole(redact(incident.title)), keywords=tuple(map(redact, incident.keywords)))


def _whole(title: str) -> str:
    """A title that was cut, without the word or the number that the cut has halved."""
    if not title.endswith("…"):
        return title
    words = title.removesuffix("…").split(" ")[:-1]
    while words and not any(map(str.isalpha, words[-1])):
        words.pop()
    return " ".join(words) + "…"
