"""The only place where parts are put together; they are shut down in reverse order."""

import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from smart_support.adapters.clock import SystemClock
from smart_support.adapters.flow import solve
from smart_support.backends import models_of, open_broker, open_store, storm_rules
from smart_support.domain.agent import Silence
from smart_support.domain.batch import BatchSize
from smart_support.domain.incident import Life
from smart_support.domain.routing.routing import DEFAULT, Routing
from smart_support.domain.storm.vectors import Whole
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.domain.triage import Text
from smart_support.outside import notify_steps, open_outside
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.alerting import AlertStep
from smart_support.pipeline.assign import AssignStep
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.desk import AgeStep, Desk
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.fetch import FetchStep, Origin, SettleStep
from smart_support.pipeline.follow import ROUTING, TAXONOMY, Follow
from smart_support.pipeline.forming import TellStorms
from smart_support.pipeline.heartbeat import HeartbeatStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.models import CurrentModel, FollowStep
from smart_support.pipeline.notify import NotifyStep
from smart_support.pipeline.ports import Broker, Clock, Sender, Store
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.registry import ModelRegistry
from smart_support.pipeline.rescore import RescoreStep
from smart_support.pipeline.routing_file import routing_of
from smart_support.pipeline.shadow import ShadowStep
from smart_support.pipeline.sla import SlaStep
from smart_support.pipeline.storms import StormModels, Storms
from smart_support.pipeline.sweep import SweepStep
from smart_support.pipeline.take_in import TakeIn
from smart_support.pipeline.triage import TriageStep
from smart_support.settings import Settings
from smart_support.triage.engine import Engine, LightTier
from smart_support.triage.storm_rule import StormRule, content_words, embed
from smart_support.triage.taxonomy import TaxonomyModel
from smart_support.triage.taxonomy_file import load as load_taxonomy
from smart_support.triage.taxonomy_file import taxonomy_of

_LOOK_SECONDS, _STOP_SECONDS = 0.5, 10.0
_BATCH_SECONDS = 0.4  # of triage: within a second for who comes just after it began
_jitter = random.random


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One ticket's way, step by step, and what the steps stand on."""

    store: Store
    broker: Broker
    model: CurrentModel[Engine[Any]]
    taxonomy: TaxonomyModel
    quick: TaxonomyModel
    look: Follow
    rules: Follow
    routing: Callable[[], Routing]
    use_routing: Callable[[Routing], None]
    clock: Clock
    accept: AcceptStep
    publish: PublishStep
    sweep: SweepStep
    triage: TriageStep
    rescore: RescoreStep
    heartbeat: HeartbeatStep
    lead: LeadStep
    dispatch: DispatchStep
    assign: AssignStep
    age: AgeStep
    sla: SlaStep
    desk: Desk
    storm_rules: Callable[[], dict[str, StormRule]]
    alerting: AlertStep
    notify: Sequence[NotifyStep]
    follow: FollowStep[Engine[Any]]
    shadow: ShadowStep
    models: ModelRegistry
    origins: Mapping[str, Origin]
    settle: SettleStep
    fetch: Sequence[FetchStep]

    def drain(self) -> None:
        """Take every ticket that is underway as far as it goes, here and now."""
        if self.lead.lease(0) is None:
            self.lead.run_once()
        while (
            self.publish.run_once(0)
            or self.triage.run_once(0)
            or self.dispatch.run_once(0)
            or self.assign.run_once()
            or self.alerting.run_once()
            or sum(step.run_once() for step in self.notify)
        ):
            pass


@contextmanager
def open_pipeline(
    settings: Settings,
    *,
    clock: Clock | None = None,
    senders: Mapping[str, Sender] | None = None,
    durable: bool = True,
    patient: bool = False,
) -> Iterator[Pipeline]:
    """All steps over the configured store and broker, ready to be driven; nothing runs by itself yet. `senders` take
    the place of the configured destinations.

    Raises Unavailable where the database does not answer, unless `patient`: then it is waited for.
    """
    clock = clock or SystemClock()
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    with ExitStack() as stack:
        source = models_of(settings, lambda: served[0].taxonomy)
        store = open_store(settings, _jitter, durable=durable, patient=patient)
        stack.callback(store.close)
        broker = open_broker(settings, name)
        stack.callback(broker.close)
        publish = PublishStep(broker)
        accept = AcceptStep(store, publish)
        stack.callback(accept.close)
        follow = FollowStep(store, source, time.monotonic)
        stack.callback(lambda: follow.current.model.close())  # noqa: PLW0108 - the one at work then
        served = [
            TaxonomyModel(model, lambda: follow.current.info.labels, load_taxonomy(), tiers)
            for model, tiers in (
                (follow.current, lambda: follow.current.model.tiers),
                (LightTier(lambda: follow.current.model), lambda: (follow.current.model.light,)),
            )
        ]

        def use(content: Mapping[str, Any]) -> None:
            for model in served:
                model.use(taxonomy_of(content))

        model, quick = served
        shadow = ShadowStep(store, source, follow, broker, clock, time.monotonic)
        batch = BatchSize(settings.triage_batch, _BATCH_SECONDS)
        lead = LeadStep(store, broker, name)

        def rules() -> dict[str, StormRule]:
            return storm_rules(settings, follow.current.model.storm_models)

        def vectors(version: str, texts: Sequence[Text]) -> list[Whole] | None:
            embedder = follow.current.model.storm_models.get(version)
            return None if embedder is None else embed(embedder, texts)

        held = [DEFAULT]

        def route(rules: Routing) -> None:
            held[0] = rules

        def routing(_: str = DEFAULT_WORKSPACE) -> Routing:
            return held[0].on(model.taxonomy)

        outside = stack.enter_context(open_outside(settings, clock.now, store.find))
        routes = outside.senders if senders is None else senders
        composer = Composer(store, settings.public_url)
        storm_models = StormModels(lambda version: rules().get(version), vectors, content_words)
        storms = Storms(store, storm_models, settings.webhook_threshold)
        told = TellStorms(store, storms.detectors, clock.now, time.monotonic)
        admission = Admission(store, settings.lag_limit)  # of those that are fetched
        take_in = TakeIn(store, accept, admission)
        yield Pipeline(
            store=store,
            broker=broker,
            model=follow.current,
            taxonomy=model,
            quick=quick,
            look=Follow(store, DEFAULT_WORKSPACE, TAXONOMY, use),
            clock=clock,
            accept=accept,
            publish=publish,
            sweep=SweepStep(store, broker, clock, settings.redelivery_seconds),
            triage=TriageStep(store, broker, publish, model, clock, time.monotonic, batch, shadow.offer),
            rescore=RescoreStep(store, broker, publish, model, clock, name),
            heartbeat=HeartbeatStep(store, lambda: follow.current.model, follow, shadow, name),
            lead=lead,
            rules=Follow(store, DEFAULT_WORKSPACE, ROUTING, lambda content: route(routing_of(content))),
            use_routing=route,
            routing=routing,
            assign=AssignStep(
                store,
                clock,
                lead,
                solve,
                routing,
                settings.offer_seconds,
                Silence(settings.agent_away_seconds, settings.agent_offline_seconds),
            ),
            dispatch=DispatchStep(store, broker, clock, lead, storms, settings.webhook_threshold, routing, told.tell),
            sla=SlaStep(store, clock, lead),
            age=AgeStep(store, clock, lead, Life(settings.storm_gap_seconds, settings.storm_life_seconds)),
            storm_rules=rules,
            desk=Desk(store, settings.webhook_threshold),
            alerting=AlertStep(
                store,
                clock,
                lead,
                routing,
                settings.webhook_threshold,
                tuple(routes),
                [name for name, one in routes.items() if one.follows],
                tuple(outside.writers),
            ),
            notify=notify_steps(outside, routes, store, composer, clock),
            follow=follow,
            shadow=shadow,
            models=ModelRegistry(store, source, clock, settings.webhook_threshold),
            origins=outside.origins,
            settle=SettleStep(list(outside.origins.values()), store, take_in, clock, lead),
            fetch=[
                FetchStep(outside.origins[name], feed, seconds, store, take_in, admission, clock, lead)
                for name, (feed, seconds) in outside.feeds.items()
            ],
        )
