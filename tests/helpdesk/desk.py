"""A real django-helpdesk for tests: a process of its own on a free loopback port, its data in a temporary folder."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.servers import Server

PROGRAM = Path(__file__).with_name("server.py")
TOKEN = "d" * 40  # as in server.py, which only runs where Django is set up


@dataclass(frozen=True)
class Desk:
    """The server, and its API as a member of its staff sees it."""

    server: Server
    folder: Path
    users: dict[str, int]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def api(self) -> httpx.Client:
        headers = {"Authorization": f"Token {TOKEN}"}
        return httpx.Client(base_url=f"{self.url}/api", headers=headers, trust_env=False, timeout=30.0)

    def kill(self) -> None:
        self.server.end(signal.SIGKILL)

    def create(self, title: str, body: str) -> int:
        """The id of a new ticket."""
        return self.post(title, body).raise_for_status().json()["id"]

    def post(self, title: str, body: str) -> httpx.Response:
        """The answer to a new ticket: where nobody listens to its webhooks it is 500, and the ticket is stored."""
        given = {"queue": 1, "title": title, "description": body, "submitter_email": "customer@shop.example"}
        with self.api as api:
            return api.post("/tickets/", json={**given, "priority": 3, "status": 1, "on_hold": False})

    def ticket(self, id_: int) -> dict[str, Any]:
        with self.api as api:
            return api.get(f"/tickets/{id_}/").raise_for_status().json()

    def tickets(self) -> list[dict[str, Any]]:
        with self.api as api:
            return api.get("/tickets/", params={"page_size": 10_000}).raise_for_status().json()["results"]

    def change(self, id_: int, **fields: Any) -> None:
        """A change that leaves no follow-up."""
        with self.api as api:
            api.patch(f"/tickets/{id_}/", json=fields).raise_for_status()

    def follow_up(self, id_: int, comment: str, **fields: Any) -> int:
        """The id of a new follow-up, public as an answer is."""
        with self.api as api:
            given = {"ticket": id_, "comment": comment, "public": True, **fields}
            return api.post("/followups/", json=given).raise_for_status().json()["id"]

    def notes(self, id_: int) -> list[str]:
        return [one["comment"] for one in self.ticket(id_)["followup_set"] if not one["public"]]

    def call(self, *, new: str | None = None, follow_up: str | None = None) -> None:
        """Post new tickets and follow-ups to these addresses from now on."""
        (self.folder / "new.urls").write_text(new or "")
        (self.folder / "follow_up.urls").write_text(follow_up or "")


def prepare(folder: Path) -> Path:
    """The data of an empty helpdesk, to be copied for each test."""
    folder.mkdir()
    subprocess.run([sys.executable, PROGRAM, "prepare", folder], check=True, timeout=120)
    return folder


@contextmanager
def desk(prepared: Path, folder: Path) -> Iterator[Desk]:
    """A running helpdesk with its data in `folder`."""
    shutil.copytree(prepared, folder)

    def command(port: int) -> list[str | Path]:
        return [sys.executable, PROGRAM, "serve", folder, str(port)]

    server = Server("django-helpdesk", command, _answers, folder / "server.log", None, signal.SIGTERM)
    users = json.loads((folder / "users.json").read_text())
    try:
        server.start()
        yield Desk(server, folder, users)
    finally:
        server.end(signal.SIGKILL)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/followups/", trust_env=False).status_code == 401
    except httpx.TransportError:
        return False
