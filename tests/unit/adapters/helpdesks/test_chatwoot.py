"""Chatwoot is told part by part; its labels are replaced, so other people's are given again."""

from typing import Any

import pytest

from smart_support.adapters.helpdesks.choose import Desk, writer_of
from smart_support.domain.agent import Agent
from smart_support.pipeline.sources import Writer
from tests.unit.adapters.helpdesks.fakes import ADA, AGENTS, GRACE, FakeHttp, Request, told

ROOT = "/api/v1/accounts/3"


class Chatwoot:
    """One conversation, as the API shows and changes it."""

    def __init__(self) -> None:
        self.priority: str | None = None
        self.labels = ["vip"]
        self.assignee: int | None = None
        self.messages: list[dict[str, Any]] = []
        self.http = FakeHttp(self)

    def __call__(self, asked: Request) -> tuple[int, Any]:
        assert asked.headers["api_access_token"] == "secret"
        match asked.method, asked.path.removeprefix(ROOT):
            case "GET", "/agents":
                return 200, [{"id": 4, "email": "Ada@desk.example", "name": "Ada L."}]
            case "GET", "/conversations/12":
                return 200, {"meta": {"assignee": self.assignee and {"id": self.assignee}}}
            case "POST", "/conversations/12/toggle_priority":
                self.priority = asked.json["priority"]
            case "POST", "/conversations/12/labels":
                self.labels = asked.json["labels"]
            case "POST", "/conversations/12/assignments":
                self.assignee = asked.json["assignee_id"] or None
            case "POST", "/conversations/12/messages":
                self.messages.append(asked.json)
            case "GET", "/conversations/12/labels":
                return 200, {"payload": self.labels}
            case "GET", "/conversations/12/messages":
                return 200, {"payload": self.messages}
            case _:
                return 404, None
        return 200, None

    def writer(self) -> Writer:
        made = writer_of("desk", Desk("chatwoot", f"https://desk.example{ROOT}/", None, "secret", AGENTS), self.http)
        assert made is not None
        return made


def test_all_is_set():
    chatwoot = Chatwoot()
    written = chatwoot.writer().write(told(0.5, note="See [this](mention://user/1/all)"))
    assert (chatwoot.priority, chatwoot.assignee) == ("medium", 4)
    assert chatwoot.labels == ["smart-support-billing", "vip"]
    [message] = chatwoot.messages
    assert message["private"] is True
    assert "](" not in message["content"]
    chatwoot.http.requests.clear()
    assert chatwoot.writer().write(told(0.5, written=written)) == written
    assert chatwoot.http.requests == []


def test_a_note_is_added_once():
    chatwoot = Chatwoot()
    for _ in range(3):
        chatwoot.writer().write(told(note="Because"))
    assert len(chatwoot.messages) == 1


def test_labels_of_ours_that_hold_no_more_go():
    chatwoot = Chatwoot()
    written = chatwoot.writer().write(told(incident=True))
    chatwoot.labels.append("by-others")
    chatwoot.writer().write(told(written=written))
    assert chatwoot.labels == ["by-others", "smart-support-billing", "vip"]


@pytest.mark.parametrize(("agent", "expected"), [(ADA, 4), (GRACE, 7), (Agent("default", "stranger"), None)])
def test_agents_are_found_by_id_or_by_mail(agent: Agent, expected: int | None):
    chatwoot = Chatwoot()
    chatwoot.writer().write(told(agent=agent))
    assert chatwoot.assignee == expected


@pytest.mark.parametrize(("assigned", "left"), [(4, None), (8, 8), (None, None)])
def test_only_our_own_assignee_is_taken_back(assigned: int | None, left: int | None):
    chatwoot = Chatwoot()
    written = chatwoot.writer().write(told())
    chatwoot.assignee = assigned
    chatwoot.writer().write(told(agent=None, written=written))
    assert chatwoot.assignee == left
