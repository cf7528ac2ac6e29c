"""When a duplicate is more than that: it stays linked to its incident, and is routed and told all the same."""

from collections.abc import Collection

from smart_support.domain import urgency

FAR_ABOVE = 0.35
"""So far above the S of its incident a duplicate is urgent for a reason of its own."""

CUES = {"legal": "legal_threat", "loss": "lost_data", "danger": "danger"}
"""Groups of cues (`domain.urgency_cues`) that ask for more than the end of the fault, and the reason each gives."""


def shared_cues(texts: Collection[str]) -> tuple[str, ...]:
    """The groups of `CUES` that at least a fifth of an incident's first members have: they are part of the fault."""
    found = [urgency.groups(text) for text in texts]
    return tuple(group for group in CUES if 5 * sum(group in groups for groups in found) >= max(1, len(found)))


def exception(text: str, score: float, shared: Collection[str], usual: float) -> str | None:
    """Why a duplicate with this text and S is released from an incident whose members share these groups and have this
    mean S: `legal_threat`, `lost_data`, `danger` or `urgency`; None where it is a duplicate and nothing more."""
    groups = urgency.groups(text)
    for group, reason in CUES.items():
        if group in groups and group not in shared:
            return reason
    return "urgency" if score - usual >= FAR_ABOVE else None
