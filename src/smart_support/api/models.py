"""Models: which there are, what they are there for, and how one in shadow compares."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Operator, OperatorReader, Reader
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import maybe_moment, moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.comparison import Comparison
from smart_support.domain.registry import VERSION_PATTERN, ModelInfo, RegisteredModel, Role, Roles
from smart_support.domain.triage import Tier
from smart_support.pipeline.records import Unavailable, Worker

router = APIRouter(prefix="/models", tags=["models"], route_class=StrictRoute)

Count = Annotated[int, Field(ge=0)]
Version = Annotated[str, Path(pattern=VERSION_PATTERN, description="As `GET /models` has it under `model`.")]


class ModelOut(BaseModel):
    """One bundle of a model, with the figures measured when it was trained.

    `model` is the model that it belongs to, and what the other routes take; `labels` are the categories that it was
    trained on. `at_work` tells whether this process triages with it; `problem` which processes cannot load it although
    they should, and why.
    """

    name: Literal["m1", "m2"]
    tier: Tier
    version: str
    figures: dict[str, Any]
    model: str
    labels: list[str]
    role: Role | None
    at_work: bool
    added_at: datetime | None = None
    problem: str | None = None


class ModelIn(BaseModel):
    """A model that lies in DATA_DIR/models under this version; `smart-support models add` puts it there."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(pattern=VERSION_PATTERN)]


class AddedOut(BaseModel):
    """A registered model."""

    model: str
    role: Role | None
    added_at: datetime


class RolesOut(BaseModel):
    """Which model has which role; with none active, the one that comes with the program triages."""

    active: str | None
    shadow: str | None
    previous: str | None

    @classmethod
    def of_roles(cls, roles: Roles) -> "RolesOut":
        return cls(active=roles.active, shadow=roles.shadow, previous=roles.previous)


class DisagreementOut(BaseModel):
    """Tickets to which the models gave different categories."""

    active: str
    shadow: str
    tickets: Count


class ScoreOut(BaseModel):
    """Tickets that people spoke of, by which model alone was right (about urgency: nearer)."""

    active: Count
    shadow: Count
    tied: Count


class ComparisonOut(BaseModel):
    """The model in shadow beside the active one, on the tickets that both have seen.

    `agreement` is the share with the same category, `urgency_gap` the mean difference of S; alerts are those that each
    would have caused. People correct more than they confirm, so the scores lean against the active model.
    """

    active: str
    shadow: str
    tickets: Count
    enough: bool
    agreement: float | None
    urgency_gap: float | None
    active_alerts: Count
    shadow_alerts: Count
    disagreements: list[DisagreementOut]
    category: ScoreOut
    urgency: ScoreOut

    @classmethod
    def of_comparison(cls, active: ModelInfo, shadow: ModelInfo, found: Comparison) -> "ComparisonOut":
        return cls(
            active=active.version,
            shadow=shadow.version,
            tickets=found.tickets,
            enough=found.enough,
            agreement=found.agreement,
            urgency_gap=found.urgency_gap,
            active_alerts=found.active_alerts,
            shadow_alerts=found.shadow_alerts,
            disagreements=[
                DisagreementOut(active=pair.active, shadow=pair.shadow, tickets=pair.tickets)
                for pair in found.disagreements
            ],
            category=ScoreOut(**asdict(found.category)),
            urgency=ScoreOut(**asdict(found.urgency)),
        )


_ERRORS = responses(401, 403, 404, 409, 422, 503)


@router.get("", responses=responses(401, 403))
async def list_models(_: Reader, parts: Parts) -> list[ModelOut]:
    """Every bundle there is: those at work first, then the other registered models', the newest first.

    While the database is down, only what is at work is known.
    """
    registered: list[RegisteredModel] = []
    workers: list[Worker] = []
    with suppress(Unavailable):
        registered = await run_in_threadpool(parts.models.models)
        workers = await run_in_threadpool(parts.store.workers)
    here = parts.model.info
    listed = at_work(parts, registered, _problem(here.version, workers))
    for model in registered:
        if model.info.version != here.version:
            chosen = model.role is Role.ACTIVE and parts.follow.chosen
            problem = "MODEL_DIR names another model, and wins." if chosen else _problem(model.info.version, workers)
            listed += _bundles(model.info, model.role, model, problem=problem)
    return listed


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 413, 415, 422, 503))
async def add_model(model: ModelIn, caller: Operator, parts: Parts, response: Response) -> AddedOut:
    """Register a model; 200 where it was registered already. It has no role yet."""
    found, fresh = await run_in_threadpool(parts.models.add, model.version, caller.actor)
    if not fresh:
        response.status_code = 200
    return AddedOut(model=found.info.version, role=found.role, added_at=moment(found.added_at))


@router.get("/compare", responses=responses(401, 403, 404, 409, 503))
async def compare_models(_: OperatorReader, parts: Parts) -> ComparisonOut:
    """The model in shadow beside the active one; 409 where none is in shadow."""
    return ComparisonOut.of_comparison(*await run_in_threadpool(parts.models.compare))


@router.post("/rollback", responses=responses(401, 403, 409, 503))
async def roll_back(caller: Operator, parts: Parts) -> RolesOut:
    """Let the model triage that did so before the last promotion: at first, the one that comes with the program."""
    return RolesOut.of_roles(await run_in_threadpool(parts.models.roll_back, caller.actor))


@router.post("/{version}/shadow", responses=_ERRORS)
async def shadow_model(version: Version, caller: Operator, parts: Parts) -> RolesOut:
    """Try a model on live tickets, beside the active one and without any effect."""
    return RolesOut.of_roles(await run_in_threadpool(parts.models.shadow, version, caller.actor))


@router.delete("/{version}/shadow", responses=responses(401, 403, 409, 422, 503))
async def stop_shadow(version: Version, caller: Operator, parts: Parts) -> RolesOut:
    """Try it no more."""
    return RolesOut.of_roles(await run_in_threadpool(parts.models.stop_shadow, version, caller.actor))


@router.post("/{version}/promote", responses=_ERRORS)
async def promote_model(
    version: Version,
    caller: Operator,
    parts: Parts,
    force: Annotated[bool, Query(description="Also where it was compared on too few tickets.")] = False,
) -> RolesOut:
    """Let a model triage; every process does so within a second or so. 409 where it was hardly compared."""

    def promote() -> Roles:
        return parts.models.promote(version, caller.actor, force=force)

    return RolesOut.of_roles(await run_in_threadpool(promote))


def at_work(
    parts: ApiParts, registered: Collection[RegisteredModel] = (), problem: str | None = None
) -> list[ModelOut]:
    """The bundles that this process triages with, m1 first."""
    info = parts.model.info
    model = next((model for model in registered if model.info.version == info.version), None)
    active = None if any(model.role is Role.ACTIVE for model in registered) else Role.ACTIVE
    found = _bundles(info, active if model is None else model.role, model, at_work=True, problem=problem)
    return sorted(found, key=lambda bundle: bundle.name)


def _problem(version: str, workers: Collection[Worker]) -> str | None:
    """Which of the processes that are alive cannot load a model, and why."""
    names: dict[str, list[str]] = {}
    for worker in workers:
        for refusal in worker.beat.refusals:
            if refusal.version == version and not worker.stale:
                names.setdefault(refusal.reason, []).append(worker.beat.worker)
    return "; ".join(f"{', '.join(refused)}: {reason}" for reason, refused in names.items()) or None


def _bundles(
    info: ModelInfo,
    role: Role | None,
    model: RegisteredModel | None,
    *,
    at_work: bool = False,
    problem: str | None = None,
) -> list[ModelOut]:
    return [
        ModelOut(
            name=bundle.tier.model_used,
            tier=bundle.tier,
            version=bundle.version,
            figures=dict(bundle.figures),
            model=info.version,
            labels=list(info.labels),
            role=role,
            at_work=at_work,
            added_at=maybe_moment(model.added_at) if model else None,
            problem=problem,
        )
        for bundle in info.bundles
    ]
