"""How much an alert weighs."""

from smart_support.domain.alert import AlertKind
from smart_support.domain.incident import Severity
from smart_support.domain.notice import Weight

CRITICAL_FROM = 0.9
"""The urgency S from which on a ticket that alerts by its text is critical."""

BY_URGENCY = frozenset({AlertKind.URGENT_TICKET, AlertKind.EXCEPTION})
"""What weighs as much as its ticket is urgent."""

_BY_SEVERITY = frozenset(
    {
        AlertKind.INCIDENT_OPENED,
        AlertKind.INCIDENT_REOPENED,
        AlertKind.INCIDENT_GROWN,
        AlertKind.INCIDENT_RESOLVED,
    }
)
_SEVERITIES = {Severity.MINOR: Weight.WARNING, Severity.MAJOR: Weight.ERROR, Severity.CRITICAL: Weight.CRITICAL}
_OTHERS = {
    AlertKind.NO_AGENT: Weight.CRITICAL,
    AlertKind.SLA_BREACHED: Weight.ERROR,
    AlertKind.DEAD_LETTER: Weight.ERROR,
    AlertKind.SLA_DUE_SOON: Weight.WARNING,
    AlertKind.BREAKER_OPENED: Weight.WARNING,
    AlertKind.BREAKER_CLOSED: Weight.WARNING,
}
_ORDER = (Weight.INFO, Weight.WARNING, Weight.ERROR, Weight.CRITICAL)


def weight_of(kind: AlertKind, urgency: float | None = None, severity: Severity | None = None) -> Weight:
    """The weight of an alert about a ticket of this urgency S in [0, 1], or an incident of this severity.

    A ticket that is urgent, or says more than its incident, is critical from an S of 0.9 on, else an error. An
    incident is critical where its severity is, an error where that is major, else a warning; its end weighs the same,
    so that it goes where its beginning went. The other kinds weigh the same each time; what is not listed is an info.
    """
    if kind in BY_URGENCY:
        return Weight.CRITICAL if urgency is not None and urgency >= CRITICAL_FROM else Weight.ERROR
    if kind in _BY_SEVERITY:
        return _SEVERITIES[severity or Severity.MINOR]
    return _OTHERS.get(kind, Weight.INFO)


def heaviness(weight: Weight) -> int:
    """The weights in order: 0 for info, 3 for critical."""
    return _ORDER.index(weight)
