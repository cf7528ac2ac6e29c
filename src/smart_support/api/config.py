"""What the workspace is configured with: the taxonomy, and the rules of routing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, OwnReader, Reader
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.routing.match import RoutingError
from smart_support.domain.taxonomy import TaxonomyError
from smart_support.pipeline.follow import ROUTING, TAXONOMY, VersionConflict
from smart_support.pipeline.records import Configuration
from smart_support.pipeline.routing_file import RoutingContent
from smart_support.triage.taxonomy_file import TaxonomyContent
from smart_support.triage.taxonomy_file import load as load_taxonomy

router = APIRouter(prefix="/config", tags=["configuration"], route_class=StrictRoute)

DryRun = Annotated[bool, Query(description="Check everything, and change nothing.")]
IfMatch = Annotated[
    str | None,
    Header(
        pattern=r'^(\*|(W/)?"[0-9]{1,9}")$',
        description="The ETag of what was read before it was changed, also a weak one, as proxies that compress make "
        "them: 412 where somebody else has changed it since.",
    ),
]
_READ = responses(401, 403, 503)
_WRITE = responses(400, 401, 403, 412, 413, 415, 422, 503)


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


@dataclass(frozen=True, slots=True)
class _Applying:
    """A call that configures the workspace, if the version before is still the one it names."""

    caller: Admin
    parts: Parts
    response: Response
    dry_run: DryRun = False
    if_match: IfMatch = None

    async def run(self, kind: str, content: Mapping[str, Any]) -> AppliedOut:
        """Make this the newest version, or say whether that would be one."""
        expected = _version_of(self.if_match)
        store, workspace = self.parts.store, self.caller.workspace
        try:
            if self.dry_run:
                return _would_apply(await run_in_threadpool(store.configuration, workspace, kind), content, expected)
            now = self.parts.clock.now()
            applied, changed = await run_in_threadpool(
                store.configure, workspace, kind, content, now, self.caller.actor, expected
            )
        except VersionConflict as error:
            raise Problem(
                412,
                f"Version {error.held} of the {kind} holds by now, not {error.expected}: somebody else was faster. "
                "Read it again, and change that.",
                headers={"ETag": _etag(error.held)},
            ) from error
        self.response.headers["ETag"] = _etag(applied.version)
        return AppliedOut(version=applied.version, changed=changed)


_Call = Annotated[_Applying, Depends()]


@router.get("/taxonomy", responses=_READ)
async def get_taxonomy(caller: OwnReader, parts: Parts, response: Response) -> TaxonomyOut:
    """The taxonomy that holds; `taxonomy` is what `PUT` takes."""
    found = await run_in_threadpool(parts.store.configuration, caller.workspace, TAXONOMY)
    out = TaxonomyOut.of_configuration(found)
    response.headers["ETag"] = _etag(out.version)
    return out


@router.put("/taxonomy", responses=_WRITE)
async def put_taxonomy(content: TaxonomyContent, applying: _Call) -> AppliedOut:
    """Triage by this taxonomy from now on (in other processes, within a second). Repeating the call changes nothing."""
    try:
        taxonomy = content.taxonomy()
        applying.parts.taxonomies.of(applying.caller.workspace).check(taxonomy)
    except TaxonomyError as error:
        raise Problem(422, f"{error}.") from error
    return await applying.run(TAXONOMY, TaxonomyContent.of(taxonomy).model_dump())


@router.get("/routing", responses=_READ)
async def get_routing(caller: Reader, parts: Parts, response: Response) -> RoutingOut:
    """The routing that holds; `routing` is what `PUT` takes."""
    found = await run_in_threadpool(parts.store.configuration, caller.workspace, ROUTING)
    out = RoutingOut.of_configuration(found)
    response.headers["ETag"] = _etag(out.version)
    return out


@router.put("/routing", responses=_WRITE)
async def put_routing(content: RoutingContent, applying: _Call) -> AppliedOut:
    """Route by these rules from now on (in other processes, within a second). Repeating the call changes nothing."""
    try:
        await run_in_threadpool(content.routing)  # a calendar takes a moment
    except RoutingError as error:
        raise Problem(422, f"{error}.") from error
    return await applying.run(ROUTING, content.model_dump(mode="json"))


def _would_apply(held: Configuration | None, content: Mapping[str, Any], expected: int | None) -> AppliedOut:
    """What applying would answer; raises VersionConflict as that would."""
    version = 0 if held is None else held.version
    if held is not None and held.content == content:
        return AppliedOut(version=version, changed=False)
    if expected is not None and expected != version:
        raise VersionConflict(expected, version)
    return AppliedOut(version=version + 1, changed=True)


def _etag(version: int) -> str:
    return f'"{version}"'


def _version_of(if_match: str | None) -> int | None:
    return None if if_match in {None, "*"} else int(if_match.strip('W/"'))
