"""How the system is: probes and metrics."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OperatorReader
from smart_support.api.breaker import BreakerOut
from smart_support.api.model_figures import headline
from smart_support.api.models import at_work
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import RETRY_AFTER, Problem, responses
from smart_support.domain.ticket import State
from smart_support.domain.triage import Tier
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Unavailable, Worker
from smart_support.pipeline.standing import lags

router = APIRouter(tags=["health"])

Condition = Literal["up", "down"]
Verbose = Annotated[str | None, Query(max_length=100, description="Whatever it is set to: a line for each check.")]
_READY = responses(503)
_READY[503]["content"]["text/plain"] = {"schema": {"type": "string"}}  # where `verbose` is given


class LightHealth(BaseModel):
    """The light model; its accuracy is the one measured when it was trained."""

    ready: bool = Field(description="Always true: a process that cannot load it does not begin to answer.")
    accuracy: float | None


class TransformerHealth(BaseModel):
    """The tier that triages /v2: the transformer, where it answers in every worker. Ready where one is alive."""

    ready: bool
    tier: Tier


class Health(BaseModel):
    """The state of every part."""

    status: Literal["ok", "degraded"]
    m1: LightHealth
    m2: TransformerHealth
    broker: Condition
    store: Condition
    queues: dict[str, int]
    breakers: list[BreakerOut]


@router.get("/health", responses=responses(429))
async def health(parts: Parts, request: Request) -> Health:
    """All parts at a glance. Answers 200 whatever they say; `/readyz` is for machines."""
    await parts.limits.admit_address(request)
    store, counts, workers = await run_in_threadpool(_store, parts)
    broker, held = await run_in_threadpool(_broker, parts)
    tiers = {worker.beat.figures.tier for worker in workers if worker.triages and not worker.stale}
    return Health(
        status="ok" if store == broker == "up" else "degraded",
        m1=LightHealth(ready=True, accuracy=headline(parts.model.info.figures(Tier.LIGHT)).get("accuracy")),
        m2=TransformerHealth(ready=bool(tiers), tier=Tier.TRANSFORMER if tiers == {Tier.TRANSFORMER} else Tier.LIGHT),
        broker=broker,
        store=store,
        queues=counts | held | {"v1": len(parts.quick_queues)},
        breakers=[BreakerOut.of_worker(worker) for worker in workers],
    )


@router.head("/livez", include_in_schema=False)  # which some load balancers ask with, here and below
@router.get("/livez", response_class=PlainTextResponse)
@router.api_route("/healthz", methods=["GET", "HEAD"], response_class=PlainTextResponse, include_in_schema=False)
async def livez() -> str:
    """The process answers; nothing else is looked at."""
    return "ok"


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", response_class=PlainTextResponse, responses=_READY)
async def readyz(parts: Parts, verbose: Verbose = None) -> PlainTextResponse:
    """Whether tickets can be taken in: the store answers, and no write failed lately for want of room or right. Without
    the broker they can: they wait in the store until it is back."""
    wrong = await run_in_threadpool(_unready, parts.store)
    again = {"Retry-After": RETRY_AFTER} if wrong else None
    if verbose is None:
        if wrong:
            raise Problem(503, next(iter(wrong.values())), headers=again)
        return PlainTextResponse("ok")
    broker, _ = await run_in_threadpool(_broker, parts)
    lines = [
        f"[-]{check} failed: {wrong[check]} `smart-support doctor` says why." if check in wrong else f"[+]{check} ok"
        for check in ("store", "writes")
    ]
    lines.append("[+]broker ok" if broker == "up" else "[-]broker failed: tickets wait until it is back")
    lines.append(f"readyz check {'failed' if wrong else 'passed'}")
    return PlainTextResponse("\n".join((*lines, "")), 503 if wrong else 200, again)


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {}, "application/json": {}}}, **responses(401, 403, 422)},
    response_class=PlainTextResponse,
)
async def metrics(_: OperatorReader, parts: Parts, accept: Annotated[str, Header(max_length=1_000)] = "") -> Response:
    """Prometheus text; the models' figures as JSON where the caller accepts `application/json`. Metrics are those of
    the installation: only for a key of `default`."""
    if "application/json" in accept:
        return JSONResponse({model.name: model.model_dump(mode="json") for model in at_work(parts)})
    text = await run_in_threadpool(generate_latest, parts.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _unready(store: Store) -> dict[str, str]:
    """Why no ticket can be taken in, by the check that found it; empty where they can."""
    try:
        store.ping()
    except Unavailable:
        return dict.fromkeys(("store", "writes"), "The database does not answer.")
    return {} if store.write_refusal() is None else {"writes": "The database takes no writes: look at its disk."}


def _store(parts: ApiParts) -> tuple[Condition, dict[str, int], list[Worker]]:
    try:
        counts, workers = parts.store.counts(None), parts.store.workers()
    except Unavailable:
        return "down", {}, []
    queues = {"pending": counts.pending, "waiting": counts.of(State.WAITING)}
    return "up" if parts.store.write_refusal() is None else "down", queues, workers


def _broker(parts: ApiParts) -> tuple[Condition, dict[str, int]]:
    held = lags(parts.broker)
    return ("down", {}) if held is None else ("up", {step.value: number for step, number in held.items()})
