"""What a process counts and times of its own work, in the terms of Prometheus; docs/metrics.md has all of it."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_RUN = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_WAIT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0)
_BATCH = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Metrics:
    """The instruments, in a registry of their own unless another is given. No label holds an id, or what somebody
    wrote: the values of each are few and known."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = CollectorRegistry() if registry is None else registry
        self.registry = registry
        self.stage_wait = Histogram(
            "smart_support_stage_wait_seconds",
            "From when a ticket or a message is ready for a stage until the stage takes it up.",
            ["stage"],
            buckets=_WAIT,
            registry=registry,
        )
        self.stage_run = Histogram(
            "smart_support_stage_run_seconds",
            "How long a stage works on a batch: accept (until it is on disk), triage, dispatch, notify (one message).",
            ["stage"],
            buckets=_RUN,
            registry=registry,
        )
        self.stage_batch = Histogram(
            "smart_support_stage_batch_tickets",
            "Tickets in a batch of a stage.",
            ["stage"],
            buckets=_BATCH,
            registry=registry,
        )
        self.dispatched_after = Histogram(
            "smart_support_ticket_dispatch_seconds",
            "From the acceptance of a ticket until its dispatch is committed; imported history is left out.",
            buckets=_WAIT,
            registry=registry,
        )
        self.accepted = Counter(
            "smart_support_accepted_tickets",
            "Tickets handed in: fresh (stored), repeated (known already), conflict (their id has another content), "
            "failed (not stored).",
            ["outcome"],
            registry=registry,
        )
        self.triaged = Counter(
            "smart_support_triaged_tickets",
            "Tickets triaged, by the tier that answered; degraded where it stood in for the transformer.",
            ["tier", "degraded"],
            registry=registry,
        )
        self.dispatched = Counter(
            "smart_support_dispatched_tickets",
            "Tickets dispatched: queue, suppress (a duplicate of an incident's) or archive (imported history).",
            ["outcome"],
            registry=registry,
        )
        self.assignments = Counter(
            "smart_support_assignments",
            "Tickets that the solver gave to an agent: assigned, offered, or overtaken (ticket or agent had changed by "
            "then, and nothing came of it), each by why he: preferred (he has the customer's other tickets), relaxed "
            "(good enough because it has waited) or skill; and lapsed, offers that nobody accepted in time.",
            ["outcome", "reason"],
            registry=registry,
        )
        self.incidents_opened = Counter(
            "smart_support_incidents_opened", "Master Incidents opened, or opened again.", registry=registry
        )
        self.step_failures = Counter(
            "smart_support_step_failures",
            "Failures that were counted against one ticket, by the class of the error.",
            ["stage", "reason"],
            registry=registry,
        )
        self.loop_failures = Counter(
            "smart_support_loop_failures",
            "Calls that failed of a part that runs by itself (publish, assign, alert, purge, feed:NAME and others), by "
            "the class of the error.",
            ["part", "reason"],
            registry=registry,
        )
        self.loop_failing = Gauge(
            "smart_support_loop_failing",
            "Whether a part that runs by itself fails now: from a call that failed until one that does not, five "
            "seconds later or more.",
            ["part"],
            registry=registry,
        )
        self.alerts = Counter(
            "smart_support_alerts",
            "Reasons to tell somebody something: routed (to some destination), silenced, unrouted (no rule sends it).",
            ["kind", "outcome"],
            registry=registry,
        )
        self.messages = Counter(
            "smart_support_messages",
            "Tries to send a message (an alert, a write-back to a helpdesk, a test): sent, skipped (nothing to say any "
            "more), failed (tried again), dead (given up); reason says why: away, busy, gone, refused, fault.",
            ["destination", "purpose", "outcome", "reason"],
            registry=registry,
        )
        self.refusals = Counter(
            "smart_support_http_refusals",
            "Requests refused with 401, 403, 413, 429 or 503, by why.",
            ["status", "reason"],
            registry=registry,
        )
        self.http = Histogram(
            "smart_support_http_request_duration_seconds",
            "HTTP requests until their last byte, by the template of their route; streams are left out.",
            ["method", "route", "status"],
            buckets=_RUN,
            registry=registry,
        )
