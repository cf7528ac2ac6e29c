"""What models in shadow say, in SQL, and the figures that come of it."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.learning_schema import feedback, shadow_results
from smart_support.adapters.sql.schema import tickets
from smart_support.domain.comparison import Judged, Opinion, Pair
from smart_support.domain.drift import CategoryCount
from smart_support.pipeline.learning import ShadowResult

_results = shadow_results.c
_LOOK_BACK = 10
"""Times the tickets wanted: how far to look for those that are no history."""


class SqlShadow:
    """The port ShadowStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_shadow(self, results: Sequence[ShadowResult], at: float) -> int:
        rows = [_row(result, at) for result in results]
        return self._database.write(lambda connection: len(bulk.insert_new(connection, shadow_results, rows)))

    def pairs(self, workspace: str, version: str, active: Collection[str], threshold: float) -> list[Pair]:
        query = (
            sa.select(
                _results.active_category,
                _results.shadow_category,
                sa.func.count().label("tickets"),
                sa.func.sum(sa.func.abs(_results.active_urgency - _results.shadow_urgency)).label("gap"),
                _count(_results.active_urgency > threshold).label("active_alerts"),
                _count(_results.shadow_urgency > threshold).label("shadow_alerts"),
            )
            .where(_of(workspace, version, active))
            .group_by(_results.active_category, _results.shadow_category)
        )

        def unit(connection: Connection) -> list[Pair]:
            return [
                Pair(
                    row.active_category, row.shadow_category, row.tickets, row.gap, row.active_alerts, row.shadow_alerts
                )
                for row in connection.execute(query)
            ]

        return self._database.read(unit)

    def judged(self, workspace: str, version: str, active: Collection[str]) -> list[Judged]:
        query = (
            sa.select(shadow_results, feedback.c.category, feedback.c.urgency)
            .join(feedback, (feedback.c.workspace == _results.workspace) & (feedback.c.ticket_id == _results.ticket_id))
            .where(
                _of(workspace, version, active),
                feedback.c.category.is_not(None) | feedback.c.urgency.is_not(None),
            )
            .order_by(feedback.c.at, feedback.c.id)
        )

        def unit(connection: Connection) -> list[Judged]:
            last: dict[str, Judged] = {}
            for row in connection.execute(query):
                before = last.get(row.ticket_id)
                last[row.ticket_id] = Judged(
                    active=Opinion(row.active_category, row.active_urgency),
                    shadow=Opinion(row.shadow_category, row.shadow_urgency),
                    category=before.category if before and row.category is None else row.category,
                    urgency=before.urgency if before and row.urgency is None else row.urgency,
                )
            return list(last.values())

        return self._database.read(unit)

    def purge_shadow(self, before: float) -> int:
        statement = sa.delete(shadow_results).where(_results.at < before)
        return self._database.write(lambda connection: connection.execute(statement).rowcount)

    def category_counts(self, workspace: str, limit: int) -> list[CategoryCount]:
        # By place in the dispatch order, which has an index already: one by the time of triage would cost every ticket.
        # It has no gaps, so that a place in it bounds what is read past a large import.
        placed = (tickets.c.workspace == workspace) & tickets.c.dispatch_order.is_not(None)
        first = sa.select(sa.func.max(tickets.c.dispatch_order) - _LOOK_BACK * limit).where(placed).scalar_subquery()
        latest = (
            sa.select(tickets.c.category, tickets.c.confidence)
            .where(placed, tickets.c.dispatch_order > first, ~tickets.c.history)
            .order_by(tickets.c.dispatch_order.desc())
            .limit(limit)
            .subquery()
        )
        query = sa.select(latest.c.category, sa.func.count(), sa.func.sum(latest.c.confidence)).group_by(
            latest.c.category
        )
        return self._database.read(lambda connection: [CategoryCount(*row) for row in connection.execute(query)])


def _of(workspace: str, version: str, active: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.and_(
        _results.workspace == workspace,
        _results.shadow_version == version,
        _results.active_version.in_(sorted(active)),
    )


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _row(result: ShadowResult, at: float) -> dict[str, Any]:
    return {
        "workspace": result.key.workspace,
        "shadow_version": result.version,
        "ticket_id": result.key.ticket_id,
        "at": at,
        "active_version": result.active.model_version,
        "active_category": result.active.category,
        "active_urgency": result.active.urgency,
        "active_confidence": result.active.confidence,
        "shadow_category": result.shadow.category,
        "shadow_urgency": result.shadow.urgency,
        "shadow_confidence": result.shadow.confidence,
    }
