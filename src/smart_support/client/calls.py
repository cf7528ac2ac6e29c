"""Every call, once; both clients are made from these. What a function here takes and says, their methods take and say.

All of them raise SupportError: Unauthorized, Forbidden, Invalid, Overloaded and Unavailable, and those that name a
ticket, an agent or an incident NotFound.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import httpx

from smart_support.client.answers import (
    Accepted,
    Feedback,
    Imported,
    Message,
    MessageState,
    QueueStatus,
    Replies,
    Retried,
    Ticket,
)
from smart_support.client.call import Call, many, maybe, once, one, segment
from smart_support.client.desk import (
    Agent,
    AgentStatus,
    ChangedIncident,
    Incident,
    IncidentState,
    IncidentWithLinks,
    Route,
)
from smart_support.client.errors import error_of, is_problem
from smart_support.client.told import AgentProfile, Correction, NewTicket, PastTicket


def submit(ticket: NewTicket, *, wait: float = 0.0, idempotency_key: str | None = None) -> Call[Accepted]:
    """Send a ticket. It is on disk when this returns; triage and dispatch follow.

    Waits up to `wait` seconds (0 to 10) for the urgency score. A call is sent again until it is answered, and still is
    one ticket: give a `ticket_id`, or an `idempotency_key` of your own, where your program may have to repeat it too.
    Raises Conflict where the `ticket_id` belongs to a ticket with another content.
    """
    params = {"wait": wait} if wait else {}
    named = ticket.ticket_id is not None and idempotency_key is None  # its id does what a key would do
    key = {} if named else once(idempotency_key)
    return Call("POST", "/v2/tickets", one(Accepted), params, ticket.written(), key, patience=wait)


def get(ticket_id: str) -> Call[Ticket]:
    """A ticket as it stands."""
    return Call("GET", _ticket(ticket_id), one(Ticket))


def next() -> Call[Ticket | None]:  # noqa: A001  # as the route is called
    """Claim the waiting ticket with the highest urgency, the oldest among equals; None where none waits.

    Nobody else gets it, so it is not asked for again where the answer was lost on its way: that raises Unavailable.
    """
    return Call("GET", "/v2/tickets/next", maybe(Ticket), repeatable=False)


def status() -> Call[QueueStatus]:
    """How many tickets stand where."""
    return Call("GET", "/v2/tickets/status", one(QueueStatus))


def explain(ticket_id: str) -> Call[Route]:
    """Why a ticket goes to whom, why not to anybody else, and what would change that."""
    return Call("GET", f"{_ticket(ticket_id)}/route", one(Route))


def replies(ticket_id: str) -> Call[Replies]:
    """What was written to a ticket after its first text."""
    return Call("GET", f"{_ticket(ticket_id)}/replies", one(Replies))


def correct(ticket_id: str, correction: Correction, *, idempotency_key: str | None = None) -> Call[Feedback]:
    """Correct or confirm what triage said of a ticket. Raises Conflict where it is not triaged yet."""
    path = f"{_ticket(ticket_id)}/feedback"
    return Call("POST", path, one(Feedback), body=correction.written(), headers=once(idempotency_key))


def accept(ticket_id: str, agent_id: str | None = None) -> Call[Ticket]:
    """Take a ticket that is offered. Like all acts: without `agent_id` it is done for whoever has the ticket, and it
    raises Conflict where it cannot be done as things stand."""
    return _act(ticket_id, "accept", agent_id=agent_id)


def decline(ticket_id: str, agent_id: str | None = None) -> Call[Ticket]:
    """Give back a ticket that is offered or assigned, and not begun."""
    return _act(ticket_id, "decline", agent_id=agent_id)


def start(ticket_id: str, agent_id: str | None = None) -> Call[Ticket]:
    """Begin to work on a ticket."""
    return _act(ticket_id, "start", agent_id=agent_id)


def resolve(ticket_id: str, agent_id: str | None = None) -> Call[Ticket]:
    """Say that a ticket is solved."""
    return _act(ticket_id, "resolve", agent_id=agent_id)


def reopen(ticket_id: str, agent_id: str | None = None) -> Call[Ticket]:
    """Put a ticket that was resolved back into the queue, with its age."""
    return _act(ticket_id, "reopen", agent_id=agent_id)


def reassign(
    ticket_id: str, agent_id: str | None = None, *, team: str | None = None, from_agent_id: str | None = None
) -> Call[Ticket]:
    """Give a ticket to an agent, or back to the queue for anybody else, in a team if one is named. `from_agent_id`:
    only from him."""
    return _act(ticket_id, "reassign", agent_id=agent_id, team=team, from_agent_id=from_agent_id)


def escalate(ticket_id: str, agent_id: str | None = None, *, team: str | None = None) -> Call[Ticket]:
    """Say that a ticket must not wait: somebody else gets it, in a team if one is named."""
    return _act(ticket_id, "escalate", agent_id=agent_id, team=team)


def list_incidents(
    states: Sequence[IncidentState] = (), *, before: str | None = None, limit: int = 100
) -> Call[list[Incident]]:
    """Incidents, the newest first; only those in these states, and older than `before`, if given."""
    return Call("GET", "/incidents", many(Incident), _given(state=list(states) or None, before=before, limit=limit))


def get_incident(incident_id: str, *, after: str | None = None, limit: int = 1_000) -> Call[IncidentWithLinks]:
    """An incident with a page of its members: those after the ticket `after`, `limit` (1 to 1,000) at most."""
    return Call("GET", _incident(incident_id), one(IncidentWithLinks), _given(after=after, limit=limit))


def resolve_incident(incident_id: str, *, members: Literal["answer", "release"] = "release") -> Call[ChangedIncident]:
    """End an incident; members that nobody has in hand are resolved with it (`answer`) or back in the queue."""
    return _change(incident_id, "resolve", {"members": members})


def dismiss_incident(incident_id: str) -> Call[ChangedIncident]:
    """Say that it is no incident: every member has its own life back."""
    return _change(incident_id, "dismiss", {})


def link_tickets(incident_id: str, ticket_ids: Sequence[str]) -> Call[ChangedIncident]:
    """Add tickets that belong to no incident."""
    return _change(incident_id, "link", {"ticket_ids": list(ticket_ids)})


def unlink_tickets(incident_id: str, ticket_ids: Sequence[str]) -> Call[ChangedIncident]:
    """Give tickets of an incident their own life back."""
    return _change(incident_id, "unlink", {"ticket_ids": list(ticket_ids)})


def merge_incidents(incident_id: str, other_id: str) -> Call[ChangedIncident]:
    """Take over the members of another incident, which ends."""
    return _change(incident_id, "merge", {"incident_id": other_id})


def list_agents() -> Call[list[Agent]]:
    """All agents, by id."""
    return Call("GET", "/agents", many(Agent))


def get_agent(agent_id: str) -> Call[Agent]:
    """An agent as he stands."""
    return Call("GET", _agent(agent_id), one(Agent))


def save_agents(agents: Sequence[AgentProfile], *, dry_run: bool = False) -> Call[list[Agent]]:
    """Add agents, or change who those are that are known: all of them or, where one is refused, none. All agents."""
    body = f"[{','.join(agent.written() for agent in agents)}]"
    return Call("PUT", "/agents", many(Agent), {"dry_run": True} if dry_run else {}, body)


def remove_agent(agent_id: str) -> Call[None]:
    """Remove an agent, if he is there. What he held goes back to the queue."""
    return Call("DELETE", _agent(agent_id), _gone)


def set_agent_status(agent_id: str, status: AgentStatus) -> Call[Agent]:
    """Say where an agent stands."""
    return Call("POST", f"{_agent(agent_id)}/status", one(Agent), body=json.dumps({"status": status}))


def heartbeat(agent_id: str) -> Call[Agent]:
    """Note that an agent is still there."""
    return Call("POST", f"{_agent(agent_id)}/heartbeat", one(Agent))


def agent_tickets(agent_id: str) -> Call[list[Ticket]]:
    """What an agent holds, the oldest first."""
    return Call("GET", f"{_agent(agent_id)}/tickets", many(Ticket))


def list_alerts(
    states: Sequence[MessageState] = (), *, topic: str | None = None, limit: int = 100
) -> Call[list[Message]]:
    """Messages of alerts and to helpdesks, the newest first; only those in these states and about this topic
    ("ticket:ID", "incident:ID"), if given."""
    return Call("GET", "/alerts", many(Message), _given(state=list(states) or None, topic=topic, limit=limit))


def retry_alerts(message_ids: Sequence[str] | None = None) -> Call[Retried]:
    """Try messages again now; by default all that were given up."""
    told = None if message_ids is None else list(message_ids)
    return Call("POST", "/alerts/retry", one(Retried), body=json.dumps({"message_ids": told}))


def send_test_alert(destination: str | None = None) -> Call[list[Message]]:
    """Send a sample to a destination, by default to all, as an alert would go; its messages, to look for later.

    It is not sent again where the answer was lost on its way: that raises Unavailable.
    """
    body = json.dumps(_given(destination=destination))
    return Call("POST", "/alerts/test", many(Message), body=body, repeatable=False)


def import_batch(tickets: Sequence[PastTicket], *, live: bool = False) -> Call[Imported]:
    """Take tickets of the past in (1,000 and MAX_BODY_BYTES at most): triaged, but nobody is alerted unless `live`."""
    body = f'{{"tickets":[{",".join(ticket.written() for ticket in tickets)}]}}'
    return Call("POST", "/v2/import", one(Imported), {"live": True} if live else {}, body)


def _ticket(ticket_id: str) -> str:
    return f"/v2/tickets/{segment(ticket_id)}"


def _agent(agent_id: str) -> str:
    return f"/agents/{segment(agent_id)}"


def _incident(incident_id: str) -> str:
    return f"/incidents/{segment(incident_id)}"


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _act(ticket_id: str, act: str, **told: str | None) -> Call[Ticket]:
    path = f"{_ticket(ticket_id)}/{act}"
    return Call("POST", path, one(Ticket), body=json.dumps(_given(**told)), headers=once())


def _change(incident_id: str, change: str, told: Mapping[str, Any]) -> Call[ChangedIncident]:
    path = f"{_incident(incident_id)}/{change}"
    return Call("POST", path, one(ChangedIncident), body=json.dumps(told), headers=once())


def _gone(answer: httpx.Response) -> None:
    """Also where there was nothing: the first of two tries may have removed it."""
    if not answer.is_success and not (answer.status_code == httpx.codes.NOT_FOUND and is_problem(answer)):
        raise error_of(answer)
