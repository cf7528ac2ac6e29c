"""`POST /webhook/{source}`: only what a configured helpdesk signed has an effect, once; nothing is said to others."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from random import Random
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from structlog.testing import capture_logs

from smart_support.api import webhooks
from smart_support.api.raw import RawBodies
from smart_support.api.webhooks import MAX_BYTES
from smart_support.domain.event import Position
from tests.helpdesk_calls import KINDS, SECRET, Call, call, payload
from tests.unit.api.system import NOON, System, refused

ALL = {"Billing": 1.0, "Technical": 1.0, "Legal": 1.0, "General": 1.0}
SOURCES: dict[str, dict[str, Any]] = {kind: {"type": kind, "secret": SECRET} for kind in KINDS}
SOURCES["github"] |= {"workspace": "w2", "api_user": "our-bot"}
SOURCES["generic"] |= {"delivery": "x-id", "agents": {"Bob B.": "bob"}}
GITHUB = payload("github-opened")
NEW = {
    "zendesk": ("zendesk-created", "zendesk:5158"),
    "chatwoot": ("chatwoot-message", "chatwoot:10"),
    "zammad": ("zammad-article", "zammad:81"),
    "django-helpdesk": ("django-helpdesk-new", "django-helpdesk:12"),
}


@pytest.fixture(scope="module")
def closed_to_all(tmp_path_factory: pytest.TempPathFactory, portal: Any) -> Any:
    """A system on which nothing ever succeeds."""
    from tests.unit.api.system import open_system

    with open_system(tmp_path_factory.mktemp("closed"), portal, sources=SOURCES) as opened:
        yield opened


@pytest.fixture
def desk(make_system: Callable[..., System]) -> System:
    system = make_system(sources=SOURCES)
    agents = [{"id": "ann", "skills": {}, "capacity": 5}, {"id": "bob", "skills": {}, "capacity": 5}]
    assert system.http.put("/agents", json=agents).status_code == 200
    return system


def send(system: System, kind: str, told: Any, *, name: str | None = None, **headers: str) -> httpx.Response:
    return post(system, name or kind, call(kind, told, system.clock.now(), **headers))


def post(system: System, name: str, sent: Call) -> httpx.Response:
    return system.http.post(f"/webhook/{name}", content=sent.body, headers=sent.headers, params=sent.query)


def accepted(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "accepted"
    return answer.json()["ticket_ids"]


def say(system: System, **told: Any) -> list[str]:
    return accepted(send(system, "generic", {"id": 7, **told}))


def ticket(system: System, ticket_id: str = "generic:7") -> dict[str, Any]:
    return system.http.get(f"/v2/tickets/{ticket_id}").json()


@pytest.fixture
def queued(desk: System) -> System:
    """A ticket of the generic source waits."""
    say(desk, subject="Help", body="My invoice is wrong", closed=False)
    desk.process()
    return desk


@pytest.mark.parametrize("kind", NEW)
def test_a_new_ticket_is_taken_in_once(desk: System, kind: str):
    name, ticket_id = NEW[kind]
    assert accepted(send(desk, kind, payload(name))) == [ticket_id]
    again = send(desk, kind, payload(name))
    assert (again.status_code, again.json()["status"]) == (200, "repeated")
    found = ticket(desk, ticket_id)
    assert found["body"].strip()
    assert desk.http.get(f"/v2/tickets/{ticket_id}/replies").json() == {"ticket_id": ticket_id, "replies": []}
    desk.process()
    assert ticket(desk, ticket_id)["status"] == "processed"


def test_a_source_has_its_workspace(desk: System):
    (ticket_id,) = accepted(send(desk, "github", payload("github-opened")))
    found = desk.pipeline.store.page("w2", None, 10)
    assert [(one.id, one.source, one.source_id) for one in found] == [(ticket_id, "github", "acme/shop#42")]
    assert desk.pipeline.store.page("default", None, 10) == []


@pytest.mark.parametrize(
    ("kind", "told", "headers"),
    [
        ("github", {"zen": "Anything added dilutes everything else."}, {"x_github_event": "ping"}),
        ("zendesk", {"type": "zen:event-type:user.created", "detail": {"id": "1"}}, {}),
        ("chatwoot", {"event": "conversation_typing_on"}, {}),
        ("zammad", {"test": True}, {}),
        ("github", {**payload("github-opened"), "action": "labeled", "sender": {"login": "our-bot"}}, {}),
        ("generic", b"", {}),
    ],
)
def test_what_does_not_concern_us_is_ignored(desk: System, kind: str, told: Any, headers: dict[str, str]):
    answer = send(desk, kind, told, **headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "ignored", "ticket_ids": []})


def test_whoever_cannot_prove_himself_hears_the_same(closed_to_all: System):
    system = closed_to_all
    told = payload("zendesk-created")
    good = call("zendesk", told, NOON)
    late = call("zendesk", told, NOON - 301)
    calls = {
        "unknown": ("jira", good),
        "a long name": ("j" * 300, good),
        "none": ("zendesk", Call(good.body)),
        "tampered": ("zendesk", Call(good.body + b" ", good.headers)),
        "another secret": ("zendesk", call("zendesk", told, NOON, secret="guess")),
        "late": ("zendesk", late),
        "early": ("zendesk", call("zendesk", told, NOON + 301)),
        "another's": ("chatwoot", good),
        "no token": ("django-helpdesk", Call(b"{}")),
        "another token": ("django-helpdesk", Call(b"{}", query={"token": "guess"})),
        "no JSON": ("zendesk", Call(b"nope", good.headers)),
        "a key": ("zendesk", Call(good.body, system.local)),
    }
    answers = {why: post(system, name, sent) for why, (name, sent) in calls.items()}
    assert {(answer.status_code, answer.text) for answer in answers.values()} == {
        (401, answers["unknown"].text),
    }
    for answer in answers.values():
        refused(answer, 401)
    told_apart = {tuple(sorted((name, value) for name, value in one.headers.items())) for one in answers.values()}
    assert len(told_apart) == 1
    assert system.counts()["pending"] == 0


def test_the_log_says_why_and_not_again_and_again(make_system: Callable[..., System]):
    system = make_system(sources=SOURCES)
    with capture_logs() as logs:
        for number in range(50):
            post(system, "zendesk", Call(b"secret words"))
            post(system, f"unknown-{number}", Call(b"{}"))
    assert [(one["source"], one["reason"]) for one in logs if one["event"] == "webhook_refused"] == [
        ("zendesk", "the header x-zendesk-webhook-signature-timestamp is missing"),
        (None, "there is no such source"),
    ]
    assert "secret words" not in json.dumps(logs)


@given(st.data())
def test_a_tampered_call_never_has_an_effect(closed_to_all: System, data: st.DataObject):
    kind = data.draw(st.sampled_from(sorted({*NEW} - {"django-helpdesk"})))
    good = call(kind, payload(NEW[kind][0]), NOON)
    place = data.draw(st.integers(0, len(good.body) - 1))
    bad = good.body[:place] + bytes([good.body[place] ^ data.draw(st.integers(1, 255))]) + good.body[place + 1 :]
    assert post(closed_to_all, kind, Call(bad, good.headers)).status_code == 401


def test_bodies_have_a_limit_before_anybody_looks_at_them(make_system: Callable[..., System]):
    system = make_system(sources=SOURCES, max_body_bytes=1_000)
    say(system, subject="Help", body="x" * 1_000_000)  # what a helpdesk sends may be longer than what others may send
    refused(send(system, "generic", {"id": 7, "body": "x" * MAX_BYTES}), 413)
    chunks = (b"x" * 2**20 for _ in range(9))
    refused(system.http.post("/webhook/generic", content=chunks), 413)


def test_of_a_thousand_tampered_calls_none_has_an_effect(closed_to_all: System):
    system, random = closed_to_all, Random(7)
    good = {kind: call(kind, payload(NEW[kind][0]), NOON) for kind in ("zendesk", "chatwoot", "zammad")}
    for number in range(1_000):
        kind = random.choice(list(good))
        sent, at = good[kind], random.randrange(len(good[kind].body))
        header = next(name for name in sent.headers if name.endswith("signature"))
        proof = sent.headers[header]
        bad = (
            Call(
                sent.body[:at] + bytes([sent.body[at] ^ random.randrange(1, 256)]) + sent.body[at + 1 :], sent.headers
            ),
            Call(sent.body, sent.headers | {header: proof[:8] + ("x" if proof[8] != "x" else "y") + proof[9:]}),
            Call(sent.body[:at], sent.headers),
            Call(sent.body, {name: value for name, value in sent.headers.items() if name != header}),
        )[number % 4]
        assert post(system, kind, bad).status_code == 401
    assert system.counts()["pending"] == 0


def test_of_a_hundred_tickets_that_are_each_sent_three_times_there_are_a_hundred(make_system: Callable[..., System]):
    system = make_system(sources=SOURCES)
    sent = [call("github", {**GITHUB, "issue": {**GITHUB["issue"], "number": n}}, NOON) for n in range(100)]
    calls = sent * 3
    Random(7).shuffle(calls)
    answers = [post(system, "github", one).json() for one in calls]
    assert [one["status"] for one in answers].count("accepted") == 100
    assert [one["status"] for one in answers].count("repeated") == 200
    assert len({name for one in answers for name in one["ticket_ids"]}) == 100
    assert len(system.pipeline.store.page("w2", None, 1_000)) == 100


@pytest.mark.parametrize(
    ("told", "status", "word"),
    [
        (b"nope", 422, "JSON"),
        (b'{"id": "\xff"}', 422, "JSON"),
        (b'{"id": 7, "text": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", 422, "JSON"),
        ({"id": "\0", "subject": "Help"}, 422, "ticket id"),
        (b"[1]", 422, "object"),
        ({"subject": "Help"}, 422, "ticket id"),
    ],
)
def test_what_cannot_be_read_is_said_to_whoever_proved_himself(desk: System, told: Any, status: int, word: str):
    refused(send(desk, "generic", told), status, word)


def test_what_a_database_cannot_store_is_left_out_and_loses_no_ticket(desk: System):
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]
    say(desk, subject="Help\ud83d", body="My invoice\0 is wrong", tags=["a\udc00"], customer_name="\0", deep=deep)
    found = ticket(desk)
    assert (found["subject"], found["body"]) == ("Help", "My invoice is wrong")
    article = payload("zammad-article")
    article["article"]["body"] = "<p>It burns \ud83d\0</p>"
    accepted(send(desk, "zammad", article))


def test_closed_open_again_and_replies(queued: System):
    say(queued, closed=True)
    assert ticket(queued)["state"] == "resolved"
    say(queued, closed=False)
    assert ticket(queued)["state"] == "waiting"
    say(queued, closed=True)
    say(queued, reply="It is wrong again", reply_id=1, reply_author="ann")
    say(queued, reply="We look", reply_id=2, reply_by_customer=False, reply_internal=True)
    assert ticket(queued)["state"] == "waiting"
    replies = queued.http.get("/v2/tickets/generic:7/replies").json()["replies"]
    assert [(one["id"], one["by_customer"], one["internal"], one["body"]) for one in replies] == [
        ("1", True, False, "It is wrong again"),
        ("2", False, True, "We look"),
    ]
    told = [found.event for found in queued.pipeline.store.events("default", Position(), 100, "generic:7")]
    acts = [(one.kind, one.actor) for one in told if one.actor.startswith("source:")]
    expected = ["accept", "resolve", "reopen", "resolve", "reopen", "reply", "reply"]
    assert acts == [(f"ticket.{kind}", "source:generic") for kind in expected]


def test_reassigned_and_nobodys(queued: System):
    say(queued, assignee="Bob B.")
    assert (ticket(queued)["state"], ticket(queued)["agent_id"]) == ("assigned", "bob")
    say(queued, assignee="ann")
    assert ticket(queued)["agent_id"] == "ann"
    say(queued, assignee="Zoe")
    assert ticket(queued)["agent_id"] == "ann"
    say(queued, assignee="ann")
    say(queued, assignee="")
    assert (ticket(queued)["state"], ticket(queued)["agent_id"]) == ("waiting", None)


def test_a_delivery_that_is_known_has_no_effect(queued: System):
    told = {"id": 7, "closed": True}
    assert accepted(send(queued, "generic", told, x_id="d1"))
    assert send(queued, "generic", {"id": 7, "closed": False}, x_id="d2").status_code == 200
    again = send(queued, "generic", told, x_id="d1")
    assert (again.status_code, again.json()) == (200, {"status": "repeated", "ticket_ids": []})
    assert ticket(queued)["state"] == "waiting"


def test_above_the_limit_new_tickets_are_turned_away_and_updates_are_not(make_system: Callable[..., System]):
    system = make_system(sources=SOURCES, lag_limit=1)
    say(system, subject="Help")
    full = send(system, "generic", {"id": 8, "subject": "Help"}, x_id="d8")
    refused(full, 429)
    assert full.headers["retry-after"]
    say(system, reply="Hello?", reply_id=1)
    system.process()
    system.app.state.parts.admission.refresh()
    assert accepted(send(system, "generic", {"id": 8, "subject": "Help"}, x_id="d8")) == ["generic:8"]


def test_without_a_database_the_caller_is_to_try_again(desk: System):
    desk.database.down = True
    refused(send(desk, "generic", {"id": 7, "subject": "Help"}, x_id="d1"), 503)
    desk.database.down = False
    assert accepted(send(desk, "generic", {"id": 7, "subject": "Help"}, x_id="d1"))


def test_an_export_has_replies_and_where_a_ticket_came_from(queued: System):
    say(queued, reply="It is wrong again", reply_id=1)
    line = json.loads(queued.http.get("/v2/export").text)
    assert (line["source"], line["source_id"]) == ("generic", "7")
    assert [one["body"] for one in line["replies"]] == ["It is wrong again"]
    answer = queued.http.post("/v2/import", json={"tickets": [line | {"ticket_id": "copy"}]})
    assert answer.json()["imported"] == 1


def test_replies_of_a_ticket_that_is_not_there(desk: System):
    refused(desk.http.get("/v2/tickets/nope/replies"), 404)


def test_calls_that_prove_nothing_bar_no_helpdesk_but_the_longest_from_their_address(
    make_system: Callable[..., System], portal: BlockingPortal
):
    """Many helpdesks call from addresses that they share with others."""
    system = make_system(sources=SOURCES, rate_limit_without_key_per_minute=2)

    def post_from(address: str, sent: Call) -> httpx.Response:
        async def send_it() -> httpx.Response:
            transport = httpx.ASGITransport(system.app, client=(address, 4711))
            async with httpx.AsyncClient(transport=transport, base_url="https://support.example.org") as client:
                return await client.post("/webhook/generic", content=sent.body, headers=sent.headers)

        return portal.call(send_it)

    short, long = (call("generic", {"id": 7, "body": "x" * size}, NOON) for size in (10, 500_000))
    refusals = [post_from("203.0.113.9", Call(b"{}")).status_code for _ in range(3)]
    assert refusals == [401, 401, 429]
    accepted(post_from("203.0.113.9", short))
    refused(post_from("203.0.113.9", long), 429)
    accepted(post_from("203.0.113.10", long))


def test_who_sends_slowly_and_proves_nothing_takes_neither_room_nor_turns(
    make_system: Callable[..., System], portal: BlockingPortal
):
    system = make_system(sources=SOURCES)
    system.app.state.parts = replace(system.app.state.parts, raw_bodies=RawBodies(1_000))
    good = call("generic", {"id": 7, "body": "Help"}, NOON)

    async def run() -> tuple[list[httpx.Response], httpx.Response]:
        begun, ours_came = asyncio.Semaphore(0), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"x" * 990
            begun.release()
            await ours_came.wait()
            yield b"x"

        transport = httpx.ASGITransport(system.app, client=("203.0.113.9", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="https://support.example.org") as client:
            slow = [asyncio.ensure_future(client.post("/webhook/generic", content=slowly())) for _ in range(5)]
            for _ in slow:
                await begun.acquire()
            ours = await client.post("/webhook/generic", content=good.body, headers=good.headers)
            ours_came.set()
            return await asyncio.gather(*slow), ours

    slow, ours = portal.call(run)
    accepted(ours)
    for answer in slow:
        refused(answer, 429)
        assert int(answer.headers["retry-after"]) > 0


def test_headers_by_the_thousand_are_no_work():
    looked_at = itertools.count()

    class Name(bytes):
        def __eq__(self, other):
            next(looked_at)
            return super().__eq__(other)

        __hash__ = bytes.__hash__

    names = [b"x", *(b"x%d" % n for n in range(6_000)), b"x"]
    joined = webhooks._headers(Request({"type": "http", "headers": [(Name(name), b"y") for name in names]}))
    assert (joined["x"], len(joined)) == ("y, y", 6_001)
    assert next(looked_at) < 10 * len(names)  # one look at each for each would be millions
