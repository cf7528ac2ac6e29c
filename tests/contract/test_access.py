"""Workspaces, when keys were used, and what an agent's own key may move, on every database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smart_support.domain.access import Scope, new_key
from smart_support.domain.agent import Agent
from smart_support.domain.event import Position
from smart_support.domain.ticket import State
from smart_support.domain.workspace import Workspace
from smart_support.pipeline.agents import Act, Handling, Refused
from smart_support.pipeline.ports import Store
from tests.builders import key, waiting


def test_a_workspace_is_there_once_and_default_from_the_start(store: Store):
    acme = Workspace("acme", "ACME Inc.", 100.0)
    assert [one.id for one in store.workspaces()] == ["default"]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: store.add_workspace(acme, "local"), range(4))) == [False] * 3 + [True]
    assert store.workspaces()[0] == acme
    events = [one.event for one in store.events("default", Position(), 10)]
    assert [(event.kind, event.data) for event in events] == [("workspace.create", {"workspace": "acme"})]


def test_when_a_key_was_used_last_never_goes_back(store: Store):
    keys = [new_key("k", frozenset({Scope.READ}), 1.0, lambda n, c=c: c * n * 2)[0] for c in "ab"]
    for one in keys:
        store.add_key(one, "local")
    used = {one.id: 10.0 + place for place, one in enumerate(keys)}
    with ThreadPoolExecutor(8) as pool:
        late = [{**used, keys[0].id: 10.0 - n} for n in range(8)]
        list(pool.map(store.note_used, late))
    store.note_used({"ffff": 99.0})
    store.note_used({})
    assert {one.id: one.last_used_at for one in store.list_keys()} == used


def test_the_newest_version_of_each_workspace_is_known(store: Store):
    assert store.newest_versions("routing") == {}
    for workspace, versions in (("a", 2), ("b", 1)):
        for number in range(versions):
            store.configure(workspace, "routing", {"n": number}, 1.0, "local")
    store.configure("a", "taxonomy", {"n": 9}, 1.0, "local")
    assert store.newest_versions("routing") == {"a": 2, "b": 1}


def test_what_an_agent_claims_is_his(store: Store):
    waiting(store, 0.9, 0.1)
    assert store.claim_next("default", 299.0, "key:1", "ann") is None  # whom there is not
    store.save_agents([Agent("default", "ann")], 1.0, "local")
    assert store.claim_next("default", 300.0, "key:1", "ann").agent_id == "ann"
    found = store.find(key("t0"))
    assert (found.state, found.agent_id, found.last_agent_id) == (State.CLAIMED, "ann", "ann")
    last = store.events("default", Position(), 100)[-1].event
    assert (last.kind, last.agent_id) == ("ticket.claim", "ann")
    assert store.claim_next("default", 300.0, "key:1").agent_id is None
    assert store.agent("default", "ann").load == 0
    act = Act(key("t0"), Handling.RESOLVE, 301.0, "key:1", "ann", bound_to="ann")
    assert store.handle(act).state is State.RESOLVED


def test_who_is_bound_moves_his_own_and_takes_what_waits(store: Store):
    store.save_agents([Agent("default", name, capacity=2) for name in ("ann", "bob")], 1.0, "local")
    waiting(store, 0.9, 0.1)
    act = Act(key("t0"), Handling.REASSIGN, 300.0, "key:1", "bob")
    store.handle(act)
    for kind in Handling:
        assert store.handle(replace(act, kind=kind, agent_id="ann", bound_to="ann")) is None
    with pytest.raises(Refused, match="take it first"):
        store.handle(Act(key("t1"), Handling.REASSIGN, 301.0, "key:1", "bob", bound_to="ann"))
    with pytest.raises(Refused, match="not ann's"):
        store.handle(Act(key("t1"), Handling.RESOLVE, 301.0, "key:1", "ann", bound_to="ann"))
    assert store.find(key("t0")).agent_id == "bob"
    taken = store.handle(Act(key("t1"), Handling.REASSIGN, 302.0, "key:1", "ann", bound_to="ann"))
    assert (taken.state, taken.agent_id) == (State.ASSIGNED, "ann")
    given = store.handle(Act(key("t1"), Handling.REASSIGN, 303.0, "key:1", "bob", bound_to="ann"))
    assert given.agent_id == "bob"
    last = store.events("default", Position(), 100)[-1].event
    assert last.data == {"from_agent": "ann"}


def test_of_many_who_take_the_same_one_gets_it(store: Store):
    names = [f"a{n}" for n in range(6)]
    store.save_agents([Agent("default", name, capacity=1) for name in names], 1.0, "local")
    waiting(store, 0.9)

    def take(name: str) -> bool:
        try:
            return store.handle(Act(key("t0"), Handling.REASSIGN, 300.0, "key", name, bound_to=name)) is not None
        except Refused:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, names)) == 1
