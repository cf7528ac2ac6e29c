"""Small records and rules: agents, alerts, retries, keys, positions."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.access import ApiKey, Principal, Scope, new_key, split_token
from smart_support.domain.agent import Agent
from smart_support.domain.alert import urgent_ticket
from smart_support.domain.event import Position
from smart_support.domain.retry import ALERT_DELAYS, next_try
from smart_support.domain.ticket import Action
from tests.builders import ticket, triage


@pytest.mark.parametrize("level", [-0.1, 1.1])
def test_a_proficiency_is_a_share(level):
    with pytest.raises(ValueError, match="a proficiency lies in 0 to 1"):
        Agent("w", "a", skills={"Billing": level})


def test_a_capacity_is_not_negative():
    with pytest.raises(ValueError, match="below 0"):
        Agent("w", "a", capacity=-1)


class TestUrgentTicket:
    def alert(self, urgency: float, **changes):
        triaged = ticket().apply(Action.TRIAGE, at=1.0, triage=triage(urgency))
        return urgent_ticket(replace(triaged, **changes), 0.8, 5.0)

    def test_only_above_the_threshold(self):
        assert self.alert(0.8) is None
        assert self.alert(0.8001) is not None

    def test_never_for_history_or_without_triage(self):
        assert self.alert(0.99, history=True) is None
        assert urgent_ticket(ticket(), 0.8, 5.0) is None

    def test_is_the_same_alert_whoever_decides_when(self):
        triaged = ticket().apply(Action.TRIAGE, at=1.0, triage=triage(0.9))
        first, second = urgent_ticket(triaged, 0.8, 5.0), urgent_ticket(triaged, 0.8, 99.0)
        elsewhere = urgent_ticket(replace(triaged, workspace="other"), 0.8, 5.0)
        assert first.id == second.id != elsewhere.id


@given(st.integers(1, 12), st.floats(0, 1, exclude_max=True))
def test_retries_follow_the_schedule_with_at_most_a_fifth_of_jitter(failures, jitter):
    at = next_try(ALERT_DELAYS, failures, 1000.0, jitter)
    if failures > len(ALERT_DELAYS):
        assert at is None
    else:
        delay = ALERT_DELAYS[failures - 1]
        assert 1000.0 + delay <= at <= 1000.0 + 1.2 * delay


class TestKeys:
    def make(self, **more) -> tuple[ApiKey, str]:
        numbers = iter(range(1, 100))
        return new_key("ci", frozenset({Scope.READ}), 100.0, lambda n: f"{next(numbers):0{2 * n}x}", **more)

    def test_the_token_opens_its_key_and_no_secret_is_kept(self):
        key, token = self.make()
        key_id, secret = split_token(token)
        assert key_id == key.id
        assert len(secret) == 64
        assert key.admits(secret, 100.0)
        assert not key.admits(secret[:-1] + "x", 100.0)
        assert secret not in repr(key)

    def test_expired_and_revoked_keys_open_nothing(self):
        key, token = self.make(expires_at=200.0)
        _, secret = split_token(token)
        assert key.admits(secret, 199.9)
        assert not key.admits(secret, 200.0)
        assert not replace(key, revoked_at=150.0).admits(secret, 160.0)

    def test_admin_may_everything_and_others_what_they_have(self):
        reader, admin = Principal("a", "w", frozenset({Scope.READ})), Principal("a", "w", frozenset({Scope.ADMIN}))
        assert [reader.may(scope) for scope in Scope] == [False, True, False, False]
        assert all(admin.may(scope) for scope in Scope)

    @given(st.text(alphabet=st.characters(exclude_categories=()), max_size=100))
    def test_any_text_is_a_token_or_none(self, text):
        parts = split_token(text)
        if parts is not None:
            assert self.make()[0].admits(parts[1], 0.0) is False


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_a_position_is_read_as_it_was_written(txn, seq):
    assert Position.parse(str(Position(txn, seq))) == Position(txn, seq)


@pytest.mark.parametrize("text", ["", "1", "a-b", "1-", "-1"])
def test_anything_else_is_no_position(text):
    with pytest.raises(ValueError, match="invalid literal"):
        Position.parse(text)
