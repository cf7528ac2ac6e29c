"""What is new at a django-helpdesk 2.3, asked for over its API: what its webhooks told nobody while one side was down.

Its API shows no time of change and sorts tickets by their ids alone, and each look at a list costs it a query for each
ticket of that list. Its follow-ups cost it next to nothing and come in the order of their dates: almost all that
happens to a ticket adds one, its creation too. So they are read from their end back to those that are known, and only
the tickets that they name are asked for, the new ones a page at a time. What leaves no follow-up (a PATCH of the API,
the admin's site) is seen by a walk through all open tickets, at first and then once in a while.

Sources: `helpdesk/views/api.py`, `serializers.py`, `forms.py` and `models.py` of the package.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from smart_support.adapters.helpdesks.rest import Api, entries, member
from smart_support.adapters.sources.django_helpdesk import incoming_of, is_ours
from smart_support.pipeline.records import Unavailable, Undelivered
from smart_support.pipeline.sources import Incoming

SWEEP_SECONDS = 3_600.0
_KNOWN = 100  # follow-ups whose ids are kept: one that was committed late stands among them
_FOLLOW_UPS = 100
_TICKETS = 200
_ONE_BY_ONE = 20  # of more tickets than that a walk through all open ones is cheaper
_OPEN = "1,2"
_OVER = {3, 4, 5}  # resolved, closed, duplicate
_NOT_FOUND = 404

_Page = tuple[Sequence[Incoming], Mapping[str, Any]]


class DjangoHelpdeskFeed:
    """The port Feed. `agents` are the users' ids there that the settings know; `clock` gives UTC epoch seconds.

    The cursor holds `known`, the newest follow-ups' ids; `ticket`, the highest ticket id; `swept`, when the last walk
    through all open tickets began; and, while there is one, `page`, how far it has come.
    """

    def __init__(
        self,
        api: Api,
        agents: Collection[str],
        clock: Callable[[], float],
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._api = api
        self._agents = agents
        self._clock = clock
        self._sweep_seconds = sweep_seconds

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[_Page]:
        try:
            yield from self._pages(cursor)
        except Undelivered as error:
            raise Unavailable(str(error), after=error.after) from error

    def _pages(self, cursor: Mapping[str, Any]) -> Iterator[_Page]:
        known = cursor.get("known")
        fresh, newest = self._follow_ups(known)
        changed = _by_ticket(fresh) if known is not None else {}
        over = {id_: those for id_, those in changed.items() if _is_over(those)}
        top = cursor.get("ticket", 0)
        at = {**cursor, "known": newest, "ticket": max([top, *changed])}
        if over:
            yield [self._closed(id_, those) for id_, those in over.items()], cursor
        if known is not None:
            yield from self._changed({id_: those for id_, those in changed.items() if id_ not in over}, cursor, at)
        if known is None or self._is_due(cursor):
            yield from self._sweep(at if "page" in cursor else {**at, "swept": self._clock()})

    def _is_due(self, cursor: Mapping[str, Any]) -> bool:
        # A clock that was set back is no reason to wait.
        return "page" in cursor or abs(self._clock() - cursor["swept"]) >= self._sweep_seconds

    def _follow_ups(self, known: Sequence[int] | None) -> tuple[list[dict[str, Any]], list[int]]:
        """The follow-ups that are not known, the oldest first, and the ids that are to be known from now on."""
        last = set(known or ())
        floor = min(last) if len(last) >= _KNOWN else 0
        read: list[dict[str, Any]] = []
        for _number, page in self._backwards("/api/followups/", _FOLLOW_UPS):
            read = [*page, *read]
            reached = known is None or any(one["id"] in last or one["id"] <= floor for one in page)
            if reached and len(read) >= _KNOWN:
                break
        fresh = [one for one in read if one["id"] > floor and one["id"] not in last]
        return fresh, sorted(last | {one["id"] for one in read})[-_KNOWN:]

    def _changed(
        self, changed: Mapping[int, Sequence[Mapping[str, Any]]], cursor: Mapping[str, Any], at: Mapping[str, Any]
    ) -> Iterator[_Page]:
        """Tickets that are open as far as their follow-ups say. Only once all are taken in does the cursor go on."""
        missing = dict(changed)
        floor = cursor.get("ticket", 0)
        if sum(id_ <= floor for id_ in changed) > _ONE_BY_ONE:
            floor = min(changed) - 1
        if any(id_ > floor for id_ in changed):
            for _number, page in self._backwards("/api/tickets/", _TICKETS, status=_OPEN):
                found = [one for one in page if one["id"] > floor]
                at = {**at, "ticket": max([at["ticket"], *(one["id"] for one in found)])}
                for one in found:
                    missing.pop(one["id"], None)
                yield self._read(found), cursor
                if len(found) < len(page):
                    break
        if at != cursor:
            yield [self._one(id_, those) for id_, those in missing.items()], at

    def _sweep(self, at: Mapping[str, Any]) -> Iterator[_Page]:
        """All open tickets, from the newest page back: while it goes on, one that is closed moves no other past it."""
        top = at["ticket"]
        for number, page in self._backwards("/api/tickets/", _TICKETS, at.get("page"), status=_OPEN):
            top = max([top, *(one["id"] for one in page)])
            yield self._read(page), {**at, "ticket": top, "page": number - 1}
        yield [], {name: value for name, value in {**at, "ticket": top}.items() if name != "page"}

    def _backwards(
        self, path: str, size: int, start: int | None = None, **query: str
    ) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """The pages of a list from its end to its beginning, or from a page's number on; each with its number."""
        if start is None:
            answer = self._api.get(path, page="last", page_size=size, **query)
            start = max(1, math.ceil((member(answer, "count") or 0) / size))
            yield start, entries(member(answer, "results"))
            start -= 1
        for number in range(start, 0, -1):
            where = urlencode({"page": number, "page_size": size, **query})
            answer = self._api.call("GET", f"{path}?{where}", expected=(_NOT_FOUND,))[1]  # a page may be no more
            yield number, entries(member(answer, "results"))

    def _read(self, tickets: Sequence[Mapping[str, Any]]) -> list[Incoming]:
        return [incoming_of(one, self._agents) for one in tickets]

    def _one(self, id_: int, follow_ups: Sequence[Mapping[str, Any]]) -> Incoming:
        path = f"/api/tickets/{id_}/"
        for filtered in (f"{path}?status={_OPEN}", path):  # the first is quick; it finds most of them
            status, ticket = self._api.call("GET", filtered, expected=(_NOT_FOUND,))
            if status != _NOT_FOUND:
                return incoming_of(ticket, self._agents)
        return self._closed(id_, follow_ups)

    def _closed(self, id_: int, follow_ups: Sequence[Mapping[str, Any]]) -> Incoming:
        """What its follow-ups say of a ticket that was closed, or is not there any more."""
        found = incoming_of({"id": id_, "followup_set": list(follow_ups)}, self._agents)
        return replace(found, closed=True, opens=False)


def _by_ticket(follow_ups: Sequence[Mapping[str, Any]]) -> dict[int, list[Mapping[str, Any]]]:
    """Follow-ups by the ticket they belong to, without notes of our own."""
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for one in follow_ups:
        if not is_ours(one):
            found[one["ticket"]].append(one)
    return dict(found)


def _is_over(follow_ups: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the last of them that changed the ticket's status closed it."""
    states = [one["new_status"] for one in follow_ups if one.get("new_status") is not None]
    return bool(states) and states[-1] in _OVER
