"""The Python client against a running system: what the documents show works, and a killed system costs it only time."""

import asyncio
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from smart_support.client import AsyncClient, Client, Forbidden, NewTicket, Unauthorized
from tests.integration.system import Up, until, up

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("client") / "data") as system:
        yield system


def shown(document: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("part", range(len(shown("docs/client.md"))))
def test_what_the_documents_show_works(running: Up, capsys: pytest.CaptureFixture[str], part: int):
    code = shown("docs/client.md")[part]
    assert ADDRESS in code
    exec(compile(code.replace(ADDRESS, running.url), "docs/client.md", "exec"), {"__name__": "__main__"})  # noqa: S102
    assert capsys.readouterr().out


def test_keys_and_scopes(tmp_path: Path):
    with up(tmp_path / "data") as system:
        made = system.api.post("/keys", json={"name": "in", "scopes": ["intake"]}).raise_for_status().json()
        with Client(system.url, made["token"]) as client:
            sent = client.submit(NewTicket(body="x"))
            with pytest.raises(Forbidden, match="read"):
                client.get(sent.ticket_id)
        with Client(system.url) as client, pytest.raises(Unauthorized):
            client.status()
        with Client(system.url, made["token"]) as client, pytest.raises(Forbidden):
            next(client.events())


TICKETS = 120


def test_a_killed_system_costs_time_and_no_ticket_and_no_event(tmp_path: Path):
    """Half of the tickets from threads, half from asyncio, in the middle of it kill -9, and the system comes again."""
    heard: list[str] = []
    submitted: list[str] = []

    def listen(url: str) -> None:
        with Client(url) as client:
            for event in client.events(after="0-0"):
                if event.kind == "ticket.accept" and event.ticket_id:
                    heard.append(event.ticket_id)
                if len(heard) == TICKETS:
                    return

    def send(number: int) -> None:
        submitted.append(client.submit(NewTicket(ticket_id=f"t{number}", body="Refund please")).ticket_id)

    async def send_all(url: str) -> None:
        room = asyncio.Semaphore(4)
        async with AsyncClient(url) as client:

            async def one(number: int) -> None:
                async with room:
                    sent = await client.submit(NewTicket(ticket_id=f"a{number}", body="Invoice?"))
                    submitted.append(sent.ticket_id)

            await asyncio.gather(*(one(number) for number in range(TICKETS // 2)))

    with up(tmp_path / "data", MODEL_FALLBACK="1") as system:
        port, url = str(httpx.URL(system.url).port), system.url
        threads = [
            threading.Thread(target=listen, args=[url]),
            threading.Thread(target=asyncio.run, args=[send_all(url)]),
        ]
        with Client(url) as client, ThreadPoolExecutor(4) as pool:
            for thread in threads:
                thread.start()
            sending = pool.map(send, range(TICKETS // 2))
            until(lambda: len(submitted) >= TICKETS // 4, "a part is in")
            system.end(signal.SIGKILL)
            assert len(submitted) < TICKETS
            with up(tmp_path / "data", "--port", port, MODEL_FALLBACK="1") as again:
                list(sending)
                for thread in threads:
                    thread.join(60)
                    assert not thread.is_alive()
                with Client(again.url) as other:
                    stored = [record.ticket_id for record in other.export_tickets()]
    assert len(stored) == len(set(stored)) == TICKETS
    assert sorted(submitted) == sorted(stored)
    assert sorted(heard) == sorted(stored)
