"""What the workspace was configured with before: every version, who applied it, and its content."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Reader
from smart_support.api.config import RoutingOut, TaxonomyOut
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment, moment
from smart_support.api.strict import StrictRoute
from smart_support.pipeline.follow import ROUTING, TAXONOMY, AppliedVersion, sha256_of

router = APIRouter(prefix="/config", tags=["configuration"], route_class=StrictRoute)


class Kind(StrEnum):
    """What can be configured."""

    TAXONOMY = TAXONOMY
    ROUTING = ROUTING


class VersionOut(BaseModel):
    """One version, without its content. Nobody applied version 0, which comes with the program."""

    version: Annotated[int, Field(ge=0)]
    at: datetime | None
    actor: str | None
    sha256: Annotated[str, Field(description="Of the content: the same where that is the same.")]

    @classmethod
    def of_version(cls, found: AppliedVersion) -> "VersionOut":
        return cls(version=found.version, at=moment(found.at), actor=found.actor, sha256=found.sha256)


class VersionContentOut(BaseModel):
    """A version with its content. Who applies that with `PUT` rolls back to it, in a new version."""

    version: Annotated[int, Field(ge=0)]
    at: datetime | None
    actor: str | None
    sha256: str
    content: dict[str, Any]


@router.get("/{kind}/versions", responses=responses(401, 403, 422, 503))
async def list_versions(
    kind: Kind,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most versions to list.")] = 50,
) -> list[VersionOut]:
    """Who applied which version, and when: the newest first, and last version 0, which comes with the program."""
    found = await run_in_threadpool(parts.store.applied_versions, caller.workspace, kind.value, limit)
    first = VersionOut(version=0, at=None, actor=None, sha256=sha256_of(_shipped(kind)))
    return [*map(VersionOut.of_version, found), first][:limit]


@router.get("/{kind}/versions/{version}", responses=responses(401, 403, 404, 422, 503))
async def get_version(
    kind: Kind, version: Annotated[int, Path(ge=0, le=999_999_999)], caller: Reader, parts: Parts
) -> VersionContentOut:
    """A version with its content."""
    if version == 0:
        content = _shipped(kind)
        return VersionContentOut(version=0, at=None, actor=None, sha256=sha256_of(content), content=dict(content))
    found = await run_in_threadpool(parts.store.applied, caller.workspace, kind.value, version)
    if found is None:
        raise Problem(404, f"The {kind} has no version {version}; GET /config/{kind}/versions lists them.")
    return VersionContentOut(
        version=version, at=maybe_moment(found.at), actor=found.actor, sha256=found.sha256, content=dict(found.content)
    )


def _shipped(kind: Kind) -> Mapping[str, Any]:
    """What holds where nobody has applied anything."""
    if kind is Kind.TAXONOMY:
        return TaxonomyOut.of_configuration(None).taxonomy
    return RoutingOut.of_configuration(None).routing
