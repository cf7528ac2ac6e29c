"""Where tickets come from: helpdesks and mailboxes. What one says of a ticket of its own, and what it is told back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from smart_support.domain.agent import Agent
from smart_support.domain.incident import Incident
from smart_support.domain.ticket import Customer, Ticket


class Unverified(Exception):
    """A request does not prove that its source sent it. The message is for the log; the caller is told nothing."""


class Unreadable(ValueError):
    """A request is its source's, and cannot be understood; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Something that was written to a ticket after its first text. `id` is its id at the source. `by_customer` tells a
    customer's words from an agent's; a note is `internal`. `quoted` is what of the text repeats earlier ones."""

    id: str
    body: str
    at: float | None = None
    author: str | None = None
    by_customer: bool = True
    internal: bool = False
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a source says of one of its tickets: as a whole, as far as it says it (None: nothing is said of that).

    `source_id` is its id there. `closed` says whether it is over there. `assignee` is who has it there, by whatever
    the source names him (mail address, name, id), "" for nobody. `by_us` marks what our own write-back caused.
    `opens` is False where this can only be about a ticket that is known already. `changed_at` is when the ticket was
    last changed there, in UTC epoch seconds: of what is older than what is known `closed` and `assignee` do not count.
    """

    source_id: str
    subject: str = ""
    body: str = ""
    customer: Customer = field(default_factory=Customer)
    channel: str | None = None
    tags: tuple[str, ...] = ()
    received_at: float | None = None
    url: str | None = None
    closed: bool | None = None
    assignee: str | None = None
    replies: tuple[Reply, ...] = ()
    by_us: bool = False
    opens: bool = True
    changed_at: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A helpdesk that calls `POST /webhook/{name}`. Header names are in lower case. The functions are pure."""

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> str | None:
        """The id of this delivery, where it has one; raises Unverified unless the configured source sent exactly these
        bytes, and not long ago where it says when."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Incoming]:
        """What the request says, which may be nothing that concerns us; raises Unreadable."""
        ...


class Feed(Protocol):
    """A source that is asked for what is new: for those that call nobody, and for what was missed while one side was
    down."""

    def fetch(self, cursor: Mapping[str, Any]) -> Iterable[tuple[Sequence[Incoming], Mapping[str, Any]]]:
        """Pages of what is new since `cursor` ({} at first), each with the cursor from which to go on once it is taken
        in. Raises Unavailable where the source does not answer: what is left is asked for again later."""
        ...


@dataclass(frozen=True, slots=True)
class WriteBack:
    """What the source is to know of its ticket: it is set there, unless it is so already. `id` stays the same over
    retries; `note` is an internal note that was not written yet: the reasons, and the incident's link. `written` is
    what was written last (what the writer returned then), {} at first."""

    id: str
    ticket: Ticket
    agent: Agent | None
    incident: Incident | None
    note: str | None = None
    written: Mapping[str, Any] = field(default_factory=dict)


class Writer(Protocol):
    """Tells a source about its ticket, at most `rate` tickets a second."""

    rate: float

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        """Set what differs from `told.written` and say what is written now (JSON); raises Undelivered. Called again
        after a crash: setting is repeated without harm, a note is looked for before it is added where the source
        allows that."""
        ...
