"""API keys: make, list, revoke."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin
from smart_support.api.once import IdempotencyKey, derived_id
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment, moment, not_blank
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import ApiKey, Scope, new_key
from smart_support.pipeline.agent_file import AgentId

router = APIRouter(prefix="/keys", tags=["access"], route_class=StrictRoute)


class KeyIn(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100), AfterValidator(not_blank)]
    scopes: Annotated[set[Scope], Field(min_length=1)]
    expires_in_days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] | None = None
    agent_id: Annotated[AgentId | None, Field(description="The agent whose key it is.")] = None


class KeyOut(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    agent_id: str | None = Field(description="The agent whose key it is, if it is one's.")

    @classmethod
    def of_key(cls, key: ApiKey) -> "KeyOut":
        return cls(
            id=key.id,
            name=key.name,
            scopes=sorted(key.scopes),
            created_at=moment(key.created_at),
            expires_at=maybe_moment(key.expires_at),
            revoked_at=maybe_moment(key.revoked_at),
            agent_id=key.agent_id,
        )


class NewKeyOut(KeyOut):
    """A key with its token, which is shown this once and cannot be shown again."""

    token: str


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 413, 415, 422, 503))
async def create_key(key_in: KeyIn, caller: Admin, parts: Parts, idempotency_key: IdempotencyKey = None) -> NewKeyOut:
    """Make a key. From the first one on, every call needs a key.

    A repeated `Idempotency-Key` makes no second key; as no secret is kept, it cannot show the token again and says so.
    """
    if key_in.agent_id is not None:
        agent = await run_in_threadpool(parts.store.agent, caller.workspace, key_in.agent_id)
        if agent is None:
            raise Problem(422, f"There is no agent {key_in.agent_id!r} whose key it could be.")
    now = parts.clock.now()
    again = None if idempotency_key is None else derived_id(caller.workspace, idempotency_key).replace("-", "")
    expires_at = None if key_in.expires_in_days is None else now + key_in.expires_in_days * 86_400
    key, token = new_key(
        key_in.name,
        frozenset(key_in.scopes),
        now,
        parts.random,
        key_id=again,
        workspace=caller.workspace,
        expires_at=expires_at,
        agent_id=key_in.agent_id,
    )
    if not await run_in_threadpool(parts.store.add_key, key, caller.actor):
        raise Problem(
            409, f"This request has made key {key.id} already, and its token was shown then; revoke it if lost."
        )
    await run_in_threadpool(parts.keys.refresh)
    return NewKeyOut(**KeyOut.of_key(key).model_dump(), token=token)


@router.get("", responses=responses(401, 403, 503))
async def list_keys(caller: Admin, parts: Parts) -> list[KeyOut]:
    """All keys of the workspace, the revoked ones too."""
    keys = await run_in_threadpool(parts.store.list_keys)
    return [KeyOut.of_key(key) for key in keys if key.workspace == caller.workspace]


@router.delete("/{key_id}", status_code=204, response_class=Response, responses=responses(401, 403, 404, 422, 503))
async def revoke_key(key_id: Annotated[str, Path(pattern=r"^[0-9a-f]{1,32}$")], caller: Admin, parts: Parts) -> None:
    """Revoke a key; it opens nothing from now on (in other processes, within a second)."""
    revoked = await run_in_threadpool(parts.store.revoke_key, caller.workspace, key_id, parts.clock.now(), caller.actor)
    if not revoked:
        raise Problem(404, f"There is no key {key_id!r} to revoke.")
    await run_in_threadpool(parts.keys.refresh)
