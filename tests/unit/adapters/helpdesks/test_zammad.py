"""Zammad is told in one request, and tag by tag."""

from typing import Any

import pytest

from smart_support.adapters.helpdesks.choose import Desk, writer_of
from smart_support.pipeline.sources import Writer
from tests.unit.adapters.helpdesks.fakes import AGENTS, GRACE, FakeHttp, Request, told


class Zammad:
    """One ticket, as the API shows and changes it."""

    def __init__(self) -> None:
        self.ticket: dict[str, Any] = {"owner": "-", "owner_id": 1}
        self.articles: list[dict[str, Any]] = []
        self.tags = {"vip"}
        self.http = FakeHttp(self)

    def __call__(self, asked: Request) -> tuple[int, Any]:
        assert asked.headers["Authorization"] == "Token token=secret"
        match asked.method, asked.path.removeprefix("/api/v1"):
            case "GET", "/tickets/12":
                assert asked.query == {"expand": "true"}
                return 200, self.ticket
            case "PUT", "/tickets/12":
                self.articles += [asked.json.pop("article")] if "article" in asked.json else []
                self.ticket |= asked.json
            case "GET", "/ticket_articles/by_ticket/12":
                return 200, self.articles
            case "GET", "/tags":
                assert asked.query == {"object": "Ticket", "o_id": "12"}
                return 200, {"tags": sorted(self.tags)}
            case "POST", "/tags/add":
                self.tags.add(asked.json["item"])
            case "DELETE", "/tags/remove":
                self.tags.discard(asked.json["item"])
            case _:
                return 404, None
        return 200, None

    def writer(self) -> Writer:
        made = writer_of("desk", Desk("zammad", "https://desk.example", None, "secret", AGENTS), self.http)
        assert made is not None
        return made


def test_all_is_set_and_a_note_once():
    zammad = Zammad()
    for _ in range(2):
        written = zammad.writer().write(told(note="Because", incident=True))
    assert zammad.ticket == {"owner": "ada@desk.example", "owner_id": 1, "priority": "3 high"}
    assert zammad.tags == {"vip", "smart-support-billing", "smart-support-inc-3"}
    [article] = zammad.articles
    assert (article["internal"], article["content_type"]) == (True, "text/plain")
    zammad.http.requests.clear()
    assert zammad.writer().write(told(incident=True, written=written)) == written
    assert zammad.http.requests == []


def test_tags_of_ours_that_hold_no_more_go():
    zammad = Zammad()
    written = zammad.writer().write(told(incident=True))
    zammad.writer().write(told(written=written))
    assert zammad.tags == {"vip", "smart-support-billing"}


@pytest.mark.parametrize(("owner", "left"), [(7, 1), (8, 8)])
def test_only_our_own_owner_is_taken_back(owner: int, left: int):
    zammad = Zammad()
    written = zammad.writer().write(told(agent=GRACE))
    zammad.ticket["owner_id"] = owner
    zammad.writer().write(told(agent=None, written=written))
    assert zammad.ticket["owner_id"] == left


@pytest.mark.parametrize("note", [None, "Because"])
def test_who_is_not_there_is_not_assigned_and_all_else_is_set(note: str | None):
    zammad = Zammad()

    def answer(asked: Request) -> tuple[int, Any]:
        return (422, None) if asked.method == "PUT" and "owner" in asked.json else zammad(asked)

    zammad.http.handler = answer
    written = zammad.writer().write(told(note=note))
    assert (zammad.ticket["owner"], zammad.ticket["priority"], len(zammad.articles)) == ("-", "3 high", bool(note))
    assert "smart-support-billing" in zammad.tags
    assert "assignee" not in written
