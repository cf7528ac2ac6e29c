"""django-helpdesk, where a real one is hard to bring into the state; the rest is in tests/helpdesk."""

from typing import Any

from smart_support.adapters.helpdesks.choose import Desk, writer_of
from tests.unit.adapters.helpdesks.fakes import ADA, FakeHttp, Request, told


def test_a_custom_field_that_takes_other_values_holds_up_nothing():
    """Somebody made it a list with choices of his own."""
    ticket: dict[str, Any] = {"id": 12, "followup_set": []}

    def answer(asked: Request) -> tuple[int, Any]:
        if asked.method != "PATCH":
            return 200, ticket
        if "custom_smart_support_category" in asked.json:
            return 400, {"custom_smart_support_category": ['"Billing" is not a valid choice.']}
        ticket.update(asked.json)
        return 200, ticket

    http = FakeHttp(answer)
    made = writer_of("desk", Desk("django-helpdesk", "https://desk.example", None, "secret", {"2": "ada"}), http)
    assert made is not None
    made.write(told(agent=ADA))
    assert (ticket["priority"], ticket["assigned_to"]) == (1, 2)


def test_all_but_closed_tickets_are_found_among_the_open_ones():
    """Its API looks at every ticket of the filter before it shows one."""

    def answer(asked: Request) -> tuple[int, Any]:
        return (404, None) if asked.query else (200, {"id": 12, "followup_set": []})

    http = FakeHttp(answer)
    made = writer_of("desk", Desk("django-helpdesk", "https://desk.example", None, "secret"), http)
    assert made is not None
    made.write(told(agent=None))
    assert [(one.method, one.query) for one in http.requests] == [("PATCH", {"status": "1,2"}), ("PATCH", {})]


def test_who_is_not_there_is_not_assigned_and_all_else_is_set():
    ticket: dict[str, Any] = {"id": 12, "followup_set": []}
    notes: list[str] = []

    def answer(asked: Request) -> tuple[int, Any]:
        if asked.method == "POST":
            notes.append(asked.json["comment"])
        elif asked.method == "PATCH" and asked.json.get("assigned_to") == 99:
            return 400, {"assigned_to": ['Invalid pk "99" - object does not exist.']}
        elif asked.method == "PATCH":
            ticket.update(asked.json)
        return 200, ticket

    made = writer_of(
        "desk", Desk("django-helpdesk", "https://desk.example", None, "secret", {"99": "ada"}), FakeHttp(answer)
    )
    assert made is not None
    written = made.write(told(agent=ADA, note="Because"))
    assert (ticket["priority"], ticket["custom_smart_support_category"], len(notes)) == (1, "Billing", 1)
    assert "assignee" not in written  # so that nobody is taken off the ticket because nobody has it there
