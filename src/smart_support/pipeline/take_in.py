"""Take in: what helpdesks and mailboxes say becomes tickets, and changes of tickets.

Every effect is one that changes nothing when it is repeated: a ticket's and a reply's id follow from their ids at the
source, an act that is done already is none, and only what differs from what the source said last is acted on. So a
delivery is marked as known after its effects: a crash between the two lets it come again, without harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from smart_support.domain.event import Datum, Event
from smart_support.domain.ticket import HELD, State, Ticket, TicketKey
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.agents import Act, AgentStore, Handling, HandlingStore, Refused
from smart_support.pipeline.incoming import (
    clean,
    digest,
    fitted,
    is_first,
    key_of,
    other_key_of,
    pseudonym,
    short_id,
    ticket_of,
    was_written_before,
)
from smart_support.pipeline.intake import ASSIGNEE, CHANGED_AT, CLOSED, REFUSED, IntakeStore, is_echo
from smart_support.pipeline.sources import Incoming, Reply

RETRY_SECONDS, GIVE_UP_SECONDS = 60.0, 86_400.0
"""How often, and how long, a hand-over that was refused is tried again."""

_AGAIN, _HELD_BY = "again", "held_by"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it: how many tickets are new, and of how many known ones something is. `repeated`: all of it was
    known, and nothing was done. `ticket_ids` are those of all tickets that it is about and that are known here."""

    fresh: int = 0
    updated: int = 0
    repeated: bool = False
    ticket_ids: tuple[str, ...] = ()


class TakeInStore(IntakeStore, HandlingStore, AgentStore, Protocol):
    """All that taking in needs."""

    def find(self, key: TicketKey) -> Ticket | None: ...


class TakeIn:
    """Acts on what sources say. The acts' actor is `source:NAME`, so that what came from a source is not told back."""

    def __init__(self, store: TakeInStore, accept: AcceptStep, admission: Admission) -> None:
        self._store = store
        self._accept = accept
        self._admission = admission
        self._settled_up_to: dict[str, str] = {}

    def take(
        self,
        source: str,
        workspace: str,
        said: Sequence[Incoming],
        delivery: str | None,
        agents: Mapping[str, str],
        now: float,
    ) -> Taken:
        """`agents` are our agents by who they are there. Raises Overloaded where more new tickets wait than are let in,
        and Unavailable; then the delivery counts as one that never came."""
        delivery = None if delivery is None else short_id(clean(delivery, 10_000))
        if delivery is not None and self._store.is_delivered(source, delivery):
            return Taken(repeated=True)
        fresh, updated, ids = 0, 0, []
        for one in map(fitted, said):
            key, ticket = self._known(source, key_of(source, workspace, one))
            told = _Said(source, one, agents, now)
            if ticket is None:
                ticket = self._open(told, key)
                fresh += ticket is not None
            elif self._update(told, ticket):
                updated += 1
            if ticket is not None:
                ids.append(ticket.id)
        if delivery is not None:
            self._store.mark_delivered(source, delivery, now)
        return Taken(fresh, updated, ticket_ids=tuple(dict.fromkeys(ids)))

    def _known(self, source: str, key: TicketKey) -> tuple[TicketKey, Ticket | None]:
        """The source's ticket, and the key that it has or is to have: anybody may have given its id to another one."""
        ticket = self._store.find(key)
        if ticket is None or ticket.source == source:
            return key, ticket
        key = other_key_of(source, key)
        return key, self._store.find(key)

    def settle(self, source: str, workspace: str, agents: Mapping[str, str], now: float, limit: int = 1_000) -> int:
        """Act on what was said of tickets before the dispatcher had taken them up, or could not be done, and now can
        be; how many. At most `limit` are looked at, the next time those after them."""
        done = 0
        waiting = self._store.postponed(source, workspace, limit, self._settled_up_to.get(source, ""))
        self._settled_up_to[source] = waiting[-1][0].ticket_id if len(waiting) == limit else ""
        for key, kept in waiting:
            if 0.0 < kept.get(_AGAIN, 0.0) - now <= RETRY_SECONDS:
                continue
            ticket = self._store.find(key)
            if ticket is not None and ticket.state is State.ACCEPTED:
                continue
            if ticket is not None and kept.get(_HELD_BY, ticket.agent_id or "") == (ticket.agent_id or ""):
                one = Incoming(ticket.source_id or "", closed=kept.get(CLOSED), assignee=kept.get(ASSIGNEE))
                self._follow(_Said(source, one, agents, now), ticket)
            self._store.settled(source, key, kept)
            done += 1
        return done

    def _open(self, said: "_Said", key: TicketKey) -> Ticket | None:
        """The new ticket; None where nothing opens one."""
        one = said.one
        if one.by_us or one.closed or not one.opens:
            return None
        ticket = ticket_of(said.source, key, one, said.now)
        self._admission.admit()
        fresh = False
        try:
            fresh = self._accept.accept([ticket], said.actor)[0].fresh
        finally:
            if not fresh:
                self._admission.withdraw()
        # Where another call was faster, what this one says is said of the ticket that it made.
        if fresh:
            # A new one is open and nobody's here too.
            self._update(replace(said, one=replace(one, closed=None, assignee=one.assignee or None)), ticket)
            return ticket
        other, known = self._known(said.source, key)
        if known is None and other != key:
            return self._open(said, other)
        if known is not None:
            self._update(said, known)
        return known

    def _update(self, said: "_Said", ticket: Ticket) -> bool:
        """Whether anything was new."""
        one = said.one
        if one.by_us:
            self._remember_ours(said, ticket)
            return False
        replies = [reply for reply in one.replies if not is_first(reply, ticket)]
        if ticket.erased_at is not None:
            replies = [reply for reply in replies if not was_written_before(reply, ticket.erased_at)]
        # Opened again first: once they are stored, nobody could tell any more that it is still to be done.
        reopened = not one.closed and self._calls(ticket, replies) and self._reopen(said, ticket)
        new = self._store.add_replies(ticket.key, replies, said.now, said.actor) if replies else []
        return self._follow(said, ticket) or reopened or bool(new)

    def _calls(self, ticket: Ticket, replies: Sequence[Reply]) -> bool:
        """Whether the customer has written something new to a ticket that is resolved: neither it nor what an erasure
        left of it is stored."""
        theirs = {reply.id for reply in replies if reply.by_customer and not reply.internal}
        if not theirs or ticket.state is not State.RESOLVED:
            return False
        stored = {reply.id for reply in self._store.replies([ticket.key])[ticket.key]}
        return any(stored.isdisjoint((one, pseudonym(one))) for one in theirs)

    def _follow(self, said: "_Said", ticket: Ticket) -> bool:
        """Close it, open it again, hand it over, as the source does; whether anything was done."""
        closed, assignee, changed_at = said.one.closed, said.one.assignee, said.one.changed_at
        if (closed, assignee) == (None, None):
            return False
        before = self._store.said(said.source, ticket.key)
        if changed_at is not None:
            if changed_at < before.get(CHANGED_AT, 0.0):
                return False
            if changed_at > before.get(CHANGED_AT, 0.0):
                self._store.remember_said(said.source, ticket.key, **{CHANGED_AT: changed_at})
        if ticket.state is State.ACCEPTED:  # not the dispatcher's yet: what was said last is done then
            self._store.postpone(said.source, ticket.key, {CLOSED: closed, ASSIGNEE: assignee})
            return False
        turned = not closed and self._turn(said, ticket, before)
        if turned:
            ticket = self._store.find(ticket.key) or ticket  # once it is open again it can be handed over
        handed = self._hand_over(said, ticket, before)
        return (bool(closed) and self._turn(said, ticket, before)) or turned or handed

    def _turn(self, said: "_Said", ticket: Ticket, before: Mapping[str, Any]) -> bool:
        """Closed there, or open again."""
        closed = said.one.closed
        if closed is None or closed == before.get(CLOSED):
            return False
        acted = False
        if closed:
            acted = bool(self._act(said, ticket, Act(ticket.key, Handling.RESOLVE, said.now, said.actor)))
        elif before.get(CLOSED):
            acted = self._reopen(said, ticket)
        self._store.remember_said(said.source, ticket.key, **{CLOSED: closed})
        return acted

    def _reopen(self, said: "_Said", ticket: Ticket) -> bool:
        if ticket.state is not State.RESOLVED:
            return False
        return bool(self._act(said, ticket, Act(ticket.key, Handling.REOPEN, said.now, said.actor)))

    def _hand_over(self, said: "_Said", ticket: Ticket, before: Mapping[str, Any]) -> bool:
        """Somebody else has it there, or nobody."""
        name, had, refused = said.one.assignee, before.get(ASSIGNEE), before.get(REFUSED)
        if name is None or not (name or had or refused):
            return False
        agent = self._agent_of(ticket.workspace, name, said.agents) if name else ""
        has = f"unknown:{digest(name)}" if agent is None else agent
        if refused and has != refused["agent"]:  # what was refused is nobody's wish any more
            self._store.remember_said(said.source, ticket.key, **{REFUSED: None})
            self._store.postpone(said.source, ticket.key, {ASSIGNEE: name})
        if has == had or is_echo(has, before, said.now):
            return False
        acted = False
        if agent is None:
            self._store.note(said.event(ticket, "ticket.assignee_unknown"))
        elif agent:
            return self._give(said, ticket, before, agent)
        elif ticket.agent_id == had and ticket.state in HELD:
            act = Act(ticket.key, Handling.REASSIGN, said.now, said.actor, from_agent=had)
            acted = bool(self._act(said, ticket, act))
        self._store.remember_said(said.source, ticket.key, **{ASSIGNEE: has})
        return acted

    def _give(self, said: "_Said", ticket: Ticket, before: Mapping[str, Any], agent: str) -> bool:
        """Hand it to an agent; where he cannot have it now, again later, unless somebody else gets it first."""
        had, held_by = before.get(ASSIGNEE), ticket.agent_id or ""
        this = {"agent": agent, "had": had, "held_by": held_by}
        last = before.get(REFUSED) or {}
        known = last.get("agent") == agent and last["had"] == had
        if known and last["held_by"] != held_by:
            return False
        since = last["since"] if known else said.now
        act = Act(ticket.key, Handling.REASSIGN, said.now, said.actor, agent_id=agent)
        acted = self._act(said, ticket, act, tell=not known)
        if acted is None and said.now - since < GIVE_UP_SECONDS:
            if not known:
                self._store.remember_said(said.source, ticket.key, **{REFUSED: {**this, "since": since}})
            again = {ASSIGNEE: said.one.assignee, _AGAIN: said.now + RETRY_SECONDS, _HELD_BY: held_by}
            self._store.postpone(said.source, ticket.key, again)
            return False
        self._store.remember_said(said.source, ticket.key, **{ASSIGNEE: agent, **({REFUSED: None} if last else {})})
        return bool(acted)

    def _remember_ours(self, said: "_Said", ticket: Ticket) -> None:
        """That our agent has it there by now is no news once somebody else says so; that he no longer has it is."""
        agent = self._agent_of(ticket.workspace, said.one.assignee, said.agents) if said.one.assignee else None
        if agent is not None and agent == ticket.agent_id:
            self._store.remember_said(said.source, ticket.key, **{ASSIGNEE: agent})

    def _act(self, said: "_Said", ticket: Ticket, act: Act, *, tell: bool = True) -> bool | None:
        """Whether it was done just now; None where it cannot be done."""
        try:
            after = self._store.handle(act)
        except Refused as refused:
            if tell:
                data = {"action": act.kind.value, "state": ticket.state.value, "reason": str(refused)}
                self._store.note(said.event(ticket, "ticket.refused", data))
            return None
        return after is not None and (after.state, after.agent_id) != (ticket.state, ticket.agent_id)

    def _agent_of(self, workspace: str, name: str, agents: Mapping[str, str]) -> str | None:
        """Our agent: by the configured map, by his id, by his name; None where there is none."""
        for candidate in (agents.get(name), name):
            if candidate is not None and self._store.agent(workspace, candidate) is not None:
                return candidate
        called = (standing.agent for standing in self._store.agents(workspace))
        wanted = name.casefold()
        return next((agent.id for agent in called if agent.name is not None and agent.name.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a source says, and when."""

    source: str
    one: Incoming
    agents: Mapping[str, str]
    now: float

    @property
    def actor(self) -> str:
        return actor_of(self.source)

    def event(self, ticket: Ticket, kind: str, data: Mapping[str, Datum] | None = None) -> Event:
        told = {"source": self.source, **(data or {})}
        return Event(ticket.workspace, kind, self.now, self.actor, ticket.id, ticket.incident_id, data=told)


def actor_of(source: str) -> str:
    """Who acts, where a source says so."""
    return f"source:{source}"
