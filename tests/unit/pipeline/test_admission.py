"""Admission: no more than the limit are let in, and again once there is room."""

import pytest

from smart_support.pipeline.admission import Admission, Overloaded


class Backlog:
    waiting = 0

    def backlog(self, limit: int) -> int:
        return min(self.waiting, limit)


def test_up_to_the_limit_tickets_are_let_in():
    store = Backlog()
    admission = Admission(store, 10)
    admission.refresh()
    for _ in range(10):
        admission.admit()
    with pytest.raises(Overloaded, match="10 tickets wait"):
        admission.admit()
    store.waiting = 9
    admission.refresh()
    with pytest.raises(Overloaded):
        admission.admit(2)
    admission.admit()
    store.waiting = 0
    admission.refresh()
    admission.admit(100)  # more than ever fit at once, but there is nothing to wait for
    with pytest.raises(Overloaded):
        admission.admit()


def test_what_is_let_in_while_the_others_are_counted_is_not_forgotten():
    class Slow(Backlog):
        def backlog(self, limit: int) -> int:
            admission.admit(3)
            return super().backlog(limit)

    store = Slow()
    store.waiting = 8
    admission = Admission(store, 10)
    admission.refresh()
    with pytest.raises(Overloaded):
        admission.admit()


def test_what_does_not_come_to_wait_takes_no_room():
    admission = Admission(Backlog(), 3)
    for _ in range(10):
        admission.admit(2)
        admission.withdraw(2)
    admission.admit(3)
    with pytest.raises(Overloaded):
        admission.admit()


def test_tickets_of_the_past_leave_most_of_the_room_to_new_ones():
    store = Backlog()
    admission = Admission(store, 1_000)
    admission.admit_history(500)  # nobody is there to wait behind them
    with pytest.raises(Overloaded, match="of the past"):
        admission.admit_history(1)
    admission.admit(100)
    store.waiting = 9
    admission.refresh()
    admission.admit_history(500)
    with pytest.raises(Overloaded):
        admission.admit_history(1)


def test_tickets_of_the_past_keep_to_the_limit_of_all():
    admission = Admission(Backlog(), 1_000)
    admission.admit(5)
    with pytest.raises(Overloaded, match="5 tickets wait"):
        admission.admit_history(1_000)
