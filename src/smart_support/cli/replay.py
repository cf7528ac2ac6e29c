"""`replay`: a recorded stream through the real pipeline, on a clock that the stream drives."""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from smart_support import bootstrap
from smart_support.adapters.clock import ManualClock
from smart_support.cli.agents import AgentsOption, read_agents
from smart_support.cli.console import Failure, JsonOption, emit, messages, progress, table
from smart_support.cli.routing import read_routing
from smart_support.cli.stream import Happened, Stream, read_stream
from smart_support.cli.taxonomy import TaxonomyOption, usable
from smart_support.domain.agent import Agent, AgentStatus
from smart_support.domain.alert import Alert
from smart_support.domain.event import Event, Position
from smart_support.domain.incident import Incident, Link
from smart_support.domain.routing.routing import Routing
from smart_support.domain.ticket import DEFAULT_WORKSPACE, State, Ticket, TicketKey
from smart_support.pipeline.agents import Act, Refused
from smart_support.pipeline.assignments import why
from smart_support.settings import load

# Nobody waits: a slow machine shall answer like a fast one.
_PATIENT = {"circuit_breaker_latency_ms": 3_600_000, "inference_timeout_seconds": 60.0}


def replay(
    file: str = typer.Argument(help="JSON lines {id, subject, body, received_at, ...}; - reads stdin."),
    speed: float = typer.Option(0.0, min=0.0, help="Times real time; 0 goes as fast as it can."),
    agents: Path | None = AgentsOption,
    taxonomy: Path | None = TaxonomyOption,
    routing: Path | None = typer.Option(None, help="Routing rules, TOML or JSON; default: none."),
    as_json: bool = JsonOption,
) -> None:
    """Run a recorded stream through the pipeline and print what became of it; nothing outside is told or changed."""
    there = [] if agents is None else read_agents(agents)
    given = _Given(there, taxonomy, None if routing is None else read_routing(routing))
    stream = read_stream(file)
    found = _run(stream, speed, given)
    result = _result(stream, found)
    if as_json or not sys.stdout.isatty():  # a table is for people who look at it
        emit(result)
    else:
        _show(result)


@dataclass(frozen=True, slots=True)
class _Given:
    """Who is there, and what holds."""

    agents: Sequence[Agent]
    taxonomy: Path | None
    routing: Routing | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a stream: its tickets, its incidents with what ties their members to them, who was given what,
    and what there was to tell."""

    tickets: Mapping[TicketKey, Ticket]
    incidents: Sequence[tuple[Incident, Sequence[Link]]]
    given: Sequence[Event]
    alerts: Sequence[Alert]


def _run(stream: Stream, speed: float, given: _Given) -> _Outcome:
    clock = ManualClock()
    with tempfile.TemporaryDirectory(prefix="smart-support-replay-") as folder, progress() as bar:
        settings = load(data_dir=Path(folder), database_url=f"sqlite:///{folder}/replay.db", **_PATIENT)
        settings = settings.model_copy(update={"redis_url": None})  # what is live is left alone
        task = bar.add_task("Replay", total=len(stream.tickets) + len(stream.events))
        with bootstrap.open_pipeline(settings, clock=clock, senders={}, durable=False) as pipeline:
            if given.taxonomy is not None:
                model = pipeline.taxonomies.of(DEFAULT_WORKSPACE)
                pipeline.taxonomies.use(DEFAULT_WORKSPACE, usable(given.taxonomy, model))
            if given.routing is not None:
                pipeline.use_routing(DEFAULT_WORKSPACE, given.routing)
            steps: list[Ticket | Happened] = sorted([*stream.tickets, *stream.events], key=_time)
            clock.set(_time(steps[0]) if steps else 0.0)
            pipeline.store.save_agents(given.agents, clock.now(), "replay")
            for step in steps:
                if speed:
                    time.sleep((_time(step) - clock.now()) / speed)
                if given.agents:
                    _pass(pipeline, clock, _time(step))
                clock.set(_time(step))
                pipeline.age.run_once()
                _tell_promises(pipeline)
                if isinstance(step, Ticket):
                    _accept(pipeline, step)
                else:
                    _happen(pipeline, step)
                pipeline.drain()
                bar.advance(task)
            found = pipeline.store.find_many([ticket.key for ticket in stream.tickets])
            incidents = pipeline.store.incidents(DEFAULT_WORKSPACE, (), None, len(stream.tickets) + 1)
            members = [(one, pipeline.store.links(DEFAULT_WORKSPACE, one.id)) for one in reversed(incidents)]
            alerts = pipeline.store.raised(DEFAULT_WORKSPACE)
            return _Outcome(found, members, list(_assignments(pipeline)), alerts)


def _time(step: Ticket | Happened) -> float:
    return step.accepted_at if isinstance(step, Ticket) else step.at


def _pass(pipeline: bootstrap.Pipeline, clock: ManualClock, until: float) -> None:
    """Let time act on who waits: each half minute of the first half hour without anything else."""
    for _ in range(60):
        if clock.now() + 30.0 >= until:
            break
        clock.set(clock.now() + 30.0)
        _tell_promises(pipeline)
        pipeline.drain()


def _tell_promises(pipeline: bootstrap.Pipeline) -> None:
    """All that is due by now, however much it is: a step looks at one batch."""
    while pipeline.sla.run_once():
        pass


def _accept(pipeline: bootstrap.Pipeline, ticket: Ticket) -> None:
    (accepted,) = pipeline.accept.accept([ticket], "replay")
    if accepted.conflict:
        raise Failure(f"two tickets of the stream have the id {ticket.id!r} and different content")


def _happen(pipeline: bootstrap.Pipeline, event: Happened) -> None:
    """Do what an agent did; what cannot be done as things stand is told and passed over."""
    try:
        if isinstance(event.done, AgentStatus):
            found: object = pipeline.store.set_status(
                DEFAULT_WORKSPACE, event.agent_id or "", event.done, event.at, "replay"
            )
        else:
            key = TicketKey(DEFAULT_WORKSPACE, event.ticket_id or "")
            found = pipeline.store.handle(Act(key, event.done, event.at, "replay", event.agent_id, event.team))
    except Refused as error:
        messages.print(f"{event.where}: passed over, {error}.", markup=False, highlight=False, soft_wrap=True)
        return
    if found is None:
        missing = event.agent_id if isinstance(event.done, AgentStatus) else event.ticket_id
        raise Failure(f"{event.where}: there is no {missing!r} yet")


def _assignments(pipeline: bootstrap.Pipeline) -> Iterator[Event]:
    position = Position()
    while page := pipeline.store.events(DEFAULT_WORKSPACE, position, 1_000):
        yield from (one.event for one in page if one.event.kind in {"ticket.assign", "ticket.offer", "ticket.reassign"})
        position = page[-1].position


def _result(stream: Stream, found: _Outcome) -> dict[str, Any]:
    """The answer, with times as the stream writes them."""
    keys = dict.fromkeys(ticket.key for ticket in stream.tickets)
    return {
        "incidents": [_incident(stream, found, incident, links) for incident, links in found.incidents],
        "alerts": list(_alerts(stream, found.alerts)),
        "assignments": [_assignment(stream, event) for event in found.given if event.agent_id is not None],
        "tickets": [_ticket(found.tickets[key], stream.names[key.ticket_id]) for key in keys],
    }


def _incident(stream: Stream, found: _Outcome, incident: Incident, links: Sequence[Link]) -> dict[str, Any]:
    states = {key.ticket_id: ticket.state for key, ticket in found.tickets.items()}
    suppressed = [link.ticket_id for link in links if states[link.ticket_id] is State.SUPPRESSED]
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity.value,
        "state": incident.state.value,
        "opened_at": stream.time(incident.opened_at),
        "tickets": [stream.names[link.ticket_id] for link in links],
        "suppressed": [stream.names[ticket_id] for ticket_id in suppressed],
    }


def _assignment(stream: Stream, event: Event) -> dict[str, Any]:
    return {
        "ticket_id": stream.names[str(event.ticket_id)],
        "agent_id": event.agent_id,
        "at": stream.time(event.at),
        "reason": why(event),
    }


def _alerts(stream: Stream, raised: Sequence[Alert]) -> Iterator[dict[str, Any]]:
    """One for each ticket or incident, by what it began with; what came later are further `conditions` of it."""
    by_topic: dict[str, list[Alert]] = {}
    for alert in raised:
        by_topic.setdefault(alert.topic, []).append(alert)
    for topic, alerts in by_topic.items():
        first, *more = alerts
        if topic.startswith("incident:"):
            about: dict[str, object] = {"incident_id": first.incident_id}
        elif first.ticket_id is not None:
            about = {"ticket_id": stream.names[first.ticket_id]}
        else:  # of the system
            continue
        further = [{"kind": one.kind.value, "at": stream.time(one.at)} for one in more]
        said = {**about, "kind": first.kind.value, "at": stream.time(first.at)}
        yield said | ({"conditions": further} if further else {})


def _ticket(ticket: Ticket, name: object) -> dict[str, Any]:
    return {
        "id": name,
        "category": ticket.triage.category if ticket.triage else None,
        "urgency": round(ticket.triage.urgency, 4) if ticket.triage else None,
        "incident_id": ticket.incident_id,
        "agent_id": ticket.agent_id,
        "status": ticket.state.value,
    }


def _show(result: dict[str, Any]) -> None:
    tickets = result["tickets"]
    by_category = Counter(ticket["category"] for ticket in tickets)
    alerted = Counter(alert["ticket_id"] for alert in result["alerts"] if "ticket_id" in alert)
    rows = []
    for category, number in by_category.most_common():
        urgencies = [t["urgency"] for t in tickets if t["category"] == category]
        alerts = sum(alerted[t["id"]] for t in tickets if t["category"] == category)
        rows.append((category, number, f"{sum(urgencies) / number:.2f}", alerts))
    table(f"{len(tickets)} tickets replayed", ("category", "tickets", "mean S", "alerts"), rows)
    if result["incidents"]:
        shown = [
            (one["id"], one["title"], one["severity"], len(one["tickets"]), len(one["suppressed"]), one["opened_at"])
            for one in result["incidents"]
        ]
        table("Incidents", ("id", "title", "severity", "tickets", "suppressed", "opened"), shown)
