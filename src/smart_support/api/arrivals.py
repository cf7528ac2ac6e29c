"""The flood as it comes: how many tickets arrive, and which storms may be forming."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Reader
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment, moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.title import keywords, title
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.forming import FormingStorm
from smart_support.pipeline.tallies import Bucket, bucketed, first_bucket
from smart_support.triage.storm_rule import content_words

router = APIRouter(prefix="/v2", tags=["storms"], route_class=StrictRoute)

MOST_BUCKETS = 1_440
_MINUTE = 60
_FRESH_SECONDS = 1.0
_READ = 600  # characters of a ticket, for what a cluster is called: pages ask every two seconds

Count = Annotated[int, Field(ge=0)]


class ArrivalBucketOut(BaseModel):
    """The tickets that came from `at` on, until the next bucket begins; `suppressed` of them are duplicates of an
    incident's, routed nowhere."""

    at: datetime
    tickets: Count
    suppressed: Count

    @classmethod
    def of_bucket(cls, bucket: Bucket) -> "ArrivalBucketOut":
        return cls(at=moment(bucket.at), tickets=bucket.tickets, suppressed=bucket.suppressed)


class NowOut(BaseModel):
    """What comes now."""

    per_minute: Annotated[int, Field(ge=0, description="Tickets of the last 60 seconds.")]


class ArrivalsOut(BaseModel):
    """Tickets over time, without imported history."""

    bucket_seconds: int
    buckets: Annotated[list[ArrivalBucketOut], Field(description="By time; the last one is not over yet.")]
    base_rate: Annotated[
        float | None,
        Field(
            description="Tickets a minute that the detector of storms takes for usual: the mean of the last 2,048 that "
            "are older than its window and belong to no incident. Null while it knows none."
        ),
    ]
    now: NowOut


class FormingOut(BaseModel):
    """Tickets of the last seconds that may become an incident.

    `exact` ones are copies of each other, `semantic` ones report one cause in their own words; `similarity` is their
    mean one. With `missing` more of them they are `threshold` and open an incident; both are null where no number
    would, because such tickets are usual. `title` and `words` are made from how the sample begins.
    """

    kind: LinkKind
    category: str | None
    tickets: Count
    customers: Annotated[int, Field(ge=0, description="Different customers, as far as they are known.")]
    threshold: int | None
    missing: int | None
    similarity: float
    title: str
    words: list[str]
    sample_ticket_ids: Annotated[list[str], Field(max_length=5, description="The likest first.")]
    first_at: datetime
    last_at: datetime

    @classmethod
    def of_cluster(cls, cluster: FormingStorm, tickets: list[Ticket]) -> "FormingOut":
        texts = [f"{ticket.subject}\n{ticket.body}"[:_READ] for ticket in tickets]
        return cls(
            kind=cluster.kind,
            category=cluster.category,
            tickets=cluster.tickets,
            customers=cluster.customers,
            threshold=cluster.threshold,
            missing=cluster.missing,
            similarity=round(cluster.similarity, 4),
            title=title(texts, (), content_words),
            words=list(keywords(texts, (), content_words)),
            sample_ticket_ids=list(cluster.ticket_ids),
            first_at=moment(cluster.first_at),
            last_at=moment(cluster.last_at),
        )


class FormingStormsOut(BaseModel):
    """What the dispatcher saw last, at `at`; null where none has told yet. A `stale` state is not known to hold: no
    dispatcher runs, or the one that does has seen no ticket yet."""

    at: datetime | None
    stale: bool
    window_seconds: Annotated[float | None, Field(description="Older tickets are no part of a new incident.")]
    clusters: Annotated[list[FormingOut], Field(max_length=20, description="Those nearest to an incident first.")]


@router.get("/arrivals", responses=responses(401, 403, 422, 503))
async def arrivals(
    caller: Reader,
    parts: Parts,
    minutes: Annotated[int, Query(ge=1, le=1_440, description="How far to look back.")] = 60,
    bucket: Annotated[int, Query(ge=1, le=3_600, description="Seconds of a bucket.")] = 60,
) -> ArrivalsOut:
    """How many tickets came, over time, beside what is usual."""
    number = -(-minutes * _MINUTE // bucket)
    if number > MOST_BUCKETS:
        raise Problem(422, f"That is {number} buckets; ask for {MOST_BUCKETS} at most.")
    place = ("arrivals", caller.workspace, bucket, number)
    return await parts.looks.share(place, _FRESH_SECONDS, lambda: _arrivals(parts, caller.workspace, bucket, number))


@router.get("/storms/forming", responses=responses(401, 403, 503))
async def forming(caller: Reader, parts: Parts) -> FormingStormsOut:
    """Which incidents may be about to open, and how many tickets are missing until then."""
    return await run_in_threadpool(_forming, parts, caller.workspace)


def _arrivals(parts: ApiParts, workspace: str, seconds: int, number: int) -> ArrivalsOut:
    now = parts.clock.now()
    counted = parts.store.arrivals(workspace, first_bucket(now, seconds, number), seconds)
    recent = parts.store.arrivals(workspace, now - _MINUTE, seconds)
    told = parts.store.told_storms(workspace)
    return ArrivalsOut(
        bucket_seconds=seconds,
        buckets=[ArrivalBucketOut.of_bucket(one) for one in bucketed(counted, now, seconds, number)],
        base_rate=None if told is None else told.state.usual_per_minute,
        now=NowOut(per_minute=sum(one.tickets for one in recent)),
    )


def _forming(parts: ApiParts, workspace: str) -> FormingStormsOut:
    told = parts.store.told_storms(workspace)
    if told is None:
        return FormingStormsOut(at=None, stale=True, window_seconds=None, clusters=[])
    state = told.state.at(parts.clock.now())
    keys = [TicketKey(workspace, name) for cluster in state.clusters for name in cluster.ticket_ids]
    tickets = {key.ticket_id: ticket for key, ticket in parts.store.find_many(keys).items()}
    return FormingStormsOut(
        at=maybe_moment(told.told_at),
        stale=told.stale,
        window_seconds=state.seconds,
        clusters=[
            FormingOut.of_cluster(cluster, [tickets[name] for name in cluster.ticket_ids if name in tickets])
            for cluster in state.clusters
        ],
    )
