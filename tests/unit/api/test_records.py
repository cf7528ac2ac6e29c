"""Import is history and harms nobody; export is all of it, in the order of acceptance, and can be imported again."""

import json
from collections.abc import Callable

import pytest

from tests.unit.api.system import EMPTY, System, refused

PAST = [
    {
        "ticket_id": "old-2",
        "subject": "Ärger 🙂",
        "body": "Critical: production is down\n\nfor all",
        "customer": {"id": "c1", "email": "a@example.org", "name": "Ann", "tier": "gold"},
        "channel": "mail",
        "tags": ["a", "b"],
        "received_at": "2024-02-29T12:00:00.250000Z",
        "metadata": {"order": {"number": 7}},
    },
    {"ticket_id": "old-1", "body": "My invoice is wrong", "received_at": 1_700_000_000},
    {"ticket_id": "old-3", "subject": "No time of its own"},
]


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    """A system that alerts for every ticket that may alert at all."""
    return make_system(webhook_threshold=0.0)


def bring(system: System, *records: dict, query: str = "") -> dict:
    answer = system.http.post(f"/v2/import{query}", json={"tickets": records})
    assert answer.status_code == 200, answer.text
    return answer.json()


def exported(system: System) -> list[dict]:
    answer = system.http.get("/v2/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_history_is_triaged_at_its_own_time_waits_for_nobody_and_alerts_nobody(system: System):
    assert bring(system, *PAST) == {"imported": 3, "known": 0, "conflicts": []}
    system.process()
    assert system.alerts == []
    assert system.counts() == EMPTY | {"processed": 3}
    found = exported(system)
    assert [(line["ticket_id"], line["accepted_at"]) for line in found] == [
        ("old-1", "2023-11-14T22:13:20Z"),
        ("old-2", "2024-02-29T12:00:00.250000Z"),
        ("old-3", "2025-10-09T09:00:00Z"),
    ]
    assert {line["status"] for line in found} == {"processed"}


def test_live_records_arrive_now_and_alert(system: System):
    bring(system, *PAST, query="?live=true")
    system.process()
    assert sorted(alert.ticket_id for alert in system.alerts) == ["old-1", "old-2", "old-3"]
    assert {line["accepted_at"] for line in exported(system)} == {"2025-10-09T09:00:00Z"}


def test_repeating_an_import_adds_nothing_and_names_conflicts(system: System):
    bring(system, *PAST)
    other = {"ticket_id": "old-1", "body": "Something else"}
    assert bring(system, *PAST, other) == {"imported": 0, "known": 3, "conflicts": ["old-1"]}
    assert len(exported(system)) == 3


def test_one_bad_record_keeps_all_of_them_out_and_is_named(system: System):
    answer = system.http.post("/v2/import", json={"tickets": [*PAST, {"ticket_id": "next", "body": "Help"}]})
    refused(answer, 422, "tickets.3.ticket_id")
    assert exported(system) == []


def test_an_export_shows_each_ticket_as_its_own_address_does(system: System):
    bring(system, *PAST)
    system.process()
    for line in exported(system):
        shown = system.http.get(f"/v2/tickets/{line['ticket_id']}").json()
        assert {name: line[name] for name in shown} == shown


def test_an_export_is_whole_over_many_pages(system: System):
    for start in (0, 600):
        bring(system, *({"ticket_id": f"t{n:04}", "body": "Help"} for n in range(start, start + 600)))
    assert [line["ticket_id"] for line in exported(system)] == [f"t{n:04}" for n in range(1_200)]


def test_what_was_exported_can_be_imported_with_everything_the_senders_gave(
    system: System, make_system: Callable[..., System]
):
    bring(system, *PAST)
    system.process()
    other = make_system("other", webhook_threshold=0.0)
    other.clock.set(other.clock.now() + 86_400)
    assert bring(other, *exported(system)) == {"imported": 3, "known": 0, "conflicts": []}
    other.process()
    assert other.alerts == []

    def given(opened: System) -> list[tuple]:
        tickets = opened.pipeline.store.page("default", None, 10)
        return [(ticket.content_hash, ticket.accepted_at, ticket.history, ticket.triage) for ticket in tickets]

    assert given(other) == given(system)


def test_without_the_database_there_is_no_half_an_export(system: System):
    bring(system, *PAST)
    system.database.down = True
    refused(system.http.get("/v2/export"), 503)
    refused(system.http.post("/v2/import", json={"tickets": PAST}), 503)
