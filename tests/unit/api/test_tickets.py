"""What became of a ticket: look up, take the next, count."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.event import Position
from tests.unit.api.system import EMPTY, System, refused
from tests.unit.api.test_incidents import send

FIELDS = {
    "ticket_id",
    "subject",
    "body",
    "customer",
    "channel",
    "tags",
    "received_at",
    "metadata",
    "source",
    "source_id",
    "status",
    "state",
    "category",
    "urgency_score",
    "sentiment",
    "confidence",
    "needs_review",
    "model_used",
    "tier",
    "language",
    "reasons",
    "incident_id",
    "agent_id",
    "team",
    "accepted_at",
    "processed_at",
    "offer_until",
    "answered_at",
    "resolved_at",
    "escalated_at",
}
TEXTS = (
    "Production is down, all customers are affected, fix it immediately",
    "Could you tell me how to change my avatar? There is no hurry.",
    "My invoice shows the wrong VAT number.",
    "We lose data every minute! Critical outage!",
    "The contract needs a signature of your legal department.",
)


def test_a_ticket_is_pending_with_every_field_and_then_processed(system: System):
    system.post(ticket_id="t1", subject="Checkout is down", body="Critical: nobody can pay in all our stores")
    pending = system.http.get("/v2/tickets/t1").json()
    assert set(pending) == FIELDS
    assert (pending["status"], pending["state"]) == ("pending", "accepted")
    assert (pending["subject"], pending["body"]) == ("Checkout is down", "Critical: nobody can pay in all our stores")
    assert pending["category"] is pending["urgency_score"] is pending["model_used"] is pending["processed_at"] is None

    system.clock.set(system.clock.now() + 0.5)
    system.process()
    done = system.http.get("/v2/tickets/t1").json()
    assert set(done) == FIELDS
    assert (done["status"], done["state"]) == ("processed", "waiting")
    assert done["category"] in {"Billing", "Technical", "Legal", "General"}
    assert 0.0 <= done["urgency_score"] <= 1.0
    assert 0.0 <= done["confidence"] <= 1.0
    assert (done["model_used"], done["tier"]) == ("m1", "light")
    assert (done["accepted_at"], done["processed_at"]) == ("2025-10-09T09:00:00Z", "2025-10-09T09:00:00.500000Z")
    assert all(set(reason) == {"of", "quote", "weight", "spans"} for reason in done["reasons"])
    assert {reason["of"] for reason in done["reasons"]} == {"category", "urgency"}
    assert all(reason["quote"] in f"{done['subject']}\n{done['body']}" for reason in done["reasons"])


def test_a_ticket_says_all_that_its_sender_gave(system: System):
    given_ = {
        "customer": {"id": "c1", "email": "ann@example.org", "name": "Ann", "tier": "gold"},
        "channel": "mail",
        "tags": ["shop", "eu"],
        "received_at": "2025-10-09T08:59:00Z",
        "metadata": {"order": 17, "parts": ["a"]},
    }
    system.post(ticket_id="t1", body="Help", **given_)
    shown = system.http.get("/v2/tickets/t1").json()
    assert {name: shown[name] for name in given_} == given_
    assert shown["source"] is shown["source_id"] is None
    system.post(ticket_id="t2", body="Help")
    shown = system.http.get("/v2/tickets/t2").json()
    assert shown["customer"] == {"id": None, "email": None, "name": None, "tier": None}
    assert (shown["channel"], shown["tags"], shown["received_at"], shown["metadata"]) == (None, [], None, {})


def test_the_words_that_decided_are_found_in_the_ticket_by_their_places(system: System):
    texts = {"subject": "\U0001f525 Critical outage", "body": "\U0001f525 We lose data! CRITICAL\noutage, lost data"}
    send(system, ["t1"], texts)
    reasons = system.http.get("/v2/tickets/t1").json()["reasons"]
    assert {span["field"] for reason in reasons for span in reason["spans"]} == {"subject", "body"}
    for reason in reasons:
        assert reason["spans"]
        for span in reason["spans"]:
            units = texts[span["field"]].encode("utf-16-le")[2 * span["start"] : 2 * span["end"]]
            assert units.decode("utf-16-le").casefold().split() == reason["quote"].casefold().split()


def test_next_claims_the_highest_s_and_among_equals_the_oldest(system: System):
    scores = {}
    for n, text in enumerate(TEXTS + TEXTS):
        system.clock.set(system.clock.now() + 1)
        system.post(ticket_id=f"t{n}", body=text)
    system.process()
    for n in range(len(TEXTS) * 2):
        scores[f"t{n}"] = system.http.get(f"/v2/tickets/t{n}").json()["urgency_score"]
    assert len(set(scores.values())) > 1
    taken = [system.http.get("/v2/tickets/next").json() for _ in scores]
    assert [ticket["ticket_id"] for ticket in taken] == sorted(scores, key=lambda name: (-scores[name], int(name[1:])))
    assert set(taken[0]) == FIELDS
    assert {ticket["state"] for ticket in taken} == {"claimed"}
    assert system.http.get("/v2/tickets/t0").json()["state"] == "claimed"
    refused(system.http.get("/v2/tickets/next"), 404)


def test_no_two_of_sixteen_threads_claim_the_same(system: System):
    for n in range(32):
        system.post(ticket_id=f"t{n}", body=TEXTS[n % len(TEXTS)])
    system.process()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: system.http.get("/v2/tickets/next"), range(48)))
    taken = [answer.json()["ticket_id"] for answer in answers if answer.status_code == 200]
    assert sorted(taken) == sorted(f"t{n}" for n in range(32))
    assert sum(answer.status_code == 404 for answer in answers) == 16


def test_a_claim_stands_in_the_events_with_who_made_it(system: System):
    headers = system.key("agent")
    system.http.post("/v2/tickets", json={"ticket_id": "t1", "body": "Help"}, headers=system.local)
    system.process()
    assert system.http.get("/v2/tickets/next", headers=headers).status_code == 200
    (*_, last) = system.pipeline.store.events("default", Position(), 100, "t1")
    assert (last.event.kind, last.event.actor.split(":")[0]) == ("ticket.claim", "key")


def test_status_counts_where_tickets_stand(system: System):
    assert system.counts() == EMPTY
    for n in range(3):
        system.post(body=f"Ticket {n}")
    assert system.counts() == EMPTY | {"pending": 3}
    system.process()
    assert system.counts() == EMPTY | {"processed": 3, "waiting": 3}
    system.http.get("/v2/tickets/next")
    assert system.counts() == EMPTY | {"processed": 3, "waiting": 2}


@pytest.mark.parametrize("ticket_id", ["unknown", "peek"])
def test_an_unknown_id_is_not_found(system: System, ticket_id: str):
    refused(system.http.get(f"/v2/tickets/{ticket_id}"), 404, ticket_id)


@given(name=st.text(max_size=150) | st.binary(max_size=20))
def test_no_address_makes_the_server_fail(shared: System, name: str | bytes):
    answer = shared.http.get(f"/v2/tickets/{quote(name, safe='')}")
    assert answer.status_code < 500
    if answer.status_code >= 400:
        refused(answer, answer.status_code)
