"""What a store promises about the configuration and about tickets to be looked at, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smart_support.domain.event import Position
from smart_support.pipeline.follow import VersionConflict
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Triaged
from tests.builders import key, ticket, triage

FIRST, SECOND = {"a": 1, "b": ["ä", None, 0.5]}, {"a": 2}


def test_versions_count_from_one_and_the_newest_holds(store: Store):
    assert store.configuration("default", "taxonomy") is None
    made, changed = store.configure("default", "taxonomy", FIRST, 100.0, "key:1")
    assert changed
    assert (made.version, made.content, made.at, made.actor) == (1, FIRST, 100.0, "key:1")
    assert store.configuration("default", "taxonomy") == made
    newer, _ = store.configure("default", "taxonomy", SECOND, 101.0, "local")
    assert newer.version == 2
    assert newer.sha256 != made.sha256
    assert store.configuration("default", "taxonomy") == newer
    assert store.configuration("default", "taxonomy", beyond=1) == newer
    assert store.configuration("default", "taxonomy", beyond=2) is None


def test_the_same_again_is_no_new_version_and_an_older_one_is(store: Store):
    made, _ = store.configure("default", "taxonomy", FIRST, 100.0, "a")
    again = {"b": FIRST["b"], "a": 1}
    assert store.configure("default", "taxonomy", again, 200.0, "b") == (made, False)
    store.configure("default", "taxonomy", SECOND, 300.0, "a")
    back, changed = store.configure("default", "taxonomy", FIRST, 400.0, "a")
    assert (back.version, changed, back.sha256) == (3, True, made.sha256)


def test_each_version_is_one_event_without_its_content(store: Store):
    for content in (FIRST, FIRST, SECOND):
        store.configure("default", "taxonomy", content, 100.0, "key:1")
    found = [recorded.event for recorded in store.events("default", Position(), 10)]
    assert [(event.kind, event.actor, event.data) for event in found] == [
        ("config.apply", "key:1", {"kind": "taxonomy", "version": version}) for version in (1, 2)
    ]


def test_only_the_version_that_was_expected_is_replaced(store: Store):
    made, _ = store.configure("default", "taxonomy", FIRST, 100.0, "a", expected=0)
    with pytest.raises(VersionConflict) as refused:
        store.configure("default", "taxonomy", SECOND, 101.0, "b", expected=0)
    assert (refused.value.expected, refused.value.held) == (0, 1)
    assert store.configuration("default", "taxonomy") == made
    assert store.configure("default", "taxonomy", SECOND, 102.0, "b", expected=1)[0].version == 2
    # Who repeats a call that had its effect is not told that somebody else was faster.
    assert store.configure("default", "taxonomy", SECOND, 103.0, "b", expected=1)[1] is False
    assert len(store.events("default", Position(), 10)) == 2


def test_of_many_who_expect_the_same_version_one_makes_the_next(store: Store):
    barrier = threading.Barrier(8)

    def configure(number: int) -> bool:
        barrier.wait()
        try:
            return store.configure("default", "taxonomy", {"n": number}, 100.0, "x", expected=0)[1]
        except VersionConflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(configure, range(8))) == 1
    assert [found.version for found in store.applied_versions("default", "taxonomy", 10)] == [1]


def test_every_version_is_kept_the_newest_first(store: Store):
    for at, content in ((100.0, FIRST), (101.0, SECOND), (102.0, FIRST)):
        store.configure("default", "taxonomy", content, at, f"by-{at:.0f}")
    found = store.applied_versions("default", "taxonomy", 10)
    assert [(one.version, one.at, one.actor) for one in found] == [
        (3, 102.0, "by-102"),
        (2, 101.0, "by-101"),
        (1, 100.0, "by-100"),
    ]
    assert found[0].sha256 == found[2].sha256 != found[1].sha256
    assert store.applied_versions("default", "taxonomy", 2) == found[:2]
    old = store.applied("default", "taxonomy", 2)
    assert old is not None
    assert (old.content, old.sha256) == (SECOND, found[1].sha256)
    assert store.applied("default", "taxonomy", 4) is None
    assert store.applied("other", "taxonomy", 1) is None
    assert store.applied_versions("default", "routing", 10) == []


def test_kinds_and_workspaces_do_not_meet(store: Store):
    store.configure("a", "taxonomy", FIRST, 100.0, "x")
    assert store.configuration("b", "taxonomy") is None
    assert store.configuration("a", "rules") is None
    assert store.configure("b", "taxonomy", SECOND, 100.0, "x")[0].version == 1


def test_many_appliers_at_once_make_each_version_once(store: Store):
    barrier = threading.Barrier(8)

    def configure(number: int) -> int:
        barrier.wait()
        return store.configure("default", "taxonomy", {"n": number}, 100.0, "x")[0].version

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(configure, range(8)))
    assert sorted(made) == list(range(1, 9))
    assert len(store.events("default", Position(), 100)) == 8


def test_many_appliers_of_the_same_make_one_version(store: Store):
    barrier = threading.Barrier(8)

    def configure(_: int) -> bool:
        barrier.wait()
        return store.configure("default", "taxonomy", FIRST, 100.0, "x")[1]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(configure, range(8))) == 1


def test_what_is_to_be_looked_at_is_kept(store: Store):
    store.accept([ticket("a"), ticket("b")], ["x", "x"])
    unsure = replace(triage(), needs_review=True)
    store.record_triage([Triaged(key("a"), unsure), Triaged(key("b"), triage())], 200.0, "triage")
    assert store.find(key("a")).triage == unsure
    assert not store.find(key("b")).triage.needs_review
