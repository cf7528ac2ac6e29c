"""The tables of what goes out and of what comes in beside tickets. Scope and times are as in `schema`."""

from sqlalchemy import (
    JSON,
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
    UniqueConstraint,
    text,
)

from smart_support.adapters.sql.schema import metadata

# One row for each reason to tell somebody something, until it is routed into messages.
alerts = Table(
    "alerts",
    metadata,
    Column("id", String(64), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("topic", String(256), nullable=False),
    Column("ticket_id", String(128)),
    Column("incident_id", String(64)),
    Column("data", JSON, nullable=False, server_default="{}"),
    Column("routed_at", Float(53)),
    Column("traceparent", String(55)),  # where the trace goes on in which it was decided
    PrimaryKeyConstraint("id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
)
Index(
    "ix_alerts_unrouted",
    alerts.c.at,
    sqlite_where=text("routed_at IS NULL"),
    postgresql_where=text("routed_at IS NULL"),
)
# Those that were routed, by when.
Index(
    "ix_alerts_routed",
    alerts.c.routed_at,
    sqlite_where=text("routed_at IS NOT NULL"),
    postgresql_where=text("routed_at IS NOT NULL"),
)
Index("ix_alerts_topic", alerts.c.workspace, alerts.c.topic, alerts.c.at)
Index("ix_alerts_kind", alerts.c.kind, alerts.c.at)

# The durable outbox: messages to a destination, those of one topic in the order of their ordinals.
messages = Table(
    "messages",
    metadata,
    Column("id", String(64), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("destination", String(80), nullable=False),
    Column("topic", String(256), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("alert_ids", JSON, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Float(53), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # of the tries that counted
    Column("repeat_seconds", Float(53), nullable=False),
    Column("repeat_at", Float(53)),
    Column("again", Boolean, nullable=False),
    Column("away", Boolean, nullable=False),  # what it failed on last: the receiver was not there
    Column("weight", Integer, nullable=False),
    Column("tried_at", Float(53)),
    Column("leased_until", Float(53)),
    Column("sent_at", Float(53)),
    Column("last_error", Text),
    Column("traceparent", String(55)),  # that of its first alert
    PrimaryKeyConstraint("id"),
    UniqueConstraint("workspace", "destination", "topic", "ordinal"),
)
# What goes out next: the heaviest first, then the longest due; and which of its topic is the first.
Index(
    "ix_messages_next",
    messages.c.destination,
    messages.c.weight.desc(),
    messages.c.due_at,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)
Index(
    "ix_messages_first",
    messages.c.topic,
    messages.c.workspace,
    messages.c.ordinal,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)
Index(
    "ix_messages_repeat_at",
    messages.c.repeat_at,
    sqlite_where=text("repeat_at IS NOT NULL"),
    postgresql_where=text("repeat_at IS NOT NULL"),
)
# What was given up, for whoever looks after all workspaces.
Index(
    "ix_messages_dead",
    messages.c.destination,
    sqlite_where=text("state = 'dead'"),
    postgresql_where=text("state = 'dead'"),
)
# What is finished and said no more, by when it was made.
Index(
    "ix_messages_finished",
    messages.c.at,
    sqlite_where=text("state <> 'pending' AND repeat_at IS NULL"),
    postgresql_where=text("state <> 'pending' AND repeat_at IS NULL"),
)
Index("ix_messages_state", messages.c.workspace, messages.c.state, messages.c.at)
Index("ix_messages_topic", messages.c.workspace, messages.c.topic)

# What a destination remembers of a topic: the message that it edits, what was written back.
threads = Table(
    "threads",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("destination", String(80), nullable=False),
    Column("topic", String(256), nullable=False),
    Column("handle", JSON, nullable=False),
    PrimaryKeyConstraint("workspace", "destination", "topic"),
)

# Which threads of a destination a topic was told in: whoever heard of it hears of its end.
told = Table(
    "told",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("topic", String(256), nullable=False),
    Column("destination", String(80), nullable=False),
    Column("thread", String(256), nullable=False),
    Column("at", Float(53), nullable=False),
    PrimaryKeyConstraint("workspace", "topic", "destination", "thread"),
)
Index("ix_told_thread", told.c.workspace, told.c.destination, told.c.thread, told.c.at)
Index("ix_told_at", told.c.at)

# How a destination is: until when it is left in peace, and how many messages in a row failed there.
destinations = Table(
    "destinations",
    metadata,
    Column("name", String(80), nullable=False),
    Column("blocked_until", Float(53), nullable=False),
    Column("failures", Integer, nullable=False),
    PrimaryKeyConstraint("name"),
)

# How far something was read.
cursors = Table(
    "cursors",
    metadata,
    Column("name", String(128), nullable=False),
    Column("value", JSON, nullable=False),
    PrimaryKeyConstraint("name"),
)

# Webhook calls that had their effect.
deliveries = Table(
    "deliveries",
    metadata,
    Column("source", String(80), nullable=False),
    Column("id", String(256), nullable=False),
    Column("at", Float(53), nullable=False),
    PrimaryKeyConstraint("source", "id"),
)
Index("ix_deliveries_at", deliveries.c.at)

# What was written to a ticket after its first text.
replies = Table(
    "replies",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("id", String(256), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("author", Text),
    Column("by_customer", Boolean, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("quoted", Text, nullable=False),
    PrimaryKeyConstraint("workspace", "ticket_id", "id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
)
