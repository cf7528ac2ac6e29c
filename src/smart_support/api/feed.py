"""Events for many listeners at once: those who stand at the same place share one look into the store."""

from collections.abc import Sequence

from smart_support.api.shared import SharedLooks
from smart_support.domain.access import may_see
from smart_support.domain.event import Position, Recorded
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.ports import TicketStore

PAGE = 500
_FRESH_SECONDS = 0.2

Page = tuple[Position, list[Recorded]]


class Feed:
    """What lies beyond a position, at most a fifth of a second old. Used in one event loop."""

    def __init__(self, store: TicketStore, looks: SharedLooks) -> None:
        self._store = store
        self._looks = looks

    async def read(self, workspace: str, after: Position | None, bound_to: str | None = None) -> Page:
        """The next events of a workspace, of those that concern an agent if one is named, and the position behind them
        all; beyond None is nothing yet.

        Raises Unavailable.
        """
        place = ("events", workspace, after)
        page: Page = await self._looks.share(place, _FRESH_SECONDS, lambda: self._look(workspace, after))
        if bound_to is None or not page[1]:
            return page
        own = ("own events", workspace, after, page[0], bound_to)
        return page[0], await self._looks.share(own, _FRESH_SECONDS, lambda: self._own(workspace, page[1], bound_to))

    def _look(self, workspace: str, after: Position | None) -> Page:
        if after is None:
            return self._store.last_position(workspace), []
        found = self._store.events(workspace, after, PAGE)
        return (found[-1].position if found else after), found

    def _own(self, workspace: str, found: Sequence[Recorded], agent_id: str) -> list[Recorded]:
        """Those that name the agent, as who has a ticket or had it, or a ticket that he may see by now."""
        named = {one.event.ticket_id for one in found}
        known = self._store.find_many(TicketKey(workspace, name) for name in sorted(filter(None, named)))
        seen = {key.ticket_id for key, ticket in known.items() if may_see(agent_id, ticket)}
        return [
            one
            for one in found
            if agent_id in {one.event.agent_id, one.event.data.get("from_agent")} or one.event.ticket_id in seen
        ]
