"""The registry of models in SQL."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.learning_schema import models
from smart_support.adapters.sql.rows import add_events, known
from smart_support.domain.event import Event
from smart_support.domain.registry import BundleInfo, ModelInfo, RegisteredModel, Role, Roles
from smart_support.domain.triage import Tier


class SqlModels:
    """The port ModelStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_model(self, workspace: str, info: ModelInfo, at: float, actor: str) -> bool:
        row = {
            "workspace": workspace,
            "version": info.version,
            "labels": list(info.labels),
            "bundles": [[bundle.tier.value, bundle.version, dict(bundle.figures)] for bundle in info.bundles],
            "added_at": at,
            "role": None,
        }

        def unit(connection: Connection) -> bool:
            added = bulk.insert_new(connection, models, [row])
            if added:
                add_events(connection, [Event(workspace, "model.add", at, actor, data={"model": info.version})])
            return bool(added)

        return self._database.write(unit)

    def models(self, workspace: str) -> list[RegisteredModel]:
        query = (
            sa.select(models)
            .where(models.c.workspace == workspace)
            .order_by(models.c.added_at.desc(), models.c.version)
        )
        return self._database.read(lambda c: [_model_of(row) for row in c.execute(query).mappings()])

    def roles(self, workspace: str) -> Roles:
        return self._database.read(lambda connection: roles_of(connection, workspace))

    def change_roles(self, workspace: str, before: Roles, after: Roles, kind: str, at: float, actor: str) -> bool:
        mine = models.c.workspace == workspace
        # Held in one order until the end, so that of two changes at once the second sees what the first has made.
        lock = sa.select(models.c.version).where(mine).order_by(models.c.version).with_for_update()
        given = {role: version for role in Role if (version := getattr(after, role.value)) is not None}

        def unit(connection: Connection) -> bool:
            known = set(connection.execute(lock).scalars())
            if roles_of(connection, workspace) != before or not known.issuperset(given.values()):
                return False
            connection.execute(sa.update(models).where(mine, models.c.role.is_not(None)).values(role=None))
            for role, version in given.items():
                connection.execute(sa.update(models).where(mine, models.c.version == version).values(role=role.value))
            data = {role.value: getattr(after, role.value) for role in Role}
            add_events(connection, [Event(workspace, kind, at, actor, data=data)])
            return True

        return self._database.write(unit)


def roles_of(connection: Connection, workspace: str) -> Roles:
    """Which models have which."""
    rows = connection.execute(
        sa.select(models.c.role, models.c.version).where(models.c.workspace == workspace, models.c.role.is_not(None))
    )
    return Roles(**known(Roles, {row.role: row.version for row in rows}))


def _model_of(row: RowMapping) -> RegisteredModel:
    bundles: list[list[Any]] = row["bundles"]
    info = ModelInfo(
        version=row["version"],
        labels=tuple(row["labels"]),
        bundles=tuple(BundleInfo(Tier(tier), version, figures) for tier, version, figures, *_ in bundles),
    )
    return RegisteredModel(info, row["added_at"], Role(row["role"]) if row["role"] else None)
