"""How many tickets have which state, category, language and tier is kept, frequent beginnings of words are found as
fast as words, and what agents hold is counted without what they held.

`ticket_counts` counts every ticket but those that wait for triage, which are few, and counted by their index:
acceptance writes none of it. Triggers see to it, so that whatever changes or deletes a ticket is counted. SQLite has
one writer, and a row a combination of values. PostgreSQL appends what each statement changed, so that no two wait for
each other's row; `fold_counts` puts the rows together.

SQLite's `search_words` knows the beginnings of three and four letters of all words: to put together what holds one of
the words that begin so took up to seconds. Longer ones are those of few words. PostgreSQL finds the words of a text
with an expression, which takes a third of the time.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
reading_goes_on = True
contracts = {"sqlite": "the index of words is made anew; nothing runs beside an upgrade there"}


def upgrade() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    held = "state IN ('assigned', 'in_progress', 'offered')"
    for name, columns, where in (
        ("ix_tickets_team", ["workspace", "team"], "team IS NOT NULL"),
        ("ix_tickets_held", ["workspace", "agent_id", "state"], held),
    ):
        op.create_index(name, "tickets", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(statement)


_KEY = ("workspace", "state", "category", "language", "tier")
_COLUMNS = ", ".join(_KEY)


def _is(row: str) -> str:
    """Whether a ticket is searched for."""
    return f"({row}.processed_at IS NOT NULL OR {row}.state = 'dead')"


def _kept(row: str) -> str:
    """Whether a ticket is counted here: one that waits for triage is not."""
    return f"({row}.processed_at IS NOT NULL OR {row}.state <> 'accepted')"


def _values(row: str) -> str:
    """Its place among the counts; '' is what it does not have."""
    return ", ".join([f"{row}.workspace", f"{row}.state", *(f"coalesce({row}.{name}, '')" for name in _KEY[2:])])


def _text(row: str) -> str:
    return f"substr({row}.subject || ' ' || {row}.body, 1, 100000)"


_FILL = f"""INSERT INTO ticket_counts ({_COLUMNS}, number)
    SELECT {_values("tickets")}, count(*) FROM tickets WHERE {_kept("tickets")} GROUP BY 1, 2, 3, 4, 5"""
_TABLE = """
    workspace VARCHAR(64) NOT NULL, state VARCHAR(16) NOT NULL, category TEXT NOT NULL, language VARCHAR(8) NOT NULL,
    tier VARCHAR(16) NOT NULL, number BIGINT NOT NULL"""


def _count(row: str, number: int) -> str:
    return f"""
        INSERT INTO ticket_counts ({_COLUMNS}, number) SELECT {_values(row)}, {number} WHERE {_kept(row)}
        ON CONFLICT ({_COLUMNS}) DO UPDATE SET number = number + {number};"""


_CHANGES = " OR ".join(f"old.{name} IS NOT new.{name}" for name in (*_KEY, "processed_at"))
_FIRST = "(CAST(new.accepted_at AS INTEGER) << 28)"
_PAST = "((CAST(new.accepted_at AS INTEGER) + 1) << 28)"
_NEW = "(SELECT n FROM search_tickets WHERE workspace = new.workspace AND ticket_id = new.id)"
_SQLITE = (
    f"CREATE TABLE ticket_counts ({_TABLE}, CONSTRAINT pk_ticket_counts PRIMARY KEY ({_COLUMNS})) WITHOUT ROWID",
    _FILL,
    f"""CREATE TRIGGER count_insert AFTER INSERT ON tickets WHEN {_kept("new")} BEGIN {_count("new", 1)} END""",
    f"""CREATE TRIGGER count_change AFTER UPDATE OF {_COLUMNS}, processed_at ON tickets
        WHEN {_CHANGES} BEGIN {_count("old", -1)} {_count("new", 1)} END""",
    f"""CREATE TRIGGER count_delete AFTER DELETE ON tickets WHEN {_kept("old")} BEGIN {_count("old", -1)} END""",
    "DROP TABLE search_words",
    """CREATE VIRTUAL TABLE search_words USING fts5(
        words, content='', columnsize=0, prefix='3 4', tokenize='unicode61 remove_diacritics 2'
    )""",
    f"""INSERT INTO search_words (rowid, words)
        SELECT n, {_text("tickets")} FROM search_tickets JOIN tickets
        ON tickets.workspace = search_tickets.workspace AND tickets.id = ticket_id ORDER BY n""",
    f"""CREATE TRIGGER search_insert AFTER INSERT ON tickets WHEN {_is("new")} BEGIN
        INSERT INTO search_tickets (n, workspace, ticket_id)
        SELECT coalesce(max(n) + 1, {_FIRST}), new.workspace, new.id FROM search_tickets
        WHERE n >= {_FIRST} AND n < {_PAST};
        INSERT INTO search_words (rowid, words) VALUES ({_NEW}, {_text("new")});
    END""",
)

_BREAKS = "[!-/:-@[-`{-~\u00a0\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u00ab\u00bb]+"


def _counting(event: str, given: str, parts: Sequence[tuple[str, int]]) -> tuple[str, str]:
    """A function and its trigger: what a statement changed, in one row a combination of values."""
    rows = " UNION ALL ".join(
        f"SELECT {_values(name)}, CAST({number} AS BIGINT) FROM {name} WHERE {_kept(name)}" for name, number in parts
    )
    return (
        f"""CREATE FUNCTION count_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO ticket_counts ({_COLUMNS}, number)
            SELECT {_COLUMNS}, sum(number) FROM ({rows}) AS changed ({_COLUMNS}, number)
            GROUP BY {_COLUMNS} HAVING sum(number) <> 0;
            RETURN NULL;
        END $$""",
        f"""CREATE TRIGGER count_{event} AFTER {event} ON tickets REFERENCING {given}
            FOR EACH STATEMENT EXECUTE FUNCTION count_{event}()""",
    )


_POSTGRESQL = (
    f"CREATE TABLE ticket_counts ({_TABLE})",
    "CREATE INDEX ix_ticket_counts_workspace ON ticket_counts (workspace)",
    _FILL,
    f"""CREATE FUNCTION count_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO ticket_counts ({_COLUMNS}, number) VALUES ({_values("new")}, 1);
        RETURN NULL;
    END $$""",
    # For each row, unlike the others: what is accepted is not counted, and costs nothing.
    f"""CREATE TRIGGER count_insert AFTER INSERT ON tickets FOR EACH ROW
        WHEN ({_kept("new")}) EXECUTE FUNCTION count_insert()""",
    *_counting("update", "OLD TABLE AS gone NEW TABLE AS came", [("gone", -1), ("came", 1)]),
    *_counting("delete", "OLD TABLE AS gone", [("gone", -1)]),
    f"""CREATE OR REPLACE FUNCTION search_enter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO search_words VALUES (new.workspace, new.id, to_tsvector(
            'pg_catalog.simple', regexp_replace({_text("new")}, '{_BREAKS}', ' ', 'g')))
        ON CONFLICT (workspace, ticket_id) DO UPDATE SET words = excluded.words;
        RETURN NULL;
    END $$""",
    f"""CREATE TRIGGER search_insert AFTER INSERT ON tickets FOR EACH ROW
        WHEN ({_is("new")}) EXECUTE FUNCTION search_enter()""",
)
