"""Zendesk is told in one request, and nothing that others did in between is lost."""

from typing import Any

import pytest

from smart_support.adapters.helpdesks.choose import Desk, writer_of
from smart_support.pipeline.records import Undelivered
from smart_support.pipeline.sources import Writer
from tests.unit.adapters.helpdesks.fakes import AGENTS, GRACE, FakeHttp, Request, told


class Zendesk:
    """One ticket, as the API shows and changes it; `interrupted` changes by others fall between reading and writing."""

    def __init__(self, *, interrupted: int = 0, **fields: Any) -> None:
        self.ticket = {"id": 12, "status": "open", "tags": ["vip"], "updated_at": "0", "assignee_id": None, **fields}
        self.comments: list[dict[str, Any]] = []
        self.interrupted = interrupted
        self.http = FakeHttp(self)

    def __call__(self, asked: Request) -> tuple[int, Any]:
        if asked.path == "/api/v2/users/7":
            return 200, {"user": {"email": "Grace@desk.example"}}
        if asked.path == "/api/v2/tickets/12/comments":
            return 200, {"comments": self.comments[::-1]}
        assert asked.path == "/api/v2/tickets/12"
        if asked.method == "GET":
            return 200, {"ticket": dict(self.ticket)}
        change = asked.json["ticket"]
        if self.interrupted:
            self.interrupted -= 1
            self._touch(tags=[*self.ticket["tags"], "by-others"])
        assert change.pop("safe_update") is True
        if change.pop("updated_stamp") != self.ticket["updated_at"]:
            return 409, {"error": "UpdateConflict"}
        if "comment" in change:
            self.comments.append(change.pop("comment"))
        self._touch(**change)
        return 200, {"ticket": self.ticket}

    def _touch(self, **change: Any) -> None:
        self.ticket |= {**change, "updated_at": str(int(self.ticket["updated_at"]) + 1)}

    def writer(self) -> Writer:
        desk = Desk("zendesk", "https://desk.example", "us@desk.example", "secret", AGENTS)
        made = writer_of("desk", desk, self.http)
        assert made is not None
        return made


def test_all_is_set_at_once():
    zendesk = Zendesk()
    written = zendesk.writer().write(told(note="Because", incident=True))
    assert written == {
        "category": "Billing",
        "priority": "urgent",
        "assignee": "ada",
        "tags": ["billing", "inc-3"],
    }
    assert zendesk.ticket["priority"] == "urgent"
    assert zendesk.ticket["assignee_email"] == "ada@desk.example"
    assert zendesk.ticket["tags"] == ["smart-support-billing", "smart-support-inc-3", "vip"]
    assert zendesk.comments == [{"body": "Because\n\n[smart-support] wb-1", "public": False}]
    assert zendesk.http.changes() == [("PUT", "/api/v2/tickets/12")]
    assert zendesk.http.requests[0].headers["Authorization"].startswith("Basic ")


def test_nothing_new_is_no_request():
    zendesk = Zendesk()
    written = zendesk.writer().write(told())
    zendesk.http.requests.clear()
    assert zendesk.writer().write(told(written=written)) == written
    assert zendesk.http.requests == []


def test_a_note_is_added_once():
    zendesk = Zendesk()
    for _ in range(3):
        zendesk.writer().write(told(note="Because"))
    assert len(zendesk.comments) == 1


def test_only_what_differs_is_set():
    zendesk = Zendesk()
    written = zendesk.writer().write(told())
    zendesk.ticket["priority"] = "low"  # somebody knows better
    zendesk.writer().write(told(agent=GRACE, written=written))
    assert (zendesk.ticket["priority"], zendesk.ticket["assignee_id"]) == ("low", 7)


def test_tags_that_others_set_meanwhile_stay():
    zendesk = Zendesk(interrupted=2)
    zendesk.writer().write(told(note="Because"))
    assert zendesk.ticket["tags"] == ["by-others", "smart-support-billing", "vip"]
    assert len(zendesk.comments) == 1


def test_a_ticket_that_others_keep_changing_is_tried_later():
    with pytest.raises(Undelivered) as refused:
        Zendesk(interrupted=99).writer().write(told())
    assert refused.value.retry


@pytest.mark.parametrize(("assigned", "left"), [(7, None), (8, 8), (None, None)])
def test_only_our_own_assignee_is_taken_back(assigned: int | None, left: int | None):
    zendesk = Zendesk()
    written = zendesk.writer().write(told(agent=GRACE))
    zendesk.ticket["assignee_id"] = assigned
    assert zendesk.writer().write(told(agent=None, written=written))["assignee"] is None
    assert zendesk.ticket["assignee_id"] == left


def test_a_closed_ticket_is_left_alone():
    zendesk = Zendesk(status="closed")
    assert zendesk.writer().write(told(note="Because")) == {}
    assert zendesk.http.changes() == []


def test_who_is_not_there_is_not_assigned_and_all_else_is_set():
    zendesk = Zendesk()
    answer = zendesk.http.handler

    def refuses(asked: Request) -> tuple[int, Any]:
        named = asked.method == "PUT" and "assignee_email" in asked.json["ticket"]
        return (422, {"error": "RecordInvalid"}) if named else answer(asked)

    zendesk.http.handler = refuses
    written = zendesk.writer().write(told(note="Because"))
    assert (zendesk.ticket["priority"], len(zendesk.comments)) == ("urgent", 1)
    assert "assignee" not in written


@pytest.mark.parametrize("status", [404, 410])
def test_a_ticket_that_is_not_there_is_said_to_be_gone(status: int):
    zendesk = Zendesk()
    zendesk.http.handler = lambda _: (status, None)
    with pytest.raises(Undelivered) as refused:
        zendesk.writer().write(told())
    assert (refused.value.gone, refused.value.retry) == (True, False)
