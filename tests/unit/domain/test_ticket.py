"""The life of a ticket: no sequence of calls reaches a state that makes no sense."""

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smart_support.domain.ids import InvalidId
from smart_support.domain.ticket import (
    TRANSITIONS,
    Action,
    Customer,
    IllegalTransition,
    State,
    Ticket,
    check_ticket_id,
)
from tests.builders import ticket, triage

DEGRADED = replace(triage(), degraded=True)
WITH_AGENT = {State.OFFERED, State.ASSIGNED, State.IN_PROGRESS}
# Written out apart from the code: from where to where a ticket may go at all.
EDGES = {
    State.ACCEPTED: {State.ACCEPTED, State.WAITING, State.SUPPRESSED, State.RESOLVED, State.DEAD},
    State.WAITING: {State.WAITING, State.OFFERED, State.ASSIGNED, State.CLAIMED, State.SUPPRESSED, State.RESOLVED},
    State.OFFERED: {State.ASSIGNED, State.WAITING, State.SUPPRESSED, State.RESOLVED},
    State.ASSIGNED: {State.ASSIGNED, State.IN_PROGRESS, State.WAITING, State.SUPPRESSED, State.RESOLVED},
    State.IN_PROGRESS: {State.ASSIGNED, State.WAITING, State.RESOLVED},
    State.CLAIMED: {State.ASSIGNED, State.IN_PROGRESS, State.WAITING, State.RESOLVED},
    State.SUPPRESSED: {State.WAITING, State.RESOLVED},
    State.RESOLVED: {State.WAITING},
    State.DEAD: {State.ACCEPTED, State.RESOLVED},
}


class Life(RuleBasedStateMachine):
    """Any calls in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket: Ticket = ticket()

    @rule(
        action=st.sampled_from(Action),
        agent=st.none() | st.just("") | st.just("agent-1"),
        result=st.none() | st.just(triage()) | st.just(DEGRADED),
        at=st.none() | st.just(9.0),
    )
    def act(self, action, agent, result, at):
        before = self.ticket
        try:
            self.ticket = before.apply(action, at=at, triage=result, agent_id=agent)
        except IllegalTransition:
            assert self.ticket == before
            return
        assert self.ticket.state in EDGES[before.state]
        assert (self.ticket.id, self.ticket.body, self.ticket.accepted_at) == (before.id, before.body, 100.0)
        if before.triage not in {None, DEGRADED}:
            assert self.ticket.triage == before.triage

    @invariant()
    def makes_sense(self):
        now = self.ticket
        assert (now.triage is None) == (now.processed_at is None)
        if now.state not in {State.ACCEPTED, State.DEAD, State.RESOLVED}:
            assert now.triage is not None, "only a triaged ticket goes beyond acceptance, or one that is put away"
        if now.state in {State.OFFERED, State.ASSIGNED}:
            assert now.agent_id
        if now.state in {State.ACCEPTED, State.WAITING, State.SUPPRESSED, State.DEAD, State.CLAIMED}:
            assert now.agent_id is None


TestLife = Life.TestCase


def test_the_table_and_the_edges_agree():
    reached: dict[State, set[State]] = {state: set() for state in State}
    for step in TRANSITIONS.values():
        for source in step.sources:
            reached[source].add(step.target)
    assert reached == EDGES


def test_every_action_has_its_transition():
    assert set(TRANSITIONS) == set(Action)


def test_a_record_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        ticket().state = State.DEAD


def test_an_illegal_step_says_why():
    with pytest.raises(IllegalTransition, match="a ticket that is accepted cannot be changed by claim"):
        ticket().apply(Action.CLAIM)
    with pytest.raises(IllegalTransition, match="triaged already"):
        ticket().apply(Action.TRIAGE, at=1.0, triage=triage()).apply(Action.TRIAGE, at=2.0, triage=triage())


def test_only_a_degraded_triage_is_replaced_and_only_while_the_ticket_waits():
    degraded = ticket().apply(Action.TRIAGE, at=1.0, triage=replace(triage(0.2), degraded=True))
    better = triage(0.9)
    with pytest.raises(IllegalTransition, match="accepted cannot be changed by rescore"):
        degraded.apply(Action.RESCORE, triage=better)
    waiting = degraded.apply(Action.QUEUE)
    rescored = waiting.apply(Action.RESCORE, triage=better)
    assert (rescored.state, rescored.triage, rescored.processed_at) == (State.WAITING, better, 1.0)
    for nothing, with_what in ((rescored, better), (waiting, None)):
        with pytest.raises(IllegalTransition, match="degraded"):
            nothing.apply(Action.RESCORE, triage=with_what)


@given(st.text(max_size=140))
def test_an_id_is_safe_everywhere(text):
    try:
        assert check_ticket_id(text) == text
    except InvalidId:
        return
    assert 0 < len(text) <= 128
    assert text.isascii()
    assert text.strip(".")
    assert not set(text) & set(" /?#%\n\0\"'<>")


@pytest.mark.parametrize("word", [".", "..", "..."])
def test_an_id_is_no_step_in_a_path(word):
    with pytest.raises(InvalidId, match="more than dots alone"):
        check_ticket_id(word)


@pytest.mark.parametrize("word", ["next", "peek", "status"])
def test_an_id_is_no_route(word):
    with pytest.raises(InvalidId, match="route"):
        check_ticket_id(word)


def test_the_content_is_all_that_the_sender_gave_and_nothing_else():
    one = Ticket("w", "t", "s", "b", 1.0, customer=Customer("c"), metadata={"a": 1, "b": 2})
    assert one.content_hash == Ticket("v", "u", "s", "b", 2.0, Customer("c"), metadata={"b": 2, "a": 1}).content_hash
    others = [
        Ticket("w", "t", "x", "b", 1.0, customer=Customer("c"), metadata={"a": 1, "b": 2}),
        Ticket("w", "t", "s", "b", 1.0, customer=Customer("c2"), metadata={"a": 1, "b": 2}),
        Ticket("w", "t", "s", "b", 1.0, customer=Customer("c"), metadata={"a": 1}),
        Ticket("w", "t", "s", "b", 1.0, customer=Customer("c"), metadata={"a": 1, "b": 2}, channel="mail"),
    ]
    assert len({other.content_hash for other in [one, *others]}) == 5
