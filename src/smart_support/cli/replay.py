"""`replay`: a recorded stream through the real pipeline, on a clock that the stream drives."""

import json
import sys
import tempfile
import time
from collections import Counter
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
from smart_support.domain.ticket import DEFAULT_WORKSPACE, Ticket, TicketKey
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


def _run(stream: Stream, recorder: Recorder, speed: float, taxonomy: Path | None) -> dict[TicketKey, Ticket]:
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
                (accepted,) = pipeline.accept.accept([ticket], "replay")
                if accepted.conflict:
                    raise Failure(f"two tickets of the stream have the id {ticket.id!r} and different content")
                pipeline.drain()
                bar.advance(task)
            return pipeline.store.find_many([ticket.key for ticket in stream.tickets])


def _result(stream: Stream, found: dict[TicketKey, Ticket], recorder: Recorder) -> dict[str, Any]:
    """The answer, with times as the stream writes them."""
    keys = dict.fromkeys(ticket.key for ticket in stream.tickets)
    return {
        "incidents": [],
        "alerts": [
            {"ticket_id": stream.names[alert.ticket_id], "kind": alert.kind.value, "at": stream.time(alert.at)}
            for alert in recorder.alerts
        ],
        "assignments": [],
        "tickets": [_ticket(found[key], stream.names[key.ticket_id]) for key in keys],
    }


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
    alerted = Counter(alert["ticket_id"] for alert in result["alerts"])
    rows = []
    for category, number in by_category.most_common():
        urgencies = [t["urgency"] for t in tickets if t["category"] == category]
        alerts = sum(alerted[t["id"]] for t in tickets if t["category"] == category)
        rows.append((category, number, f"{sum(urgencies) / number:.2f}", alerts))
    table(f"{len(tickets)} tickets replayed", ("category", "tickets", "mean S", "alerts"), rows)
