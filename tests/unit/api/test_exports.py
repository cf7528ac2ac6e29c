"""Exports end with the key that asked for them, and never as if they were whole."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal

from smart_support.api import feedback, records
from tests.unit.api.system import System

EXPORTS = [("GET", "/v2/export"), ("GET", "/v2/feedback/export"), ("POST", "/v2/privacy/export")]
Sent = list[dict[str, Any]]


@pytest.fixture
def filled(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    """Three tickets of one customer with feedback, exported one by one."""
    for module in (records, feedback):
        monkeypatch.setattr(module, "_PAGE", 1)
    for name in ("t1", "t2", "t3"):
        system.post(ticket_id=name, body="Help", customer={"id": "ann"}).raise_for_status()
    system.process()
    for name in ("t1", "t2", "t3"):
        system.http.post(f"/v2/tickets/{name}/feedback", json={"category": "Legal"}).raise_for_status()
    return system


async def ask(system: System, sent: Sent, method: str, path: str, token: str, at_first: Callable[[], None]) -> None:
    """Send a request as a server would, and note what the app sends; `at_first` runs once some of the body is there."""
    body = json.dumps({"customer": "ann"}).encode() if method == "POST" else b""
    given = {
        "host": "127.0.0.1",
        "authorization": token,
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    asked = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not asked:
            await anyio.sleep_forever()
        return asked.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(dict(message))
        if [one["type"] for one in sent].count("http.response.body") == 1:
            at_first()

    headers = [(name.encode(), value.encode()) for name, value in given.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await system.app(scope, receive, send)


def lines(sent: Sent) -> int:
    return b"".join(one.get("body", b"") for one in sent).count(b"\n")


def is_whole(sent: Sent) -> bool:
    return sent[-1]["type"] == "http.response.body" and not sent[-1].get("more_body", False)


@pytest.mark.parametrize(("method", "path"), EXPORTS)
def test_an_export_breaks_off_when_its_key_is_revoked(filled: System, portal: BlockingPortal, method: str, path: str):
    token = filled.key("admin")["Authorization"]
    parts = filled.app.state.parts
    key_id = token.split("_")[1]

    def revoke() -> None:
        assert parts.store.revoke_key("default", key_id, filled.clock.now(), "local")
        parts.keys.refresh()

    sent: Sent = []
    with pytest.raises(RuntimeError, match="already started"):
        portal.call(ask, filled, sent, method, path, token, revoke)
    assert (sent[0]["status"], lines(sent), is_whole(sent)) == (200, 1, False)


@pytest.mark.parametrize(("method", "path"), EXPORTS)
def test_an_export_is_whole_while_its_key_holds(filled: System, portal: BlockingPortal, method: str, path: str):
    sent: Sent = []
    portal.call(ask, filled, sent, method, path, filled.key("admin")["Authorization"], lambda: None)
    assert (sent[0]["status"], lines(sent), is_whole(sent)) == (200, 3, True)
