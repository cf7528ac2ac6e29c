"""Workspaces: make, list."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, Operator
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import moment, not_blank
from smart_support.api.strict import StrictRoute
from smart_support.domain.workspace import WORKSPACE_ID_PATTERN, Workspace

router = APIRouter(prefix="/workspaces", tags=["access"], route_class=StrictRoute)


class WorkspaceIn(BaseModel):
    """A workspace to make; its id stays for good."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=WORKSPACE_ID_PATTERN, description="Lower-case letters, digits, _ and -.")]
    name: Annotated[str, Field(max_length=100), AfterValidator(not_blank)] | None = None


class WorkspaceOut(BaseModel):
    """A workspace."""

    id: str
    name: str
    created_at: datetime | None = Field(description="Null for those that were there before this was kept.")

    @classmethod
    def of_workspace(cls, one: Workspace) -> "WorkspaceOut":
        return cls(id=one.id, name=one.name, created_at=moment(one.created_at) if one.created_at else None)


@router.post("", status_code=201, responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 503))
async def create_workspace(told: WorkspaceIn, caller: Operator, parts: Parts) -> WorkspaceOut:
    """Make a workspace: with tickets, agents, incidents, rules and keys of its own. Only for an admin of `default`."""
    made = Workspace(told.id, told.name or told.id, parts.clock.now())
    if not await run_in_threadpool(parts.store.add_workspace, made, caller.actor):
        raise Problem(409, f"There is a workspace {told.id!r} already.")
    await run_in_threadpool(parts.keys.read_again)
    return WorkspaceOut.of_workspace(made)


@router.get("", responses=responses(401, 403, 404, 503))
async def list_workspaces(caller: Admin, parts: Parts) -> list[WorkspaceOut]:
    """All workspaces for an admin of `default`; for any other admin his own."""
    found = await run_in_threadpool(parts.store.workspaces)
    return [WorkspaceOut.of_workspace(one) for one in found if caller.administers_all or one.id == caller.workspace]
