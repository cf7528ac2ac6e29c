"""The list of tickets over HTTP; what fits is tested with the store."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.event import Position
from tests.unit.api.system import System, refused

FIELDS = {
    *("ticket_id", "subject", "excerpt", "state", "category", "urgency_score", "confidence", "needs_review", "tier"),
    *("language", "incident_id", "agent_id", "team", "customer", "source", "accepted_at", "resolved_at"),
}


def post(system: System, *names: str, **more: Any) -> None:
    for name in names:
        system.clock.set(system.clock.now() + 1)
        assert system.post(ticket_id=name, body=f"The printer {name} is on fire", **more).status_code == 202


def listed(system: System, **asked: Any) -> dict[str, Any]:
    answer = system.http.get("/v2/tickets", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(page: dict[str, Any]) -> list[str]:
    return [row["ticket_id"] for row in page["tickets"]]


def test_a_row_has_every_field_and_no_body(system: System):
    post(system, "t1", customer={"id": "c1", "email": "ann@example.org"})
    (row,) = listed(system)["tickets"]
    assert set(row) == FIELDS
    assert (row["excerpt"], row["customer"], row["state"]) == (
        "The printer t1 is on fire",
        "ann@example.org",
        "accepted",
    )


def test_pages_follow_each_other_by_their_cursor(system: System):
    names = [f"t{n}" for n in range(7)]
    post(system, *names)
    system.process()
    for order in ("newest", "urgent"):
        whole = ids(listed(system, order=order))
        assert sorted(whole) == names
        seen, page = [], listed(system, order=order, limit=3)
        assert page["total"] == 7
        while True:
            seen += ids(page)
            if page["next"] is None:
                break
            page = listed(system, order=order, limit=3, cursor=page["next"])
            assert page["total"] is None
        assert seen == whole
    assert ids(listed(system)) == names[::-1]


def test_whoever_goes_on_from_the_position_misses_nothing(system: System):
    post(system, "t1")
    position = listed(system)["position"]
    post(system, "t2")
    found = system.pipeline.store.events("default", Position.parse(position), 10)
    assert [one.event.ticket_id for one in found] == ["t2"]


def test_tickets_are_asked_for_by_name(system: System):
    post(system, "t1", "t2", "t3")
    page = listed(system, id=["t1", "t3", "t9"], state="accepted", limit=1)
    assert (ids(page), page["next"], page["total"]) == (["t3", "t1"], None, None)
    assert ids(listed(system, id=["t1"], state="waiting")) == []


def test_text_finds_what_is_triaged(system: System):
    post(system, "t1", "t2")
    system.process()
    assert ids(listed(system, text="FIRE t1")) == ["t1"]
    assert ids(listed(system, text="print")) == ["t2", "t1"]
    assert ids(listed(system, text="?!")) == ["t2", "t1"]


def test_facets(system: System):
    post(system, "t1", "t2")
    system.process()
    found = system.http.get("/v2/tickets/facets").json()
    assert found["states"] == [{"value": "waiting", "tickets": 2}]
    assert sum(one["tickets"] for one in found["categories"]) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"cursor": "x"},
        {"cursor": "é"},
        {"cursor": "WyJ1cmdlbnQiLFswLjUsMS4wXSwidDEiXQ"},
        {"cursor": "WyJuZXdlc3QiLDEuMCwidFx1MDAwMCJd"},
        {"cursor": "WyJuZXdlc3QiLDEuMCwidDEiXQ", "id": "t1"},
        {"id": [f"t{n}" for n in range(101)]},
        {"id": "a b"},
        {"limit": 1001},
        {"limit": 0},
        {"order": "oldest"},
        {"state": "lost"},
        {"category": "a\0b"},
        {"urgency_from": "nan"},
        {"urgency_to": 2},
        {"accepted_from": "yesterday"},
        {"text": "x" * 201},
        {"page": 2},
    ],
)
def test_what_cannot_be_meant_is_refused(shared: System, asked: dict[str, Any]):
    refused(shared.http.get("/v2/tickets", params=asked), 422)


@pytest.mark.parametrize("text", ["", "fire"])
@pytest.mark.parametrize("at", ["NaN", "Infinity", "-Infinity", "1e300", "-1e300", "-1.0", "32503680000.0"])
def test_a_cursor_of_no_time_is_refused(shared: System, at: str, text: str):
    for order, told in (("newest", at), ("urgent", f"[0.5,{at}]"), ("urgent", f"[{at},1.0]")):
        cursor = base64.urlsafe_b64encode(f'["{order}",{told},"t1"]'.encode()).decode()
        refused(shared.http.get("/v2/tickets", params={"cursor": cursor, "order": order, "text": text}), 422, "cursor")


@given(cursor=st.text(max_size=40) | st.binary(max_size=40).map(bytes.hex), text=st.text(max_size=40))
def test_nothing_that_is_asked_makes_the_server_fail(shared: System, cursor: str, text: str):
    asked = {"cursor": cursor, "text": text}
    assert shared.http.get("/v2/tickets", params={**asked}).status_code in {200, 422}
    assert shared.http.get("/v2/tickets", params={"text": text}).status_code == 200
