"""The client: it ends in time whatever the receiver does, goes nowhere it may not, and says no secret."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.senders.guard import Guard, deadline, is_public
from smart_support.adapters.senders.http import DAY, Answer, Http, check, encoded, pause, retry_after
from smart_support.pipeline.records import Undelivered
from tests.unit.adapters.senders.receivers import Receiver, answer, answers, read, receiving

SECRET = "T0SECRET"
IN_TIME = 0.4


@pytest.fixture
def http() -> Iterator[Http]:
    with closing(Http(allow_private=True, seconds=IN_TIME)) as client:
        yield client


def test_a_message_arrives_as_it_is_and_the_answer_comes_back(http):
    with receiving(answers(answer(201, b'{"ok": true}', X_Some="Thing"))) as receiver:
        found = http.post(f"{receiver.url}/a?b=c", json={"text": "Grüße"}, headers={"X-Token": "t"})
    assert (found.status, found.headers["x-some"], found.json()) == (201, "Thing", {"ok": True})
    request = receiver.requests[0]
    assert (request.method, request.target) == ("POST", "/a?b=c")
    assert request.body == '{"text":"Grüße"}'.encode()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-token"] == "t"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_connections_are_kept(http):
    taken: list[int] = []

    def behave(sock: socket.socket, receiver: Receiver) -> None:
        taken.append(1)
        answers(answer(200))(sock, receiver)

    with receiving(behave) as receiver:
        for _ in range(5):
            check(http.post(receiver.url, json={}))
        http.close()
    assert (len(taken), len(receiver.requests)) == (1, 5)


def test_user_and_password_of_an_address_are_sent_as_such(http):
    with receiving(answers(answer(200))) as receiver:
        http.post(f"http://anna:p%40ss@127.0.0.1:{receiver.port}/", json={})
    assert receiver.requests[0].headers["authorization"] == "Basic YW5uYTpwQHNz"
    assert "anna" not in receiver.requests[0].headers["host"]


def hang(taken: socket.socket, receiver: Receiver) -> None:
    read(taken, receiver)
    receiver.over.wait(5.0)


def drip(taken: socket.socket, receiver: Receiver) -> None:
    read(taken, receiver)
    for byte in answer(200) * 100:
        taken.sendall(bytes([byte]))
        if receiver.over.wait(0.05):
            return


def drip_body(taken: socket.socket, receiver: Receiver) -> None:
    read(taken, receiver)
    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not receiver.over.wait(0.05):
        taken.sendall(b"x")


def never_read(taken: socket.socket, receiver: Receiver) -> None:
    receiver.over.wait(5.0)


def drop(taken: socket.socket, receiver: Receiver) -> None:
    read(taken, receiver)


def reset(taken: socket.socket, receiver: Receiver) -> None:
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def rubbish(taken: socket.socket, receiver: Receiver) -> None:
    read(taken, receiver)
    taken.sendall(b"SSH-2.0-OpenSSH\r\n\r\n" * 10)


@pytest.mark.parametrize("behave", [hang, drip, never_read, drop, reset, rubbish])
def test_a_bad_receiver_costs_no_more_than_the_time_it_has(http, behave):
    begun = time.monotonic()
    with receiving(behave) as receiver, pytest.raises(Undelivered) as failed:
        http.post(f"{receiver.url}/services/{SECRET}", content=b"x" * 8_000_000, headers={"Authorization": SECRET})
    assert time.monotonic() - begun < IN_TIME + 1.0
    assert failed.value.retry
    assert "127.0.0.1" in str(failed.value)
    assert SECRET not in str(failed.value)


def test_who_has_taken_it_and_says_no_more_has_taken_it(http):
    begun = time.monotonic()
    with receiving(drip_body) as receiver:
        assert check(http.post(receiver.url, json={})).status == 200
    assert time.monotonic() - begun < IN_TIME + 1.0


def test_of_ten_megabytes_64_kilobytes_are_read(http):
    def endless(taken: socket.socket, receiver: Receiver) -> None:
        read(taken, receiver)
        taken.sendall(answer(200, b"x" * 10_000_000))

    with receiving(endless) as receiver:
        found = check(http.post(receiver.url, json={}))
        assert len(found.body) == 65_536
        assert len(http.request("GET", receiver.url, limit=100_000).body) == 100_000


def test_a_redirect_is_not_followed(http):
    with (
        receiving(answers(answer(200))) as inside,
        receiving(answers(answer(302, Location=inside.url))) as receiver,
        pytest.raises(Undelivered, match=r"302: a redirect") as failed,
    ):
        check(http.post(receiver.url, json={}))
    assert failed.value.retry
    assert inside.requests == []


LOOPBACK = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_spelling_of_this_machine_is_reached(host):
    with (
        receiving(answers(answer(200))) as receiver,
        closing(Http()) as http,
        pytest.raises(Undelivered, match=r"private address|no address") as failed,
    ):
        http.post(f"http://{host}:{receiver.port}/{SECRET}", json={})
    assert receiver.requests == []
    assert SECRET not in str(failed.value)


PRIVATE = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "192.88.99.1", "::", "::1", "fe80::1", "fc00::1",
    "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1",
    "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fe80::1%1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_global_unicast_is_private(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::"]
)
def test_what_is_global_unicast_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_as_by_itself(inner):
    for outer in (f"::ffff:{inner}", f"64:ff9b::{int(inner) >> 16:x}:{int(inner) & 0xFFFF:x}"):
        assert is_public(outer) == is_public(str(inner))


class Sockets(httpcore.NetworkBackend):
    """Takes down where it is to connect, and refuses."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.asked.append(host)
        raise httpcore.ConnectError


def test_a_name_that_changes_its_address_leads_only_to_the_one_that_was_checked():
    said = iter([["8.8.8.8"], ["127.0.0.1"], ["10.0.0.1", "8.8.4.4", "::1"]])
    guard, sockets = Guard(allow_private=False, resolve=lambda _host, _port: next(said)), Sockets()
    guard._sockets = sockets
    with deadline(1.0):
        with pytest.raises(httpcore.ConnectError):
            guard.connect_tcp("rebinds.example", 80)
        with pytest.raises(Undelivered, match=r"rebinds\.example has a private address") as refused:
            guard.connect_tcp("rebinds.example", 80)
        with pytest.raises(httpcore.ConnectError):
            guard.connect_tcp("rebinds.example", 80)
    assert sockets.asked == ["8.8.8.8", "8.8.4.4"]
    assert not refused.value.retry


def test_a_second_address_is_tried_where_the_first_does_not_answer(http):
    with receiving(answers(answer(200))) as receiver:
        resolve = lambda _host, _port: ["127.0.0.2", "127.0.0.1"]  # noqa: E731
        with closing(Http(allow_private=True, resolve=resolve)) as client:
            assert client.post(f"http://two.example:{receiver.port}/", json={}).status == 200


def test_a_resolver_that_hangs_is_left_behind():
    over = threading.Event()
    with closing(Http(seconds=0.2, resolve=lambda _host, _port: over.wait(5.0) and [])) as http:
        begun = time.monotonic()
        with pytest.raises(Undelivered, match=r"slow\.example"):
            http.post("http://slow.example/", json={})
        assert time.monotonic() - begun < 1.0
    over.set()


def test_who_does_not_listen_and_who_does_not_exist_may_be_tried_again(http):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Undelivered, match=r"no connection to 127\.0\.0\.1") as failed:
        http.post(f"http://127.0.0.1:{port}/", json={})
    assert failed.value.retry

    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    with (
        closing(Http(resolve=nowhere)) as client,
        pytest.raises(Undelivered, match=r"x\.example has no address") as failed,
    ):
        client.post("https://x.example/", json={})
    assert failed.value.retry


def test_what_does_not_speak_tls_is_named(http):
    def chatter(taken: socket.socket, receiver: Receiver) -> None:
        taken.sendall(b"220 mail.example ESMTP\r\n")
        receiver.over.wait(5.0)

    with receiving(chatter) as receiver, pytest.raises(Undelivered, match=r"127\.0\.0\.1 does not speak TLS"):
        http.post(f"https://127.0.0.1:{receiver.port}/", json={})


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x.example/", "file:///etc/passwd", "http://", "//x.example", f"{SECRET}\n", "gopher:x"],
)
def test_only_addresses_of_the_web_are_called(http, url):
    with pytest.raises(Undelivered) as failed:
        http.post(url, json={})
    assert not failed.value.retry
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize("token", [f"{SECRET}\nX-More: 1", f"{SECRET}é"])
def test_a_header_that_is_none_is_not_shown(http, token):
    with receiving(answers(answer(200))) as receiver, pytest.raises(Undelivered) as failed:
        http.post(receiver.url, json={}, headers={"Authorization": token})
    assert not failed.value.retry
    assert SECRET not in str(failed.value)
    assert receiver.requests == []


def verdict(status: int, **headers: str) -> Undelivered | None:
    try:
        check(Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b""))
    except Undelivered as error:
        return error
    return None


@given(st.integers(200, 599))
def test_each_status_says_whether_another_try_helps(status):
    found = verdict(status)
    assert (found is None) == (200 <= status < 300)
    if found:
        again = 300 <= status < 400 or status >= 500 or status in (408, 425, 429)
        assert (found.retry, found.busy) == (again, status in (429, 503))
        assert str(status) in str(found)


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("-3", 0.0),
        ("99999999", DAY),
        ("1e400", DAY),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 20:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 0.0),
        ("Sat, 21 Nov 2036 20:00:00 GMT", DAY),
        ("Sat, 99 Nov 99999 20:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_up_to_a_day(said, after):
    found = verdict(429, retry_after=said, date="Sat, 21 Nov 2026 20:00:00 GMT")
    assert found is not None
    assert found.after == after


@given(st.text() | st.floats() | st.none() | st.integers())
def test_whatever_a_receiver_asks_for_the_pause_is_bounded(said):
    for found in (pause(said), retry_after(Answer(429, {"retry-after": str(said)}, b""))):
        assert found is None or 0.0 <= found <= DAY


def test_half_a_character_does_not_stop_a_message():
    assert encoded({"a": "\ud800"}) == b'{"a":"?"}'
