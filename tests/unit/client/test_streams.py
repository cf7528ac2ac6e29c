"""Events miss nothing and repeat nothing, wherever a connection is lost; an export is whole or says that it is not."""

import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_support.client import Client, SupportError, Unauthorized, Unavailable
from tests.examples import examples
from tests.unit.client.both import TICKET, Both, problem

EVENT = {
    "at": "2026-01-01T12:00:00Z",
    "actor": "system",
    "ticket_id": "t1",
    "incident_id": None,
    "agent_id": None,
    "data": {"urgency": 0.5},
}
NUMBER = 5


class Cut(httpx.SyncByteStream, httpx.AsyncByteStream):
    """So much of a stream, and then the connection is gone, or ends as if all had been said."""

    def __init__(self, content: bytes, end: int, step: int, lost: bool) -> None:
        self._chunks = [content[at : min(at + step, end)] for at in range(0, min(end, len(content)), step)]
        self._lost = lost

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        if self._lost:
            raise httpx.ReadError("gone")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def told(first: int) -> bytes:
    """What the system says to who has heard the events before `first`."""
    said = ": connected\nretry: 2000\n\n"
    alive = 'event: alive\ndata: {"at": "2026-01-01T12:00:00Z"}\n\n'
    for number in range(first, NUMBER):
        said += f"data: {json.dumps(EVENT | {'kind': f'k{number}'})}\nid: 7-{number + 1}\n\n: ping\n\n{alive}"
    return said.encode()


def broken(cuts: list[tuple[int, bool]], step: int, asked: list[str | None]) -> httpx.MockTransport:
    """A system whose streams break off at these bytes, one after the other, and then no more."""

    def handle(request: httpx.Request) -> httpx.Response:
        last = request.headers.get("Last-Event-ID")
        asked.append(last)
        content = told(int(last.split("-")[1]) if last else 0)
        end, lost = cuts[len(asked) - 1] if len(asked) <= len(cuts) else (len(content), True)
        headers = {"Content-Type": "text/event-stream; charset=utf-8"}
        return httpx.Response(200, headers=headers, stream=Cut(content, end, step, lost))

    return httpx.MockTransport(handle)


@pytest.mark.parametrize("kind", ["sync", "async"])
@settings(max_examples=examples(0.6), deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(30, 900), st.booleans()), max_size=6),
    step=st.integers(1, 400),
)
def test_whatever_breaks_off_where_each_event_comes_once_and_in_order(kind: str, cuts: list, step: int):
    with pytest.MonkeyPatch.context() as patch:
        both = Both(kind)
        patch.setattr("httpx_retries.retry.Retry.sleep", lambda *_: None)
        patch.setattr("httpx_retries.retry.Retry.asleep", _nothing)
        found = both.first(NUMBER, "events", "7-0", transport=broken(cuts, step, []))
    assert [event.kind for event in found] == [f"k{number}" for number in range(NUMBER)]
    assert [event.id for event in found] == [f"7-{number}" for number in range(1, NUMBER + 1)]


async def _nothing(*_: object) -> None:
    return


def test_who_is_cut_off_before_anything_happened_goes_on_from_where_he_began(both: Both):
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Last-Event-ID"))
        said = b": connected\n\nid: 7-3\n\n" if len(asked) == 1 else told(3)
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=said)

    assert [event.id for event in both.first(1, "events", transport=httpx.MockTransport(handle))] == ["7-4"]
    assert asked == [None, "7-3"]


def test_a_listener_is_patient_too_and_not_for_ever(both: Both):
    both.answers = [problem(503)] * 3 + [
        httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=told(0))
    ]
    assert len(both.first(1, "events")) == 1
    both.answers = [httpx.ConnectError("refused")]
    both.slept.clear()
    with pytest.raises(Unavailable):
        both.first(1, "events")
    assert sum(both.slept) == pytest.approx(60.0)


def test_streams_that_end_at_once_without_a_word_are_not_asked_for_for_ever(both: Both):
    both.answers = [httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=b"")]
    with pytest.raises(Unavailable, match="broke off"):
        both.first(1, "events")


def test_a_listener_whose_key_is_revoked_is_told(both: Both):
    both.answers = [problem(401)]
    with pytest.raises(Unauthorized):
        both.first(1, "events")
    assert len(both.tries) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=b"data: [1]\n\n"),
        httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=b'data: {"a": 1}\nid: 1\n\n'),
    ],
)
def test_what_is_no_stream_of_events_is_not_taken_for_one(both: Both, answer: httpx.Response):
    both.answers = [answer]
    with pytest.raises(SupportError, match="check the URL"):
        both.first(1, "events")


RECORD = TICKET | {"customer": {}, "channel": None, "tags": [], "received_at": None, "metadata": {"a": [1]}}
RECORD |= {"source": None, "source_id": None, "replies": []}
BREAKS = "one\u2028two\u0085three\x0bfour"


def test_an_export_comes_a_record_at_a_time(both: Both):
    lines = "".join(json.dumps(RECORD | {"body": f"{n} {BREAKS}"}, ensure_ascii=False) + "\n" for n in range(9))
    both.answers = [problem(503), httpx.Response(200, content=lines.encode())]
    found = both.first(10, "export_tickets")
    assert [record.body for record in found] == [f"{n} {BREAKS}" for n in range(9)]
    assert found[0].metadata == {"a": [1]}


def test_an_export_that_breaks_off_says_so(both: Both):
    content = (json.dumps(RECORD) + "\n").encode() * 3

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Cut(content, len(content) - 10, 50, lost=True))

    with pytest.raises(Unavailable, match="gone"):
        both.first(10, "export_tickets", transport=httpx.MockTransport(handle))


def test_a_stream_that_is_left_is_closed():
    closed = []

    class Watched(Cut):
        def close(self) -> None:
            closed.append(True)

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"Content-Type": "text/event-stream"}, stream=Watched(told(0), 900, 50, False)
        )

    with Client(transport=httpx.MockTransport(handle)) as client:
        events = client.events()
        assert next(events).kind == "k0"
        events.close()
    assert closed == [True]
