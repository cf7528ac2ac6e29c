"""Changes of an incident by a person or by its age, in SQL: each is part of the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.agent_rows import put_tickets
from smart_support.adapters.sql.alerts import add_alerts
from smart_support.adapters.sql.gathering import count_members
from smart_support.adapters.sql.incident_rows import (
    SAYS_NO_MORE,
    find_incident,
    incident_event,
    incident_of,
    link_row,
    put_incident,
)
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.sla_rows import follow_tickets
from smart_support.adapters.sql.statements import find_tickets, lock_tickets, select_keys, ticket_key
from smart_support.adapters.sql.storm_schema import SAYS_WHAT, cannot_links, incidents, links
from smart_support.domain.event import Event
from smart_support.domain.incident import Incident, IncidentState, Link, LinkKind
from smart_support.domain.ticket import TRANSITIONS, Action, State, Ticket, TicketKey
from smart_support.pipeline.incidents import (
    Change,
    Changed,
    IncidentDismissed,
    IncidentEnded,
    IncidentMerged,
    TicketsElsewhere,
    TicketsUnderway,
    Told,
    UnknownTickets,
)

_SUPPRESSED = tickets.c.state == sa.literal_column("'suppressed'")


class Changing:
    """One change of an incident."""

    def __init__(self, connection: Connection, change: Change, told: Told) -> None:
        self._connection = connection
        self._change = change
        self._told = told
        steps = (self._resolve, self._dismiss, self._unlink, self._link, self._merge)
        self._changes = dict(zip(("resolve", "dismiss", "unlink", "link", "merge"), steps, strict=True))

    def run(self) -> Changed | None:
        """Make it; None where there is no such incident. Raises as IncidentStore.change_incident does."""
        change, connection = self._change, self._connection
        changed = {change.incident_id, *filter(None, [change.other])}
        # In one order, so that two changes cannot wait for each other.
        ours = (incidents.c.workspace == change.workspace) & incidents.c.id.in_(sorted(changed))
        lock = sa.select(incidents).where(ours).order_by(incidents.c.id).with_for_update()
        held = {row["id"]: incident_of(dict(row)) for row in connection.execute(lock).mappings()}
        if change.incident_id not in held:
            return None
        _check(change, held)
        moved = self._changes[change.kind](held[change.incident_id])
        count_members(connection, change.workspace, changed)
        _revise(connection, change.workspace, changed)
        after = find_incident(connection, change.workspace, change.incident_id)
        assert after is not None  # it is held
        return Changed(after, moved)

    def _resolve(self, incident: Incident) -> list[str]:
        """Close it; members that nobody has in hand are answered with it, or the suppressed ones released. Those that
        say more than the incident does wait for an answer of their own."""
        self._close(incident, IncidentState.RESOLVED)
        if self._change.answer:
            waiting = (tickets.c.state == sa.literal_column("'waiting'")) & SAYS_NO_MORE
            return self._move(self._members(incident.id, _SUPPRESSED | waiting), Action.RESOLVE, incident.id)
        return self._move(self._members(incident.id, _SUPPRESSED), Action.RELEASE, incident.id)

    def _dismiss(self, incident: Incident) -> list[str]:
        """It is none: every member has its own life again, for ever apart."""
        self._close(incident, IncidentState.DISMISSED)
        members = self._members(incident.id, sa.true())
        ours = (links.c.workspace == incident.workspace) & (links.c.incident_id == incident.id)
        # What it was about stays known, cause by cause where it had been merged: nothing like it is to open another.
        said = sa.select(links.c.ticket_id, links.c.representative).where(ours, SAYS_WHAT)
        causes = {row.ticket_id: row.representative for row in self._connection.execute(said)}
        return self._part(members, incident.id, causes)

    def _unlink(self, incident: Incident) -> list[str]:
        """Tickets that do not belong to it have their own life again, for ever apart."""
        wanted = self._named()
        _belonging(self._connection, wanted)
        named = tickets.c.id.in_([key.ticket_id for key in wanted])
        parted = self._part(self._members(incident.id, named), incident.id, {})
        if not incident.state.closed:
            self.stand_in(incident.id)
        return parted

    def stand_in(self, incident_id: str) -> bool:
        """Where nobody stands for an open incident in the queue any more, or in somebody's hands, its first member
        does; whether one had to."""
        done = tickets.c.state.in_([State.SUPPRESSED.value, State.RESOLVED.value])
        if self._members(incident_id, sa.not_(done) & SAYS_NO_MORE):
            return False
        return bool(self._move(self._members(incident_id, _SUPPRESSED)[:1], Action.RELEASE, incident_id))

    def _link(self, incident: Incident) -> list[str]:
        """Tickets that a person knows to belong to it."""
        change, connection = self._change, self._connection
        wanted = self._named()
        held = lock_tickets(connection, wanted, tickets.c.dispatch_order.is_not(None) & tickets.c.incident_id.is_(None))
        self._check_left([key for key in wanted if key not in held], incident.id)
        keys = sorted(held)
        made = [
            Link(key.ticket_id, incident.id, LinkKind.MANUAL, change.at, recurrence=incident.state.closed)
            for key in keys
        ]
        bulk.insert_new(connection, links, [link_row(change.workspace, link, 0) for link in made])
        bulk.update(connection, tickets, [ticket_key(key) | {"incident_id": incident.id} for key in keys])
        bulk.delete(
            connection,
            cannot_links,
            [{"workspace": key.workspace, "ticket_id": key.ticket_id, "incident_id": incident.id} for key in keys],
        )
        add_events(connection, [_ticket_event("link", key, incident.id, change) for key in keys])
        if not incident.state.closed:
            found = [
                ticket for ticket in _tickets(connection, keys) if ticket.state in TRANSITIONS[Action.SUPPRESS].sources
            ]
            self._move(found, Action.SUPPRESS, incident.id)
        return [key.ticket_id for key in keys]

    def _check_left(self, left: Sequence[TicketKey], incident_id: str) -> None:
        """Raise for tickets that are not free, unless they belong to the incident already."""
        belonging = _belonging(self._connection, left)
        if elsewhere := {name: other for name, other in belonging.items() if other and other != incident_id}:
            raise TicketsElsewhere(elsewhere)
        # One that was not free when the others were locked and is now is told the same: the next attempt takes it.
        if underway := [name for name, other in belonging.items() if other is None]:
            raise TicketsUnderway(underway)

    def _named(self) -> list[TicketKey]:
        return [TicketKey(self._change.workspace, name) for name in dict.fromkeys(self._change.ticket_ids)]

    def _merge(self, incident: Incident) -> list[str]:
        """The members of `other` belong to this one; `other` is closed."""
        change, connection = self._change, self._connection
        other = find_incident(connection, change.workspace, str(change.other))
        if other is None or other.merged_into == incident.id:
            return []
        ours = (links.c.workspace == change.workspace) & (links.c.incident_id == change.other)
        barred = sa.select(cannot_links.c.ticket_id).where(
            cannot_links.c.workspace == change.workspace, cannot_links.c.incident_id == incident.id
        )
        moved = connection.execute(
            sa.update(links)
            .where(ours, links.c.ticket_id.not_in(barred))
            .values(incident_id=incident.id)
            .returning(links.c.ticket_id)
        ).scalars()
        keys = [TicketKey(change.workspace, name) for name in sorted(moved)]
        bulk.update(connection, tickets, [ticket_key(key) | {"incident_id": incident.id} for key in keys])
        self._part(self._members(other.id, sa.true()), other.id, {})  # those that must not belong here
        # Who was parted from the other is parted from this one too, where a person has not said that it belongs here.
        here = (links.c.workspace == change.workspace) & (links.c.incident_id == incident.id)
        parted = sa.select(cannot_links).where(
            cannot_links.c.workspace == change.workspace,
            cannot_links.c.incident_id == change.other,
            cannot_links.c.ticket_id.not_in(sa.select(links.c.ticket_id).where(here)),
        )
        rows = [dict(row) | {"incident_id": incident.id} for row in connection.execute(parted).mappings()]
        bulk.insert_new(connection, cannot_links, rows)
        add_events(connection, [_ticket_event("link", key, incident.id, change) for key in keys])
        add_events(connection, [incident_event("merge", incident, change.at, change.actor)])
        if not other.state.closed:
            self._close(other, IncidentState.RESOLVED)
        absorbed = (incidents.c.id == change.other) | (incidents.c.merged_into == change.other)
        connection.execute(
            sa.update(incidents)
            .where(incidents.c.workspace == change.workspace, absorbed)
            .values(merged_into=incident.id)
        )
        return [key.ticket_id for key in keys]

    def _close(self, incident: Incident, state: IncidentState) -> None:
        change = self._change
        if incident.state in {state, IncidentState.DISMISSED}:  # that it is none holds
            return
        # Of one that had ended before it was dismissed, too: nothing like it opens for a day from now.
        put_incident(self._connection, incident, {"state": state.value, "closed_at": change.at})
        verb = "resolve" if state is IncidentState.RESOLVED else "dismiss"
        add_events(self._connection, [incident_event(verb, incident, change.at, change.actor)])

    def _members(self, incident_id: str, condition: sa.ColumnElement[bool]) -> list[Ticket]:
        """Members in the order of dispatch, held until the transaction ends."""
        change = self._change
        member = (links.c.workspace == tickets.c.workspace) & (links.c.ticket_id == tickets.c.id)
        ids = (
            sa.select(tickets.c.workspace, tickets.c.id)
            .join(links, member)
            .where(links.c.workspace == change.workspace, links.c.incident_id == incident_id, condition)
        )
        keys = [TicketKey(row.workspace, row.id) for row in self._connection.execute(ids)]
        return _tickets(self._connection, lock_tickets(self._connection, keys, condition))

    def _part(self, members: Sequence[Ticket], incident_id: str, causes: Mapping[str, str]) -> list[str]:
        """Give members their own life back; `causes` are the representatives of those that go on saying what it was."""
        change, connection = self._change, self._connection
        rows = [{"workspace": one.workspace, "ticket_id": one.id} for one in members]
        bulk.delete(connection, links, rows)
        bulk.insert_new(
            connection,
            cannot_links,
            [
                row
                | {
                    "incident_id": incident_id,
                    "at": change.at,
                    "actor": change.actor,
                    "representative": causes.get(row["ticket_id"]),
                }
                for row in rows
            ],
        )
        bulk.update(connection, tickets, [ticket_key(one.key) | {"incident_id": None} for one in members])
        add_events(connection, [_ticket_event("unlink", one.key, incident_id, change) for one in members])
        suppressed = [one for one in members if one.state is State.SUPPRESSED]
        self._move(suppressed, Action.RELEASE, incident_id)
        add_alerts(connection, self._told(suppressed))
        return [one.id for one in members]

    def _move(self, members: Sequence[Ticket], action: Action, incident_id: str) -> list[str]:
        change, connection = self._change, self._connection
        moved = [_moved(one, action, change.at) for one in members]
        put_tickets(connection, moved)
        follow_tickets(connection, zip(members, moved, strict=True))
        add_events(
            connection,
            [Event(one.workspace, f"ticket.{action}", change.at, change.actor, one.id, incident_id) for one in members],
        )
        return [one.id for one in members]


def stand_in(connection: Connection, workspace: str, incident_id: str, at: float, actor: str) -> bool:
    """Where the incident is open and nobody stands for it any more, let its first member do so; whether one had to."""
    incident = find_incident(connection, workspace, incident_id)
    if incident is None or incident.state.closed:
        return False
    change = Change(workspace, incident_id, "unlink", at, actor)
    return Changing(connection, change, lambda _: []).stand_in(incident_id)


def _moved(ticket: Ticket, action: Action, at: float) -> Ticket:
    after = replace(ticket.apply(action), offer_until=None)
    if action is Action.RESOLVE:
        return replace(after, resolved_at=at, answered_at=ticket.answered_at or at)
    return after


def _check(change: Change, held: Mapping[str, Incident]) -> None:
    """Raise for incidents that cannot be changed so."""
    for one in held.values():
        again = change.kind == "merge" and one.id == change.other and one.merged_into == change.incident_id
        if one.merged_into is not None and not again:
            raise IncidentMerged(one.id, one.merged_into)
        if one.state is IncidentState.DISMISSED and change.kind in {"link", "merge"}:
            raise IncidentDismissed
    other = held.get(change.other or "")
    if other is not None and held[change.incident_id].state.closed and not other.state.closed:
        raise IncidentEnded(change.incident_id, other.id)


def _revise(connection: Connection, workspace: str, ids: Iterable[str]) -> None:
    """Let the dispatcher notice."""
    ours = (incidents.c.workspace == workspace) & incidents.c.id.in_(sorted(ids))
    connection.execute(sa.update(incidents).where(ours).values(revision=incidents.c.revision + 1))


def _belonging(connection: Connection, keys: Sequence[TicketKey]) -> dict[str, str | None]:
    """The incident of each ticket, in the order of the keys; raises UnknownTickets."""
    found = {
        row.id: row.incident_id
        for query in select_keys(keys, (tickets.c.id, tickets.c.incident_id))
        for row in connection.execute(query)
    }
    if unknown := [key.ticket_id for key in keys if key.ticket_id not in found]:
        raise UnknownTickets(unknown)
    return {key.ticket_id: found[key.ticket_id] for key in keys}


def _tickets(connection: Connection, keys: Iterable[TicketKey]) -> list[Ticket]:
    found = find_tickets(connection, keys).values()
    return sorted(found, key=lambda ticket: (ticket.dispatch_order or 0, ticket.id))


def _ticket_event(verb: str, key: TicketKey, incident_id: str, change: Change) -> Event:
    return Event(key.workspace, f"ticket.{verb}", change.at, change.actor, key.ticket_id, incident_id)
