"""What each kind of event says, for docs/reference/events.md. The tests hold all events that they let happen to it."""

from typing import NamedTuple


class Told(NamedTuple):
    """What has happened when an event of a kind is written, and which keys its `data` may have."""

    what: str
    data: tuple[str, ...] = ()


_LINK = ("kind", "similarity", "recurrence", "exception")
_GIVEN = ("cost", "skill", "relaxed", "preferred", "load", "rule")
_MESSAGE = ("message", "destination", "topic", "attempts")
_PERSON = ("tickets", "replies")
_KEPT = ("text", "customer", "vectors", "events")
_ROLES = ("active", "shadow", "previous")

EVENTS: dict[str, Told] = {
    "agent.add": Told("An agent was added."),
    "agent.change": Told("Who an agent is was said anew."),
    "agent.remove": Told("An agent was removed; what he held waits again."),
    "agent.status": Told(
        "An agent is online, away, in wrap-up or offline, by hand or by silence.", ("status", "silent")
    ),
    "alert.dead": Told("A message was given up.", _MESSAGE),
    "alert.replay": Told("A message is tried again by hand.", _MESSAGE),
    "alert.retry": Told("A message was not taken and will be tried again.", _MESSAGE),
    "alert.sent": Told("A message was taken by its destination.", _MESSAGE),
    "alert.silenced": Told("An alert was told nobody, because of a silence.", ("alert", "silence")),
    "config.apply": Told("A version of the taxonomy or of the routing holds from now on.", ("kind", "version")),
    "incident.dismiss": Told("Somebody said that it is none; its members have their own lives back."),
    "incident.grow": Told("An incident that was open or quiet has new reports."),
    "incident.merge": Told("An incident took over the members of another one."),
    "incident.open": Told("An incident was opened.", ("tickets",)),
    "incident.quiet": Told("There was no new report for `STORM_GAP_SECONDS`."),
    "incident.reopen": Told("So many late reports came that it was not over."),
    "incident.resolve": Told("An incident has ended: by hand, by merging, or as its time was over."),
    "key.create": Told("An API key was made.", ("key",)),
    "key.revoke": Told("An API key was revoked.", ("key",)),
    "model.add": Told("A model was registered.", ("model",)),
    "model.promote": Told("A model triages from now on.", _ROLES),
    "model.rollback": Told("The model before triages again.", _ROLES),
    "model.shadow": Told("A model is tried on live tickets, without effect.", _ROLES),
    "model.unshadow": Told("It is tried no more.", _ROLES),
    "privacy.erase": Told("What is kept of a person was erased.", _PERSON),
    "privacy.export": Told("What is kept of a person was given out.", _PERSON),
    "privacy.purge": Told("What was past its time was erased: how much of what.", _KEPT),
    "session.close": Told("Somebody signed out of the dashboard."),
    "session.open": Told("Somebody signed in to the dashboard."),
    "sla.breached": Told("A promise was not kept in its time.", ("promise", "due_at")),
    "sla.due_soon": Told("Little of the time of a promise is left.", ("promise", "due_at")),
    "test.dead": Told("A sample was given up.", _MESSAGE),
    "test.replay": Told("A sample is tried again by hand.", _MESSAGE),
    "test.retry": Told("A sample was not taken and will be tried again.", _MESSAGE),
    "test.sent": Told("A sample was taken by its destination.", _MESSAGE),
    "ticket.accept": Told("A ticket was stored."),
    "ticket.accept_offer": Told("The agent whom it was offered to has accepted it.", ("team",)),
    "ticket.archive": Told("A ticket of imported history was put away as resolved.", ("order", *_LINK)),
    "ticket.assign": Told("A ticket was given to an agent; what he costs, part by part, in thousandths.", _GIVEN),
    "ticket.assignee_unknown": Told("A helpdesk gave it to somebody who is no agent here.", ("source",)),
    "ticket.bury": Told(
        "A step failed too often; the ticket is dead until it is retried or resolved.", ("step", "failures")
    ),
    "ticket.claim": Told("Somebody took it with `GET /v2/tickets/next`."),
    "ticket.decline": Told("The agent does not want it; it waits for another.", ("team",)),
    "ticket.escalate": Told("It goes to somebody else, before all that were not escalated.", ("team",)),
    "ticket.expire": Told("An offer was not accepted in time."),
    "ticket.feedback": Told(
        "Somebody corrected or confirmed what triage said.",
        ("feedback", "category", "urgency", "not_duplicate", "said_category", "said_urgency", "model"),
    ),
    "ticket.link": Told("It belongs to an incident, and keeps its own life.", _LINK),
    "ticket.offer": Told("It was offered to an agent; the costs as for `ticket.assign`.", _GIVEN),
    "ticket.queue": Told("The dispatcher took it up, as the `order`-th of its workspace; it waits.", ("order", *_LINK)),
    "ticket.reassign": Told(
        "Somebody gave it to another agent, or back to the queue (`queued`).", ("team", "queued", "from_agent")
    ),
    "ticket.refused": Told("What a helpdesk wanted cannot be done here.", ("source", "action", "state", "reason")),
    "ticket.release": Told("It waits again: its agent is gone, or its incident is over."),
    "ticket.reopen": Told("A resolved ticket waits again.", ("team",)),
    "ticket.reply": Told("Something was written after its first text.", ("reply_id", "by_customer", "internal")),
    "ticket.rescore": Told(
        "It was read again, by the better model.",
        ("category_before", "category", "urgency_before", "urgency", "confidence", "tier", "model"),
    ),
    "ticket.resolve": Told("It is solved.", ("team",)),
    "ticket.retry": Told("A dead ticket takes the step again that gave it up."),
    "ticket.start": Told("An agent works on it; the first time is the first response.", ("team",)),
    "ticket.suppress": Told("It is a duplicate of an incident: nobody gets it.", ("order", *_LINK)),
    "ticket.triage": Told(
        "It has its category and its urgency.", ("category", "urgency", "confidence", "tier", "model", "degraded")
    ),
    "ticket.unlink": Told("It belongs to its incident no more."),
    "workspace.create": Told("A workspace was made.", ("workspace",)),
    "write_back.dead": Told("A message to a helpdesk was given up.", _MESSAGE),
    "write_back.replay": Told("A message to a helpdesk is tried again by hand.", _MESSAGE),
    "write_back.retry": Told("A helpdesk did not take a message; it will be tried again.", _MESSAGE),
    "write_back.sent": Told("A helpdesk was told what became of a ticket.", _MESSAGE),
}
