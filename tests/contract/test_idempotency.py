"""What a store of idempotency keys promises, in SQL and in memory."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from smart_support.adapters.memory_idempotency import MemoryIdempotency
from smart_support.pipeline.ports import IdempotencyStore
from smart_support.pipeline.records import Claim, StoredAnswer
from tests.contract.conftest import open_store

ANSWER = StoredAnswer(202, '{"ticket_id": "t"}')


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def answers(request: pytest.FixtureRequest) -> Iterator[IdempotencyStore]:
    if request.param == "memory":
        yield MemoryIdempotency()
    else:
        with open_store(request, request.param) as opened:
            yield opened


def test_the_first_answer_is_given_again(answers: IdempotencyStore):
    assert answers.claim("w", "k", "hash", 100.0, 70.0) is Claim.OURS
    assert answers.claim("w", "k", "hash", 101.0, 71.0) is Claim.IN_FLIGHT
    answers.answer("w", "k", ANSWER)
    assert answers.claim("w", "k", "hash", 102.0, 72.0) == ANSWER


def test_another_request_is_refused_before_and_after_the_answer(answers: IdempotencyStore):
    answers.claim("w", "k", "hash", 100.0, 70.0)
    assert answers.claim("w", "k", "other", 101.0, 71.0) is Claim.OTHER_REQUEST
    answers.answer("w", "k", ANSWER)
    assert answers.claim("w", "k", "other", 101.0, 71.0) is Claim.OTHER_REQUEST


def test_keys_belong_to_a_workspace(answers: IdempotencyStore):
    answers.claim("w", "k", "hash", 100.0, 70.0)
    assert answers.claim("v", "k", "other", 100.0, 70.0) is Claim.OURS


def test_a_request_whose_process_died_is_taken_over_by_one(answers: IdempotencyStore):
    answers.claim("w", "k", "hash", 100.0, 70.0)
    assert answers.claim("w", "k", "hash", 130.5, 100.5) is Claim.OURS
    assert answers.claim("w", "k", "hash", 131.0, 101.0) is Claim.IN_FLIGHT


def test_a_failed_request_frees_its_key_and_an_answered_one_does_not(answers: IdempotencyStore):
    answers.claim("w", "k", "hash", 100.0, 70.0)
    answers.forget("w", "k")
    assert answers.claim("w", "k", "other", 101.0, 71.0) is Claim.OURS
    answers.answer("w", "k", ANSWER)
    answers.forget("w", "k")
    assert answers.claim("w", "k", "other", 102.0, 72.0) == ANSWER


def test_one_of_ten_wins(answers: IdempotencyStore):
    barrier = threading.Barrier(10)

    def claim(_: int) -> object:
        barrier.wait()
        return answers.claim("w", "k", "hash", 100.0, 70.0)

    with ThreadPoolExecutor(10) as pool:
        assert sorted(map(str, pool.map(claim, range(10)))) == ["in_flight"] * 9 + ["ours"]


def test_old_answers_are_let_go(answers: IdempotencyStore):
    answers.claim("w", "old", "hash", 100.0, 70.0)
    answers.claim("w", "new", "hash", 200.0, 70.0)
    assert answers.purge_answers(150.0) == 1
    assert answers.claim("w", "old", "hash", 201.0, 70.0) is Claim.OURS
    assert answers.claim("w", "new", "hash", 201.0, 70.0) is Claim.IN_FLIGHT


def test_memory_is_bounded():
    answers = MemoryIdempotency(limit=2)
    for name in "abc":
        answers.claim("w", name, "hash", 100.0, 70.0)
    assert answers.claim("w", "a", "hash", 100.0, 70.0) is Claim.OURS
    assert answers.claim("w", "c", "hash", 100.0, 70.0) is Claim.IN_FLIGHT


def test_so_it_is_however_long_the_answers_are():
    answers = MemoryIdempotency(most_bytes=10_000)
    for number in range(20):
        answers.claim("w", f"{number}", "hash", 100.0, 70.0)
        answers.answer("w", f"{number}", StoredAnswer(201, "x" * 4_000))
    kept = [isinstance(answers.claim("w", f"{number}", "hash", 101.0, 71.0), StoredAnswer) for number in range(20)]
    assert kept == [False] * 18 + [True] * 2
    assert answers.purge_answers(200.0) == 20
    for name in "ab":
        answers.claim("w", name, "hash", 100.0, 70.0)
        answers.answer("w", name, StoredAnswer(201, "x" * 4_000))
    assert isinstance(answers.claim("w", "a", "hash", 101.0, 71.0), StoredAnswer)


def test_claims_beside_failing_requests_always_have_an_answer(answers: IdempotencyStore):
    def attempt(_: int) -> object:
        claim = answers.claim("w", "k", "hash", 100.0, 70.0)
        if claim is Claim.OURS:
            answers.forget("w", "k")
        return claim

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(attempt, range(300))) <= {Claim.OURS, Claim.IN_FLIGHT}
