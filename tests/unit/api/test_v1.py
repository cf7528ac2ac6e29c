"""/v1 is triage in the request and a queue in memory, which no outage of the database stops."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from smart_support.domain.priority_queue import Room
from tests.unit.api.system import NOON, System, refused


def post(system: System, subject: str, body: str = "") -> dict:
    answer = system.http.post("/v1/tickets", json={"subject": subject, "body": body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_ticket_is_answered_with_its_category_and_level(system: System):
    urgent = post(system, "Production is down", "Urgent: all customers are affected")
    calm = post(system, "", "How do I change the colour?")
    assert set(urgent) == {"ticket_id", "subject", "body", "category", "urgency_level", "queued_at"}
    assert urgent["subject"] == "Production is down"
    assert urgent["category"] in {"Billing", "Technical", "Legal", "General"}
    assert (urgent["urgency_level"], calm["urgency_level"]) == (1, 5)
    assert urgent["queued_at"] == "2025-10-09T09:00:00Z"
    assert system.clock.now() == NOON


def test_next_takes_the_most_urgent_and_among_equals_the_oldest(system: System):
    for subject in ("calm 1", "urgent 1", "calm 2", "urgent 2"):
        post(system, subject)
    assert system.http.get("/v1/tickets/peek").json()["subject"] == "urgent 1"
    assert system.http.get("/v1/tickets/status").json() == {"queue_depth": 4}
    taken = [system.http.get("/v1/tickets/next").json()["subject"] for _ in range(4)]
    assert taken == ["urgent 1", "urgent 2", "calm 1", "calm 2"]


def test_an_empty_queue_has_no_next_and_nothing_to_look_at(system: System):
    refused(system.http.get("/v1/tickets/next"), 404)
    refused(system.http.get("/v1/tickets/peek"), 404)
    assert system.http.get("/v1/tickets/status").json() == {"queue_depth": 0}


def test_drain_gives_all_in_order_and_leaves_none(system: System):
    for subject in ("calm", "urgent"):
        post(system, subject)
    drained = system.http.delete("/v1/tickets").json()
    assert drained["drained"] == 2
    assert [ticket["subject"] for ticket in drained["tickets"]] == ["urgent", "calm"]
    assert system.http.delete("/v1/tickets").json() == {"drained": 0, "tickets": []}


def test_a_full_queue_refuses_until_one_is_taken(make_system: Callable[..., System]):
    system = make_system(v1_queue_limit=2)
    post(system, "one")
    post(system, "two")
    answer = system.http.post("/v1/tickets", json={"subject": "three"})
    refused(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    system.http.get("/v1/tickets/next")
    post(system, "three")


def test_so_does_one_whose_tickets_are_large_of_whatever_workspace(system: System):
    system.app.state.parts.quick_queues._room = Room(2_000)
    system.http.post("/workspaces", json={"id": "acme"}).raise_for_status()
    post(system, "one", "\N{FIRE}" * 150)  # of four bytes, and another four as UTF-8
    theirs = {"X-Workspace": "acme"}
    answer = system.http.post("/v1/tickets", json={"subject": "two", "body": "x" * 900}, headers=theirs)
    refused(answer, 429, "2000 bytes")
    assert int(answer.headers["retry-after"]) > 0
    system.http.get("/v1/tickets/next")
    assert system.http.post("/v1/tickets", json={"subject": "two", "body": "x" * 900}, headers=theirs).is_success


def test_it_works_without_the_database(system: System):
    system.database.down = True
    post(system, "urgent")
    assert system.http.get("/v1/tickets/peek").json()["subject"] == "urgent"
    assert system.http.get("/v1/tickets/next").json()["subject"] == "urgent"
    assert system.http.delete("/v1/tickets").json()["drained"] == 0


def test_each_ticket_is_taken_once_by_threads_that_push_and_pop_together(system: System):
    def push_and_pop(n: int) -> tuple[str, str]:
        pushed = post(system, f"ticket {n}")
        return pushed["ticket_id"], system.http.get("/v1/tickets/next").json()["ticket_id"]

    with ThreadPoolExecutor(16) as pool:
        pushed, taken = zip(*pool.map(push_and_pop, range(64)), strict=True)
    assert len(set(pushed)) == 64
    assert sorted(taken) == sorted(pushed)
