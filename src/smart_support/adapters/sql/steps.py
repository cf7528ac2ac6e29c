"""What the pipeline's steps write: each method one transaction, with its outbox rows and its events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.alerts import add_alerts
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.gathering import count_members, gather, hold_incidents, join_incidents
from smart_support.adapters.sql.incident_changes import stand_in
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.rows import add_events, ticket_row, triage_values, vector_row
from smart_support.adapters.sql.schema import outbox, tickets
from smart_support.adapters.sql.sla_rows import add_clocks
from smart_support.adapters.sql.statements import (
    find_erased,
    lock_tickets,
    may,
    outbox_key,
    select_keys,
    storable,
    ticket_event,
    ticket_key,
)
from smart_support.adapters.sql.step_rows import accepted, dispatched, outbox_row, placed, triaged
from smart_support.adapters.sql.storm_schema import vectors
from smart_support.domain.retry import STEP_DELAYS, next_try
from smart_support.domain.ticket import TRANSITIONS, Action, Ticket, TicketKey
from smart_support.pipeline.records import Accepted, Dispatched, Gathering, Lease, OutboxEntry, Step, Triaged

_CHUNK = 500  # keys in one statement


class SqlSteps:
    """The port StepStore. A ticket that a step has handed on is due again after `grace` seconds."""

    def __init__(self, database: Database, grace: float) -> None:
        self._database = database
        self._grace = grace
        self._longest_delay = 2 * max(grace, *STEP_DELAYS)  # with room for clocks that differ a little

    def accept(
        self, offered: Sequence[Ticket], actors: Sequence[str], traces: Sequence[str | None] = ()
    ) -> list[Accepted]:
        hashes = [ticket.content_hash for ticket in offered]
        first: dict[TicketKey, int] = {}
        for index, ticket in enumerate(offered):
            first.setdefault(ticket.key, index)

        # In the order of keys, so that two processes with the same tickets cannot wait for each other.
        rows = [ticket_row(offered[index], hashes[index]) for _, index in sorted(first.items())]

        def unit(connection: Connection) -> tuple[set[int], dict[TicketKey, _Held]]:
            inserted = bulk.insert_new(connection, tickets, rows)
            fresh = sorted(index for key, index in first.items() if (key.workspace, key.ticket_id) in inserted)
            if fresh:
                waiting = [outbox_row(offered[index], self._grace) for index in fresh]
                if any(traces):  # else the column is left out: it costs nothing while nobody traces
                    waiting = [row | {"traceparent": traces[index]} for row, index in zip(waiting, fresh, strict=True)]
                bulk.insert(connection, outbox, waiting)
                add_events(connection, [accepted(offered[index], actors[index]) for index in fresh])
            added = set(fresh)
            return added, _held(connection, [key for key, index in first.items() if index not in added])

        fresh, held = self._database.write(unit)
        known = {offered[i].key: _Held(hashes[i], offered[i].accepted_at) for i in fresh} | held
        return [
            Accepted(
                ticket.key,
                known[ticket.key].accepted_at,
                fresh=index in fresh,
                conflict=known[ticket.key].content_hash != hashes[index],
            )
            for index, ticket in enumerate(offered)
        ]

    def record_triage(self, results: Sequence[Triaged], at: float, actor: str) -> list[TicketKey]:
        def unit(connection: Connection) -> list[TicketKey]:
            open_ = may(Action.TRIAGE) & tickets.c.processed_at.is_(None)
            changed = lock_tickets(connection, [result.key for result in results], open_)
            chosen = list({result.key: result for result in results if result.key in changed}.values())
            if not chosen:
                return []
            chosen = without_words(connection, chosen)
            bulk.update(
                connection,
                tickets,
                [ticket_key(result.key) | triage_values(result.triage) | {"processed_at": at} for result in chosen],
            )
            handed_on = {"step": Step.DISPATCH.value, "due_at": at + self._grace, "failures": 0}
            bulk.update(connection, outbox, [outbox_key(result.key) | handed_on for result in chosen])
            found = [row for result in chosen if (row := vector_row(result.key, result.triage))]
            bulk.insert_new(connection, vectors, found)
            add_events(connection, [triaged(result, at, actor) for result in chosen])
            return [result.key for result in chosen]

        return self._database.write(unit)

    def record_dispatch(
        self, decisions: Sequence[Dispatched], at: float, actor: str, lease: Lease, gathered: Sequence[Gathering] = ()
    ) -> list[TicketKey]:
        earlier = [
            TicketKey(one.opener.workspace, name)
            for one in gathered
            for name in [*(one.reopened or ()), *(link.ticket_id for link in one.links)]
        ]

        def unit(connection: Connection) -> list[TicketKey]:
            hold_lease(connection, lease)
            hold_incidents(connection, decisions, gathered)
            ready = may(Action.QUEUE) & tickets.c.processed_at.is_not(None)
            # Those in the queue first, as everybody who holds several.
            lock_tickets(connection, earlier, tickets.c.dispatch_order.is_not(None))
            held = lock_tickets(connection, [decision.key for decision in decisions], ready)
            chosen = list({decision.key: decision for decision in decisions if decision.key in held}.values())
            if not chosen:
                return []
            keys = [decision.key for decision in chosen]
            orders = dict(zip(keys, _next_orders(connection, keys), strict=True))
            bulk.update(connection, tickets, [placed(decision, orders[decision.key]) for decision in chosen])
            add_clocks(connection, [(decision.key, decision.clocks) for decision in chosen])
            bulk.delete(connection, outbox, [outbox_key(key) for key in keys])
            add_events(connection, [dispatched(decision, orders[decision.key], at, actor) for decision in chosen])
            known = [one for one in gathered if one.opener in held]
            gather(connection, known, orders, at, actor)
            join_incidents(connection, chosen, orders, known, at, actor)
            _represent(connection, chosen, known, at, actor)
            told = [decision.alert for decision in chosen if decision.alert is not None]
            add_alerts(connection, [*told, *(alert for one in known for alert in one.alerts)])
            return keys

        return self._database.write(unit)

    def record_failure(
        self,
        key: TicketKey,
        step: Step,
        reason: str,
        at: float,
        delays: tuple[float, ...],
        actor: str,
        lease: Lease | None = None,
    ) -> None:
        waits = (outbox.c.workspace == key.workspace) & (outbox.c.ticket_id == key.ticket_id)

        def unit(connection: Connection) -> None:
            if lease is not None:
                hold_lease(connection, lease)
            lock_tickets(connection, [key], sa.true())  # the ticket first, as every step does
            # What was given up is not given up again, however often it is still handed out.
            row = sa.select(outbox.c.failures).where(waits, outbox.c.step == step.value, outbox.c.due_at.is_not(None))
            failed_before = connection.execute(row).scalar()
            if failed_before is None:
                return
            failures = failed_before + 1
            retry_at = next_try(delays, failures, at)
            told = None if find_erased(connection, [key]) else storable(reason)  # it may quote what is gone
            values = {"failures": failures, "last_error": told, "due_at": retry_at}
            connection.execute(sa.update(outbox).where(waits).values(values))
            if retry_at is None:
                buried = connection.execute(
                    sa.update(tickets)
                    .where(tickets.c.workspace == key.workspace, tickets.c.id == key.ticket_id, may(Action.BURY))
                    .values(state=TRANSITIONS[Action.BURY].target.value)
                ).rowcount
                if not buried:  # it is in the queue already, and stays there
                    bulk.delete(connection, outbox, [outbox_key(key)])
                    return
                add_events(connection, [ticket_event(Action.BURY, key, at, actor, step=step.value, failures=failures)])

        self._database.write(unit)

    def due(self, at: float, retry_at: float, limit: int) -> list[OutboxEntry]:
        def unit(connection: Connection) -> list[OutboxEntry]:
            rows = connection.execute(
                sa.select(outbox.c.workspace, outbox.c.ticket_id, outbox.c.step, outbox.c.failures)
                .where((outbox.c.due_at <= at) | (outbox.c.due_at > at + self._longest_delay))
                .order_by(outbox.c.due_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            if rows:
                found = [TicketKey(row.workspace, row.ticket_id) for row in rows]
                bulk.update(connection, outbox, [outbox_key(key) | {"due_at": retry_at} for key in found])
            return [OutboxEntry(TicketKey(r.workspace, r.ticket_id), Step(r.step), r.failures) for r in rows]

        return self._database.write(unit)

    def backlog(self, limit: int) -> int:
        some = sa.select(outbox.c.ticket_id).where(outbox.c.due_at.is_not(None)).limit(limit).subquery()
        count = sa.select(sa.func.count()).select_from(some)
        return self._database.read(lambda connection: connection.execute(count).scalar_one())

    def traces(self, keys: Sequence[TicketKey]) -> dict[TicketKey, str]:
        wanted = [outbox_key(key) for key in keys]
        place = sa.tuple_(outbox.c.workspace, outbox.c.ticket_id)
        columns = (outbox.c.workspace, outbox.c.ticket_id, outbox.c.traceparent)

        def unit(connection: Connection) -> dict[TicketKey, str]:
            found: dict[TicketKey, str] = {}
            for start in range(0, len(wanted), _CHUNK):
                some = [tuple(key.values()) for key in wanted[start : start + _CHUNK]]
                query = sa.select(*columns).where(place.in_(some), outbox.c.traceparent.is_not(None))
                found |= {TicketKey(row.workspace, row.ticket_id): row.traceparent for row in connection.execute(query)}
            return found

        return self._database.read(unit)


def without_words(connection: Connection, results: Sequence[Triaged]) -> list[Triaged]:
    """The results, without quotes and vectors of tickets that were erased while somebody read them. Their rows are
    held."""
    erased = find_erased(connection, [result.key for result in results])
    return [
        replace(one, triage=replace(one.triage, reasons=(), vector=None)) if one.key in erased else one
        for one in results
    ]


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of a ticket that has its id already."""

    content_hash: str
    accepted_at: float


def _held(connection: Connection, keys: Iterable[TicketKey]) -> dict[TicketKey, _Held]:
    columns = (tickets.c.workspace, tickets.c.id, tickets.c.content_hash, tickets.c.accepted_at)
    return {
        TicketKey(row.workspace, row.id): _Held(row.content_hash, row.accepted_at)
        for query in select_keys(keys, columns)
        for row in connection.execute(query)
    }


def _next_orders(connection: Connection, keys: Sequence[TicketKey]) -> list[int]:
    """The next place in its workspace's order for each ticket; whoever has the lease is the only one who asks."""
    last: dict[str, int] = {}
    orders = []
    for key in keys:
        if key.workspace not in last:
            # Said again, because SQLite takes a partial index only where the query says so.
            placed = (tickets.c.workspace == key.workspace) & tickets.c.dispatch_order.is_not(None)
            top = sa.select(sa.func.max(tickets.c.dispatch_order)).where(placed)
            last[key.workspace] = connection.execute(top).scalar() or 0
        last[key.workspace] += 1
        orders.append(last[key.workspace])
    return orders


def _represent(
    connection: Connection, chosen: Iterable[Dispatched], gathered: Iterable[Gathering], at: float, actor: str
) -> None:
    """Somebody waits in the queue for each incident that tickets came to: the one who did is perhaps solved by now, or
    belongs to it no more."""
    came = {(one.key.workspace, one.link.incident_id) for one in chosen if one.link and one.action is Action.SUPPRESS}
    came |= {(one.opener.workspace, one.incident_id) for one in gathered}
    for workspace, incident_id in sorted(came):
        if stand_in(connection, workspace, incident_id, at, actor):
            count_members(connection, workspace, [incident_id])
