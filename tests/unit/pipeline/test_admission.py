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
    assert admission.waiting == 0
    admission.admit(3)
    with pytest.raises(Overloaded):
        admission.admit()
