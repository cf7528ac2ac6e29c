"""A person's data, shown and erased."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from smart_support.domain.event import Event
from smart_support.domain.storm.title import Words, keywords, title
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.ports import Clock
from smart_support.pipeline.privacy import Person, PrivacyStore, Retitle, in_batches, scrubbed

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

    Both are on the record, with how much it was and never whose: a hash of a customer's number is soon guessed.
    """

    def __init__(self, store: PrivacyStore, clock: Clock, retitle: Retitle) -> None:
        self._store = store
        self._clock = clock
        self._retitle = retitle

    def export(self, workspace: str, person: Person, actor: str) -> Iterator[dict[str, Any]]:
        """All that is kept of each of his tickets, then `{"reply": ...}` for what he wrote to those of others."""
        now = self._clock.now()
        keys = self._store.person_tickets(workspace, person, now)
        replies = self._store.replies_of(workspace, person)
        data = {"tickets": len(keys), "replies": len(replies)}
        self._store.note(Event(workspace, "privacy.export", now, actor, data=data))
        return self._records(keys, replies)

    def _records(self, keys: list[Any], replies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for part in in_batches(keys, _BATCH):
            yield from self._store.person_records(part)
        own = {key.ticket_id for key in keys}
        yield from ({"reply": reply} for reply in replies if reply["ticket_id"] not in own)

    def erase(self, workspace: str, person: Person, actor: str) -> Erased:
        """Erase what came up to now; what comes later is new. One that breaks off goes on when it is repeated: tickets
        are erased with all that was made of them, some at a time, and so is that put on the record."""
        now = self._clock.now()
        tickets, done = 0, set[TicketKey]()
        while keys := [key for key in self._store.person_tickets(workspace, person, now) if key not in done]:
            tickets += self._store.erase_tickets(keys, now, self._retitle, actor)
            done.update(keys)
        replies = self._store.erase_replies(workspace, person, now, actor)
        return Erased(tickets, replies, scrubbed(self._store))


def retitling(words: Words) -> Retitle:
    """What incidents are called once a member is gone."""
    return lambda members, others: (title(members, others, words), keywords(members, others, words))
