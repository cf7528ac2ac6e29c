"""What people do with tickets, in SQL: each act one transaction."""

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.agent_rows import loads, lock_agents, put_tickets
from smart_support.adapters.sql.agent_schema import declines
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.gathering import count_members
from smart_support.adapters.sql.incident_changes import stand_in
from smart_support.adapters.sql.rows import TICKET_COLUMNS, add_events, ticket_of
from smart_support.adapters.sql.schema import outbox, tickets
from smart_support.adapters.sql.sla_rows import follow_tickets
from smart_support.adapters.sql.statements import outbox_key
from smart_support.adapters.sql.storm_schema import incidents
from smart_support.domain.access import may_see
from smart_support.domain.agent import Agent, AgentStatus
from smart_support.domain.event import Datum, Event
from smart_support.domain.ticket import HELD, Action, IllegalTransition, State, Ticket, TicketKey
from smart_support.pipeline.agents import Act, Handling, Refused

_ACTIONS = {
    Handling.ACCEPT: Action.ACCEPT,
    Handling.START: Action.START,
    Handling.RESOLVE: Action.RESOLVE,
    Handling.REOPEN: Action.REOPEN,
}

_DONE = {
    Handling.ACCEPT: {State.ASSIGNED, State.IN_PROGRESS},
    Handling.START: {State.IN_PROGRESS},
    Handling.RESOLVE: {State.RESOLVED},
    Handling.REOPEN: set(State) - {State.RESOLVED},
}
"""Where a ticket stands once that has been done."""


class _Moved(Exception):
    """The ticket came to an incident just now."""


class SqlHandling:
    """The port HandlingStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def handle(self, act: Act) -> Ticket | None:
        def unit(connection: Connection) -> Ticket | None:
            # Agents, then incidents, then tickets: whoever holds several takes them in this order.
            takes = act.kind in {Handling.REASSIGN, Handling.START}
            taker = _taker(connection, act.key.workspace, act.agent_id) if takes and act.agent_id else None
            incident_id = _lock_incident(connection, act.key)
            ticket = _locked(connection, act.key)
            if ticket is None or not may_see(act.bound_to, ticket):
                return None
            if ticket.incident_id != incident_id:
                raise _Moved
            after = perform(connection, act, ticket, taker)
            if after is None:
                return ticket
            if incident_id is not None:
                if after.state is State.RESOLVED:
                    stand_in(connection, act.key.workspace, incident_id, act.at, act.actor)
                count_members(connection, act.key.workspace, [incident_id])
            return after

        while True:
            try:
                return self._database.write(unit)
            except _Moved:  # by now that is committed
                continue


@dataclass(frozen=True, slots=True)
class Taker:
    """An agent who is held, and who may be given a ticket while he has room."""

    agent: Agent
    room: int


def perform(connection: Connection, act: Act, ticket: Ticket, taker: Taker | None = None) -> Ticket | None:
    """Do it to a ticket whose row the caller holds, and tell it; the ticket then, None where it is done already.

    `taker` is the agent named, where he may get it (`reassign`, `start`). Raises Refused.
    """
    after = _after(connection, act, ticket, taker)
    if after is not None:
        put_tickets(connection, [after])
        follow_tickets(connection, [(ticket, after)])
        if ticket.state is State.DEAD:
            bulk.delete(connection, outbox, [outbox_key(ticket.key)])
        add_events(connection, [_event(act, ticket, after)])
    return after


def _after(connection: Connection, act: Act, ticket: Ticket, taker: Taker | None) -> Ticket | None:
    """The ticket once it is done; None where it is already."""
    if act.kind is Handling.REASSIGN:
        return _reassigned(connection, act, ticket, taker)
    if act.kind is Handling.DECLINE:
        return _declined(connection, act, ticket)
    if act.kind is Handling.START and ticket.state is State.CLAIMED and taker is not None:
        return _begun(_given(ticket, taker), act.at)
    done = _is_escalated(act, ticket) if act.kind is Handling.ESCALATE else ticket.state in _DONE[act.kind]
    if act.agent_id is not None and act.agent_id != _whose(ticket, done=done):
        raise Refused(f"the ticket is not {act.agent_id}'s: {_stands(ticket)}")
    if done:
        return None
    if act.kind is Handling.ESCALATE:
        return _escalated(connection, act, ticket)
    if act.kind is Handling.REOPEN and ticket.dispatch_order is None:
        raise Refused("the ticket was given up and put away before it was dispatched: hand it in anew")
    after = _applied(ticket, _ACTIONS[act.kind])
    if act.kind is Handling.START:
        return _begun(after, act.at)
    if act.kind is Handling.RESOLVE:
        return replace(after, resolved_at=act.at, answered_at=ticket.answered_at or act.at)
    return replace(after, resolved_at=None, escalated_at=None) if act.kind is Handling.REOPEN else after


def _whose(ticket: Ticket, *, done: bool) -> str | None:
    """Who has the ticket, or had it when it was resolved; of what was reopened, who had it last."""
    if ticket.state in HELD | {State.RESOLVED, State.CLAIMED}:
        return ticket.agent_id
    return ticket.last_agent_id if done else None


def _stands(ticket: Ticket) -> str:
    return f"it is {ticket.state}" + (f" to {ticket.agent_id}" if ticket.state in HELD else "")


def _begun(ticket: Ticket, at: float) -> Ticket:
    begun = ticket if ticket.state is State.IN_PROGRESS else ticket.apply(Action.START)
    return replace(begun, answered_at=ticket.answered_at or at)


def _given(ticket: Ticket, taker: Taker) -> Ticket:
    """The ticket, assigned to an agent who has room; it stays with a team that is his."""
    name = taker.agent.id
    if taker.room == 0 and not (ticket.state in HELD and ticket.agent_id == name):
        raise Refused(f"{name} has no room: all he may hold he holds; resolve or move one first")
    team = ticket.team if ticket.team == taker.agent.team else None
    return replace(_applied(ticket, Action.ASSIGN, name), last_agent_id=name, team=team)


def _declined(connection: Connection, act: Act, ticket: Ticket) -> Ticket | None:
    who = act.agent_id or (ticket.agent_id if ticket.state in HELD else ticket.last_agent_id)
    if who is None:
        raise Refused(f"the ticket is {ticket.state}, and nobody has it who could decline it")
    if ticket.agent_id != who or ticket.state not in HELD:
        if _has_declined(connection, ticket, who):
            return None
        raise Refused(f"the ticket is not {who}'s to decline: {_stands(ticket)}")
    after = _applied(ticket, Action.DECLINE)
    _bar(connection, ticket, who, act.at)
    return after


def _escalated(connection: Connection, act: Act, ticket: Ticket) -> Ticket:
    if act.keeps and ticket.state is State.IN_PROGRESS:
        return replace(ticket, escalated_at=act.at)
    after = _applied(ticket, Action.ESCALATE)
    if ticket.state in HELD and ticket.agent_id is not None:
        _bar(connection, ticket, ticket.agent_id, act.at)
    return replace(after, escalated_at=act.at, team=act.team or ticket.team)


def _is_escalated(act: Act, ticket: Ticket) -> bool:
    is_theirs = act.team in {None, ticket.team}
    return ticket.escalated_at is not None and ticket.state is State.WAITING and is_theirs


def _reassigned(connection: Connection, act: Act, ticket: Ticket, taker: Taker | None) -> Ticket | None:
    holds, team = ticket.agent_id if ticket.state in HELD else None, act.team or ticket.team
    if act.bound_to not in {None, ticket.agent_id, act.agent_id}:
        raise Refused(f"the ticket is not {act.bound_to}'s: {_stands(ticket)}; take it first")
    if act.from_agent is not None and holds != act.from_agent:
        if ticket.last_agent_id == act.from_agent or _has_declined(connection, ticket, act.from_agent):
            return None
        raise Refused(f"the ticket is not {act.from_agent}'s: {_stands(ticket)}")
    if taker is not None:
        is_his = holds == taker.agent.id and ticket.state is not State.OFFERED
        return None if is_his else _given(ticket, taker)
    if ticket.state is State.WAITING and team == ticket.team:
        return None
    after = ticket if ticket.state is State.WAITING else _applied(ticket, Action.RELEASE)
    if holds is not None:
        _bar(connection, ticket, holds, act.at)
    return replace(after, team=team)


def _applied(ticket: Ticket, action: Action, agent_id: str | None = None) -> Ticket:
    try:
        return replace(ticket.apply(action, agent_id=agent_id), offer_until=None)
    except IllegalTransition as error:
        raise Refused(str(error)) from error


def _taker(connection: Connection, workspace: str, agent_id: str) -> Taker:
    agent = lock_agents(connection, workspace, [agent_id]).get(agent_id)
    if agent is None:
        raise Refused(f"there is no agent {agent_id!r}")
    if agent.status is AgentStatus.OFFLINE:
        raise Refused(f"{agent_id} is offline")
    return Taker(agent, max(0, agent.capacity - loads(connection, workspace, [agent_id]).get(agent_id, 0)))


def _lock_incident(connection: Connection, key: TicketKey) -> str | None:
    """The incident that the ticket belongs to, held until the transaction ends."""
    own = (tickets.c.workspace == key.workspace) & (tickets.c.id == key.ticket_id)
    belongs = sa.select(tickets.c.incident_id).where(own)
    query = sa.select(incidents.c.id).where(
        incidents.c.workspace == key.workspace, incidents.c.id == belongs.scalar_subquery()
    )
    return connection.execute(query.with_for_update()).scalar()


def _locked(connection: Connection, key: TicketKey) -> Ticket | None:
    query = sa.select(*TICKET_COLUMNS).where(tickets.c.workspace == key.workspace, tickets.c.id == key.ticket_id)
    row = connection.execute(query.with_for_update()).mappings().one_or_none()
    return None if row is None else ticket_of(row)


def _bar(connection: Connection, ticket: Ticket, agent_id: str, at: float) -> None:
    row = {"workspace": ticket.workspace, "ticket_id": ticket.id, "agent_id": agent_id, "at": at}
    bulk.insert_new(connection, declines, [row])


def _has_declined(connection: Connection, ticket: Ticket, agent_id: str) -> bool:
    query = sa.select(declines.c.at).where(
        declines.c.workspace == ticket.workspace,
        declines.c.ticket_id == ticket.id,
        declines.c.agent_id == agent_id,
    )
    return connection.execute(query).first() is not None


def _event(act: Act, before: Ticket, after: Ticket) -> Event:
    agent_id = after.agent_id or before.agent_id or act.agent_id
    kind = f"ticket.{_ACTIONS.get(act.kind, act.kind)}"
    data: dict[str, Datum] = {} if act.team is None else {"team": act.team}
    if act.kind is Handling.REASSIGN and after.agent_id is None:
        data["queued"] = True  # the agent is who had it
    elif act.kind is Handling.REASSIGN and before.agent_id not in {None, after.agent_id}:
        data["from_agent"] = before.agent_id
    return Event(before.workspace, kind, act.at, act.actor, before.id, before.incident_id, agent_id, data)
