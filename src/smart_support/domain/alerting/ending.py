"""Which alerts end what others began: they go where those went, though a route names only the beginning."""

from collections.abc import Mapping
from functools import lru_cache

from smart_support.domain.alert import AlertKind

Kinds = frozenset[AlertKind]

_OF_TICKETS = frozenset(
    {
        AlertKind.URGENT_TICKET,
        AlertKind.NO_AGENT,
        AlertKind.EXCEPTION,
        AlertKind.SLA_DUE_SOON,
        AlertKind.SLA_BREACHED,
    }
)
ENDS: Mapping[AlertKind, Kinds] = {
    AlertKind.TICKET_BEGUN: _OF_TICKETS,
    AlertKind.TICKET_RESOLVED: _OF_TICKETS,
    AlertKind.INCIDENT_RESOLVED: frozenset(
        {AlertKind.INCIDENT_OPENED, AlertKind.INCIDENT_REOPENED, AlertKind.INCIDENT_GROWN}
    ),
    AlertKind.BREAKER_CLOSED: frozenset({AlertKind.BREAKER_OPENED}),
}
"""By the kind of the end, what it ends."""


@lru_cache(maxsize=1_024)
def with_ends(kinds: Kinds) -> Kinds:
    """These kinds, and those that end one of them."""
    return kinds | {end for end, began in ENDS.items() if not kinds.isdisjoint(began)}
