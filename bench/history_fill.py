"""A database with a long history: made-up tickets as the system leaves them, written at once.

Their texts are drawn from a vocabulary whose frequencies fall with the rank (Zipf), so that a word may be in most
tickets or in a few. Nine of ten tickets are resolved, 1,000 wait, some belong to incidents; each has four events, and
was told to a helpdesk (`history_told`).
"""

import itertools
import random
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import psycopg
import sqlalchemy as sa

from bench.history_told import told_of
from smart_support.adapters.sql import bulk, counted
from smart_support.adapters.sql.agent_schema import agents
from smart_support.adapters.sql.incident_rows import incident_row, link_row
from smart_support.adapters.sql.rows import ticket_row, triage_values
from smart_support.adapters.sql.schema import events, tickets
from smart_support.adapters.sql.store import SqlStore
from smart_support.adapters.sql.storm_schema import incidents, links, vectors
from smart_support.domain.incident import Incident, IncidentState, Link, LinkKind, Severity
from smart_support.domain.ticket import DEFAULT_WORKSPACE, Customer, State, Ticket
from smart_support.domain.triage import Reason, ReasonOf, Tier, Triage

WAITING, INCIDENT_EVERY, MEMBERS = 1_000, 2_000, 100
_SECONDS = 25.0  # between two tickets: a million in nine months
_WORDS, _CHUNK, _AGENTS, _DIMENSIONS = 50_000, 2_000, 40, 384
_CATEGORIES = ("Technical", "Billing", "General", "Legal")
_STATES = (State.RESOLVED, State.CLAIMED, State.ASSIGNED, State.IN_PROGRESS, State.SUPPRESSED, State.DEAD)
_STATE_SHARES = (0.93, 0.04, 0.004, 0.004, 0.02, 0.002)
_KINDS = ("ticket.accept", "ticket.triage", "ticket.queue", "ticket.resolve")


def _vocabulary() -> list[str]:
    """Different words one can say, the shorter the more frequent."""
    syllables = ["".join(pair) for pair in itertools.product("bcdfglmnprstvz", "aeiou")]
    random.Random(5).shuffle(syllables)
    found = itertools.chain.from_iterable(itertools.product(syllables, repeat=n) for n in (1, 2, 3))
    return ["".join(parts) for parts in itertools.islice(found, _WORDS)]


WORDS = _vocabulary()
"""The most frequent first."""


@dataclass(frozen=True, slots=True)
class History:
    """A history of `size` tickets, the newest accepted at `end` (UTC epoch seconds)."""

    size: int
    end: float

    def fill(self, store: SqlStore) -> None:
        """Write it into an empty store, and let the database learn how frequent which value is."""
        draw = np.random.default_rng(9)
        shares = 1.0 / np.arange(1, _WORDS + 1)
        ends = np.cumsum(shares / shares.sum())
        _write(store, agents, [_agent(n) for n in range(_AGENTS)])
        for first in range(0, self.size, _CHUNK):
            made = [self._row(n, draw, ends) for n in range(first, min(self.size, first + _CHUNK))]
            _write(store, tickets, made)
            _write(store, vectors, [_vector(row, draw) for row in made])
            _write(store, events, [event for row in made for event in _events(row)])
            for table, rows in told_of(made, self.end).items():
                _write(store, table, rows)
        numbers = range(self.size // INCIDENT_EVERY)
        for n in numbers:
            _write(store, incidents, [self._incident(n)])
            _write(store, links, [link_row(DEFAULT_WORKSPACE, self._link(n, member), member) for member in members(n)])
        for workspace in store._database.read(counted.piled_up):
            store._database.write(partial(counted.fold, workspace=workspace))
        _learn(store)

    def accepted_at(self, n: int) -> float:
        return self.end - (self.size - n) * _SECONDS

    def _row(self, n: int, draw: np.random.Generator, ends: np.ndarray) -> dict[str, object]:
        length = int(draw.integers(40, 120))
        said = [WORDS[rank] for rank in np.minimum(np.searchsorted(ends, draw.random(length)), _WORDS - 1)]
        incident = n // INCIDENT_EVERY if n % INCIDENT_EVERY < MEMBERS else None
        waits = n >= self.size - WAITING
        state = State.WAITING if waits else _STATES[int(np.searchsorted(np.cumsum(_STATE_SHARES), draw.random()))]
        held = state in {State.RESOLVED, State.ASSIGNED, State.IN_PROGRESS}
        urgency = float(draw.beta(2, 5))
        customer = Customer(f"c{int(draw.zipf(1.3)) % 50_000}")
        text = Ticket(
            DEFAULT_WORKSPACE,
            f"t{n}",
            " ".join(said[:6]),
            " ".join(said[6:]),
            self.accepted_at(n),
            customer,
            state=state,
        )
        category = _CATEGORIES[int(np.searchsorted((0.5, 0.8, 0.98), draw.random()))]
        language = "en" if draw.random() < 0.9 else "de"
        reasons = (Reason(ReasonOf.URGENCY, said[0], 0.4), Reason(ReasonOf.CATEGORY, said[1], 0.3))
        triage = Triage(
            category,
            0.9,
            urgency,
            Tier.TRANSFORMER,
            "made-up",
            reasons,
            language=language,
            sentiment=0.0,
            needs_review=bool(draw.random() < 0.01),
        )
        agent = f"agent-{int(draw.integers(_AGENTS))}" if held else None
        at = text.accepted_at + 1.0
        return {
            **ticket_row(text, f"{n:064x}"),
            **triage_values(triage),
            "processed_at": at,
            "dispatch_order": n + 1,
            "incident_id": None
            if incident is None or incident >= self.size // INCIDENT_EVERY
            else f"inc-{incident + 1}",
            "agent_id": agent,
            "last_agent_id": agent,
            "resolved_at": at + 3_600.0 if state is State.RESOLVED else None,
        }

    def _incident(self, n: int) -> dict[str, object]:
        at = self.accepted_at(n * INCIDENT_EVERY)
        made = Incident(
            DEFAULT_WORKSPACE, f"inc-{n + 1}", n + 1, WORDS[n], (WORDS[n],), Severity.MAJOR, IncidentState.RESOLVED,
            at, at, f"t{n * INCIDENT_EVERY}", tickets=MEMBERS, suppressed=MEMBERS - 1, customers=MEMBERS,
        )  # fmt: skip
        return incident_row(made, 0.8)

    def _link(self, n: int, member: int) -> Link:
        return Link(f"t{member}", f"inc-{n + 1}", LinkKind.SEMANTIC, self.accepted_at(member), 0.8)


def members(n: int) -> range:
    """The numbers of an incident's tickets."""
    return range(n * INCIDENT_EVERY, n * INCIDENT_EVERY + MEMBERS)


def _agent(n: int) -> dict[str, object]:
    return {
        "workspace": DEFAULT_WORKSPACE, "id": f"agent-{n}", "name": f"Agent {n}", "skills": {"Technical": 1.0},
        "capacity": 5, "languages": ["en"], "status": "online",
    }  # fmt: skip


def _events(row: dict[str, object]) -> Iterator[dict[str, object]]:
    for place, kind in enumerate(_KINDS):
        yield {
            "txn": 0, "workspace": row["workspace"], "kind": kind, "at": float(str(row["accepted_at"])) + place,
            "actor": "made-up", "ticket_id": row["id"], "incident_id": row["incident_id"], "agent_id": row["agent_id"],
            "data": {},
        }  # fmt: skip


def _vector(row: dict[str, object], draw: np.random.Generator) -> dict[str, object]:
    """As long as one of the shipped encoder's."""
    vector = b64encode(draw.bytes(_DIMENSIONS)).decode()
    return {"workspace": row["workspace"], "ticket_id": row["id"], "version": "made-up", "vector": vector}


def _write(store: SqlStore, table: sa.Table, rows: Sequence[dict[str, object]]) -> None:
    def unit(connection: sa.Connection) -> None:
        if connection.dialect.name == "sqlite":
            bulk.insert(connection, table, rows)
            return
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        as_json = {name for name in rows[0] if isinstance(table.c[name].type, sa.JSON)}
        with driver.cursor().copy(f"COPY {table.name} ({', '.join(rows[0])}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([psycopg.types.json.Jsonb(row[k]) if k in as_json else row[k] for k in row])

    store._database.write(unit)


def _learn(store: SqlStore) -> None:
    if store._database.engine.dialect.name == "postgresql":
        with store._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
