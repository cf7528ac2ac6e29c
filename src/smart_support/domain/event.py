"""One row for each thing that happened: the audit trail, a ticket's timeline, and the source of the live stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from smart_support.domain.ticket import Action

Datum = str | int | float | bool | None

KINDS = tuple(
    sorted(
        f"{of}.{what}"
        for of, all_that_happens in {
            "ticket": (
                *("accept", *Action, "reassign"),
                *("link", "unlink", "feedback", "reply", "assignee_unknown", "refused"),
            ),
            "sla": ("due_soon", "breached"),
            "incident": ("open", "grow", "quiet", "reopen", "resolve", "dismiss", "merge"),
            "agent": ("add", "change", "remove", "status"),
            "alert": ("sent", "retry", "dead", "replay", "silenced"),
            "write_back": ("sent", "retry", "dead", "replay"),
            "test": ("sent", "retry", "dead", "replay"),
            "config": ("apply",),
            "model": ("add", "shadow", "unshadow", "promote", "rollback"),
            "key": ("create", "revoke"),
            "workspace": ("create",),
            "session": ("open", "close"),
            "privacy": ("export", "erase", "purge"),
        }.items()
        for what in all_that_happens
    )
)
"""Every kind of event that is written."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, when (UTC epoch seconds), to what, and by whom.

    `data` holds ids, codes and numbers, never a ticket's text, so that a person's data can be erased without
    rewriting history. `actor` is `key:<id>` for a caller with a key, `local` for the open loopback, or the name of
    the part of Smart-Support that acted (`triage`, `dispatcher`, `notifier`, `sla`). `kind` is one of KINDS.
    """

    workspace: str
    kind: str
    at: float
    actor: str
    ticket_id: str | None = None
    incident_id: str | None = None
    agent_id: str | None = None
    data: Mapping[str, Datum] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the order in which events were committed.

    `txn` is the committing transaction where the database has several writers (PostgreSQL), else 0; `seq` counts
    rows. Reading on from a position never misses an event, however commits interleave.
    """

    txn: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.txn}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """The position that `str` wrote; raises ValueError for anything else."""
        txn, _, seq = text.partition("-")
        return cls(int(txn), int(seq))


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event and its place in the order of commits."""

    position: Position
    event: Event
