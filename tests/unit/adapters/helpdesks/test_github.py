"""GitHub issues: labels and assignees one by one, so that nobody else's are touched."""

from typing import Any

import pytest

from smart_support.adapters.helpdesks.choose import Desk, writer_of
from smart_support.pipeline.records import Undelivered
from smart_support.pipeline.sources import Writer
from tests.unit.adapters.helpdesks.fakes import ADA, GRACE, FakeHttp, Request, told

ISSUE = "/repos/acme/shop/issues/12"


class GitHub:
    """One issue, as the API shows and changes it."""

    def __init__(self) -> None:
        self.labels = {"bug"}
        self.assignees = {"maintainer"}
        self.comments: list[dict[str, Any]] = [{"body": "Me too"}] * 100
        self.http = FakeHttp(self)

    def __call__(self, asked: Request) -> tuple[int, Any]:
        assert asked.headers["Authorization"] == "Bearer secret"
        match asked.method, asked.path.removeprefix(ISSUE):
            case "GET", "":
                return 200, {"labels": [{"name": name} for name in self.labels]}
            case "GET", "/comments":
                start = 100 * (int(asked.query["page"]) - 1)
                return 200, self.comments[start : start + 100]
            case "POST", "/labels":
                self.labels |= set(asked.json["labels"])
            case "POST", "/assignees":
                self.assignees |= set(asked.json["assignees"])
            case "DELETE", "/assignees":
                self.assignees -= set(asked.json["assignees"])
            case "POST", "/comments":
                self.comments.append(asked.json)
            case "DELETE", path if path.startswith("/labels/"):
                self.labels.discard(path.removeprefix("/labels/"))
                return 404, None  # as for one that somebody else has just removed
            case _:
                return 404, None
        return 200, None

    def writer(self) -> Writer:
        desk = Desk("github", "https://desk.example", None, "secret", {"ada-l": "ada"})
        made = writer_of("desk", desk, self.http)
        assert made is not None
        return made


def test_all_is_set():
    github = GitHub()
    written = github.writer().write(told(source_id="acme/shop#12", note="Because of @everyone"))
    assert github.labels == {"bug", "smart-support/billing", "smart-support/priority-urgent"}
    assert github.assignees == {"maintainer", "ada-l"}
    assert github.comments[-1]["body"] == "Because of @\u200beveryone\n\n<!-- [smart-support] wb-1 -->"
    github.http.requests.clear()
    assert github.writer().write(told(source_id="acme/shop#12", written=written)) == written
    assert github.http.requests == []


def test_what_holds_no_more_is_removed_and_nobody_elses():
    github = GitHub()
    written = github.writer().write(told(source_id="acme/shop#12", agent=ADA, incident=True))
    github.labels.add("by-others")
    github.writer().write(told(0.1, source_id="acme/shop#12", agent=GRACE, written=written))
    assert github.labels == {"bug", "by-others", "smart-support/billing", "smart-support/priority-low"}
    assert github.assignees == {"maintainer", "grace"}


@pytest.mark.parametrize(
    ("headers", "after"), [({"retry-after": "7"}, 7.0), ({"x-ratelimit-remaining": "0"}, 60.0), ({}, None)]
)
def test_too_many_requests_are_forbidden_for_a_while(headers: dict[str, str], after: float | None):
    http = FakeHttp(lambda _: (403, None), answers=headers)
    made = writer_of("desk", Desk("github", "https://desk.example", token="secret"), http)
    assert made is not None
    with pytest.raises(Undelivered) as refused:
        made.write(told(source_id="acme/shop#12"))
    assert (refused.value.retry, refused.value.after) == (after is not None, after)


def test_a_comment_is_added_once_however_many_there_are():
    github = GitHub()
    for _ in range(3):
        github.writer().write(told(source_id="acme/shop#12", note="Because"))
    assert len(github.comments) == 101
