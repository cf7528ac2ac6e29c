"""`/health/standing`: how the whole system stands at one look, and what is wrong; `smart-support status` shows it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support import __version__
from smart_support.api.access import OperatorReader
from smart_support.api.health_figures import DestinationFiguresOut, WorkerFiguresOut
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import moment
from smart_support.pipeline.messages import source_destination
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Step
from smart_support.pipeline.standing import Standing, Streams, faults, lags

router = APIRouter(tags=["health"])

_MINUTE = 60

Count = Annotated[int, Field(ge=0)]


class StageOut(BaseModel):
    """Tickets that wait for a stage or are in it; the oldest is ready for it since so many seconds. `stream` are those
    that the broker holds, null while it does not answer; `buried` were given up."""

    stage: str
    waiting: Count
    oldest_seconds: Annotated[float, Field(ge=0.0)]
    stream: int | None
    buried: Count


class StandingOut(BaseModel):
    """All workspaces together. `ok` is that nothing is wrong; `faults` says what is. `leader` is the process that
    dispatches. `destinations_set` are the destinations that the settings of the process name that was asked, null where
    none was: a message to another one waits until it is named again."""

    at: datetime
    version: str
    ok: bool
    faults: list[str]
    leader: str | None
    workers: list[WorkerFiguresOut]
    stages: list[StageOut]
    accepted_per_minute: Count
    triaged_per_minute: Count
    incidents_open: Count
    destinations: list[DestinationFiguresOut]
    destinations_set: list[str] | None

    @classmethod
    def of_standing(
        cls,
        standing: Standing,
        streams: Mapping[Step, int] | None,
        refusal: str | None,
        accepted: int,
        triaged: int,
        named: Iterable[str] | None,
    ) -> "StandingOut":
        wrong = faults(standing, broker_up=streams is not None, refusal=refusal)
        return cls(
            at=moment(standing.at),
            version=__version__,
            ok=not wrong,
            faults=wrong,
            leader=standing.leader,
            workers=[WorkerFiguresOut.of_worker(worker) for worker in standing.workers],
            stages=[
                StageOut(
                    stage=step.name.lower(),
                    waiting=standing.backlog(step).tickets,
                    oldest_seconds=round(standing.backlog(step).oldest, 3),
                    stream=None if streams is None else streams[step],
                    buried=standing.buried.get(step, 0),
                )
                for step in Step
            ],
            accepted_per_minute=accepted,
            triaged_per_minute=triaged,
            incidents_open=standing.incidents,
            destinations=[
                DestinationFiguresOut.of_tally(name, one, standing.at)
                for name, one in sorted(standing.destinations.items())
            ],
            destinations_set=None if named is None else sorted(named),
        )


@router.get("/health/standing", responses=responses(401, 403, 503))
async def health_standing(_: OperatorReader, parts: Parts) -> StandingOut:
    """What waits and for how long, who works, who leads, where messages stand, and what is wrong."""
    named = {*parts.destinations, *map(source_destination, parts.sources)}
    return await run_in_threadpool(look, parts.store, parts.broker, parts.clock.now(), named)


def look(store: Store, broker: Streams, now: float, named: Iterable[str] | None = None) -> StandingOut:
    """The same from a store and a broker, and the destinations that are set, where they are known. Raises Unavailable
    where the store does not answer."""
    since = now - _MINUTE
    accepted, triaged = (
        sum(one.tickets for one in count(None, since, _MINUTE)) for count in (store.arrivals, store.triages)
    )
    refusal = store.write_refusal()
    return StandingOut.of_standing(store.overview(), lags(broker), refusal, accepted, triaged, named)
