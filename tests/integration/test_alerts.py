"""Alerts from a running system to real receivers: each arrives once, under one id, whatever receivers and power do."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import servers
from tests.chaos.clock import Clock
from tests.integration.system import Up, run, up
from tests.receivers import Receiver, Receivers
from tests.waiting import until

DOCUMENT = Path(__file__).parents[2] / "docs" / "destinations.md"
URGENT = "URGENT: production is down, no customer can pay, we are losing money every minute"
LEASE_SECONDS = 60


def settings(receivers: Receivers) -> dict[str, str]:
    return {"ALLOW_PRIVATE_WEBHOOKS": "1", "WEBHOOK_THRESHOLD": "0.5", "DESTINATIONS": receivers.destinations()}


def send(system: Up, ticket_id: str) -> None:
    body = {"ticket_id": ticket_id, "subject": "Checkout is down", "body": URGENT}
    system.api.post("/v2/tickets", json=body).raise_for_status()


def listed(system: Up) -> list[dict[str, Any]]:
    return system.api.get("/alerts").raise_for_status().json()


def about(system: Up, ticket_id: str) -> list[dict[str, Any]]:
    return [one for one in listed(system) if one["topic"] == f"ticket:{ticket_id}"]


def ids(receiver: Receiver) -> list[str]:
    return [one.id for one in receiver.tries]


def test_what_fails_is_tried_again_under_its_id_and_holds_up_nobody(tmp_path: Path):
    scripts = {"mends": ["500", "429", "good"]}
    receiving = Receivers(["good", "hangs", "redirects"], scripts)
    with receiving as receivers, up(tmp_path / "data", **settings(receivers)) as system:
        send(system, "t1")
        until(lambda: receivers["mends"].taken, "the third try is taken")
        first, second, third = receivers["mends"].tries
        assert first.id == second.id == third.id
        assert 5.0 <= second.at - first.at < 9.0  # 5 s and at most a fifth, and the time to look
        assert 1.0 <= third.at - second.at < 3.0  # what it asked for with 429
        [good] = receivers["good"].tries
        assert good.at - first.at < 3.0
        assert receivers["hangs"].tries
        assert receivers["redirects"].tries
        assert not receivers["elsewhere"].tries
        mended = lambda: [one["state"] for one in listed(system) if one["destination"] == "mends"]  # noqa: E731
        until(lambda: mended() == ["sent"], "it is sent")
        states = {one["destination"]: (one["state"], one["last_error"]) for one in listed(system)}
        assert states["good"] == ("sent", None)
        assert states["redirects"] == ("pending", "it answered 307: a redirect is not followed")


def test_a_kill_between_sending_and_marking_repeats_the_message_under_its_id(tmp_path: Path):
    clock = Clock(tmp_path / "clock")
    scripts = {"oncall": ["takes-and-hangs", "good"]}
    with Receivers(scripts=scripts) as receivers:
        given = settings(receivers) | clock.environment
        oncall = receivers["oncall"]
        with up(tmp_path / "data", **given) as system:
            send(system, "t1")
            until(lambda: oncall.taken, "the receiver has the message, and has not said so")
            system.end(signal.SIGKILL)
        with up(tmp_path / "data", **given) as system:
            send(system, "t2")
            until(lambda: len(oncall.tries) == 2, "another alert need not wait for the first one")
            [first] = about(system, "t1")
            assert first["state"] == "pending"
            clock.jump(LEASE_SECONDS + 1)
            until(lambda: len(oncall.tries) == 3, "the lease is over")
            until(lambda: {one["state"] for one in listed(system)} == {"sent"}, "all is sent")
        lost, other, repeated = ids(oncall)
        assert repeated == lost == first["id"]
        assert other != lost


def test_what_was_given_up_is_listed_and_tried_again(tmp_path: Path):
    receiving = Receivers(scripts={"oncall": ["404", "good"]})
    with receiving as receivers, up(tmp_path / "data", **settings(receivers)) as system:
        send(system, "t1")
        until(lambda: [one["state"] for one in about(system, "t1")] == ["dead"], "it is given up")
        found = run("alerts", "list", "--state", "dead", "--json", "--data-dir", str(system.data_dir), folder=tmp_path)
        [dead] = json.loads(found.stdout)
        assert dead["last_error"] == "it answered 404"
        run("alerts", "retry", dead["id"], "--data-dir", str(system.data_dir), folder=tmp_path).check_returncode()
        until(lambda: len([one for one in ids(receivers["oncall"]) if one == dead["id"]]) == 2, "it comes again")
        topics = [one.topic for one in receivers["oncall"].taken]
        assert topics.count("default/ticket:t1") == 1
        assert "default/dead_letters" in topics  # that it was given up was an alert of its own


@dataclass(frozen=True, slots=True)
class Documented:
    """The receiver in the documentation, running."""

    url: str
    secret: str
    process: subprocess.Popen


@pytest.fixture
def documented() -> Iterator[Documented]:
    [code] = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    [secret] = re.findall(r'"(whsec_.*?)"', code)
    port = servers.free_port()
    assert code.count("9000") == 1
    command = [sys.executable, "-u", "-c", code.replace("9000", str(port))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        until(lambda: answers(port), "it listens")
        yield Documented(f"http://127.0.0.1:{port}/", secret, process)
    finally:
        process.kill()
        process.communicate()


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def test_the_documented_receiver_takes_what_is_signed_and_nothing_else(tmp_path: Path, documented: Documented):
    given = {"url": documented.url, "secret": documented.secret}
    alone = {"ALLOW_PRIVATE_WEBHOOKS": "1", "DESTINATIONS": json.dumps({"backend": given})}
    with up(tmp_path / "data", **alone) as system:
        found = run("alerts", "test", "backend", "--json", "--data-dir", str(system.data_dir), folder=tmp_path)
        assert found.returncode == 0, found.stderr
        [sample] = json.loads(found.stdout)
        assert (sample["state"], sample["attempts"]) == ("sent", 1)
        assert documented.process.stdout is not None
        assert documented.process.stdout.readline() == "alert.raised A test from Smart-Support\n"
        assert documented.secret not in system.log.read_text()
    late = {"webhook-id": sample["id"], "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA"}
    for headers in ({}, late):
        answer = httpx.post(documented.url, json={"type": "alert.raised"}, headers=headers, trust_env=False)
        assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_a_private_address_gets_nothing_unless_it_is_permitted(tmp_path: Path):
    with Receivers(["good"]) as receivers:
        given = settings(receivers) | {"ALLOW_PRIVATE_WEBHOOKS": "0"}
        with up(tmp_path / "data", **given) as system:
            send(system, "t1")
            until(lambda: [one["state"] for one in about(system, "t1")] == ["dead"], "it is given up")
            assert "ALLOW_PRIVATE_WEBHOOKS" in about(system, "t1")[0]["last_error"]
        assert not receivers["good"].tries
