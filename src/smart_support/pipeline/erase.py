"""A person's data, shown and erased."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from smart_support.domain.event import Datum, Event
from smart_support.domain.storm.title import Words, keywords, title
from smart_support.pipeline.ports import Clock
from smart_support.pipeline.privacy import Person, PrivacyStore, Retitle, in_batches
from smart_support.pipeline.records import Unavailable

log = structlog.get_logger(__name__)

_BATCH = 50


@dataclass(frozen=True, slots=True)
class Erased:
    """How many tickets of a person were erased, and how many replies that he wrote to those of others. `scrubbed`:
    nothing of it is left in the files either; where it is False that is done later, or by erasing once more."""

    tickets: int
    replies: int
    scrubbed: bool


class People:
    """Answers who asks what is kept of him (GDPR, article 15), and who wants it gone (article 17).

    Both are on the record, with a salted hash of who it was and never his name. `salt()` is random, in hexadecimal.
    """

    def __init__(self, store: PrivacyStore, clock: Clock, salt: Callable[[], str], retitle: Retitle) -> None:
        self._store = store
        self._clock = clock
        self._salt = salt
        self._retitle = retitle

    def export(self, workspace: str, person: Person, actor: str) -> Iterator[dict[str, Any]]:
        """All that is kept of each of his tickets, then `{"reply": ...}` for what he wrote to those of others."""
        now = self._clock.now()
        keys = self._store.person_tickets(workspace, person, now)
        replies = self._store.replies_of(workspace, person)
        self._note("export", workspace, person, actor, now, len(keys), len(replies))
        return self._records(keys, replies)

    def _records(self, keys: list[Any], replies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for part in in_batches(keys, _BATCH):
            yield from self._store.person_records(part)
        own = {key.ticket_id for key in keys}
        yield from ({"reply": reply} for reply in replies if reply["ticket_id"] not in own)

    def erase(self, workspace: str, person: Person, actor: str) -> Erased:
        """Erase what came up to now; what comes later is new. One that breaks off goes on when it is repeated: tickets
        are erased with all that was made of them, some at a time."""
        now = self._clock.now()
        tickets = 0
        while keys := self._store.person_tickets(workspace, person, now):
            tickets += self._store.erase_tickets(keys, now, self._retitle)
        replies = self._store.erase_replies(workspace, person, now)
        self._note("erase", workspace, person, actor, now, tickets, replies)
        try:
            scrubbed = self._store.scrub()
        except Unavailable as error:  # a full disk, for one: the rows are erased, and the rest is done later
            log.warning("not_scrubbed", reason=str(error))
            scrubbed = False
        return Erased(tickets, replies, scrubbed)

    def _note(
        self, what: str, workspace: str, person: Person, actor: str, at: float, tickets: int, replies: int
    ) -> None:
        salt = self._salt()
        data: dict[str, Datum] = {"tickets": tickets, "replies": replies, "salt": salt, "person": hashed(person, salt)}
        self._store.note(Event(workspace, f"privacy.{what}", at, actor, data=data))


def hashed(person: Person, salt: str) -> str:
    """Who it was, for one who knows whom he looks for. It takes scrypt a while, so that names are not tried in bulk."""
    who = json.dumps([person.customer_id, person.email and person.email.lower()])
    return hashlib.scrypt(who.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32).hex()


def retitling(words: Words) -> Retitle:
    """What incidents are called once a member is gone."""
    return lambda members, others: (title(members, others, words), keywords(members, others, words))
