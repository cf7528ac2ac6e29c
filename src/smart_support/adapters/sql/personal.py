"""Which columns may hold something of a person. A test holds this to the schema, and docs/privacy.md to this: whoever
adds a column that holds text decides what an erasure does with it."""

PERSONAL = {
    "tickets": (
        *("subject", "body", "channel", "tags", "metadata", "content_hash", "reasons", "source_id"),
        *("customer_id", "customer_email", "customer_name", "customer_tier"),
    ),
    "replies": ("id", "author", "body", "quoted"),
    "feedback": ("note",),
    "outbox": ("last_error",),
    "messages": ("last_error",),
    "vectors": ("vector",),
    "incidents": ("title", "keywords"),
    "idempotency": ("key", "body"),
    "threads": ("handle",),
    "events": ("data",),
}
"""By table, the columns that an erasure empties, makes anew, or deletes with their rows."""

IMPERSONAL = {
    # Ours: ids, codes, numbers, versions.
    "tickets": ("category", "model_version", "incident_id", "agent_id", "last_agent_id", "team", "source"),
    "feedback": ("actor", "category", "model_version", "said_category"),
    "events": ("actor", "incident_id", "agent_id"),
    "replies": (),
    "incidents": ("cues",),
    "links": ("exception",),
    "cannot_links": ("actor",),
    "vectors": ("version",),
    "shadow_results": ("active_version", "active_category", "shadow_category"),
    "storm_state": ("state",),
    "alerts": ("data", "topic"),
    "messages": ("alert_ids", "topic"),
    "threads": ("topic",),
    "told": ("topic", "thread"),
    "deliveries": ("id",),
    "cursors": ("value", "name"),
    "idempotency": ("request_hash",),
    "sla_calendars": ("hours",),
    "sla_clocks": ("escalate_to",),
    "outbox": (),
    # Of those who run the system and work with it.
    "leases": ("holder",),
    "workers": ("name", "parts", "model_version", "refusals", "limits"),
    "configuration": ("content", "actor"),
    "models": ("labels", "bundles"),
    "api_keys": ("name", "scopes"),
    "workspaces": ("name",),
    "agents": ("name", "skills", "languages", "team", "hours"),
}
"""By table, those that hold words and nothing of a customer."""
