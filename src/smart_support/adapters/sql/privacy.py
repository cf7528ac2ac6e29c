"""A person's data in SQL: shown, erased, and let go once they were kept long enough."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk, retitling
from smart_support.adapters.sql.cursors import change_cursor, find_cursor
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.erasure import (
    SAYS_SENDER,
    add_erased,
    forget_authors,
    forget_customers,
    forget_reply_ids,
    forget_threads,
    forget_vectors,
    forget_words,
)
from smart_support.adapters.sql.learning_schema import feedback
from smart_support.adapters.sql.outbound_schema import replies
from smart_support.adapters.sql.person import readable, record_of
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.schema import events, tickets
from smart_support.adapters.sql.statements import lock_tickets
from smart_support.adapters.sql.storm_schema import HAS_VECTOR
from smart_support.domain.event import Event
from smart_support.domain.ticket import State, TicketKey
from smart_support.pipeline.incoming import ANSWER_TO
from smart_support.pipeline.privacy import Kept, Person, Retitle, in_batches
from smart_support.pipeline.purge import ACTOR
from smart_support.pipeline.records import Unavailable

_ASCII_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_BATCH = 50  # tickets in one transaction
_PURGED, _SCRUB = "purged", "scrub"
_WANTED, _DONE = "wanted", "done"  # after how many erasures the files are to be written anew, and were

_FINISHED = tickets.c.state.in_([State.RESOLVED.value, State.CLAIMED.value, State.DEAD.value])
_ENDED = sa.func.coalesce(tickets.c.resolved_at, tickets.c.answered_at, tickets.c.processed_at, tickets.c.accepted_at)


def _about(table: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether a ticket has such rows."""
    mine = (table.c.workspace == tickets.c.workspace) & (table.c.ticket_id == tickets.c.id)
    return sa.exists().where(mine, *conditions)


# What is written to a ticket after its words are gone are words once more.
_HAS = {
    Kept.TEXT: sa.or_(
        tickets.c.erased_at.is_(None),
        _about(replies, sa.or_(replies.c.body != "", replies.c.quoted != "")),
        _about(feedback, feedback.c.note.is_not(None)),
    ),
    Kept.CUSTOMER: sa.or_(
        *(
            tickets.c[name].is_not(None)
            for name in ("customer_id", "customer_email", "customer_name", "customer_tier", "source_id")
        ),
        SAYS_SENDER,
        _about(replies, replies.c.author.is_not(None)),
    ),
    Kept.VECTORS: sa.exists().where(HAS_VECTOR),
}


class SqlPrivacy:
    """The port PrivacyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def person_tickets(self, workspace: str, person: Person, before: float) -> list[TicketKey]:
        query = (
            sa.select(tickets.c.id)
            .where(tickets.c.workspace == workspace, _is(person), tickets.c.accepted_at <= before)
            .order_by(tickets.c.accepted_at, tickets.c.id)
        )
        return self._database.read(lambda c: [TicketKey(workspace, id_) for id_ in c.execute(query).scalars()])

    def person_records(self, keys: Sequence[TicketKey]) -> list[dict[str, Any]]:
        return self._database.read(lambda connection: [record_of(connection, key) for key in keys])

    def replies_of(self, workspace: str, person: Person) -> list[dict[str, Any]]:
        query = sa.select(replies).where(_wrote(workspace, person)).order_by(replies.c.at)
        return self._database.read(lambda c: [readable(replies, row) for row in c.execute(query).mappings()])

    def erase_tickets(self, keys: Sequence[TicketKey], at: float, retitle: Retitle, actor: str) -> int:
        def unit(connection: Connection, part: Sequence[TicketKey]) -> int:
            total = 0
            for workspace, (ids, named) in _held(connection, part, sa.true()).items():
                number = _count_unerased(connection, workspace, ids)
                forget_words(connection, workspace, ids, named, at)  # of those that are gone too: what was told of them
                forget_customers(connection, workspace, ids)
                forget_vectors(connection, workspace, ids)
                forget_threads(connection, workspace, ids)
                if number:
                    retitling.stand_down(connection, workspace, ids)
                    retitling.rename(connection, workspace, named, retitle)
                    add_erased(connection, workspace, number)
                    _note(connection, workspace, "erase", at, actor, tickets=number, replies=0)
                total += number
            if total:
                _want_scrub(connection)
            return total

        return sum(self._database.write(partial(unit, part=part)) for part in in_batches(keys, _BATCH))

    def erase_replies(self, workspace: str, person: Person, at: float, actor: str) -> int:
        written = _wrote(workspace, person)

        def unit(connection: Connection) -> int:
            ids = sorted(set(connection.execute(sa.select(replies.c.ticket_id).where(written)).scalars()))
            lock_tickets(connection, [TicketKey(workspace, one) for one in ids], sa.true())
            number = forget_authors(connection, written, body="", quoted="")
            if number:
                forget_reply_ids(connection, workspace, ids)
                _note(connection, workspace, "erase", at, actor, tickets=0, replies=number)
                _want_scrub(connection)
            return number

        return self._database.write(unit)

    def count_kept(self, kept: Kept, before: float, later: Collection[Kept] = ()) -> int:
        which = _old_events(before, later) if kept is Kept.EVENTS else _old_tickets(kept, before)
        counted = sa.select(sa.func.count()).select_from(which.subquery())
        return self._database.read(lambda connection: connection.execute(counted).scalar_one())

    def purge(
        self, kept: Kept, before: float, at: float, limit: int, retitle: Retitle, later: Collection[Kept] = ()
    ) -> Mapping[str, int]:
        if kept is Kept.EVENTS:
            old = _old_events(before, later)
            some = old.order_by(events.c.seq).limit(limit)
            seqs = self._database.read(lambda c: list(c.execute(some).scalars()))
            return self._database.write(partial(_purge_events, old=old.where(events.c.seq.in_(seqs)), at=at))
        query = _old_tickets(kept, before).limit(limit)
        keys = self._database.read(lambda c: [TicketKey(row.workspace, row.id) for row in c.execute(query)])

        def unit(connection: Connection, part: Sequence[TicketKey]) -> dict[str, int]:
            held = _held(connection, part, _is_old(kept, before))
            for workspace, (ids, named) in held.items():
                if kept is Kept.TEXT:
                    forget_words(connection, workspace, ids, named, before)  # what was written since may still come
                    retitling.rename(connection, workspace, named, retitle)
                elif kept is Kept.CUSTOMER:
                    forget_customers(connection, workspace, ids)
                else:
                    forget_vectors(connection, workspace, ids)
                    add_erased(connection, workspace, len(ids))
            done = {workspace: len(ids) for workspace, (ids, _) in held.items()}
            _count(connection, kept, done, at)
            return done

        done: Counter[str] = Counter()
        for part in in_batches(keys, _BATCH):
            done.update(self._database.write(partial(unit, part=part)))
        return done

    def purged(self) -> Mapping[str, int]:
        return self._database.read(lambda connection: find_cursor(connection, _PURGED))

    def unscrubbed(self) -> bool:
        return self._database.read(is_unscrubbed)

    def scrub(self) -> bool:
        counts = self._database.read(lambda connection: find_cursor(connection, _SCRUB))
        wanted = counts.get(_WANTED, 0)
        if counts.get(_DONE, 0) >= wanted:
            return True
        done = self._database.scrub()
        if done:  # of what was erased meanwhile it may have seen nothing
            self._database.write(partial(_count_scrubbed, up_to=wanted))
        return done


def _count_unerased(connection: Connection, workspace: str, ids: Sequence[str]) -> int:
    """How many of the tickets have anything still that an erasure takes."""
    mine = (tickets.c.workspace == workspace) & tickets.c.id.in_(ids)
    count = sa.select(sa.func.count()).select_from(tickets).where(mine, sa.or_(*_HAS.values()))
    return connection.execute(count).scalar_one()


def _note(connection: Connection, workspace: str, what: str, at: float, actor: str, **numbers: int) -> None:
    add_events(connection, [Event(workspace, f"privacy.{what}", at, actor, data=numbers)])


def _want_scrub(connection: Connection) -> None:
    """Remember that the files may hold what rows no longer do."""
    change_cursor(connection, _SCRUB, lambda counts: counts | {_WANTED: counts.get(_WANTED, 0) + 1})


def _count_scrubbed(connection: Connection, up_to: int) -> None:
    change_cursor(connection, _SCRUB, lambda counts: counts | {_DONE: max(counts.get(_DONE, 0), up_to)})


def _held(
    connection: Connection, keys: Sequence[TicketKey], condition: sa.ColumnElement[bool]
) -> dict[str, tuple[list[str], set[str]]]:
    """By workspace, those of the tickets that fulfil `condition`, and the incidents that may be named after them, all
    of it held until the transaction ends. Raises Unavailable where one came to belong to another incident meanwhile."""
    by_workspace: dict[str, list[str]] = defaultdict(list)
    for key in sorted(set(keys)):
        by_workspace[key.workspace].append(key.ticket_id)
    named = {name: retitling.named_after(connection, name, ids) for name, ids in by_workspace.items()}
    for workspace, incident_ids in named.items():
        retitling.hold(connection, workspace, incident_ids)
    found: dict[str, tuple[list[str], set[str]]] = {}
    for workspace, ids in by_workspace.items():
        held = lock_tickets(connection, [TicketKey(workspace, one) for one in ids], condition)
        chosen = sorted(key.ticket_id for key in held)
        now = retitling.named_after(connection, workspace, chosen) if chosen else set()
        if not now <= named[workspace]:
            raise Unavailable("somebody changed the incidents meanwhile")
        if chosen:
            found[workspace] = chosen, now
    return found


def is_unscrubbed(connection: Connection) -> bool:
    """Whether the files may still hold something of what was erased."""
    counts = find_cursor(connection, _SCRUB)
    return bool(counts.get(_DONE, 0) < counts.get(_WANTED, 0))


def _is(person: Person) -> sa.ColumnElement[bool]:
    """Whose a ticket is."""
    named = [tickets.c.customer_id == person.customer_id] if person.customer_id else []
    if person.email:
        named.append(_is_address(tickets.c.customer_email, person.email))
        named.append(_is_address(tickets.c.metadata[ANSWER_TO].as_string(), person.email))
    return sa.or_(tickets.c.id.in_(person.tickets), *named)


def _is_address(column: sa.ColumnElement[Any], email: str) -> sa.ColumnElement[bool]:
    """Whether it is this mail address in either case, bare or in angle brackets. Some databases know the cases of ASCII
    alone."""
    told = sa.func.lower(sa.func.trim(column))
    wanted = sorted({email.strip().lower(), email.strip().translate(_ASCII_LOWER)})
    return sa.or_(told.in_(wanted), *(told.contains(f"<{one}>", autoescape=True) for one in wanted))


def _wrote(workspace: str, person: Person) -> sa.ColumnElement[bool]:
    """Who wrote a reply: sources name him by his mail address, bare or in angle brackets, or by his id."""
    named = [replies.c.author == person.customer_id] if person.customer_id else []
    if person.email:
        named.append(_is_address(replies.c.author, person.email))
    return (replies.c.workspace == workspace) & replies.c.author.is_not(None) & sa.or_(sa.false(), *named)


def _is_over(before: float) -> sa.ColumnElement[bool]:
    """Whether a ticket had ended, and nothing has happened to it since. When it was claimed, given up or written to
    its events alone say."""
    since = events.alias("since")
    return sa.and_(_FINISHED, before > _ENDED, sa.not_(_about(since, since.c.at >= before)))


def _is_old(kept: Kept, before: float) -> sa.ColumnElement[bool]:
    return sa.and_(_is_over(before), _HAS[kept])


def _old_tickets(kept: Kept, before: float) -> sa.Select[Any]:
    return sa.select(tickets.c.workspace, tickets.c.id).where(_is_old(kept, before))


def _old_events(before: float, later: Collection[Kept]) -> sa.Select[Any]:
    """Those of tickets that ended. The last of a ticket stays while it has something that is let go of `later`, where
    it alone says that something happened since the end."""
    over = (tickets.c.workspace == events.c.workspace) & (tickets.c.id == events.c.ticket_id)
    newer = events.alias("newer")
    is_last = sa.not_(_about(newer, sa.tuple_(newer.c.at, newer.c.seq) > sa.tuple_(events.c.at, events.c.seq)))
    has_more = sa.or_(sa.false(), *(_HAS[kept] for kept in sorted(later)))
    found = sa.select(events.c.seq, events.c.workspace).join(tickets, over).where(_is_over(before))
    return found.where(sa.not_((events.c.at > _ENDED) & has_more & is_last))


def _purge_events(connection: Connection, old: sa.Select[Any], at: float) -> dict[str, int]:
    found = connection.execute(old).all()
    bulk.delete(connection, events, [{"seq": row.seq} for row in found])
    done = Counter(row.workspace for row in found)
    _count(connection, Kept.EVENTS, done, at)
    return done


def _count(connection: Connection, kept: Kept, done: Mapping[str, int], at: float) -> None:
    """Put on the record how much was purged, by workspace."""
    name, number = kept.value, sum(done.values())
    for workspace in sorted(done):
        _note(connection, workspace, "purge", at, ACTOR, **{name: done[workspace]})
    if number:
        change_cursor(connection, _PURGED, lambda so_far: so_far | {name: so_far.get(name, 0) + number})
