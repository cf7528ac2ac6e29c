"""Incidents as people see and change them, in SQL. Each change is one transaction, whatever the number of tickets."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.filters import seen_by as shown_to
from smart_support.adapters.sql.functions import Minute
from smart_support.adapters.sql.gathering import CUSTOMER
from smart_support.adapters.sql.incident_changes import Changing
from smart_support.adapters.sql.incident_rows import (
    find_incident,
    incident_event,
    incident_of,
    link_of,
    put_incident,
    select_incidents,
)
from smart_support.adapters.sql.rows import add_events, recorded_of
from smart_support.adapters.sql.schema import events, tickets
from smart_support.adapters.sql.statements import select_events
from smart_support.adapters.sql.storm_schema import IS_OPEN, incidents, links
from smart_support.domain.event import Position, Recorded
from smart_support.domain.incident import Incident, IncidentState, Life, Link, state_at
from smart_support.domain.ticket import Customer, TicketKey
from smart_support.pipeline.incidents import Affected, Change, Changed, Told


class SqlIncidents:
    """The port IncidentStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def incidents(
        self, workspace: str, states: Sequence[IncidentState], before: int | None, limit: int
    ) -> list[Incident]:
        query = select_incidents().where(incidents.c.workspace == workspace)
        if states:
            query = query.where(incidents.c.state.in_([state.value for state in states]))
        if before is not None:
            query = query.where(incidents.c.number < before)
        query = query.order_by(incidents.c.number.desc()).limit(limit)
        return self._database.read(lambda c: [incident_of(dict(row)) for row in c.execute(query).mappings()])

    def incident(self, workspace: str, incident_id: str) -> Incident | None:
        return self._database.read(lambda connection: find_incident(connection, workspace, incident_id))

    def links(
        self,
        workspace: str,
        incident_id: str,
        after: int | None = None,
        limit: int | None = None,
        seen_by: str | None = None,
    ) -> list[Link]:
        page = (
            sa.select(tickets.c.id, tickets.c.dispatch_order)
            .where(
                tickets.c.workspace == workspace,
                tickets.c.incident_id == incident_id,
                tickets.c.dispatch_order > (after or 0),
                sa.true() if seen_by is None else shown_to(seen_by),
            )
            .order_by(tickets.c.dispatch_order)
            .limit(limit)
            .subquery()
        )
        query = (
            sa.select(links)
            .join(page, page.c.id == links.c.ticket_id)
            .where(links.c.workspace == workspace)
            .order_by(page.c.dispatch_order)
        )
        return self._database.read(lambda c: [link_of(dict(row)) for row in c.execute(query).mappings()])

    def incident_events(self, workspace: str, incident_id: str, after: Position, limit: int) -> list[Recorded]:
        query = select_events(workspace, after, limit).where(events.c.incident_id == incident_id)
        return self._database.read(lambda c: [recorded_of(row) for row in c.execute(query).mappings()])

    def minutes(self, workspace: str, incident_id: str) -> dict[int, int]:
        minute = Minute(tickets.c.accepted_at)
        query = (
            sa.select(minute, sa.func.count())
            .where(tickets.c.workspace == workspace, tickets.c.incident_id == incident_id)
            .group_by(minute)
        )
        return self._database.read(lambda c: {row[0]: row[1] for row in c.execute(query)})

    def affected(self, workspace: str, incident_id: str, limit: int) -> list[Affected]:
        who = CUSTOMER
        latest = sa.func.row_number().over(partition_by=who, order_by=tickets.c.dispatch_order.desc())
        named = (
            sa.select(
                tickets.c.customer_id,
                tickets.c.customer_email,
                tickets.c.customer_name,
                tickets.c.customer_tier,
                tickets.c.dispatch_order,
                sa.func.count().over(partition_by=who).label("tickets"),
                latest.label("place"),
            )
            .where(tickets.c.workspace == workspace, tickets.c.incident_id == incident_id, who.is_not(None))
            .subquery()
        )
        query = (
            sa.select(named)
            .where(named.c.place == 1)
            .order_by(named.c.tickets.desc(), named.c.dispatch_order)
            .limit(limit)
        )
        return self._database.read(lambda c: [_affected_of(row) for row in c.execute(query).mappings()])

    def link_of_ticket(self, key: TicketKey) -> Link | None:
        query = sa.select(links).where(links.c.workspace == key.workspace, links.c.ticket_id == key.ticket_id)

        def unit(connection: Connection) -> Link | None:
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else link_of(dict(row))

        return self._database.read(unit)

    def change_incident(self, change: Change, told: Told) -> Changed | None:
        def unit(connection: Connection) -> Changed | None:
            return Changing(connection, change, told).run()

        return self._database.write(unit)

    def age_incidents(self, life: Life, at: float, actor: str) -> list[Incident]:
        query = sa.select(incidents).where(IS_OPEN).with_for_update(skip_locked=True)

        def unit(connection: Connection) -> list[Incident]:
            found = [incident_of(dict(row)) for row in connection.execute(query).mappings()]
            changed = [(one, state) for one in found if (state := state_at(one, at, life)) is not one.state]
            for one, state in changed:
                if state is IncidentState.RESOLVED:
                    # Nobody answered its duplicates: they go back to where somebody sees them.
                    change = Change(one.workspace, one.id, "resolve", at, actor)
                    Changing(connection, change, lambda _: []).run()
                else:
                    put_incident(connection, one, {"state": state.value})
                    verb = "quiet" if state is IncidentState.QUIET else "grow"  # a person linked a new report
                    add_events(connection, [incident_event(verb, one, at, actor)])
            return [one for one, _ in changed]

        return self._database.write(unit)


def _affected_of(row: RowMapping) -> Affected:
    who = Customer(row["customer_id"], row["customer_email"], row["customer_name"], row["customer_tier"])
    return Affected(who, row["tickets"])
