"""`Idempotency-Key`: a POST that is repeated has its effect once and gets the first answer again."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from secrets import token_hex
from typing import Any
from uuid import RFC_4122, UUID

import httpx
import pytest

from smart_support.api.answers import Answers
from smart_support.api.once import IN_FLIGHT_SECONDS, ordered_id
from smart_support.domain.ticket import Ticket
from smart_support.domain.triage import Text, Triage
from smart_support.pipeline.records import Accepted
from tests.unit.api.system import EMPTY, System, refused

ROUTES = {
    "/v1/tickets": {"subject": "Help", "body": "Checkout is down"},
    "/v2/tickets": {"subject": "Help", "body": "Checkout is down"},
    "/tickets": {"ticket_id": "t1", "description": "Checkout is down"},
    "/ticket": {"body": "Checkout is down"},
    "/webhook": {"text": "Checkout is down"},
}
OTHER = {"/tickets": {"ticket_id": "t2", "description": "Other"}}


def send(system: System, path: str, body: dict, key: str = "k1") -> httpx.Response:
    return system.http.post(path, json=body, headers={"Idempotency-Key": key})


class HeldAccept:
    """Takes tickets in and keeps the answer to itself until it is let go, as a process that dies in between does."""

    def __init__(self, real: Answers) -> None:
        self._real = real
        self._free = threading.Event()
        self.arrived = threading.Event()

    async def accept(self, ticket: Ticket, actor: str) -> Accepted:
        accepted = await self._real.accept(ticket, actor)
        self.arrived.set()
        await asyncio.to_thread(self._free.wait)
        return accepted

    def let_go(self) -> None:
        self._free.set()


class HeldModel:
    """A model that answers when it is let go."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._free = threading.Event()
        self.arrived = threading.Event()

    def of(self, workspace: str) -> "HeldModel":
        self._real = self._real.of(workspace)
        return self

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        self.arrived.set()
        assert self._free.wait(30)
        return self._real.triage(texts)

    def let_go(self) -> None:
        self._free.set()


@pytest.mark.parametrize("path", ROUTES)
def test_the_same_request_gets_the_first_answer_and_has_one_effect(running: System, path: str):
    first = send(running, path, ROUTES[path])
    assert first.is_success, first.text
    running.clock.set(running.clock.now() + 3_600)
    again = send(running, path, ROUTES[path])
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    in_memory = running.http.get("/v1/tickets/status").json()["queue_depth"]
    on_disk = len(running.pipeline.store.page("default", None, 10))
    assert in_memory + on_disk == 1


@pytest.mark.parametrize("path", ROUTES)
def test_the_key_of_another_payload_is_refused_and_nothing_is_stored(running: System, path: str):
    send(running, path, ROUTES[path])
    refused(send(running, path, OTHER.get(path, {"body": "Other"})), 422, "Idempotency-Key")
    in_memory = running.http.get("/v1/tickets/status").json()["queue_depth"]
    assert in_memory + len(running.pipeline.store.page("default", None, 10)) == 1


def test_the_key_of_another_route_or_query_is_another_request(system: System):
    send(system, "/v2/tickets", ROUTES["/v2/tickets"])
    refused(send(system, "/webhook", ROUTES["/v2/tickets"]), 422, "Idempotency-Key")
    refused(send(system, "/v2/tickets?wait=0.1", ROUTES["/v2/tickets"]), 422, "Idempotency-Key")
    assert system.counts() == EMPTY | {"pending": 1}


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä"])
def test_a_key_that_is_none_is_refused(system: System, key: str):
    headers = {"Idempotency-Key": key.encode("latin-1")}
    refused(system.http.post("/v2/tickets", json={"body": "Help"}, headers=headers), 422, "idempotency-key")
    assert system.counts() == EMPTY


@pytest.mark.parametrize("path", ["/v1/tickets", "/v2/tickets", "/tickets", "/webhook"])
def test_while_the_first_is_in_flight_the_second_is_told_to_wait(system: System, path: str):
    parts = system.app.state.parts
    held = HeldModel(parts.quick) if path == "/v1/tickets" else HeldAccept(parts.answers)
    system.app.state.parts = replace(parts, **{"quick" if path == "/v1/tickets" else "answers": held})
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send, system, path, ROUTES[path])
        assert held.arrived.wait(30)
        second = send(system, path, ROUTES[path])
        held.let_go()
        assert first.result(30).is_success
    refused(second, 409, "Idempotency-Key")
    assert int(second.headers["retry-after"]) > 0
    assert send(system, path, ROUTES[path]).content == first.result().content


def test_a_request_whose_process_died_is_taken_over_and_finds_its_own_ticket(system: System):
    parts = system.app.state.parts
    held = HeldAccept(parts.answers)
    system.app.state.parts = replace(parts, answers=held)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send, system, "/v2/tickets", ROUTES["/v2/tickets"])
        assert held.arrived.wait(30)
        system.app.state.parts = parts
        system.clock.set(system.clock.now() + IN_FLIGHT_SECONDS)
        refused(send(system, "/v2/tickets", ROUTES["/v2/tickets"]), 409)
        system.clock.set(system.clock.now() + 1)
        second = send(system, "/v2/tickets", ROUTES["/v2/tickets"])
        held.let_go()
        assert second.status_code == 202
        assert second.content == first.result(30).content
    assert system.counts() == EMPTY | {"pending": 1}


def test_a_request_that_failed_frees_its_key(system: System):
    system.post(ticket_id="t1", body="Taken")
    refused(send(system, "/v2/tickets", {"ticket_id": "t1", "body": "Help"}), 409, "t1")
    assert send(system, "/v2/tickets", {"ticket_id": "t2", "body": "Help"}).status_code == 202


def test_a_request_that_met_an_outage_can_be_repeated(system: System):
    system.database.down = True
    refused(send(system, "/v2/tickets", ROUTES["/v2/tickets"]), 503)
    system.database.down = False
    assert send(system, "/v2/tickets", ROUTES["/v2/tickets"]).status_code == 202
    assert system.counts() == EMPTY | {"pending": 1}


def test_v1_answers_again_without_the_database(system: System):
    system.database.down = True
    first = send(system, "/v1/tickets", ROUTES["/v1/tickets"])
    assert send(system, "/v1/tickets", ROUTES["/v1/tickets"]).content == first.content
    assert system.http.get("/v1/tickets/status").json() == {"queue_depth": 1}


def test_keys_of_two_workspaces_do_not_meet(system: System):
    """An Idempotency-Key says nothing of another caller's requests in another workspace."""
    assert system.app.state.parts.store.claim("other", "k1", "hash", system.clock.now(), 0.0) == "ours"
    assert send(system, "/v2/tickets", ROUTES["/v2/tickets"]).status_code == 202


def test_ids_are_uuids_that_sort_by_the_time_they_were_made():
    ids = [ordered_id(1_700_000_000.0 + n / 1_000, token_hex) for n in range(1_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1_000
    assert {(UUID(id_).version, UUID(id_).variant) for id_ in ids} == {(7, RFC_4122)}
    assert len({ordered_id(1_700_000_000.0, token_hex) for _ in range(1_000)}) == 1_000
