"""The list of tickets by state, category, language and urgency, and the words in them.

What a ticket says is searchable from triage on, or once it was given up, and not from acceptance on: that is the call
that has to be fast. Triggers see to it, so that whatever changes or deletes a ticket is followed by the search.

SQLite: `search_tickets` numbers the tickets by the second of their acceptance, 2^28 numbers a second, and
`search_words` (FTS5, which keeps no text) has them under that number; what matches is found by its words newest first
without sorting. PostgreSQL: `search_words` is a table of its own, because an index over `tickets` would have to be
written again at each change of a ticket's state.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_tickets_state", "tickets")
    op.create_index("ix_tickets_state", "tickets", ["workspace", "state", "accepted_at", "id", "processed_at"])
    indexes: tuple[tuple[str, list[str | sa.TextClause], str], ...] = (
        ("ix_tickets_category", ["workspace", "category", "accepted_at", "id"], "category IS NOT NULL"),
        ("ix_tickets_language", ["workspace", "language"], "language IS NOT NULL"),
        ("ix_tickets_tier", ["workspace", "tier"], "tier IS NOT NULL"),
        ("ix_tickets_needs_review", ["workspace", "needs_review"], "needs_review = true"),
        ("ix_tickets_urgency", ["workspace", sa.text("urgency DESC"), "accepted_at", "id"], "urgency IS NOT NULL"),
    )
    for name, columns, where in indexes:
        # SQLite knows an index again only where a query says the same, and there 1 is what is true.
        sqlite = sa.text(where.replace("true", "1"))
        op.create_index(name, "tickets", columns, sqlite_where=sqlite, postgresql_where=sa.text(where))
    for statement in _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def _is(row: str) -> str:
    """Whether a ticket is searched for."""
    return f"({row}.processed_at IS NOT NULL OR {row}.state = 'dead')"


def _text(row: str) -> str:
    return f"substr({row}.subject || ' ' || {row}.body, 1, 100000)"


def _number(row: str) -> str:
    return f"(SELECT n FROM search_tickets WHERE workspace = {row}.workspace AND ticket_id = {row}.id)"


_FIRST = "(CAST(new.accepted_at AS INTEGER) << 28)"
_PAST = "((CAST(new.accepted_at AS INTEGER) + 1) << 28)"
_ADD = f"""
    INSERT INTO search_tickets (n, workspace, ticket_id)
    SELECT coalesce(max(n) + 1, {_FIRST}), new.workspace, new.id FROM search_tickets
    WHERE n >= {_FIRST} AND n < {_PAST};
    INSERT INTO search_words (rowid, words) VALUES ({_number("new")}, {_text("new")});
"""
_REMOVE = f"""
    INSERT INTO search_words (search_words, rowid, words)
    VALUES ('delete', {_number("old")}, {_text("old")});
    DELETE FROM search_tickets WHERE workspace = old.workspace AND ticket_id = old.id;
"""
_SQLITE = (
    """CREATE TABLE search_tickets (
        n INTEGER NOT NULL PRIMARY KEY, workspace VARCHAR(64) NOT NULL, ticket_id VARCHAR(128) NOT NULL,
        CONSTRAINT uq_search_tickets_workspace_ticket_id UNIQUE (workspace, ticket_id)
    )""",
    """CREATE VIRTUAL TABLE search_words USING fts5(
        words, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
    )""",
    f"""INSERT INTO search_tickets (n, workspace, ticket_id)
        SELECT (second << 28) + row_number() OVER (PARTITION BY second ORDER BY accepted_at, id), workspace, id
        FROM (SELECT CAST(accepted_at AS INTEGER) AS second, * FROM tickets WHERE {_is("tickets")})""",
    f"""INSERT INTO search_words (rowid, words)
        SELECT n, {_text("tickets")} FROM search_tickets JOIN tickets
        ON tickets.workspace = search_tickets.workspace AND tickets.id = ticket_id ORDER BY n""",
    f"""CREATE TRIGGER search_enter AFTER UPDATE OF processed_at, state ON tickets
        WHEN NOT {_is("old")} AND {_is("new")} BEGIN {_ADD} END""",
    f"""CREATE TRIGGER search_leave AFTER UPDATE OF processed_at, state ON tickets
        WHEN {_is("old")} AND NOT {_is("new")} BEGIN {_REMOVE} END""",
    f"""CREATE TRIGGER search_change AFTER UPDATE OF subject, body ON tickets
        WHEN {_is("old")} AND {_is("new")} BEGIN {_REMOVE} {_ADD} END""",
    f"""CREATE TRIGGER search_delete AFTER DELETE ON tickets WHEN {_is("old")} BEGIN {_REMOVE} END""",
)

# Word breaks that the parser of PostgreSQL would see an address, a number or a compound in, and those that are no word
# breaks where the database knows ASCII alone (locale C). `translate` would take ten times as long.
_BREAKS = "[!-/:-@[-`{-~\u00a0\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u00ab\u00bb]+"


def _words(row: str) -> str:
    return f"to_tsvector('pg_catalog.simple', regexp_replace({_text(row)}, '{_BREAKS}', ' ', 'g'))"


_POSTGRESQL = (
    """CREATE TABLE search_words (
        workspace VARCHAR(64) NOT NULL, ticket_id VARCHAR(128) NOT NULL, words tsvector NOT NULL,
        CONSTRAINT pk_search_words PRIMARY KEY (workspace, ticket_id),
        CONSTRAINT fk_search_words_workspace_ticket_id FOREIGN KEY (workspace, ticket_id)
        REFERENCES tickets (workspace, id) ON DELETE CASCADE
    )""",
    f"""INSERT INTO search_words SELECT workspace, id, {_words("tickets")} FROM tickets WHERE {_is("tickets")}""",
    "CREATE INDEX ix_search_words_words ON search_words USING gin (words)",
    f"""CREATE FUNCTION search_enter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO search_words VALUES (new.workspace, new.id, {_words("new")})
        ON CONFLICT (workspace, ticket_id) DO UPDATE SET words = excluded.words;
        RETURN NULL;
    END $$""",
    """CREATE FUNCTION search_leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM search_words WHERE workspace = old.workspace AND ticket_id = old.id;
        RETURN NULL;
    END $$""",
    f"""CREATE TRIGGER search_enter AFTER UPDATE OF processed_at, state ON tickets FOR EACH ROW
        WHEN (NOT {_is("old")} AND {_is("new")}) EXECUTE FUNCTION search_enter()""",
    f"""CREATE TRIGGER search_leave AFTER UPDATE OF processed_at, state ON tickets FOR EACH ROW
        WHEN ({_is("old")} AND NOT {_is("new")}) EXECUTE FUNCTION search_leave()""",
    f"""CREATE TRIGGER search_change AFTER UPDATE OF subject, body ON tickets FOR EACH ROW
        WHEN ({_is("old")} AND {_is("new")}) EXECUTE FUNCTION search_enter()""",
)
