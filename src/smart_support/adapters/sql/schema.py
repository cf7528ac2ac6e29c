"""The tables. Times are UTC epoch seconds in double precision; every table is scoped by workspace."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts only an INTEGER PRIMARY KEY by itself.
_serial = BigInteger().with_variant(Integer(), "sqlite")

tickets = Table(
    "tickets",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("id", String(128), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("customer_id", Text),
    Column("customer_email", Text),
    Column("customer_name", Text),
    Column("customer_tier", Text),
    Column("channel", Text),
    Column("tags", JSON, nullable=False),
    Column("received_at", Float(53)),
    Column("metadata", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("history", Boolean, nullable=False),
    Column("accepted_at", Float(53), nullable=False),
    Column("state", String(16), nullable=False),
    Column("processed_at", Float(53)),
    Column("category", Text),
    Column("confidence", Float(53)),
    Column("urgency", Float(53)),
    Column("sentiment", Float(53)),
    Column("language", String(8)),
    Column("tier", String(16)),
    Column("model_version", Text),
    Column("degraded", Boolean),
    Column("needs_review", Boolean, nullable=False, server_default=false()),
    Column("reasons", JSON),
    Column("dispatch_order", BigInteger),
    Column("incident_id", Text),
    Column("agent_id", Text),
    Column("corrected_at", Float(53)),
    Column("last_agent_id", Text),
    Column("offer_until", Float(53)),
    Column("team", Text),
    Column("answered_at", Float(53)),
    Column("resolved_at", Float(53)),
    Column("escalated_at", Float(53)),
    Column("source", String(80)),
    Column("source_id", String(256)),
    Column("erased_at", Float(53)),  # up to when what was written is gone
    PrimaryKeyConstraint("workspace", "id"),
)
# The queue: the highest S first, then the oldest.
Index(
    "ix_tickets_queue",
    tickets.c.workspace,
    tickets.c.urgency.desc(),
    tickets.c.accepted_at,
    tickets.c.dispatch_order,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index(
    "ix_tickets_dispatch_order",
    tickets.c.workspace,
    tickets.c.dispatch_order,
    unique=True,
    sqlite_where=text("dispatch_order IS NOT NULL"),
    postgresql_where=text("dispatch_order IS NOT NULL"),
)
# What an agent holds, or held.
Index(
    "ix_tickets_agent",
    tickets.c.workspace,
    tickets.c.agent_id,
    tickets.c.state,
    sqlite_where=text("agent_id IS NOT NULL"),
    postgresql_where=text("agent_id IS NOT NULL"),
)
# What agents hold now: to count it takes no longer for all that they held before.
Index(
    "ix_tickets_held",
    tickets.c.workspace,
    tickets.c.agent_id,
    tickets.c.state,
    sqlite_where=text("state IN ('assigned', 'in_progress', 'offered')"),
    postgresql_where=text("state IN ('assigned', 'in_progress', 'offered')"),
)
# Who had a customer's tickets.
for _customer in (tickets.c.customer_id, tickets.c.customer_email):
    Index(
        f"ix_tickets_{_customer.name}",
        tickets.c.workspace,
        _customer,
        tickets.c.accepted_at,
        sqlite_where=text("last_agent_id IS NOT NULL"),
        postgresql_where=text("last_agent_id IS NOT NULL"),
    )
# The members of an incident, in the order of dispatch.
Index(
    "ix_tickets_incident",
    tickets.c.workspace,
    tickets.c.incident_id,
    tickets.c.dispatch_order,
    sqlite_where=text("incident_id IS NOT NULL"),
    postgresql_where=text("incident_id IS NOT NULL"),
)
# The list, by what it is filtered by. What is empty until triage is in no index before: acceptance writes none of it.
Index(
    "ix_tickets_state",
    tickets.c.workspace,
    tickets.c.state,
    tickets.c.accepted_at,
    tickets.c.id,
    tickets.c.processed_at,  # for how many stand where
)
Index(
    "ix_tickets_category",
    tickets.c.workspace,
    tickets.c.category,
    tickets.c.accepted_at,
    tickets.c.id,
    sqlite_where=text("category IS NOT NULL"),
    postgresql_where=text("category IS NOT NULL"),
)
for _column in (tickets.c.language, tickets.c.tier, tickets.c.team):
    Index(
        f"ix_tickets_{_column.name}",
        tickets.c.workspace,
        _column,
        sqlite_where=text(f"{_column.name} IS NOT NULL"),
        postgresql_where=text(f"{_column.name} IS NOT NULL"),
    )
Index(
    "ix_tickets_needs_review",
    tickets.c.workspace,
    tickets.c.needs_review,
    sqlite_where=text("needs_review = 1"),
    postgresql_where=text("needs_review = true"),
)
Index(
    "ix_tickets_urgency",
    tickets.c.workspace,
    tickets.c.urgency.desc(),
    tickets.c.accepted_at,
    tickets.c.id,
    sqlite_where=text("urgency IS NOT NULL"),
    postgresql_where=text("urgency IS NOT NULL"),
)
Index("ix_tickets_accepted_at", tickets.c.workspace, tickets.c.accepted_at, tickets.c.id)
# How many were triaged when; a ticket that is accepted is not in it yet.
Index(
    "ix_tickets_processed_at",
    tickets.c.workspace,
    tickets.c.processed_at,
    sqlite_where=text("processed_at IS NOT NULL"),
    postgresql_where=text("processed_at IS NOT NULL"),
)
# Those that were triaged while the breaker was open, until they are scored again.
Index(
    "ix_tickets_degraded",
    tickets.c.accepted_at,
    tickets.c.id,
    sqlite_where=text("state = 'waiting' AND degraded = 1"),
    postgresql_where=text("state = 'waiting' AND degraded"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("step", String(16), nullable=False),
    Column("due_at", Float(53)),  # NULL: buried, kept for its reason until somebody retries it
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("traceparent", String(55)),  # where the trace of the ticket goes on
    PrimaryKeyConstraint("workspace", "ticket_id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
    sqlite_with_rowid=False,
)
Index("ix_outbox_due_at", outbox.c.due_at)

events = Table(
    "events",
    metadata,
    Column("seq", _serial, Identity(always=False), primary_key=True),
    # The committing transaction, on PostgreSQL: serial ids become visible out of order, transactions below the
    # oldest running one do not. SQLite has one writer, and 0 here.
    Column("txn", BigInteger, nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("actor", Text, nullable=False),
    Column("ticket_id", String(128)),
    Column("incident_id", Text),
    Column("agent_id", Text),
    Column("data", JSON, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_events_position", events.c.workspace, events.c.txn, events.c.seq)
# Of all workspaces; SQLite has one writer, and goes by their numbers.
Index("ix_events_order", events.c.txn, events.c.seq).ddl_if(dialect="postgresql")
Index("ix_events_ticket", events.c.workspace, events.c.ticket_id, events.c.txn, events.c.seq)
# What happened to an incident and its members.
Index(
    "ix_events_incident",
    events.c.workspace,
    events.c.incident_id,
    events.c.txn,
    events.c.seq,
    sqlite_where=text("incident_id IS NOT NULL"),
    postgresql_where=text("incident_id IS NOT NULL"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires_at", Float(53), nullable=False),  # on the database's clock
    PrimaryKeyConstraint("name"),
)

workers = Table(
    "workers",
    metadata,
    Column("name", Text, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("started_at", Float(53), nullable=False),  # both on the database's clock
    Column("beat_at", Float(53), nullable=False),
    Column("tier", String(16), nullable=False),
    Column("model_version", Text, nullable=False),
    Column("breaker_open", Boolean, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("opened_at", Float(53)),
    Column("runs", BigInteger, nullable=False),
    Column("run_seconds", Float(53), nullable=False),
    Column("probes", BigInteger, nullable=False),
    Column("echoes", BigInteger, nullable=False),
    Column("degraded", BigInteger, nullable=False),
    Column("shadow_dropped", BigInteger, nullable=False, server_default="0"),
    Column("refusals", JSON, nullable=False, server_default="[]"),
    Column("run_p95", Float(53)),
    Column("limits", JSON, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("name"),
)

configuration = Table(
    "configuration",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("actor", Text, nullable=False),
    PrimaryKeyConstraint("workspace", "kind", "version"),
)
