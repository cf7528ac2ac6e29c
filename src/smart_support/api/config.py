"""What the workspace is configured with: the taxonomy, and the rules of routing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, Reader
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import Principal
from smart_support.domain.routing.match import RoutingError
from smart_support.domain.taxonomy import TaxonomyError
from smart_support.pipeline.follow import ROUTING, TAXONOMY
from smart_support.pipeline.records import Configuration
from smart_support.pipeline.routing_file import RoutingContent
from smart_support.triage.taxonomy_file import TaxonomyContent
from smart_support.triage.taxonomy_file import load as load_taxonomy

router = APIRouter(prefix="/config", tags=["configuration"], route_class=StrictRoute)

DryRun = Annotated[bool, Query(description="Check everything, and change nothing.")]


class TaxonomyOut(BaseModel):
    """The taxonomy that holds. Version 0 is the shipped one, which nobody applied."""

    version: Annotated[int, Field(ge=0)]
    at: datetime | None
    actor: str | None
    taxonomy: dict[str, Any]

    @classmethod
    def of_configuration(cls, found: Configuration | None) -> "TaxonomyOut":
        if found is None:
            return cls(version=0, at=None, actor=None, taxonomy=TaxonomyContent.of(load_taxonomy()).model_dump())
        return cls(version=found.version, at=maybe_moment(found.at), actor=found.actor, taxonomy=dict(found.content))


class RoutingOut(BaseModel):
    """The routing that holds. Version 0 is what comes with the program, which nobody applied: no rules."""

    version: Annotated[int, Field(ge=0)]
    at: datetime | None
    actor: str | None
    routing: dict[str, Any]

    @classmethod
    def of_configuration(cls, found: Configuration | None) -> "RoutingOut":
        if found is None:
            return cls(version=0, at=None, actor=None, routing=RoutingContent().model_dump(mode="json"))
        return cls(version=found.version, at=maybe_moment(found.at), actor=found.actor, routing=dict(found.content))


class AppliedOut(BaseModel):
    """The version that holds now (or would, in a dry run), and whether this call made it."""

    version: Annotated[int, Field(ge=1)]
    changed: bool


@router.get("/taxonomy", responses=responses(401, 403, 503))
async def get_taxonomy(caller: Reader, parts: Parts) -> TaxonomyOut:
    """The taxonomy that holds; `taxonomy` is what `PUT` takes."""
    found = await run_in_threadpool(parts.store.configuration, caller.workspace, TAXONOMY)
    return TaxonomyOut.of_configuration(found)


@router.put("/taxonomy", responses=responses(400, 401, 403, 413, 415, 422, 503))
async def put_taxonomy(content: TaxonomyContent, caller: Admin, parts: Parts, dry_run: DryRun = False) -> AppliedOut:
    """Triage by this taxonomy from now on (in other processes, within a second). Repeating the call changes nothing."""
    try:
        taxonomy = content.taxonomy()
        parts.taxonomy.check(taxonomy)
    except TaxonomyError as error:
        raise Problem(422, f"{error}.") from error
    return await _apply(parts, caller, TAXONOMY, TaxonomyContent.of(taxonomy).model_dump(), dry_run)


@router.get("/routing", responses=responses(401, 403, 503))
async def get_routing(caller: Reader, parts: Parts) -> RoutingOut:
    """The routing that holds; `routing` is what `PUT` takes."""
    found = await run_in_threadpool(parts.store.configuration, caller.workspace, ROUTING)
    return RoutingOut.of_configuration(found)


@router.put("/routing", responses=responses(400, 401, 403, 413, 415, 422, 503))
async def put_routing(content: RoutingContent, caller: Admin, parts: Parts, dry_run: DryRun = False) -> AppliedOut:
    """Route by these rules from now on (in other processes, within a second). Repeating the call changes nothing."""
    try:
        await run_in_threadpool(content.routing)  # a calendar takes a moment
    except RoutingError as error:
        raise Problem(422, f"{error}.") from error
    return await _apply(parts, caller, ROUTING, content.model_dump(mode="json"), dry_run)


async def _apply(
    parts: ApiParts, caller: Principal, kind: str, content: Mapping[str, Any], dry_run: bool
) -> AppliedOut:
    """Make this the newest version, or say whether that would be one."""
    if dry_run:
        found = await run_in_threadpool(parts.store.configuration, caller.workspace, kind)
        same = found is not None and found.content == content
        held = 0 if found is None else found.version
        return AppliedOut(version=held if same else held + 1, changed=not same)
    applied, changed = await run_in_threadpool(
        parts.store.configure, caller.workspace, kind, content, parts.clock.now(), caller.actor
    )
    return AppliedOut(version=applied.version, changed=changed)
