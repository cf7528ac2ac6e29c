"""The head of a request has bounds, also while it comes; nothing else of what is sent is counted as one."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest

from smart_support.cli import connection, heads
from smart_support.cli.heads import MAX_HEAD_BYTES


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says what came, from whom, the cookies, and how long the body was; after so many seconds as the path says, or
    before the body was read."""
    size, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"][1:].startswith("0"):
        await asyncio.sleep(float(scope["path"][1:]))
    cookies = [value.decode() for name, value in scope["headers"] if name == b"cookie"]
    told = json.dumps({"size": size, "client": scope["client"][0], "cookies": cookies}).encode()
    headers = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


class Line:
    """A connection, and what came over it."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=10)
        self._came = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[int, Any]:
        """Status and body of the next answer."""
        while not (whole := re.match(rb"HTTP/1.1 (\d+).*?content-length: (\d+).*?\r\n\r\n", self._came, re.DOTALL)):
            self._more()
        end = whole.end() + int(whole[2])
        while len(self._came) < end:
            self._more()
        body, self._came = self._came[whole.end() : end], self._came[end:]
        return int(whole[1]), json.loads(body)

    def ends(self) -> bool:
        """Whether nothing else comes before the server hangs up."""
        try:
            return self._came + self._socket.recv(1_000) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> None:
        came = self._socket.recv(65_536)
        assert came, self._came
        self._came += came


@pytest.fixture
def call() -> Iterator[Callable[[], Line]]:
    with (
        connection.listen("127.0.0.1", 0) as sock,
        connection.in_background(echo, sock),  # type: ignore[arg-type]  # an app is enough
        ExitStack() as lines,
    ):
        yield lambda: lines.enter_context(closing(Line(connection.url_of(sock))))


def head(size: int, first: str = "GET / HTTP/1.1", *more: str) -> bytes:
    """One of about so many bytes."""
    lines = "".join(f"{line}\r\n" for line in (first, "Host: x", *more))
    return f"{lines}X: {'x' * (size - len(lines))}\r\n\r\n".encode()


def test_a_head_that_is_too_large_is_refused_and_says_so(call: Callable[[], Line]):
    line = call()
    line.send(head(MAX_HEAD_BYTES + 1_000))
    status, body = line.answer()
    assert (status, body["status"]) == (431, 431)
    assert str(MAX_HEAD_BYTES) in body["detail"]
    assert line.ends()


def test_one_of_many_headers_or_with_a_long_address_is_too(call: Callable[[], Line]):
    for wrong in (f"GET /{'x' * MAX_HEAD_BYTES} HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n" + "a:\r\n" * 10_000 + "\r\n"):
        line = call()
        line.send(wrong.encode())
        assert line.answer()[0] == 431


def test_so_it_is_while_it_still_comes(call: Callable[[], Line]):
    for begun in (b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nX: x\r\nX"):
        line = call()
        line.send(begun)
        for _ in range(4):
            time.sleep(0.01)
            line.send(b"x" * (MAX_HEAD_BYTES // 4))
        assert line.answer()[0] == 431
        assert line.ends()


def test_each_request_has_a_head_of_its_own(call: Callable[[], Line]):
    line = call()
    for _ in range(5):
        line.send(head(MAX_HEAD_BYTES - 1_000))
        assert line.answer()[0] == 200
    line.send(head(MAX_HEAD_BYTES - 1_000) * 5)  # pipelined
    assert [line.answer()[0] for _ in range(5)] == [200] * 5
    for piece in (head(20_000)[:10_000], head(20_000)[10_000:] + head(30_000)[:100], head(30_000)[100:]):
        line.send(piece)
        time.sleep(0.01)
    assert [line.answer()[0] for _ in range(2)] == [200] * 2


def test_bodies_do_not_count(call: Callable[[], Line]):
    line, size = call(), 10 * MAX_HEAD_BYTES
    line.send(head(500, "POST / HTTP/1.1", f"Content-Length: {size}") + b"x" * size)
    assert line.answer() == (200, {"size": size, "client": "127.0.0.1", "cookies": []})
    line.send(head(500, "POST / HTTP/1.1", "Transfer-Encoding: chunked"))
    for _ in range(100):
        line.send(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
    line.send(b"0\r\n\r\n")
    assert line.answer() == (200, {"size": 100 * 0x1000, "client": "127.0.0.1", "cookies": []})


def test_trailers_without_end_are_a_head_too(call: Callable[[], Line]):
    line = call()
    line.send(head(500, "POST / HTTP/1.1", "Transfer-Encoding: chunked") + b"1\r\nx\r\n")
    time.sleep(0.01)
    line.send(b"0\r\n")
    for _ in range(9):
        time.sleep(0.01)
        line.send(b"x: x\r\n" * (MAX_HEAD_BYTES // 6 // 8))
    assert line.answer()[0] == 431


def test_a_cookie_in_quotes_is_no_work_and_the_others_come_as_they_are(call: Callable[[], Line]):
    line = call()
    quoted = '"' + "\\\\" * 10_000 + '"'
    line.send(head(30_000, "GET / HTTP/1.1", f"Cookie: a={quoted}; ss_session={'0' * 64}"))
    assert line.answer()[1]["cookies"] == [f'a=""; ss_session={"0" * 64}']


def test_trailers_are_no_headers(call: Callable[[], Line]):
    line = call()
    trailers = "Cookie: a=b\r\nX-Forwarded-For: 198.51.100.77\r\n\r\n"
    line.send(head(500, "POST / HTTP/1.1", "Transfer-Encoding: chunked") + f"1\r\nx\r\n0\r\n{trailers}".encode())
    assert line.answer() == (200, {"size": 1, "client": "127.0.0.1", "cookies": []})


@pytest.mark.parametrize("apart", [False, True])
def test_who_would_rather_speak_another_protocol_goes_on_in_this_one(call: Callable[[], Line], apart: bool):
    line = call()
    wish = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAA")
    inner = b"GET /hidden HTTP/1.1\r\n\r\n"
    sized = head(500, "POST / HTTP/1.1", *wish, f"Content-Length: {len(inner)}")
    chunked = head(500, "POST / HTTP/1.1", *wish, "Transfer-Encoding: chunked")
    for sent, body in ((sized, inner), (chunked, b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner))):
        line.send(sent if apart else sent + body)
        if apart:
            time.sleep(0.05)
            line.send(body)
        assert line.answer() == (200, {"size": len(inner), "client": "127.0.0.1", "cookies": []})
    line.send(sized + inner + sized + inner + head(500, "GET / HTTP/1.1", *wish) + head(500))
    assert [line.answer()[1]["size"] for _ in range(4)] == [len(inner), len(inner), 0, 0]


def test_what_is_no_request_is_refused_in_words(call: Callable[[], Line]):
    for wrong in (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"hello\r\n\r\n"):
        line = call()
        line.send(wrong)
        status, body = line.answer()
        assert (status, body["status"], "HTTP/1.1" in body["detail"]) == (400, 400, True)
        assert line.ends()


def test_no_refusal_stands_within_the_answer_to_an_earlier_request(call: Callable[[], Line]):
    for wrong in (b"hello\r\n\r\n", head(2 * MAX_HEAD_BYTES)):
        line = call()
        line.send(head(500, "GET /0.3 HTTP/1.1"))
        time.sleep(0.1)
        line.send(wrong)
        assert line.ends()


def test_whoever_does_not_say_what_he_wants_is_hung_up_on(call: Callable[[], Line], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.2)
    silent, slow, second, refused = call(), call(), call(), call()
    slow.send(b"GET / HTTP/1.1\r\n")
    second.send(head(500) + b"GET")
    assert second.answer()[0] == 200
    second.send(b" / HT")
    refused.send(head(500, "POST /early HTTP/1.1", "Content-Length: 9") + b"x")
    assert refused.answer()[0] == 200
    refused.send(b"x")
    for _ in range(8):
        time.sleep(0.05)
        with suppress(OSError):
            slow.send(b"X")
    assert all(line.ends() for line in (silent, slow, second, refused))


def test_whoever_waits_for_an_answer_or_has_a_body_to_send_is_not(
    call: Callable[[], Line], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.2)
    waits, sends = call(), call()
    waits.send(head(500, "POST /0.8 HTTP/1.1", "Content-Length: 2") + b"xx")
    sends.send(head(500, "POST / HTTP/1.1", "Transfer-Encoding: chunked") + b"1\r\nx")
    time.sleep(0.1)
    waits.send(b"\r\n")
    sends.send(b"\r\n")
    time.sleep(0.5)
    sends.send(b"0\r\n\r\n")
    assert sends.answer()[1]["size"] == 1
    assert waits.answer()[1]["size"] == 2
    waits.send(head(500))
    assert waits.answer()[0] == 200
