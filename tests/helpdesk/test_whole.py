"""The whole way between two real servers: tickets of a django-helpdesk come in, are triaged and routed, and what they
are stands there, each once, whichever of the two is killed meanwhile."""

import json
import time
from pathlib import Path

import pytest

from smart_support.adapters.helpdesks.desired import priority
from tests.helpdesk.desk import TOKEN, Desk
from tests.integration.system import Up, up
from tests.waiting import until

SECRET = "a-token-that-nobody-guesses"
AGENTS = ("ada", "grace", "linus")
SECONDS = 240.0

TEXTS = (
    ("Checkout is down", "No customer can pay since nine. Everything fails with error 500, this is urgent!"),
    ("Invoice is wrong", "The invoice of last month lists a plan that we never booked. Please correct it."),
    ("How do I change my password?", "I cannot find the setting. No hurry."),
    ("Data request", "Under the GDPR I ask for a copy of all the data that you hold about me."),
    ("App crashes", "Since the update the app crashes whenever I open a report."),
    ("Refund", "I was charged twice and want the second payment back."),
    ("Thank you", "Just wanted to say that the new editor is great."),
)


def settings(desk: Desk) -> dict[str, str]:
    source = {
        "type": "django-helpdesk",
        "secret": SECRET,
        "api_url": desk.url,
        "api_token": TOKEN,
        "poll_seconds": 2,
        "agents": {str(desk.users[name]): name for name in AGENTS},
    }
    # The light model alone, so that no better result replaces one that was written back.
    return {"SOURCES": json.dumps({"desk": source}), "ALLOW_PRIVATE_WEBHOOKS": "1", "MODEL_FALLBACK": "1"}


def create(desk: Desk, numbers: range, status: int = 201) -> None:
    for number in numbers:
        subject, body = TEXTS[number % len(TEXTS)]
        answer = desk.post(f"{subject} ({number})", f"{body} My number is {number}.")
        assert answer.status_code == status


def connect(desk: Desk, system: Up) -> None:
    hook = f"{system.url}/webhook/desk?token={SECRET}"
    desk.call(new=hook, follow_up=hook)


def until_told(desk: Desk, number: int) -> None:
    """Wait until every ticket there has an agent and our note. Its API is slow, so it is not asked all the time."""
    deadline = time.monotonic() + SECONDS
    while True:
        tickets = desk.tickets()
        noted = [any(not one["public"] for one in ticket["followup_set"]) for ticket in tickets]
        assigned = [ticket["assigned_to"] is not None for ticket in tickets]
        if sum(noted) == sum(assigned) == number:
            return
        assert time.monotonic() < deadline, f"of {len(tickets)} {sum(assigned)} are assigned, {sum(noted)} have a note"
        time.sleep(1.0)


@pytest.mark.parametrize("number", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_tickets_come_in_and_their_answers_go_back_once(own_helpdesk: Desk, tmp_path: Path, number: int):
    fifth = number // 5
    desk, data, given = own_helpdesk, tmp_path / "data", settings(own_helpdesk)
    with up(data, **given) as system:
        for name in AGENTS:
            skills = {"Technical": 1.0, "Billing": 1.0, "Legal": 1.0, "General": 1.0}
            system.api.put(f"/agents/{name}", json={"skills": skills, "capacity": number}).raise_for_status()
        connect(desk, system)
        create(desk, range(2 * fifth))
        system.process.kill()  # in the middle of it
        system.process.wait()
    create(desk, range(2 * fifth, 3 * fifth), status=500)  # nobody listens; the tickets are stored
    with up(data, **given) as system:
        connect(desk, system)
        create(desk, range(3 * fifth, 4 * fifth))
        desk.kill()  # in the middle of being told
        until(lambda: system.status()["processed"] >= 3 * fifth, "what came in is triaged, though the helpdesk is down")
        desk.server.start()
        create(desk, range(4 * fifth, number))
        until_told(desk, number)

        assert system.status()["processed"] == number
        users = {id_: name for name, id_ in desk.users.items()}
        for there in desk.tickets():
            here = system.api.get(f"/v2/tickets/desk:{there['id']}").raise_for_status().json()
            assert here["subject"] == there["title"]
            assert (here["state"], here["agent_id"]) == ("assigned", users[there["assigned_to"]])
            assert there["priority"] == 5 - priority(here["urgency_score"])
            assert there["custom_smart_support_category"] == here["category"]
            assert len([one for one in there["followup_set"] if not one["public"]]) == 1
