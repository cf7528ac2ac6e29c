"""How a database finds what is asked of it: which tables that grow with the history are read whole."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

GROWING = (
    *("tickets", "events", "links", "search_words", "search_tickets", "vectors", "outbox", "sla_clocks", "replies"),
    *("feedback", "alerts", "messages", "told", "threads", "deliveries", "ticket_counts"),
)
"""Tables that have a row for each ticket, or more, or what adds up to it."""

# Hold only what is still to be done, or was given up, and are read to their end.
_SMALL = ("ix_tickets_degraded", "ix_alerts_unrouted", "ix_messages_next", "ix_messages_first", "ix_messages_dead")

_PLAIN = re.compile(r"^(SELECT|WITH|UPDATE|DELETE)\b")
WHOLE = 150_000
"""Rows of PostgreSQL, more than a list counts; of a table that has fewer no reading is known as whole."""


@contextmanager
def watched(engine: sa.Engine, *, forced: bool = False, run: bool = False) -> Iterator[list[str]]:
    """What is read whole while this lasts, each with its plan. Of PostgreSQL, which may read a table to its end or only
    the beginning of it, this is said by what it would do, or, with `run`, by how many rows it read.

    `forced`: PostgreSQL is kept from reading a table whole where there is an index, as it would do with a small one.
    """
    found: list[str] = []

    def look(connection: sa.Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not _PLAIN.match(statement.lstrip()):
            return
        if connection.dialect.name == "sqlite":
            lines = _lines(connection, "EXPLAIN QUERY PLAN", statement, parameters, 3)
            bad = list(filter(_read_whole, lines))
        else:
            run_too = run and statement.lstrip().startswith(("SELECT", "WITH")) and "FOR UPDATE" not in statement
            if forced:
                connection.connection.cursor().execute("SET LOCAL enable_seqscan = off")
            options = "EXPLAIN (ANALYZE, TIMING OFF)" if run_too else "EXPLAIN"
            lines = _lines(connection, options, statement, parameters, 0)
            bad = _rows_read(lines) if run_too else [line for line in lines if _seen(r"Seq Scan on (\w+)", line)]
        found.extend(f"{line.strip()}\n  of: {statement}\n  {lines}" for line in bad)

    sa.event.listen(engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", look)


def _lines(connection: sa.Connection, explain: str, statement: str, parameters: Any, column: int) -> list[str]:
    cursor = connection.connection.cursor()
    cursor.execute(f"{explain} {statement}", parameters)
    lines = [str(row[column]) for row in cursor.fetchall()]
    cursor.close()
    return lines


def _read_whole(line: str) -> bool:
    """SQLite's plan: whether a line of it reads a table, or an index, from end to end."""
    if " VIRTUAL TABLE INDEX " in line:  # always a scan: by words, or by its number, where its index says so
        return re.search(r":.*[M=]", line) is None
    return _seen(r"SCAN (?:TABLE )?(\w+)", line) and not line.endswith(_SMALL)


def _rows_read(lines: list[str]) -> list[str]:
    """PostgreSQL's plan, as it was run: the scans that read many rows."""
    scans = re.compile(r"Scan .*actual rows=(\d+) loops=(\d+)")
    bad, rows, times, scan = [], 0, 1, ""
    for line in [*lines, "Result (actual rows=0 loops=1)"]:
        if "actual rows=" in line:
            if scan and rows * times > WHOLE:
                bad.append(scan)
            seen = scans.search(line)
            scan, rows, times = (line, int(seen[1]), int(seen[2])) if seen else ("", 0, 1)
        elif removed := re.search(r"Rows Removed by \w+(?: \w+)?: (\d+)", line):
            rows += int(removed[1])
    return bad


def _seen(pattern: str, line: str) -> bool:
    seen = re.search(pattern, line)
    return seen is not None and seen[1] in GROWING
