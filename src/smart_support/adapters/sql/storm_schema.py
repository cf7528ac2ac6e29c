"""The tables of storms: vectors, incidents, and what ties tickets to them. Scope and times are as in `schema`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    not_,
)

from smart_support.adapters.sql.schema import metadata, tickets
from smart_support.domain.incident import IncidentState, LinkKind

# A ticket's vector as whole numbers (domain.storm.vectors), in base64; of the triage that was dispatched.
vectors = Table(
    "vectors",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("version", Text, nullable=False),
    Column("vector", Text, nullable=False),
    PrimaryKeyConstraint("workspace", "ticket_id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
    sqlite_with_rowid=False,
)

incidents = Table(
    "incidents",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("opened_at", Float(53), nullable=False),
    Column("reported_at", Float(53), nullable=False),  # the last report
    Column("closed_at", Float(53)),
    Column("reopened_at", Float(53)),
    Column("representative", String(128), nullable=False),
    Column("follows", String(64)),
    Column("merged_into", String(64)),
    Column("likeness", Float(53)),  # from which on tickets join
    Column("cues", JSON, nullable=False),
    Column("tickets", Integer, nullable=False),
    Column("suppressed", Integer, nullable=False),
    Column("customers", Integer, nullable=False),
    # Counts what people and time did to it, so that the dispatcher notices.
    Column("revision", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("workspace", "id"),
)
Index("ix_incidents_number", incidents.c.workspace, incidents.c.number, unique=True)
Index("ix_incidents_state", incidents.c.workspace, incidents.c.state, incidents.c.number)

links = Table(
    "links",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("incident_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("similarity", Float(53)),
    Column("representative", String(128)),
    Column("at", Float(53), nullable=False),
    Column("place", BigInteger, nullable=False),  # the dispatch order of the ticket with which the link came to be
    Column("recurrence", Boolean, nullable=False),
    Column("exception", Text),
    PrimaryKeyConstraint("workspace", "ticket_id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
    ForeignKeyConstraint(["workspace", "incident_id"], ["incidents.workspace", "incidents.id"]),
    sqlite_with_rowid=False,
)
Index("ix_links_incident", links.c.workspace, links.c.incident_id)

# For ever: this ticket is never linked to this incident again.
cannot_links = Table(
    "cannot_links",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("incident_id", String(64), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("actor", Text, nullable=False),
    # Of members of what was dismissed: they go on saying what it was about, as their links did.
    Column("representative", String(128)),
    PrimaryKeyConstraint("workspace", "ticket_id", "incident_id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
    sqlite_with_rowid=False,
)

# What the dispatcher that leads saw last of storms that may be forming: ids and numbers, no texts.
storm_state = Table(
    "storm_state",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("state", JSON, nullable=False),
    Column("told_at", Float(53), nullable=False),  # on the database's clock
    PrimaryKeyConstraint("workspace"),
)

# For joins with tickets.
HAS_VECTOR = (vectors.c.workspace == tickets.c.workspace) & (vectors.c.ticket_id == tickets.c.id)
HAS_LINK = (links.c.workspace == tickets.c.workspace) & (links.c.ticket_id == tickets.c.id)

IS_OPEN = incidents.c.state.in_([state.value for state in IncidentState if not state.closed])

# Links of tickets that say what an incident is about: the dispatcher found them in time.
SAYS_WHAT = (links.c.kind != LinkKind.MANUAL.value) & not_(links.c.recurrence)
