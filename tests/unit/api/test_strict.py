"""Hostile input: each is refused with a sentence that says what is wrong, is never a 500, and leaves nothing behind."""

import gzip
import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.system import System, refused

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Way:
    """A POST route that takes text: a good body for it, and where in that body the text stands."""

    path: str
    good: dict
    text: str
    ticket: bool = True

    def body(self, **change: object) -> dict:
        return self.good | change


WAYS = [
    Way("/v1/tickets", {"subject": "Help"}, "subject", ticket=False),
    Way("/v2/tickets", {"body": "Help"}, "body"),
    Way("/tickets", {"ticket_id": "t1", "description": "Help"}, "description", ticket=False),
    Way("/ticket", {"body": "Help"}, "body"),
    Way("/webhook", {"body": "Help"}, "body"),
    Way("/v2/import", {"tickets": [{"ticket_id": "t1", "body": "Help"}]}, "tickets", ticket=False),
    Way("/keys", {"name": "Help", "scopes": ["read"]}, "name", ticket=False),
]
TICKET_WAYS = [way for way in WAYS if way.ticket]


def stored(system: System) -> tuple:
    """All that requests can leave behind."""
    keys = system.http.get("/keys").json()
    return system.counts(), keys, system.http.get("/v1/tickets/status").json()


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(shared: System):
    before = stored(shared)
    yield
    assert stored(shared) == before


@dataclass(frozen=True)
class Refusal:
    """Bytes that no POST route takes, the status they get, and words of the answer that name the trouble."""

    body: bytes
    status: int
    words: tuple[str, ...] = ()
    headers: dict = field(default_factory=lambda: JSON)


BROKEN = {
    "nothing": Refusal(b"", 422, ("body",)),
    "a body over the limit": Refusal(b'{"body": "' + b"x" * 262_144 + b'"}', 413, ("262144",)),
    "10 MB": Refusal(b'{"body": "' + b"x" * 10_000_000 + b'"}', 413, ("262144",)),
    "no content type": Refusal(b'{"body": "Help"}', 415, ("application/json",), {}),
    "text": Refusal(b'{"body": "Help"}', 415, ("application/json",), {"Content-Type": "text/plain"}),
    "a form": Refusal(b"body=Help", 415, (), {"Content-Type": "application/x-www-form-urlencoded"}),
    "another charset": Refusal(b"{}", 415, ("UTF-8",), {"Content-Type": "application/json; charset=latin-1"}),
    "gzip": Refusal(gzip.compress(b'{"body": "Help"}'), 415, ("uncompressed",), JSON | {"Content-Encoding": "gzip"}),
    "latin-1": Refusal('{"body": "Ärger"}'.encode("latin-1"), 400, ("UTF-8",)),
    "half a JSON": Refusal(b'{"body": "Help', 400, ("not JSON",)),
    "two JSONs": Refusal(b"{} {}", 400, ("not JSON",)),
    "a raw NUL": Refusal(b'{"body": "a\0b"}', 400, ("not JSON",)),
    "great depth of arrays": Refusal(b"[" * 100_000 + b"]" * 100_000, 400, ("deep",)),
    "great depth of objects": Refusal(b'{"a":' * 40_000 + b"1" + b"}" * 40_000, 400, ("deep",)),
    "depth that the parser takes": Refusal(b'{"metadata":' * 100 + b"1" + b"}" * 100, 400, ("deep",)),
    "NaN": Refusal(b'{"metadata": {"n": NaN}}', 400, ("NaN",)),
    "Infinity": Refusal(b'{"metadata": {"n": -Infinity}}', 400, ("Infinity",)),
    "an integer of 10,000 digits": Refusal(b'{"metadata": {"n": ' + b"9" * 10_000 + b"}}", 400, ("number",)),
    "an array": Refusal(b"[]", 422),
    "null": Refusal(b"null", 422),
    "a string": Refusal(b'"Help"', 422),
    "a number": Refusal(b"1", 422),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_object_in_utf8_is_refused(shared: System, case: Refusal):
    for way in WAYS:
        refused(shared.http.post(way.path, content=case.body, headers=case.headers), case.status, *case.words)


def test_a_body_over_the_limit_is_refused_without_its_length_being_told(shared: System):
    for way in WAYS:
        answer = shared.http.post(way.path, content=iter([b'{"body": "', b"x" * 300_000, b'"}']), headers=JSON)
        assert "content-length" not in answer.request.headers
        refused(answer, 413)


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_beyond_any_is_refused(shared: System, number: str):
    for way in TICKET_WAYS:
        body = json.dumps(way.body(metadata={"n": "number"})).replace('"number"', number)
        answer = shared.http.post(way.path, content=body, headers=JSON)
        assert answer.status_code in {400, 422}, f"{way.path}: {answer.text}"
        refused(answer, answer.status_code, "number")


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\udfff x", r"\udc00\ud800"])
def test_text_that_cannot_be_stored_is_refused(shared: System, escape: str):
    for way in WAYS:
        wrong = json.dumps(way.good).replace("Help", f"a{escape}b")
        assert escape in wrong
        refused(shared.http.post(way.path, content=wrong, headers=JSON), 422)
        in_a_name = json.dumps(way.body(name_of_a_field=1)).replace("name_of_a_field", escape)
        refused(shared.http.post(way.path, content=in_a_name, headers=JSON), 422)


def test_an_unknown_field_is_refused_by_name(shared: System):
    for way in WAYS:
        body = refused(shared.http.post(way.path, json=way.body(prioritty="high")), 422)
        assert [error["field"] for error in body["errors"]] == ["prioritty"]
        assert "unknown" in body["errors"][0]["message"]


UNKNOWN = {
    ("POST", "/v2/tickets", "prioritty"): {"body": "Help"},
    ("POST", "/v2/tickets", "customer.phone"): {"customer": {}},
    ("POST", "/v2/import", "tickets.0.prioritty"): {"tickets": [{"ticket_id": "t1", "body": "Help"}]},
    ("POST", "/v2/import", "prioritty"): {"tickets": [{"ticket_id": "t1", "body": "Help"}]},
    ("POST", "/v1/tickets", "prioritty"): {"body": "Help"},
    ("POST", "/v2/tickets/bulk", "prioritty"): {"act": "resolve", "ticket_ids": ["t1"]},
    ("PUT", "/config/routing", "prioritty"): {},
    ("PUT", "/agents", "0.prioritty"): [{"id": "ann"}],
    ("POST", "/incidents/inc-1/merge", "prioritty"): {"incident_id": "inc-2"},
}
WITH_METADATA = list(UNKNOWN)[:3]


@pytest.mark.parametrize("place", UNKNOWN, ids=" ".join)
def test_metadata_is_named_only_where_there_is_some(shared: System, place: tuple[str, str, str]):
    method, path, field = place
    body = inner = json.loads(json.dumps(UNKNOWN[place]))
    *around, name = field.split(".")
    for part in around:
        inner = inner[int(part) if part.isdecimal() else part]
    inner[name] = "high"
    told = {
        error["field"]: error["message"]
        for error in refused(shared.http.request(method, path, json=body), 422)["errors"]
    }
    more = ", or put it into metadata" if place in WITH_METADATA else ""
    assert told[field] == f"unknown field; remove it{more}"


def test_what_is_no_object_is_asked_for_one(shared: System):
    for way in WAYS:
        (told,) = refused(shared.http.post(way.path, headers=JSON), 422)["errors"]
        assert told == {"field": "body", "message": "The request has no body; send a JSON object"}
        (told,) = refused(shared.http.post(way.path, json=[]), 422)["errors"]
        assert told == {"field": "body", "message": "send a JSON object"}
    (told,) = refused(shared.http.put("/agents", headers=JSON), 422)["errors"]
    assert told["message"] == "The request has no body; send a JSON array"
    (told,) = refused(shared.http.post("/v2/tickets", json={"body": "Help", "metadata": []}), 422)["errors"]
    assert told == {"field": "metadata", "message": "send a JSON object"}


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("GET", "/incidents/nosuch", None, "inc- and a number, as inc-12"),
        ("GET", "/incidents?before=nosuch", None, "inc- and a number, as inc-12"),
        ("POST", "/incidents/inc-1/merge", {"incident_id": "nosuch"}, "inc- and a number, as inc-12"),
        ("DELETE", "/keys/nope", None, "`smart-support keys list` shows it"),
        ("POST", "/models/Nope/shadow", None, "`GET /models`"),
        ("POST", "/workspaces", {"id": "No Id"}, "lower-case letters"),
    ],
)
def test_what_an_id_looks_like_is_said_in_words(shared: System, method: str, path: str, body: dict | None, words: str):
    (told,) = refused(shared.http.request(method, path, json=body), 422)["errors"]
    assert words in told["message"]
    assert "pattern" not in told["message"]


@pytest.mark.parametrize("wrong", [None, 7, True, {"a": 1}, [7]])
def test_a_wrong_type_is_refused_by_name(shared: System, wrong: object):
    for way in WAYS:
        body = refused(shared.http.post(way.path, json=way.body(**{way.text: wrong})), 422)
        assert body["errors"][0]["field"].split(".")[0] == way.text


@pytest.mark.parametrize("empty", ["", r" \n\t "])
def test_a_ticket_that_says_nothing_is_refused(shared: System, empty: str):
    for way in WAYS:
        refused(shared.http.post(way.path, content=json.dumps(way.good).replace("Help", empty), headers=JSON), 422)


BEYOND = {
    "a long subject": {"subject": "x" * 1_001},
    "a long body": {"body": "x" * 200_001},
    "a long channel": {"channel": "x" * 65},
    "a long address": {"customer": {"email": "x" * 321}},
    "an unknown field of the customer": {"customer": {"phone": "1"}},
    "many tags": {"tags": ["x"] * 51},
    "a long tag": {"tags": ["x" * 65]},
    "tags as text": {"tags": "x"},
    "large metadata": {"metadata": {"x": "x" * 16_384}},
    "metadata as a list": {"metadata": []},
    "a time in words": {"received_at": "yesterday"},
    "a month that is none": {"received_at": "2025-13-01T00:00:00Z"},
    "a time beyond the calendar": {"received_at": 10**30},
}


@pytest.mark.parametrize("change", BEYOND.values(), ids=BEYOND)
def test_a_field_beyond_its_limit_is_refused_by_name(shared: System, change: dict):
    for way in TICKET_WAYS:
        refused(shared.http.post(way.path, json=way.body(**change)), 422, *change)


def test_an_address_or_method_that_does_not_exist_is_a_problem_too(shared: System):
    refused(shared.http.get("/v3/tickets"), 404)
    wrong = shared.http.put("/v2/tickets", json={})
    refused(wrong, 405)
    assert wrong.headers["allow"] == "GET, POST"
    assert shared.http.put("/keys", json={}).headers["allow"] == "GET, POST"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
FIELDS = ("ticket_id", "subject", "body", "description", "text", "customer", "tags", "metadata", "tickets", "scopes")


@given(
    way=st.sampled_from(WAYS),
    body=JSON_VALUES | st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, min_size=1),
)
def test_no_json_at_all_makes_the_server_fail(shared: System, way: Way, body: object):
    answer = shared.http.post(
        way.path, content=json.dumps(body | {"unknown": 1} if isinstance(body, dict) else body), headers=JSON
    )
    refused(answer, answer.status_code)
    assert 400 <= answer.status_code < 500


@given(
    content=st.binary(max_size=200), kind=st.sampled_from(["application/json", "application/vnd.x+json", "", "é/;="])
)
def test_no_bytes_at_all_make_the_server_fail(shared: System, content: bytes, kind: str):
    headers = {"Content-Type": kind.encode("latin-1")}
    answer = shared.http.post("/v2/tickets", content=b"[" + content, headers=headers)
    refused(answer, answer.status_code)
    assert 400 <= answer.status_code < 500
