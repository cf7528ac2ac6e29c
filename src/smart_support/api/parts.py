"""What the API is given by `bootstrap`, and how a route gets at it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from smart_support.api.answers import Answers
from smart_support.api.feed import Feed
from smart_support.api.key_ring import KeyRing
from smart_support.api.limits import RateLimits
from smart_support.api.model_figures import ModelFigures
from smart_support.api.quick_queues import QuickQueues
from smart_support.api.raw import RawBodies
from smart_support.api.refusals import Refusals
from smart_support.api.shared import SharedLooks
from smart_support.api.signed_in import SignedIn
from smart_support.domain.attempts import Attempts
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.desk import Desk
from smart_support.pipeline.erase import People
from smart_support.pipeline.explain import Explainer
from smart_support.pipeline.fetch import Origin
from smart_support.pipeline.flood import Floods
from smart_support.pipeline.models import CurrentModel, FollowStep
from smart_support.pipeline.ports import Broker, Clock, IdempotencyStore, Store
from smart_support.pipeline.purge import PurgeStep
from smart_support.pipeline.registry import ModelRegistry
from smart_support.pipeline.take_in import TakeIn
from smart_support.pipeline.triage import TriageStep
from smart_support.pipeline.watch import Watch
from smart_support.triage.engine import Engine
from smart_support.triage.storm_rule import StormRule
from smart_support.triage.taxonomies import Taxonomies


@dataclass(frozen=True, slots=True)
class ApiParts:
    """The pipeline as the API sees it. `random(n)` gives n random bytes in hexadecimal; `stopping` is set once the
    server is about to end, for calls that would not end by themselves. `database` is its kind, sqlite or postgresql;
    `floods` sends made-up tickets, where the process has the simulator. `previewing` is held by the one preview of
    storms that may run at a time, `explaining` by the two explanations of routes."""

    store: Store
    people: People
    purge: PurgeStep
    broker: Broker
    accept: AcceptStep
    answers: Answers
    triage: TriageStep
    model: CurrentModel[Engine[Any]]
    taxonomies: Taxonomies
    quick: Taxonomies
    models: ModelRegistry
    desk: Desk
    explainer: Explainer
    storm_rules: Callable[[], Mapping[str, StormRule]]
    follow: FollowStep[Engine[Any]]
    clock: Clock
    watch: Watch
    feed: Feed
    looks: SharedLooks
    keys: KeyRing
    signed_in: SignedIn
    limits: RateLimits
    admission: Admission
    quick_queues: QuickQueues
    quick_answers: IdempotencyStore
    registry: CollectorRegistry
    model_figures: ModelFigures
    database: str
    floods: Floods | None
    random: Callable[[int], str]
    max_body_bytes: int
    take_in: TakeIn
    sources: Mapping[str, Origin]
    stopping: threading.Event
    destinations: Sequence[str]
    production: bool | None
    cors_origins: Sequence[str] = ()
    previewing: threading.Semaphore = field(default_factory=threading.BoundedSemaphore)
    explaining: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(2))
    raw_bodies: RawBodies = field(default_factory=RawBodies)
    refusals: Refusals = field(default_factory=Refusals)
    wrong_keys: Attempts = field(default_factory=lambda: Attempts(limit=10, seconds=60.0))

    @property
    def in_production(self) -> bool:
        """Whether real tickets come here: as the settings say, else as soon as it takes a key to call."""
        return not self.keys.is_open if self.production is None else self.production


async def parts_of(request: Request) -> ApiParts:
    # async, because a plain function would be sent to a thread for each request
    parts = request.app.state.parts
    assert isinstance(parts, ApiParts)
    return parts


Parts = Annotated[ApiParts, Depends(parts_of)]
