"""An HTTP client that answers from memory, and what a ticket's helpdesk is told."""

import json as codec
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from smart_support.adapters.senders.http import Answer
from smart_support.domain.agent import Agent
from smart_support.domain.incident import Incident, IncidentState, Severity
from smart_support.pipeline.sources import WriteBack
from tests.builders import ticket, triage

AGENTS = {"ada@desk.example": "ada", "7": "grace"}
ADA, GRACE = Agent("default", "ada"), Agent("default", "grace")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    json: Any
    headers: Mapping[str, str]


Handler = Callable[[Request], tuple[int, Any]]


@dataclass
class FakeHttp:
    """Keeps what was asked for, and answers with status and JSON."""

    handler: Handler
    answers: Mapping[str, str] = field(default_factory=dict)  # headers of the answers
    requests: list[Request] = field(default_factory=list)

    def request(
        self, method: str, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None, limit: int = 0
    ) -> Answer:
        parts = urlsplit(url)
        assert parts.netloc == "desk.example"
        asked = Request(method, unquote(parts.path), dict(parse_qsl(parts.query)), json, headers or {})
        self.requests.append(asked)
        status, body = self.handler(asked)
        return Answer(status, self.answers, b"" if body is None else codec.dumps(body).encode())

    def changes(self) -> list[tuple[str, str]]:
        """The requests that change something."""
        return [(one.method, one.path) for one in self.requests if one.method != "GET"]


def told(
    urgency: float = 0.9,
    agent: Agent | None = ADA,
    note: str | None = None,
    *,
    source_id: str = "12",
    incident: bool = False,
    **more: Any,
) -> WriteBack:
    scored = replace(ticket("desk:12"), triage=triage(urgency, "Billing"), source="desk", source_id=source_id)
    return WriteBack("wb-1", scored, agent, an_incident() if incident else None, note, **more)


def an_incident() -> Incident:
    state, severity = IncidentState.OPEN, Severity.MAJOR
    return Incident("default", "inc-3", 3, "Payments fail", (), severity, state, 1.0, 1.0, "t1")
