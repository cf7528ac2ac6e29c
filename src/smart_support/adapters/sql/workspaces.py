"""Workspaces in SQL."""

from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.access_schema import workspaces
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.rows import add_events
from smart_support.domain.event import Event
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.domain.workspace import Workspace


class SqlWorkspaces:
    """The port WorkspaceStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_workspace(self, workspace: Workspace, actor: str) -> bool:
        data = {"workspace": workspace.id}
        made = Event(DEFAULT_WORKSPACE, "workspace.create", workspace.created_at, actor, data=data)

        def unit(connection: Connection) -> bool:
            added = bulk.insert_new(connection, workspaces, [asdict(workspace)])
            if added:
                add_events(connection, [made])
            return bool(added)

        return self._database.write(unit)

    def workspaces(self) -> list[Workspace]:
        query = sa.select(workspaces).order_by(workspaces.c.id)
        return self._database.read(lambda c: [Workspace(**row) for row in c.execute(query).mappings()])
