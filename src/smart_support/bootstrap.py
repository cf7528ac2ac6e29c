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
from smart_support.backends import models_of, open_broker, open_store, retention_of, storm_rules
from smart_support.domain.agent import Silence
from smart_support.domain.batch import BatchSize
from smart_support.domain.incident import Life
from smart_support.domain.redaction.redact import redact
from smart_support.domain.routing.routing import DEFAULT, Routing
from smart_support.domain.storm.vectors import Whole
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.domain.triage import Model, Text
from smart_support.domain.workspace import Workspace
from smart_support.outside import notify_steps, open_outside
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.alerting import AlertStep
from smart_support.pipeline.assign import AssignStep
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.desk import AgeStep, Desk
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.erase import People, retitling
from smart_support.pipeline.fetch import FetchStep, Origin, SettleStep
from smart_support.pipeline.follow import ROUTING, TAXONOMY, Follow
from smart_support.pipeline.forming import TellStorms
from smart_support.pipeline.heartbeat import HeartbeatStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.models import CurrentModel, FollowStep
from smart_support.pipeline.notify import NotifyStep
from smart_support.pipeline.ports import Broker, Clock, Sender, Store
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.purge import PurgeStep
from smart_support.pipeline.registry import ModelRegistry
from smart_support.pipeline.rescore import RescoreStep
from smart_support.pipeline.routing_file import routing_of
from smart_support.pipeline.shadow import ShadowStep
from smart_support.pipeline.sla import SlaStep
from smart_support.pipeline.storms import StormModels, Storms
from smart_support.pipeline.sweep import SweepStep
from smart_support.pipeline.take_in import TakeIn
from smart_support.pipeline.triage import TriageStep
from smart_support.pipeline.watch import Watch
from smart_support.settings import Settings
from smart_support.triage.engine import Engine, LightTier
from smart_support.triage.storm_rule import StormRule, content_words, embed
from smart_support.triage.taxonomies import Taxonomies
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
    taxonomies: Taxonomies
    quick: Taxonomies
    look: Follow
    rules: Follow
    routing: Callable[[str], Routing]
    use_routing: Callable[[str, Routing], None]
    clock: Clock
    watch: Watch
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
    people: People
    purge: PurgeStep
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
    watch: Watch | None = None,
) -> Iterator[Pipeline]:
    """All steps over the configured store and broker, ready to be driven; nothing runs by itself yet. `senders` take
    the place of the configured destinations.

    Raises Unavailable where the database does not answer, unless `patient`: then it is waited for.
    """
    clock, watch = clock or SystemClock(), watch or Watch()
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    with ExitStack() as stack:
        source = models_of(settings, lambda: full.of(DEFAULT_WORKSPACE).taxonomy)
        store = open_store(settings, _jitter, durable=durable, patient=patient)
        stack.callback(store.close)
        _make_workspaces(store, settings, clock)
        broker = open_broker(settings, name)
        stack.callback(broker.close)
        publish = PublishStep(broker)
        accept = AcceptStep(store, publish, watch)
        stack.callback(accept.close)
        follow = FollowStep(store, source, time.monotonic)
        stack.callback(lambda: follow.current.model.close())  # noqa: PLW0108 - the one at work then
        light = LightTier(lambda: follow.current.model)
        full, quick = served = (
            Taxonomies(lambda: _by_taxonomy(follow, follow.current, lambda: follow.current.model.tiers)),
            Taxonomies(lambda: _by_taxonomy(follow, light, lambda: (follow.current.model.light,))),
        )

        def use(workspace: str, content: Mapping[str, Any]) -> None:
            for models in served:
                models.use(workspace, taxonomy_of(content))

        shadow = ShadowStep(store, source, follow, broker, clock, time.monotonic)
        batch = BatchSize(settings.triage_batch, _BATCH_SECONDS)
        lead = LeadStep(store, broker, name)

        def rules() -> dict[str, StormRule]:
            return storm_rules(settings, follow.current.model.storm_models)

        def vectors(version: str, texts: Sequence[Text]) -> list[Whole] | None:
            embedder = follow.current.model.storm_models.get(version)
            return None if embedder is None else embed(embedder, texts)

        held: dict[str, Routing] = {}

        def routing(workspace: str) -> Routing:
            return held.get(workspace, DEFAULT).on(full.of(workspace).taxonomy)

        outside = stack.enter_context(open_outside(settings, clock.now, store.find))
        routes = outside.senders if senders is None else senders
        composer = Composer(store, settings.public_url, redact if settings.redact else str)
        storm_models = StormModels(lambda version: rules().get(version), vectors, content_words)
        retitle = retitling(content_words)
        storms = Storms(store, storm_models, settings.webhook_threshold)
        told = TellStorms(store, storms.detectors, clock.now, time.monotonic)
        admission = Admission(store, settings.lag_limit)  # of those that are fetched
        take_in = TakeIn(store, accept, admission)
        yield Pipeline(
            store=store,
            broker=broker,
            model=follow.current,
            taxonomies=full,
            quick=quick,
            look=Follow(store, TAXONOMY, use),
            clock=clock,
            watch=watch,
            accept=accept,
            publish=publish,
            sweep=SweepStep(store, broker, clock, settings.redelivery_seconds),
            triage=TriageStep(store, broker, publish, full.of, clock, watch, batch, shadow.offer),
            rescore=RescoreStep(store, broker, publish, full.of, clock, name),
            heartbeat=HeartbeatStep(store, lambda: follow.current.model, follow, shadow, name),
            lead=lead,
            rules=Follow(store, ROUTING, lambda workspace, content: held.update({workspace: routing_of(content)})),
            use_routing=held.__setitem__,
            routing=routing,
            assign=AssignStep(
                store,
                clock,
                lead,
                solve,
                routing,
                settings.offer_seconds,
                Silence(settings.agent_away_seconds, settings.agent_offline_seconds),
                watch.metrics,
            ),
            dispatch=DispatchStep(
                store, broker, clock, lead, storms, settings.webhook_threshold, routing, told.tell, watch
            ),
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
                watch=watch,
            ),
            notify=notify_steps(outside, routes, store, composer, clock, watch),
            follow=follow,
            shadow=shadow,
            models=ModelRegistry(store, source, clock, settings.webhook_threshold),
            people=People(store, clock, retitle),
            purge=PurgeStep(store, clock, retention_of(settings), settings.retention_messages_days * 86_400.0, retitle),
            origins=outside.origins,
            settle=SettleStep(list(outside.origins.values()), store, take_in, clock, lead),
            fetch=[
                FetchStep(outside.origins[name], feed, seconds, store, take_in, admission, clock, lead, watch.metrics)
                for name, (feed, seconds) in outside.feeds.items()
            ],
        )


def _by_taxonomy(follow: FollowStep[Engine[Any]], model: Model, tiers: Callable[[], Sequence[Model]]) -> TaxonomyModel:
    return TaxonomyModel(model, lambda: follow.current.info.labels, load_taxonomy(), tiers)


def _make_workspaces(store: Store, settings: Settings, clock: Clock) -> None:
    """Those that sources and mailboxes name: whoever writes the settings administers the installation."""
    named = {one.workspace for one in settings.sources.values()}
    named |= {one.workspace for one in settings.mailboxes.values()}
    if named <= {DEFAULT_WORKSPACE}:
        return
    for name in sorted(named - {one.id for one in store.workspaces()}):
        store.add_workspace(Workspace(name, name, clock.now()), "settings")
