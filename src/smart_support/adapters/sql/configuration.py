"""Versions of the configuration in SQL."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.schema import configuration
from smart_support.domain.event import Event
from smart_support.pipeline.follow import AppliedVersion, VersionConflict, sha256_of
from smart_support.pipeline.records import Configuration


class SqlConfiguration:
    """The port ConfigurationStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def configure(
        self,
        workspace: str,
        kind: str,
        content: Mapping[str, Any],
        at: float,
        actor: str,
        expected: int | None = None,
    ) -> tuple[Configuration, bool]:
        digest = sha256_of(content)

        def unit(connection: Connection) -> tuple[Configuration, bool]:
            while True:
                held = _newest(connection, workspace, kind)
                if held is not None and held.sha256 == digest:
                    return held, False
                before = held.version if held is not None else 0
                if expected is not None and expected != before:
                    raise VersionConflict(expected, before)
                version = before + 1
                made = Configuration(workspace, kind, version, content, digest, at, actor)
                if bulk.insert_new(connection, configuration, [_row(made)]):
                    add_events(connection, [_applied(made)])
                    return made, True
                # Another has just made this version, and it can be read by now.

        return self._database.write(unit)

    def configuration(self, workspace: str, kind: str, beyond: int = 0) -> Configuration | None:
        return self._database.read(lambda connection: _newest(connection, workspace, kind, beyond))

    def newest_versions(self, kind: str) -> dict[str, int]:
        newest = sa.select(configuration.c.workspace, sa.func.max(configuration.c.version).label("version"))
        query = newest.where(configuration.c.kind == kind).group_by(configuration.c.workspace)
        return self._database.read(lambda c: {row.workspace: row.version for row in c.execute(query)})

    def applied_versions(self, workspace: str, kind: str, limit: int) -> list[AppliedVersion]:
        columns = (configuration.c.version, configuration.c.at, configuration.c.actor, configuration.c.sha256)
        query = sa.select(*columns).where(_is(workspace, kind)).order_by(configuration.c.version.desc()).limit(limit)
        return self._database.read(lambda c: [AppliedVersion(**row) for row in c.execute(query).mappings()])

    def applied(self, workspace: str, kind: str, version: int) -> Configuration | None:
        query = sa.select(configuration).where(_is(workspace, kind), configuration.c.version == version)

        def unit(connection: Connection) -> Configuration | None:
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else Configuration(**row)

        return self._database.read(unit)


def _is(workspace: str, kind: str) -> sa.ColumnElement[bool]:
    return (configuration.c.workspace == workspace) & (configuration.c.kind == kind)


def _newest(connection: Connection, workspace: str, kind: str, beyond: int = 0) -> Configuration | None:
    newest = (
        sa.select(configuration)
        .where(_is(workspace, kind), configuration.c.version > beyond)
        .order_by(configuration.c.version.desc())
        .limit(1)
    )
    row = connection.execute(newest).mappings().one_or_none()
    return None if row is None else Configuration(**row)


def _row(made: Configuration) -> dict[str, Any]:
    return {
        "workspace": made.workspace,
        "kind": made.kind,
        "version": made.version,
        "content": dict(made.content),
        "sha256": made.sha256,
        "at": made.at,
        "actor": made.actor,
    }


def _applied(made: Configuration) -> Event:
    return Event(made.workspace, "config.apply", made.at, made.actor, data={"kind": made.kind, "version": made.version})
