"""The short way to an endpoint gives the same answers as FastAPI's own, for whatever is sent."""

import json
from itertools import count

import httpx
import pytest
from hypothesis import given

from smart_support.api import intake, strict
from tests.unit.api.system import System, refused
from tests.unit.api.test_strict import BEYOND, BROKEN, JSON, JSON_VALUES, TICKET_WAYS, WAYS, Refusal

GOOD = {
    "/v2/tickets": {"ticket_id": "a", "body": "Help", "tags": ["x"], "customer": {"name": "Ann"}},
    "/tickets": {"ticket_id": "b", "description": "Help"},
    "/webhook": {"ticket_id": "c", "text": "Help", "metadata": {"n": [1.5, None]}},
    "/ticket": {"ticket_id": "d", "description": "Help", "received_at": "2025-01-01T00:00:00Z"},
}
HEADERS = ("content-type", "retry-after", "www-authenticate", "allow")
keys = count(1)

every_way = pytest.mark.parametrize("path", GOOD)


@pytest.fixture(autouse=True)
def _nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(intake, "DISPATCH_WAIT", 0.0)


def both(system: System, path: str, *, content: bytes | str, headers: dict | None = None) -> httpx.Response:
    """The answer, which is the same on either way."""
    headers = JSON if headers is None else headers
    short = system.http.post(path, content=content, headers=headers)
    longer = [system.http.post(path, content=content, headers=headers | {"Idempotency-Key": f"key-{next(keys)}"})]
    if path in {"/v2/tickets", "/tickets"}:
        longer.append(system.http.post(f"{path}?wait=0", content=content, headers=headers))
    for other in longer:
        assert other.status_code == short.status_code, (short.text, other.text)
        assert _told(other) == _told(short)
        assert [other.headers.get(name) for name in HEADERS] == [short.headers.get(name) for name in HEADERS]
    return short


def _told(answer: httpx.Response) -> object:
    """What the answer says, but for an id that was given out and its time."""
    told = answer.json()
    given_out = answer.is_success and not json.loads(answer.request.content).get("ticket_id")
    return {**told, "ticket_id": None, "accepted_at": None} if given_out else told


@every_way
def test_a_plain_call_goes_the_short_way_and_any_other_the_long_one(
    system: System, path: str, monkeypatch: pytest.MonkeyPatch
):
    ways, arguments = [], strict._Direct.arguments

    async def noting(self, request):
        found = await arguments(self, request)
        ways.append("long" if found is None else "short")
        return found

    monkeypatch.setattr(strict._Direct, "arguments", noting)
    both(system, path, content=json.dumps(GOOD[path]))
    both(system, path, content="{}")
    queried = ["long"] if path in {"/v2/tickets", "/tickets"} else []
    assert ways == ["short", "long", *queried, "long", "long", *queried]


@every_way
def test_a_good_body_has_one_answer(system: System, path: str):
    assert both(system, path, content=json.dumps(GOOD[path])).is_success
    assert system.counts()["pending"] + system.counts()["processed"] == 1
    without = {name: value for name, value in GOOD[path].items() if name != "ticket_id"}
    answer = both(system, path, content=json.dumps(without))
    assert answer.is_success == (path != "/tickets")
    changed = json.dumps(GOOD[path]).replace("Help", "Something else")
    refused(both(system, path, content=changed), 409, "another content")


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_a_broken_body_has_one_answer(shared: System, case: Refusal):
    for path in GOOD:
        refused(both(shared, path, content=case.body, headers=case.headers), case.status)


@pytest.mark.parametrize("change", BEYOND.values(), ids=BEYOND)
def test_a_field_beyond_its_limit_has_one_answer(shared: System, change: dict):
    for way in TICKET_WAYS:
        refused(both(shared, way.path, content=json.dumps(way.body(**change))), 422)


@given(body=JSON_VALUES)
def test_any_json_has_one_answer(shared: System, body: object):
    for path in GOOD:
        both(shared, path, content=json.dumps(body))
        for way in (way for way in WAYS if way.path == path):
            both(shared, path, content=json.dumps(way.body(**{way.text: body, "ticket_id": body})))


TYPES = {
    "application/json": True,
    "APPLICATION/JSON; charset=UTF-8": True,
    "application/vnd.api+json": True,
    "application/json; charset=latin-1": False,
    "text/json": False,
    "text/x+json": False,
    "json": False,
    "": False,
    f"application/json; x={'x' * 300}": False,
}


@pytest.mark.parametrize(("kind", "taken"), TYPES.items(), ids=TYPES)
def test_a_content_type_has_one_answer(system: System, kind: str, taken: bool):
    for path, good in GOOD.items():
        answer = both(system, path, content=json.dumps(good), headers={"Content-Type": kind})
        assert answer.is_success if taken else answer.status_code == 415, answer.text


def test_who_may_not_has_one_answer(system: System):
    bodies = [json.dumps({}), "{", "null", ""]
    for name, value in (("Sec-Fetch-Site", "cross-site"), ("Host", "evil.example"), ("Origin", "http://evil.example")):
        for path, good in GOOD.items():
            refused(both(system, path, content=json.dumps(good), headers=JSON | {name: value}), 403)
    reader, intake_key = system.key("read"), system.key("intake")
    for path, good in GOOD.items():
        for body in (json.dumps(good), *bodies):
            both(system, path, content=body)
            both(system, path, content=body, headers=JSON | reader)
        refused(both(system, path, content=json.dumps(good)), 401)
        refused(both(system, path, content=json.dumps(good), headers=JSON | {"X-API-Key": "ss_no_such"}), 401)
        refused(both(system, path, content=json.dumps(good), headers=JSON | reader), 403)
    assert system.http.get("/v2/tickets/status", headers=reader).json()["pending"] == 0
    for path, good in GOOD.items():
        assert both(system, path, content=json.dumps(good), headers=JSON | intake_key).is_success


def test_an_outage_has_one_answer(system: System):
    system.database.down = True
    for path, good in GOOD.items():
        refused(both(system, path, content=json.dumps(good)), 503)
