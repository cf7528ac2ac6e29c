"""The Python client: `Client`, and `AsyncClient` for asyncio, with the same methods.

A call is tried again for as long as patience lasts and has its effect once; what it raises is a SupportError.
"""

from smart_support.client.answers import (
    Accepted,
    Event,
    Feedback,
    Imported,
    Message,
    MessageState,
    QueueStatus,
    Reason,
    Record,
    Replies,
    Reply,
    Retried,
    State,
    Ticket,
)
from smart_support.client.asynchronous import AsyncClient
from smart_support.client.desk import (
    Agent,
    AgentStatus,
    ChangedIncident,
    Incident,
    IncidentState,
    IncidentWithLinks,
    Route,
)
from smart_support.client.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Overloaded,
    SupportError,
    Unauthorized,
    Unavailable,
)
from smart_support.client.sync import Client
from smart_support.client.told import AgentProfile, Correction, Customer, NewTicket, PastTicket

__all__ = [
    "Accepted",
    "Agent",
    "AgentProfile",
    "AgentStatus",
    "AsyncClient",
    "ChangedIncident",
    "Client",
    "Conflict",
    "Correction",
    "Customer",
    "Event",
    "Feedback",
    "FieldError",
    "Forbidden",
    "Imported",
    "Incident",
    "IncidentState",
    "IncidentWithLinks",
    "Invalid",
    "Message",
    "MessageState",
    "NewTicket",
    "NotFound",
    "Overloaded",
    "PastTicket",
    "QueueStatus",
    "Reason",
    "Record",
    "Replies",
    "Reply",
    "Retried",
    "Route",
    "State",
    "SupportError",
    "Ticket",
    "Unauthorized",
    "Unavailable",
]
