"""API keys, who is signed in, and idempotency keys in SQL."""

from collections.abc import Mapping
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.access_schema import api_keys, idempotency, sessions
from smart_support.adapters.sql.agent_rows import lock_agents
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.rows import add_events
from smart_support.domain.access import ApiKey, Scope, Session
from smart_support.domain.event import Event
from smart_support.pipeline.access import UnknownAgent
from smart_support.pipeline.records import Claim, StoredAnswer


def _scopes(told: list[str]) -> frozenset[Scope]:
    """Those that this version knows: what a newer one has added, a key does not open here."""
    return frozenset(scope for scope in Scope if scope.value in told)


class SqlKeys:
    """The port KeyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_key(self, key: ApiKey, actor: str) -> bool:
        row = {
            "id": key.id,
            "workspace": key.workspace,
            "name": key.name,
            "scopes": sorted(scope.value for scope in key.scopes),
            "secret_sha256": key.secret_sha256,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
            "agent_id": key.agent_id,
            "last_used_at": key.last_used_at,
        }
        made = Event(key.workspace, "key.create", key.created_at, actor, data={"key": key.id})

        def unit(connection: Connection) -> bool:
            # Held, or he could be removed meanwhile, and the key would be that of whoever gets his id later.
            if key.agent_id is not None and not lock_agents(connection, key.workspace, [key.agent_id]):
                raise UnknownAgent(key.agent_id)
            added = bulk.insert_new(connection, api_keys, [row])
            if added:
                add_events(connection, [made])
            return bool(added)

        return self._database.write(unit)

    def list_keys(self) -> list[ApiKey]:
        def unit(connection: Connection) -> list[ApiKey]:
            rows = connection.execute(sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)).mappings()
            return [ApiKey(**{**row, "scopes": _scopes(row["scopes"])}) for row in rows]

        return self._database.read(unit)

    def revoke_key(self, workspace: str, key_id: str, at: float, actor: str) -> bool:
        mine = (api_keys.c.workspace == workspace) & (api_keys.c.id == key_id)
        return self._database.write(lambda connection: revoke_keys(connection, mine, at, actor) > 0)

    def note_used(self, used: Mapping[str, float]) -> None:
        later = sa.or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < sa.bindparam("at"))
        statement = sa.update(api_keys).where(api_keys.c.id == sa.bindparam("key"), later)
        statement = statement.values(last_used_at=sa.bindparam("at"))
        # In order, or two processes could wait for each other.
        rows = [{"key": key, "at": at} for key, at in sorted(used.items())]
        if rows:
            self._database.write(lambda connection: connection.execute(statement, rows))


class SqlSessions:
    """The port SessionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_session(self, session: Session, workspace: str, actor: str) -> None:
        opened = Event(workspace, "session.open", session.created_at, actor)

        def unit(connection: Connection) -> None:
            connection.execute(sa.insert(sessions).values(asdict(session)))
            add_events(connection, [opened])

        self._database.write(unit)

    def session(self, token_sha256: str) -> Session | None:
        statement = sa.select(sessions).where(sessions.c.token_sha256 == token_sha256)

        def unit(connection: Connection) -> Session | None:
            row = connection.execute(statement).mappings().one_or_none()
            return None if row is None else Session(**row)

        return self._database.read(unit)

    def close_session(self, token_sha256: str, workspace: str, at: float, actor: str) -> bool:
        statement = sa.delete(sessions).where(sessions.c.token_sha256 == token_sha256)

        def unit(connection: Connection) -> bool:
            closed = connection.execute(statement).rowcount > 0
            if closed:
                add_events(connection, [Event(workspace, "session.close", at, actor)])
            return closed

        return self._database.write(unit)

    def purge_sessions(self, before: float) -> int:
        statement = sa.delete(sessions).where(sessions.c.expires_at < before)
        return self._database.write(lambda connection: connection.execute(statement).rowcount)


class SqlIdempotency:
    """The port IdempotencyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self, workspace: str, key: str, request_hash: str, at: float, stale_before: float
    ) -> Claim | StoredAnswer:
        mine = _one(workspace, key)

        def unit(connection: Connection) -> Claim | StoredAnswer:
            row = {"workspace": workspace, "key": key, "request_hash": request_hash, "claimed_at": at}
            if bulk.insert_new(connection, idempotency, [row]):
                return Claim.OURS
            held = connection.execute(sa.select(idempotency).where(mine).with_for_update()).one_or_none()
            if held is None:  # whoever had it has just failed and let it go
                return Claim.IN_FLIGHT
            if held.request_hash != request_hash:
                return Claim.OTHER_REQUEST
            if held.status is not None:
                return StoredAnswer(held.status, held.body)
            if held.claimed_at >= stale_before:
                return Claim.IN_FLIGHT
            connection.execute(sa.update(idempotency).where(mine).values(claimed_at=at))
            return Claim.OURS

        return self._database.write(unit)

    def answer(self, workspace: str, key: str, answer: StoredAnswer) -> None:
        statement = sa.update(idempotency).where(_one(workspace, key)).values(status=answer.status, body=answer.body)
        self._database.write(lambda connection: connection.execute(statement))

    def forget(self, workspace: str, key: str) -> None:
        statement = sa.delete(idempotency).where(_one(workspace, key), idempotency.c.status.is_(None))
        self._database.write(lambda connection: connection.execute(statement))

    def purge_answers(self, before: float) -> int:
        statement = sa.delete(idempotency).where(idempotency.c.claimed_at < before)
        return self._database.write(lambda connection: connection.execute(statement).rowcount)


def revoke_keys(connection: Connection, which: sa.ColumnElement[bool], at: float, actor: str) -> int:
    """Revoke those of the keys that are not revoked yet; how many."""
    # In order, as `note_used` holds them.
    active = sa.select(api_keys.c.workspace, api_keys.c.id).where(which, api_keys.c.revoked_at.is_(None))
    rows = connection.execute(active.order_by(api_keys.c.id).with_for_update()).all()
    ids = [row.id for row in rows]
    connection.execute(sa.update(api_keys).where(api_keys.c.id.in_(ids)).values(revoked_at=at))
    add_events(connection, [Event(row.workspace, "key.revoke", at, actor, data={"key": row.id}) for row in rows])
    return len(rows)


def _one(workspace: str, key: str) -> sa.ColumnElement[bool]:
    return (idempotency.c.workspace == workspace) & (idempotency.c.key == key)
