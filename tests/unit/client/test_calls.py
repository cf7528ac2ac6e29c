"""A call is tried again for as long as patience lasts, has its effect once, and fails in words and types of its own."""

import inspect
import json
import os
import subprocess
import sys
import traceback
from operator import mul

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support import client as public
from smart_support.client import AsyncClient, Client, NewTicket, PastTicket, SupportError, call, calls
from smart_support.domain.ids import is_id
from tests.unit.client.both import ACCEPTED, TICKET, Both, problem

OK = httpx.Response(202, json=ACCEPTED)
TELEMETRY = "ORT_DISABLE_TELEMETRY"
LOST = httpx.ReadError("the connection was reset")
SILENT = httpx.ReadTimeout("too late")
NO_ROOM = problem(429, **{"Retry-After": "7"})
AWAY = problem(503, **{"Retry-After": "2"})
STRANGER = httpx.Response(404, text="<html>nothing here</html>")
STATUS = dict.fromkeys(("pending", "processed", "waiting", "assigned", "suppressed", "dead"), 3)


@pytest.mark.parametrize("failure", [NO_ROOM, AWAY, problem(502), problem(504), LOST, SILENT, httpx.ConnectError("no")])
def test_a_ticket_is_sent_until_it_is_answered_always_under_one_key(both: Both, failure):
    both.answers = [failure, failure, OK]
    accepted = both.call("submit", NewTicket(subject="Checkout is down", tags=("shop",)))
    assert accepted.ticket_id == "t1"
    keys = {request.headers["Idempotency-Key"] for request in both.tries}
    bodies = {request.content for request in both.tries}
    assert (len(both.tries), len(keys), len(bodies)) == (3, 1, 1)
    assert json.loads(bodies.pop()) == {"subject": "Checkout is down", "tags": ["shop"]}


def test_each_call_has_a_key_of_its_own_unless_it_is_given_one(both: Both):
    both.answers = [OK]
    for _ in range(2):
        both.call("submit", NewTicket(body="x"))
    both.call("submit", NewTicket(body="x"), idempotency_key="mail-17")
    first, second, own = (request.headers["Idempotency-Key"] for request in both.tries)
    assert len({first, second, own}) == 3
    assert own == "mail-17"


def test_a_ticket_with_an_id_needs_no_key(both: Both):
    both.answers = [LOST, OK]
    both.call("submit", NewTicket(ticket_id="t1", body="x"))
    assert [json.loads(request.content)["ticket_id"] for request in both.tries] == ["t1", "t1"]
    assert not any("Idempotency-Key" in request.headers for request in both.tries)
    both.call("submit", NewTicket(ticket_id="t1", body="x"), idempotency_key="own")
    assert both.tries[-1].headers["Idempotency-Key"] == "own"


def test_every_post_that_has_an_effect_twice_comes_with_a_key(both: Both):
    both.answers = [httpx.Response(200, json=TICKET)]
    for act in ("accept", "decline", "start", "resolve", "reopen", "reassign", "escalate"):
        both.call(act, "t1", "ann")
    assert all(request.headers["Idempotency-Key"] for request in both.tries)
    assert {request.content for request in both.tries} == {b'{"agent_id": "ann"}'}


def test_the_system_says_how_long_to_wait(both: Both):
    both.answers = [NO_ROOM, OK]
    both.call("submit", NewTicket(body="x"))
    assert both.slept == [7.0]


def test_without_a_word_from_it_pauses_grow_to_a_few_seconds_and_differ(both: Both):
    both.answers = [*[LOST] * 12, OK]
    both.given = {"patience": 1_000.0}
    both.call("submit", NewTicket(body="x"))
    assert len(both.slept) == 12
    assert all(0 <= pause <= min(0.1 * 2**number, 5.0) for number, pause in enumerate(both.slept, 1))
    assert len(set(both.slept)) == 12


@pytest.mark.parametrize(
    ("failure", "kind", "seconds"), [(AWAY, "Unavailable", 20), (LOST, "Unavailable", 20), (NO_ROOM, "Overloaded", 14)]
)
def test_patience_ends(both: Both, failure, kind: str, seconds: int):
    both.answers = [failure]
    both.given = {"patience": 20.0}
    with pytest.raises(getattr(public, kind)):
        both.call("submit", NewTicket(body="x"))
    assert sum(both.slept) == pytest.approx(seconds)  # 7 + 7, and no 6, which would be before it was told to come


@pytest.mark.parametrize("after", ["3600", "9" * 400, "Fri, 31 Dec 2100 23:59:59 GMT"])
@pytest.mark.parametrize(("status", "kind"), [(429, public.Overloaded), (503, public.Unavailable)])
def test_who_is_told_to_come_later_than_patience_lasts_gives_up_at_once(both: Both, status: int, kind, after: str):
    both.answers = [problem(status, **{"Retry-After": after})]
    both.given = {"patience": 3.0}
    with pytest.raises(kind, match="Do something else"):
        both.call("submit", NewTicket(body="x"))
    with pytest.raises(kind, match="Do something else"):
        both.first(1, "events")
    assert (len(both.tries), both.slept) == (2, [])


@pytest.mark.parametrize("after", ["-5", "nan", "garbage", "", "1e9", "Wed, 99 Nov 2026 99:00:00 GMT"])
def test_a_pause_that_cannot_be_read_is_none_that_was_asked_for(both: Both, after: str, caplog):
    both.answers = [problem(503, **{"Retry-After": after}), OK]
    assert both.call("submit", NewTicket(body="x")).ticket_id == "t1"
    assert all(0 <= pause <= 0.2 for pause in both.slept)
    assert caplog.records == []


def test_a_proxy_that_finds_no_room_is_overloaded_too(both: Both):
    both.answers = [httpx.Response(429, text="Too Many Requests")]
    both.given = {"patience": 0.0}
    with pytest.raises(public.Overloaded) as raised:
        both.call("submit", NewTicket(body="x"))
    assert raised.value.status == 429


@pytest.mark.parametrize("key", ["sk_s3cret\n\nx", "sk_s3cretü", "sk_s3cret x", "", "\n"])
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_what_can_be_no_key_is_refused_without_being_shown(client, key: str):
    with pytest.raises(ValueError, match="API key") as raised:
        client(key=key)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value, chain=True))


def test_a_key_may_come_with_the_line_break_of_its_file(both: Both):
    both.given = {"key": "ss_secret\n"}
    both.answers = [httpx.Response(200, json=STATUS)]
    both.call("status")
    assert both.tries[0].headers["Authorization"] == "Bearer ss_secret"


@pytest.mark.parametrize("url", ["desk.test", "localhost:8000", "127.0.0.1:8000", "http://", "ftp://x", "http://[::1"])
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_what_can_be_no_url_is_refused_at_once(client, url: str):
    with pytest.raises(ValueError, match="http://HOST:PORT"):
        client(url)


HALF = "half an emoji: \ud83d"


@pytest.mark.parametrize(
    ("name", "given", "named"),
    [
        ("submit", (NewTicket(body=HALF),), {}),
        ("submit", (NewTicket(body="x", metadata={"a": HALF}),), {}),
        ("submit", (NewTicket(body="x"),), {"idempotency_key": "ü"}),
        ("submit", (NewTicket(body="x"),), {"idempotency_key": "a\nb"}),
        ("correct", ("t1", public.Correction(note=HALF)), {}),
        ("import_tickets", ([PastTicket(ticket_id="a", body=HALF)],), {}),
        ("list_alerts", (), {"topic": HALF}),
    ],
)
def test_what_cannot_be_sent_is_invalid(both: Both, name: str, given, named):
    with pytest.raises(public.Invalid):
        both.call(name, *given, **named)
    assert both.tries == []


def test_an_event_id_that_cannot_be_sent_is_invalid(both: Both):
    with pytest.raises(public.Invalid):
        both.first(1, "events", "ü")
    assert both.tries == []


def test_who_has_no_patience_tries_once(both: Both):
    both.answers = [AWAY]
    both.given = {"patience": 0.0}
    with pytest.raises(public.Unavailable, match="Do something else"):
        both.call("status")
    assert len(both.tries) == 1
    assert both.slept == []


def test_an_answer_that_is_still_being_made_is_waited_for(both: Both):
    both.answers = [SILENT, problem(409, **{"Retry-After": "1"}), OK]
    assert both.call("submit", NewTicket(body="x")).ticket_id == "t1"
    assert len(both.tries) == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "Invalid"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (409, "Conflict"),
        (413, "Invalid"),
        (415, "Invalid"),
        (422, "Invalid"),
        (500, "SupportError"),
    ],
)
def test_what_no_second_try_would_mend_is_an_error_at_once(both: Both, status: int, kind: str):
    both.answers = [problem(status, "Say something else.")]
    with pytest.raises(SupportError) as raised:
        both.call("get", "t1")
    assert type(raised.value) is getattr(public, kind)
    assert (raised.value.status, raised.value.detail) == (status, "Say something else.")
    assert len(both.tries) == 1


def test_fields_that_are_refused_are_named(both: Both):
    errors = [{"field": "subject", "message": "too long"}]
    both.answers = [problem(422, "No.", errors)]
    with pytest.raises(public.Invalid, match=r"No\.; subject: too long") as raised:
        both.call("submit", NewTicket(subject="x"))
    assert [one.model_dump() for one in raised.value.fields] == errors


def test_the_next_ticket_is_not_claimed_twice(both: Both):
    both.answers = [SILENT, httpx.Response(200, json=TICKET)]
    with pytest.raises(public.Unavailable):
        both.call("next")
    assert len(both.tries) == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), AWAY, NO_ROOM])
def test_the_next_ticket_is_asked_for_again_where_none_can_have_been_claimed(both: Both, failure):
    both.answers = [failure, httpx.Response(200, json=TICKET)]
    assert both.call("next").ticket_id == "t1"


def test_a_sample_is_not_sent_twice(both: Both):
    both.answers = [SILENT, httpx.Response(202, json=[])]
    with pytest.raises(public.Unavailable):
        both.call("send_test_alert", "oncall")
    assert len(both.tries) == 1


def test_all_that_was_given_up_is_not_what_nothing_named_means(both: Both):
    both.answers = [httpx.Response(200, json={"retried": []})]
    both.call("retry_alerts")
    both.call("retry_alerts", [])
    assert [json.loads(request.content)["message_ids"] for request in both.tries] == [None, []]


def test_no_ticket_waits(both: Both):
    both.answers = [problem(404, "No ticket waits.")]
    assert both.call("next") is None


@pytest.mark.parametrize("name", ["next", "status", "list_agents"])
@pytest.mark.parametrize("answer", [STRANGER, httpx.Response(200, text="hello"), httpx.Response(200, json=[{"a": 1}])])
def test_a_stranger_at_the_address_is_no_answer(both: Both, name: str, answer):
    both.answers = [answer]
    with pytest.raises(SupportError, match="check the URL") as raised:
        both.call(name)
    assert type(raised.value) is SupportError


def test_what_a_later_version_adds_is_left_aside(both: Both):
    both.answers = [httpx.Response(200, json={**STATUS, "asleep": 5})]
    assert both.call("status").model_dump() == STATUS


def test_an_agent_who_is_gone_already_is_removed(both: Both):
    both.answers = [LOST, problem(404, "There is no agent 'ann'.")]
    assert both.call("remove_agent", "ann") is None
    both.answers = [problem(403)]
    with pytest.raises(public.Forbidden):
        both.call("remove_agent", "ann")


@pytest.mark.parametrize("name", ["next", "status", "preview", ".", "..", "", "a/b", "a?b", "ä", "x" * 129, "a\n"])
def test_what_is_no_id_reaches_no_other_route(both: Both, name: str):
    for method in ("get", "resolve", "get_agent", "remove_agent", "get_incident"):
        with pytest.raises(ValueError, match="no id"):
            both.call(method, name)
    assert both.tries == []


SHORT = st.text(st.sampled_from("aZ09._:-/ ä\n"), max_size=4)
LONG = st.builds(mul, st.sampled_from("a."), st.integers(126, 130))


@given(SHORT | LONG)
def test_client_and_system_have_one_mind_of_what_an_id_is(name: str):
    if is_id(name):
        assert call.segment(name) == name
    else:
        with pytest.raises(ValueError, match="more than dots alone"):
            call.segment(name)


def test_a_key_goes_with_each_call_and_stands_in_no_text(both: Both):
    both.given = {"key": "ss_secret"}
    both.answers = [problem(401)]
    with pytest.raises(public.Unauthorized) as raised:
        both.call("status")
    assert both.tries[0].headers["Authorization"] == "Bearer ss_secret"
    assert "secret" not in repr(raised.value) + repr(Client(key="ss_secret")) + repr(raised.value.__cause__)


def test_a_ticket_is_waited_for_until_it_is_processed(both: Both):
    pending = httpx.Response(200, json=TICKET | {"status": "pending", "state": "accepted"})
    both.answers = [pending, pending, httpx.Response(200, json=TICKET)]
    assert both.call("wait_until_processed", "t1").status == "processed"
    assert both.slept == [0.05, 0.1]


def test_a_ticket_is_waited_for_no_longer_than_was_said(both: Both):
    both.answers = [httpx.Response(200, json=TICKET | {"status": "pending"})]
    with pytest.raises(TimeoutError, match="t1"):
        both.call("wait_until_processed", "t1", timeout=0.0)


def test_any_number_of_tickets_is_imported_in_batches(both: Both):
    both.answers = [httpx.Response(200, json={"imported": 2, "known": 1, "conflicts": ["t9"]})]
    told = both.call("import_tickets", (PastTicket(ticket_id=f"t{n}", body="ä" * 3_000) for n in range(100)))
    assert (told.imported, told.known, len(told.conflicts)) == (2 * len(both.tries), len(both.tries), len(both.tries))
    sent = [json.loads(request.content)["tickets"] for request in both.tries]
    assert [ticket["ticket_id"] for batch in sent for ticket in batch] == [f"t{n}" for n in range(100)]
    assert all(len(request.content) < 250_000 for request in both.tries)


def test_both_clients_have_every_call_with_the_same_arguments():
    def methods(client: type) -> dict[str, str]:
        found = inspect.getmembers(client, inspect.isfunction)
        return {name: str(inspect.signature(made)) for name, made in found if not name.startswith("_")}

    ours, theirs = methods(Client), methods(AsyncClient)
    assert ours.pop("close") == theirs.pop("aclose")
    for stream in ("events", "export_tickets"):
        assert ours.pop(stream).startswith(theirs.pop(stream).replace("Async", "").removesuffix("]"))
    assert ours == theirs
    assert ours["get"] == "(self, /, ticket_id: str) -> smart_support.client.answers.Ticket"
    described = {
        name: made
        for name, made in inspect.getmembers(calls, inspect.isfunction)
        if made.__module__ == calls.__name__ and not name.startswith("_") and name != "import_batch"
    }
    assert described.keys() == ours.keys() - {"send", "wait_until_processed", "import_tickets"}
    assert all(getattr(Client, name).__doc__ == made.__doc__ for name, made in described.items())


def test_importing_it_is_light():
    code = "import sys, smart_support.client; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"fastapi", "numpy", "onnxruntime", "ortools", "psycopg", "redis", "sqlalchemy", "starlette", "typer"}
    assert heavy.isdisjoint(loaded)
    ours = {name for name in loaded if name.startswith("smart_support.")}
    assert all(name.startswith("smart_support.client") for name in ours)


@pytest.mark.parametrize(
    ("module", "alone"), [("client", False), ("cli", True), ("domain.storm.detector", True), ("triage.engine", True)]
)
def test_the_process_of_a_program_that_imports_it_stays_its_own(module: str, alone: bool):
    """The system's own processes leave the cores to the encoder; those of others do as they like."""
    code = f"import os, smart_support.{module}; print(*os.environ)"
    plain = {name: value for name, value in os.environ.items() if name not in {"OPENBLAS_NUM_THREADS", TELEMETRY}}
    known = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True).stdout
    assert ("OPENBLAS_NUM_THREADS" in known.split()) == (TELEMETRY in known.split()) == alone


def test_what_is_sent_besides_is_what_httpx_needs():
    found = call.Call("POST", "/v2/tickets", call.one(public.Accepted), {"wait": 2}, "{}", patience=2.0).request(10.0)
    assert found["timeout"].read == 12.0
    assert found["timeout"].connect == 10.0
