"""The list of tickets: what may be asked of it, and what it answers."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from smart_support.domain.ticket import State

NOBODY = "-"
"""In a filter: only tickets that have no agent, or no incident."""

COUNTED = 100_000
"""So many tickets are looked at while counting, and no more."""

SHORTEST_BEGINNING = 3
"""So many letters of a last word may be the beginning of one; fewer are a word."""

_JOINER = "\N{ZERO WIDTH JOINER}"
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG = range(0x1F1E6, 0x1F200)


class Order(StrEnum):
    """NEWEST: by time of acceptance, the newest first. URGENT: by S, those without one last; the oldest first among
    equals, as the queue is taken. Ids decide where these are equal."""

    NEWEST = "newest"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets: those that fit all that is given.

    Of several categories, states, languages or ids any will do. `urgency_from` and `urgency_to` are included, a ticket
    without S fits neither; `accepted_from` (UTC epoch seconds) is included, `accepted_to` is not. Every one of `words`
    (see `words_of`) occurs in subject or body, the last one, from SHORTEST_BEGINNING letters on, perhaps as the
    beginning of a word. A ticket holds words from triage on, or once it was given up. `seen_by` is an agent: only what
    `domain.access.may_see` shows him.
    """

    ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    languages: tuple[str, ...] = ()
    tier: str | None = None
    agent_id: str | None = None
    team: str | None = None
    incident_id: str | None = None
    needs_review: bool | None = None
    urgency_from: float | None = None
    urgency_to: float | None = None
    accepted_from: float | None = None
    accepted_to: float | None = None
    words: tuple[str, ...] = ()
    seen_by: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list a ticket stands; it says so whatever becomes of the ticket."""

    urgency: float | None
    accepted_at: float
    ticket_id: str


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list: what is shown of it. `excerpt` is how its body begins, `customer` a name, an address or an
    id. Times are UTC epoch seconds."""

    ticket_id: str
    subject: str
    excerpt: str
    state: State
    category: str | None
    urgency: float | None
    confidence: float | None
    needs_review: bool
    tier: str | None
    language: str | None
    incident_id: str | None
    agent_id: str | None
    team: str | None
    customer: str | None
    source: str | None
    accepted_at: float
    resolved_at: float | None

    @property
    def place(self) -> Place:
        return Place(self.urgency, self.accepted_at, self.ticket_id)


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Some of a list. `beyond` is where the next page begins, None where this one is the last. It may hold fewer
    tickets than were asked for, even none, and yet not be the last one: where hardly any fits, looking ends after so
    many tickets, that a page takes no longer however many there are. With `seen_by` it names no
    ticket that is not shown.

    `total` is how many there are in all pages; None but in a first page, and where more than COUNTED have to be looked
    at to tell, or fewer where that takes long.
    """

    rows: list[TicketRow]
    beyond: Place | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Facets:
    """How many tickets have which value, the most frequent first; tickets that have none count for none."""

    categories: Mapping[str, int]
    languages: Mapping[str, int]
    tiers: Mapping[str, int]
    states: Mapping[str, int]


class ListingStore(Protocol):
    """The list of tickets. Every method raises Unavailable as StepStore's do."""

    def list_tickets(
        self, workspace: str, which: TicketFilter, order: Order, after: Place | None, limit: int
    ) -> TicketPage:
        """Tickets in this order, `limit` at most, from beyond `after`."""
        ...

    def facets(self, workspace: str, seen_by: str | None = None) -> Facets:
        """Of all tickets, or of those that an agent may see."""
        ...


def words_of(text: str) -> tuple[str, ...]:
    """The words in a text to search for: stretches of letters, digits and the marks upon them. Nothing else in it
    means anything; () where there is no word."""
    kept = (char if unicodedata.category(char)[0] in "LNM" else " " for char in text)
    return tuple("".join(kept).split())


def excerpt(text: str, length: int) -> str:
    """How a text begins: `length` characters at most, white space made one blank, no character of several parts cut."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    end = length
    while end and _joined(flat, end):
        end -= 1
    return flat[:end].rstrip()


def _joined(text: str, place: int) -> bool:
    """Whether what stands before and at a place is shown as one character."""
    before, char = text[place - 1], text[place]
    if _JOINER in (before, char) or ord(char) in _SKIN or unicodedata.category(char)[0] == "M":
        return True
    return ord(char) in _FLAG and sum(1 for _ in _flags_before(text, place)) % 2 == 1


def _flags_before(text: str, place: int) -> Iterator[str]:
    for char in reversed(text[:place]):
        if ord(char) not in _FLAG:
            return
        yield char


def listed(counts: Sequence[tuple[str | None, int]]) -> dict[str, int]:
    """Values and how many tickets have them, the most frequent first; equals by their name."""
    known = [(value, tickets) for value, tickets in counts if value is not None]
    return dict(sorted(known, key=lambda pair: (-pair[1], pair[0])))
