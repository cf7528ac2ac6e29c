"""The taxonomy over HTTP: shown, applied, refused with what to change."""

import pytest

from smart_support import running
from smart_support.domain.event import Position
from tests.unit.api.system import System, refused
from tests.waiting import until

PATH = "/config/taxonomy"


def category(name: str, *examples: str) -> dict:
    return {"name": name, "examples": list(examples)}


OWN = {
    "category": [
        category("Apples", "an apple", "two apples", "more apples"),
        category("Pears", "a pear", "two pears", "more pears"),
    ]
}


def test_the_shipped_one_is_shown_until_another_is_applied(system: System):
    shipped = system.http.get(PATH).json()
    assert (shipped["version"], shipped["at"], shipped["actor"]) == (0, None, None)
    assert [found["name"] for found in shipped["taxonomy"]["category"]] == ["Billing", "Technical", "Legal", "General"]

    assert system.http.put(PATH, json=OWN).json() == {"version": 1, "changed": True}
    held = system.http.get(PATH).json()
    assert (held["version"], held["at"], held["actor"]) == (1, "2025-10-09T09:00:00Z", "local")
    assert [found["name"] for found in held["taxonomy"]["category"]] == ["Apples", "Pears", "General"]
    assert system.http.put(PATH, json=held["taxonomy"]).json() == {"version": 1, "changed": False}
    assert system.http.put(PATH, json=shipped["taxonomy"]).json() == {"version": 2, "changed": True}

    found = [recorded.event for recorded in system.pipeline.store.events("default", Position(), 10)]
    assert [(event.kind, event.data["version"]) for event in found] == [("config.apply", 1), ("config.apply", 2)]


def test_a_dry_run_changes_nothing(system: System):
    assert system.http.put(PATH, json=OWN, params={"dry_run": True}).json() == {"version": 1, "changed": True}
    assert system.http.get(PATH).json()["version"] == 0
    system.http.put(PATH, json=OWN)
    assert system.http.put(PATH, json=OWN, params={"dry_run": True}).json() == {"version": 1, "changed": False}
    refused(system.http.put(PATH, json={"category": []}, params={"dry_run": True}), 422)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "category"),
        ({"category": [{"name": "A", "exmaples": []}]}, "exmaples"),
        ({"category": [category("A", "x"), category("B", "x", "y", "z")]}, "'A' has 1 examples"),
        ({"category": [category("Apples"), category("Billing")]}, "Billing, Technical, Legal, General"),
    ],
)
def test_what_is_wrong_is_named(system: System, content: dict, words: str):
    refused(system.http.put(PATH, json=content), 422, words)
    assert system.http.get(PATH).json()["version"] == 0


def test_a_new_version_is_used_within_a_second(system: System):
    with running.running(system.pipeline):
        system.http.put(PATH, json=OWN | {"fallback": "Who knows"})
        until(
            lambda: system.pipeline.taxonomies.of("default").taxonomy.fallback == "Who knows",
            "the taxonomy is used",
            3.0,
        )
        answer = system.http.post("/v2/tickets", params={"wait": 5}, json={"ticket_id": "t", "body": "An apple"})
        assert answer.status_code == 202
        assert system.http.get("/v2/tickets/t").json()["category"] in {"Apples", "Pears", "Who knows"}


def test_a_running_system_starts_with_what_holds(system: System):
    system.http.put(PATH, json=OWN)
    with running.running(system.pipeline):
        assert system.pipeline.taxonomies.of("default").taxonomy.names == ("Apples", "Pears", "General")


def test_a_ticket_that_nobody_is_sure_of_says_so(system: System):
    system.post(ticket_id="sure", subject="Refund", body="Please refund my invoice, I was charged twice")
    assert system.http.get("/v2/tickets/sure").json()["needs_review"] is False
    system.process()
    assert system.http.get("/v2/tickets/sure").json()["needs_review"] is False
