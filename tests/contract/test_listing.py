"""The list of tickets: what fits all filters, in its order, each ticket once, on every database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smart_support.adapters.sql import listing, ways
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.search import count_words
from smart_support.domain.access import may_see
from smart_support.domain.event import Position
from smart_support.domain.ticket import Customer, State, Ticket
from smart_support.domain.triage import Triage
from smart_support.domain.workspace import Workspace
from smart_support.pipeline.listing import SHORTEST_BEGINNING, Order, Place, TicketFilter, TicketRow, words_of
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Step, Triaged
from tests.builders import key, queued, ticket, triage, waiting
from tests.examples import examples

_numbers = count(1)
_TEXTS = (
    "the printer is on fire",
    "The INVOICE is wrong",
    "Fire, fire! (fireplace)",
    "inv-77 v2: the end",
    "",
)
_ASKED = (
    "fire",
    "the",
    "the inv",
    "fire the",
    "FIRE!",
    "printer in",
    "nothing",
    "fir",
    "77",
    "-",
    'the" OR "fire',
    "e",
)
_TRIAGED = tuple(state for state in State if state is not State.ACCEPTED)


@dataclass(frozen=True)
class Known:
    """A ticket as the model knows it."""

    ticket: Ticket
    agent_id: str | None = None
    incident_id: str | None = None
    team: str | None = None


def pick(*values: object) -> st.SearchStrategy:
    return st.sampled_from(values)


@st.composite
def known(draw: st.DrawFn) -> list[Known]:
    found = []
    for n in range(draw(st.integers(0, 12))):
        at = draw(pick(100.0, 100.25, 100.5, 101.0, 250.0))
        one = replace(ticket(f"t{n:02}", draw(pick(*_TEXTS)), at=at), subject=draw(pick("", "Help", "The fire")))
        if draw(st.booleans()):
            said = triage(draw(pick(0.0, 0.25, 0.5, 1.0)), draw(pick("Billing", "Technical")))
            said = replace(said, language=draw(pick("en", "de", None)), needs_review=draw(st.booleans()))
            one = replace(one, triage=said, state=draw(pick(*_TRIAGED)))
        else:
            one = replace(one, state=draw(pick(State.ACCEPTED, State.ACCEPTED, State.DEAD)))
        found.append(Known(one, draw(pick(None, "ann")), draw(pick(None, "inc-1")), draw(pick(None, "legal"))))
    return found


filters = st.builds(
    TicketFilter,
    ids=st.just(()) | st.lists(pick("t00", "t03", "t05", "t99"), unique=True).map(tuple),
    categories=st.just(()) | st.lists(pick("Billing", "Technical", "Legal"), unique=True).map(tuple),
    states=st.just(()) | st.lists(st.sampled_from(State), unique=True).map(tuple),
    languages=pick((), (), ("en",), ("de", "fr")),
    tier=pick(None, None, "light", "transformer"),
    agent_id=pick(None, None, "ann", "-"),
    team=pick(None, None, "legal"),
    incident_id=pick(None, None, "inc-1", "-"),
    needs_review=pick(None, None, False, True),
    urgency_from=pick(None, None, 0.25),
    urgency_to=pick(None, None, 0.5),
    accepted_from=pick(None, None, 100.25),
    accepted_to=pick(None, None, 101.0, 100.5),
    words=st.just(()) | pick(*_ASKED).map(words_of),
    seen_by=pick(None, None, "ann", "bob"),
)


def store_all(store: Store, all_: list[Known]) -> None:
    """Store tickets, and have them stand where the model says."""
    given = [replace(one.ticket, triage=None, state=State.ACCEPTED) for one in all_]
    store.accept(given, ["test"] * len(given))
    store.record_triage(
        [Triaged(one.ticket.key, one.ticket.triage) for one in all_ if one.ticket.triage], 300.0, "test"
    )

    def unit(connection: sa.Connection) -> None:
        for one in all_:
            at = (tickets.c.workspace == one.ticket.workspace) & (tickets.c.id == one.ticket.id)
            values = {"agent_id": one.agent_id, "incident_id": one.incident_id, "team": one.team}
            connection.execute(sa.update(tickets).where(at).values(state=one.ticket.state.value, **values))

    store._database.write(unit)


def fits(one: Known, which: TicketFilter) -> bool:
    """What the filter says, in plain words."""
    its, said = one.ticket, one.ticket.triage
    urgency = said.urgency if said else None
    return all(
        [
            not which.ids or its.id in which.ids,
            not which.categories or (said is not None and said.category in which.categories),
            not which.states or its.state in which.states,
            not which.languages or (said is not None and said.language in which.languages),
            which.tier is None or (said is not None and said.tier.value == which.tier),
            which.agent_id is None or (one.agent_id or "-") == which.agent_id,
            which.incident_id is None or (one.incident_id or "-") == which.incident_id,
            which.team is None or one.team == which.team,
            which.needs_review is None or (said is not None and said.needs_review) == which.needs_review,
            which.urgency_from is None or (urgency is not None and urgency >= which.urgency_from),
            which.urgency_to is None or (urgency is not None and urgency <= which.urgency_to),
            which.accepted_from is None or its.accepted_at >= which.accepted_from,
            which.accepted_to is None or its.accepted_at < which.accepted_to,
            not which.words or holds(one, which.words),
            may_see(which.seen_by, replace(its, agent_id=one.agent_id)),
        ]
    )


def holds(one: Known, words: tuple[str, ...]) -> bool:
    """Whether a ticket is searched for at all, and holds the words."""
    if one.ticket.triage is None and one.ticket.state is not State.DEAD:
        return False
    said = [word.lower() for word in words_of(f"{one.ticket.subject} {one.ticket.body}")]
    *whole, last = (word.lower() for word in words)
    return all(word in said for word in whole) and any(
        word.startswith(last) if len(last) >= SHORTEST_BEGINNING else word == last for word in said
    )


def in_order(found: list[Known], order: Order) -> list[str]:
    def place(one: Known) -> tuple:
        its, said = one.ticket, one.ticket.triage
        return (said is None, -(said.urgency if said else 0.0), its.accepted_at, its.id)

    if order is Order.NEWEST:
        found = sorted(found, key=lambda one: (one.ticket.accepted_at, one.ticket.id), reverse=True)
    else:
        found = sorted(found, key=place)
    return [one.ticket.id for one in found]


def pages(store: Store, workspace: str, which: TicketFilter, order: Order, limit: int) -> Iterator[list[TicketRow]]:
    after: Place | None = None
    for _ in range(1_000):
        page = store.list_tickets(workspace, which, order, after, limit)
        assert len(page.rows) <= limit
        yield page.rows
        after = page.beyond
        if after is None:
            return
    raise AssertionError("no page is the last one")


one_store = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=examples(0.25)
)


@pytest.fixture(params=[(0, 2, 0), (0, 1_000, 9), (3, 4, 4), (5_000, 10_000, 50_000)], ids="bounds={}".format)
def bounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked up and what is read in order, in one go or in many: all ways lead to the same."""
    few, looked, gathered = request.param
    monkeypatch.setattr(listing, "_FEW", few)
    monkeypatch.setattr(listing, "_LOOKED", looked)
    monkeypatch.setattr(listing, "_SOUGHT", looked)
    monkeypatch.setattr(ways, "_GATHERED", gathered)


def of_workspace(all_: list[Known], workspace: str) -> list[Known]:
    return [replace(one, ticket=replace(one.ticket, workspace=workspace)) for one in all_]


@pytest.mark.usefixtures("bounds")
@one_store
@given(all_=known(), asked=st.lists(filters, min_size=3, max_size=3), limit=st.integers(1, 5))
def test_pages_together_are_all_that_fits_in_order(store: Store, all_: list[Known], asked: list, limit: int):
    workspace = f"w{next(_numbers)}"
    store_all(store, of_workspace(all_, workspace))
    for which in asked:
        wanted = [one for one in all_ if fits(one, which)]
        for order in Order:
            found = [row.ticket_id for page in pages(store, workspace, which, order, limit) for row in page]
            assert found == in_order(wanted, order), (which, order)
        total = store.list_tickets(workspace, which, Order.NEWEST, None, limit).total
        assert total == len(wanted) or (total is None and listing._LOOKED < 1_000)


@pytest.mark.usefixtures("bounds")
@one_store
@given(all_=known(), words=pick("", "fire", "the"), limit=st.integers(1, 4))
def test_tickets_that_come_between_pages_move_nothing(store: Store, all_: list[Known], words: str, limit: int):
    workspace = f"w{next(_numbers)}"
    here = of_workspace(all_, workspace)
    store_all(store, here)
    which = TicketFilter(words=words_of(words))
    before = {one.ticket.id for one in here if fits(one, which)}
    for order in Order:
        seen: list[str] = []
        for number, page in enumerate(pages(store, workspace, which, order, limit)):
            seen += [row.ticket_id for row in page]
            if number > 5:  # they would come for ever: the later ones are the less urgent
                continue
            later = ticket(f"new-{order}-{number}", "The fire", workspace=workspace, at=300.0 + number)
            store_all(store, [Known(replace(later, triage=triage(0.5), state=State.WAITING))])
        assert len(set(seen)) == len(seen)
        assert before <= set(seen)


def test_a_row_shows_what_stands_in_the_ticket(store: Store):
    body = "  No   customer\ncan pay 👨‍👩‍👧 " + "x" * 300
    given = replace(ticket(body=body), customer=Customer("c1", "a@example.org", "Ann"), source="desk", source_id="7")
    store.accept([given], ["test"])
    assert store.list_tickets("default", TicketFilter(), Order.NEWEST, None, 10).rows == [
        TicketRow(
            ticket_id="t1",
            subject="Help",
            excerpt=("No customer can pay 👨‍👩‍👧 " + "x" * 300)[:160],
            state=State.ACCEPTED,
            category=None,
            urgency=None,
            confidence=None,
            needs_review=False,
            tier=None,
            language=None,
            incident_id=None,
            agent_id=None,
            team=None,
            customer="Ann",
            source="desk",
            accepted_at=100.0,
            resolved_at=None,
        )
    ]
    said: Triage = triage(0.7)
    store.record_triage([Triaged(key(), said)], 200.0, "test")
    (row,) = store.list_tickets("default", TicketFilter(), Order.NEWEST, None, 10).rows
    assert (row.category, row.urgency, row.confidence, row.tier, row.language) == ("Technical", 0.7, 0.9, "light", "en")


def test_the_most_urgent_that_waits_is_what_is_taken_next(store: Store):
    waiting(store, 0.5, 0.9, 0.5, 0.1, 0.9)
    which = TicketFilter(states=(State.WAITING,))
    listed = [row.ticket_id for row in store.list_tickets("default", which, Order.URGENT, None, 10).rows]
    taken = [store.claim_next("default", 300.0, "agent").id for _ in listed]
    assert listed == taken == ["t1", "t4", "t0", "t2", "t3"]


def test_facets_count_the_values_there_are(store: Store):
    results = [
        replace(triage(0.5, name), language=language) for name, language in (("A", "en"), ("B", "de"), ("B", None))
    ]
    queued(store, *results)
    queued(store, triage(), workspace="other")
    store.accept([ticket("new")], ["test"])
    facets = store.facets("default")
    assert list(facets.categories.items()) == [("B", 2), ("A", 1)]
    assert list(facets.languages.items()) == [("de", 1), ("en", 1)]
    assert dict(facets.tiers) == {"light": 3}
    assert dict(facets.states) == {"waiting": 3, "accepted": 1}


def search(store: Store, text: str) -> list[str]:
    which = TicketFilter(words=words_of(text))
    return sorted(row.ticket_id for row in store.list_tickets("default", which, Order.NEWEST, None, 100).rows)


class TestSearch:
    @one_store
    @given(text=st.text(max_size=200) | st.text(alphabet="\"'*()^:&|!<>-+~\\ \0aé🙂ש", max_size=30))
    def test_no_text_is_an_error(self, store: Store, text: str):
        for states in ((), (State.WAITING,)):
            which = TicketFilter(words=words_of(text), states=states)
            for order in Order:
                page = store.list_tickets("default", which, order, None, 10)
                assert (page.rows, page.beyond, page.total) == ([], None, 0)

    def test_words_of_any_script_are_found_as_they_are_written(self, store: Store):
        bodies = (
            "Кнопка оплаты",
            "لا أستطيع الدفع",
            "支払い できません",
            "Straße gesperrt",
            "भुगतान नहीं हुआ",
            "a_b c-d e@f.g 3.5",
        )
        store_all(store, [Known(replace(ticket(f"t{n}", body), triage=triage())) for n, body in enumerate(bodies)])
        for n, body in enumerate(bodies):
            for word in words_of(body):
                assert f"t{n}" in search(store, word), word
            assert search(store, body) == [f"t{n}"]

    def test_what_changes_or_goes_is_followed(self, store: Store):
        store_all(
            store,
            [
                Known(replace(ticket("a", "blue"), triage=triage())),
                Known(replace(ticket("b", "blue"), triage=triage())),
            ],
        )
        change = sa.update(tickets).where(tickets.c.id == "a").values(subject="red", body="")
        store._database.write(lambda connection: connection.execute(change))
        assert (search(store, "blue"), search(store, "red"), search(store, "help")) == (["b"], ["a"], ["b"])

        def remove(connection: sa.Connection) -> None:
            for name in ("outbox", "vectors", "replies", "sla_clocks"):
                connection.execute(sa.text(f"DELETE FROM {name}"))
            connection.execute(sa.delete(tickets).where(tickets.c.id == "b"))

        store._database.write(remove)
        assert (search(store, "blue"), search(store, "red")) == ([], ["a"])

    def test_what_was_given_up_is_found_and_once_only_when_it_is_tried_again(self, store: Store):
        store.accept([ticket(body="blue")], ["test"])
        assert search(store, "blue") == []
        store.record_failure(key(), Step.TRIAGE, "boom", 200.0, (), "test")
        assert search(store, "blue") == ["t1"]
        store.exhume("default", ["t1"], 210.0, "test")
        assert search(store, "blue") == []
        store.record_triage([Triaged(key(), triage())], 220.0, "test")
        assert search(store, "blue") == ["t1"]
        assert store.last_position("default") > Position()

    @pytest.mark.usefixtures("bounds")
    def test_thousands_of_one_second_are_told_apart(self, store: Store):
        many = [Known(replace(ticket(f"t{n:04}", "blue", at=100.0 + n % 7 / 10), triage=triage())) for n in range(700)]
        store_all(store, many)
        which = TicketFilter(words=("blue",))
        found = [row.ticket_id for page in pages(store, "default", which, Order.NEWEST, 100) for row in page]
        assert found == in_order(many, Order.NEWEST)


def test_words_in_other_workspaces_do_not_count(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listing, "_FEW", 3)
    monkeypatch.setattr(listing, "_LOOKED", 5)
    for workspace, number in (("a", 2), ("b", 20)):
        store.add_workspace(Workspace(workspace, workspace, 1.0), "local")
        many = [Known(replace(ticket(f"t{n:02}", "fire"), triage=triage())) for n in range(number)]
        store_all(store, of_workspace(many, workspace))
    page = store.list_tickets("a", TicketFilter(words=("fire",)), Order.NEWEST, None, 1)
    assert (len(page.rows), page.total) == (1, 2)
    for limit, counted in ((7, 7), (50, 20)):
        assert store._database.read(partial(count_words, workspace="b", words=("fire",), limit=limit)) == counted


@pytest.mark.usefixtures("bounds")
@pytest.mark.parametrize("words", [(), ("fire",)], ids=["all", "words"])
@pytest.mark.parametrize("order", Order)
def test_no_page_ends_at_a_ticket_that_the_agent_may_not_see(store: Store, order: Order, words: tuple[str, ...]):
    one = replace(ticket("", "The printer is on fire"), triage=triage(0.5), state=State.RESOLVED)
    owners = [("ann", "bob", "cho")[n % 3] for n in range(15)]
    store_all(store, [Known(replace(one, id=f"t{n:02}", accepted_at=100.0 + n), who) for n, who in enumerate(owners)])
    which = TicketFilter(states=(State.RESOLVED,), accepted_to=115.0, words=words, seen_by="ann")
    after, found = None, []
    while True:
        page = store.list_tickets("default", which, order, after, 2)
        found += [row.ticket_id for row in page.rows]
        if (after := page.beyond) is None:
            break
        assert owners[int(after.accepted_at) - 100] == "ann"
        assert after.ticket_id in {"-", f"t{int(after.accepted_at) - 100:02}"}
    assert sorted(found) == ["t00", "t03", "t06", "t09", "t12"]
