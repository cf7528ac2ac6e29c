"""API keys: make, list, revoke."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin
from smart_support.api.once import IdempotencyKey, derived_id
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment, moment, not_blank
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import KEY_ID_PATTERN, ApiKey, Principal, Scope, new_key
from smart_support.domain.workspace import WORKSPACE_ID_PATTERN
from smart_support.pipeline.access import UnknownAgent
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/keys", tags=["access"], route_class=StrictRoute)


class KeyIn(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100), AfterValidator(not_blank)]
    scopes: Annotated[set[Scope], Field(min_length=1)]
    expires_in_days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] | None = None
    agent_id: Annotated[
        Id | None,
        Field(description="The agent whose key it is: unless it is an admin's, it opens his tickets alone."),
    ] = None
    workspace: Annotated[
        str | None,
        Field(pattern=WORKSPACE_ID_PATTERN, description="Default: yours. Only an admin of `default` may name another."),
    ] = None


class KeyOut(BaseModel):
    """A key without its secret."""

    id: str
    workspace: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    agent_id: str | None = Field(description="The agent whose key it is, if it is one's.")
    last_used_at: datetime | None = Field(description="Of what other processes were asked, a minute old at most.")

    @classmethod
    def of_key(cls, key: ApiKey, last_used_at: float | None = None) -> "KeyOut":
        return cls(
            id=key.id,
            workspace=key.workspace,
            name=key.name,
            scopes=sorted(key.scopes),
            created_at=moment(key.created_at),
            expires_at=maybe_moment(key.expires_at),
            revoked_at=maybe_moment(key.revoked_at),
            agent_id=key.agent_id,
            last_used_at=maybe_moment(last_used_at),
        )


class NewKeyOut(KeyOut):
    """A key with its token, which is shown this once and cannot be shown again."""

    token: str


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 413, 415, 422, 503))
async def create_key(key_in: KeyIn, caller: Admin, parts: Parts, idempotency_key: IdempotencyKey = None) -> NewKeyOut:
    """Make a key. From the first one on, every call needs a key.

    A repeated `Idempotency-Key` makes no second key; as no secret is kept, it cannot show the token again and says so.
    """
    workspace = key_in.workspace or caller.workspace
    await run_in_threadpool(_check_place, parts, caller, workspace)
    now = parts.clock.now()
    again = None if idempotency_key is None else derived_id(caller.workspace, idempotency_key).replace("-", "")
    expires_at = None if key_in.expires_in_days is None else now + key_in.expires_in_days * 86_400
    key, token = new_key(
        key_in.name,
        frozenset(key_in.scopes),
        now,
        parts.random,
        key_id=again,
        workspace=workspace,
        expires_at=expires_at,
        agent_id=key_in.agent_id,
    )
    try:
        added = await run_in_threadpool(parts.store.add_key, key, caller.actor)
    except UnknownAgent as error:
        raise Problem(422, f"There is no agent {key_in.agent_id!r} whose key it could be.") from error
    if not added:
        raise Problem(
            409, f"This request has made key {key.id} already, and its token was shown then; revoke it if lost."
        )
    await run_in_threadpool(parts.keys.read_again)
    return NewKeyOut(**KeyOut.of_key(key).model_dump(), token=token)


@router.get("", responses=responses(401, 403, 404, 503))
async def list_keys(caller: Admin, parts: Parts) -> list[KeyOut]:
    """All keys of the workspace, the revoked ones too; for an admin of `default`, those of all workspaces."""
    keys = await run_in_threadpool(parts.store.list_keys)
    return [KeyOut.of_key(key, parts.keys.last_used(key)) for key in keys if _is_theirs(caller, key)]


@router.delete("/{key_id}", status_code=204, response_class=Response, responses=responses(401, 403, 404, 422, 503))
async def revoke_key(key_id: Annotated[str, Path(pattern=KEY_ID_PATTERN)], caller: Admin, parts: Parts) -> None:
    """Revoke a key; it opens nothing from now on (in other processes, within a second)."""

    def revoke() -> None:
        key = next((key for key in parts.store.list_keys() if key.id == key_id and _is_theirs(caller, key)), None)
        if key is None:
            raise Problem(404, f"There is no key {key_id!r} to revoke.")
        now = parts.clock.now()
        if not parts.store.revoke_key(key.workspace, key_id, now, caller.actor):
            at = moment(key.revoked_at or now)
            raise Problem(404, f"The key {key_id!r} was revoked at {at:%Y-%m-%dT%H:%M:%SZ}.")

    await run_in_threadpool(revoke)
    await run_in_threadpool(parts.keys.read_again)


def _is_theirs(caller: Principal, key: ApiKey) -> bool:
    return caller.administers_all or key.workspace == caller.workspace


def _check_place(parts: ApiParts, caller: Principal, workspace: str) -> None:
    """Raises Problem where the caller may make no key in the workspace."""
    if workspace != caller.workspace:
        if not caller.administers_all:
            raise Problem(403, f"An admin of {caller.workspace!r} makes keys of that workspace alone; leave it out.")
        if all(one.id != workspace for one in parts.store.workspaces()):
            raise Problem(
                422,
                f"There is no workspace {workspace!r}. Make it first (`smart-support workspaces create {workspace}`), "
                "or name one of `smart-support workspaces list`.",
            )
