"""`replay`: a recorded stream through the real pipeline, on a clock that the stream drives."""

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from smart_support import bootstrap
from smart_support.adapters.clock import ManualClock
from smart_support.adapters.senders.recorder import Recorder
from smart_support.cli.console import Failure, JsonOption, emit, messages, progress, table
from smart_support.cli.stream import Stream, read_stream
from smart_support.cli.taxonomy import TaxonomyOption, usable
from smart_support.domain.agent import Agent
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.incident import Incident, Link
from smart_support.domain.ticket import DEFAULT_WORKSPACE, State, Ticket, TicketKey
from smart_support.settings import load

# Nobody waits: a slow machine shall answer like a fast one.
_PATIENT = {"circuit_breaker_latency_ms": 3_600_000, "inference_timeout_seconds": 60.0}


def replay(
    file: str = typer.Argument(help="JSON lines {id, subject, body, received_at, ...}; - reads stdin."),
    speed: float = typer.Option(0.0, min=0.0, help="Times real time; 0 goes as fast as it can."),
    agents: Path | None = typer.Option(None, help="JSON list of {id, skills, capacity, languages}."),
    taxonomy: Path | None = TaxonomyOption,
    as_json: bool = JsonOption,
) -> None:
    """Run a recorded stream through the pipeline and print what became of it; nothing outside is told or changed."""
    if agents is not None:
        number = len(read_agents(agents))
        messages.print(f"{number} agents read; this version assigns nothing yet, so tickets wait in the queue.")
    stream = read_stream(file)
    recorder = Recorder()
    found = _run(stream, recorder, speed, taxonomy)
    result = _result(stream, found, recorder)
    if as_json or not sys.stdout.isatty():  # a table is for people who look at it
        emit(result)
    else:
        _show(result)


def read_agents(file: Path) -> list[Agent]:
    """The agents in a JSON file; raises Failure."""
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        return [
            Agent(
                DEFAULT_WORKSPACE,
                str(given["id"]),
                skills={str(name): float(level) for name, level in given.get("skills", {}).items()},
                capacity=int(given.get("capacity", 1)),
                languages=tuple(given.get("languages", ())),
            )
            for given in listed
        ]
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(
            f"{file}: a JSON list of {{id, skills{{category: 0..1}}, capacity, languages[]}} is needed ({error})"
        ) from error


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a stream: its tickets, and its incidents with what ties their members to them."""

    tickets: Mapping[TicketKey, Ticket]
    incidents: Sequence[tuple[Incident, Sequence[Link]]]


def _run(stream: Stream, recorder: Recorder, speed: float, taxonomy: Path | None) -> _Outcome:
    clock = ManualClock()
    with tempfile.TemporaryDirectory(prefix="smart-support-replay-") as folder, progress() as bar:
        settings = load(data_dir=Path(folder), database_url=f"sqlite:///{folder}/replay.db", **_PATIENT)
        settings = settings.model_copy(update={"redis_url": None})  # what is live is left alone
        task = bar.add_task("Replay", total=len(stream.tickets))
        with bootstrap.open_pipeline(settings, clock=clock, sender=recorder, durable=False) as pipeline:
            if taxonomy is not None:
                pipeline.taxonomy.use(usable(taxonomy, pipeline.taxonomy))
            before = stream.tickets[0].accepted_at if stream.tickets else 0.0
            for ticket in stream.tickets:
                if speed:
                    time.sleep((ticket.accepted_at - before) / speed)
                before = ticket.accepted_at
                clock.set(ticket.accepted_at)
                pipeline.age.run_once()
                (accepted,) = pipeline.accept.accept([ticket], "replay")
                if accepted.conflict:
                    raise Failure(f"two tickets of the stream have the id {ticket.id!r} and different content")
                pipeline.drain()
                bar.advance(task)
            found = pipeline.store.find_many([ticket.key for ticket in stream.tickets])
            incidents = pipeline.store.incidents(DEFAULT_WORKSPACE, (), None, len(stream.tickets) + 1)
            members = [(one, pipeline.store.links(DEFAULT_WORKSPACE, one.id)) for one in reversed(incidents)]
            return _Outcome(found, members)


def _result(stream: Stream, found: _Outcome, recorder: Recorder) -> dict[str, Any]:
    """The answer, with times as the stream writes them."""
    keys = dict.fromkeys(ticket.key for ticket in stream.tickets)
    return {
        "incidents": [_incident(stream, found, incident, links) for incident, links in found.incidents],
        "alerts": [_alert(stream, alert) for alert in recorder.alerts],
        "assignments": [],
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


def _alert(stream: Stream, alert: Alert) -> dict[str, Any]:
    about = (
        {"ticket_id": stream.names[alert.ticket_id]}
        if alert.incident_id is None or alert.kind is AlertKind.EXCEPTION
        else {"incident_id": alert.incident_id}
    )
    return {**about, "kind": alert.kind.value, "at": stream.time(alert.at)}


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
