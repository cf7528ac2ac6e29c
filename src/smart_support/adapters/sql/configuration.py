"""Versions of the configuration in SQL."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.schema import configuration
from smart_support.domain.event import Event
from smart_support.pipeline.records import Configuration


class SqlConfiguration:
    """The port ConfigurationStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def configure(
        self, workspace: str, kind: str, content: Mapping[str, Any], at: float, actor: str
    ) -> tuple[Configuration, bool]:
        digest = sha256_of(content)

        def unit(connection: Connection) -> tuple[Configuration, bool]:
            while True:
                held = _newest(connection, workspace, kind)
                if held is not None and held.sha256 == digest:
                    return held, False
                version = held.version + 1 if held is not None else 1
                made = Configuration(workspace, kind, version, content, digest, at, actor)
                if bulk.insert_new(connection, configuration, [_row(made)]):
                    add_events(connection, [_applied(made)])
                    return made, True
                # Another has just made this version, and it can be read by now.

        return self._database.write(unit)

    def configuration(self, workspace: str, kind: str, beyond: int = 0) -> Configuration | None:
        return self._database.read(lambda connection: _newest(connection, workspace, kind, beyond))


def sha256_of(content: Mapping[str, Any]) -> str:
    """What two contents have in common that differ in spaces and in the order of keys alone."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _newest(connection: Connection, workspace: str, kind: str, beyond: int = 0) -> Configuration | None:
    mine = (configuration.c.workspace == workspace) & (configuration.c.kind == kind)
    newest = (
        sa.select(configuration)
        .where(mine, configuration.c.version > beyond)
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
