"""A real `smart-support` for tests: processes of their own, on free ports and data directories, ended by their id."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from smart_support.settings import Settings
from tests.waiting import SECONDS, until

PROGRAM = Path(sys.executable).with_name("smart-support")


def environment(**given: str) -> dict[str, str]:
    """This process's environment without settings of the developer's, and wide enough that no message is wrapped."""
    settings = {name.upper() for name in (*Settings.model_fields, "urgency_webhook_threshold", "config_file")}
    plain = {name: value for name, value in os.environ.items() if name not in settings | {"FORCE_COLOR", "CI"}}
    # What tests send is alike; storms have tests of their own.
    alike = {"STORM_TICKET_THRESHOLD": "1000000", "STORM_BY_MEANING": "0"}
    return plain | {"COLUMNS": "400"} | alike | given


def run(*arguments: str, folder: Path, stdin: str = "", **given: str) -> subprocess.CompletedProcess[str]:
    """One command in `folder`, to its end."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        env=environment(**given),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Up:
    """A running `smart-support up`."""

    process: subprocess.Popen
    data_dir: Path
    log: Path
    api: httpx.Client
    url: str

    def status(self) -> dict[str, int]:
        return self.api.get("/v2/tickets/status").raise_for_status().json()

    def until_waiting(self, number: int, seconds: float = SECONDS) -> None:
        until(lambda: self.status()["waiting"] == number, f"{number} tickets wait", seconds)

    def end(self, signal: int) -> int:
        """The exit status after a signal."""
        self.process.send_signal(signal)
        return self.process.wait(SECONDS)


@contextmanager
def up(data_dir: Path, *arguments: str, program: Path = PROGRAM, **given: str) -> Iterator[Up]:
    """`smart-support up` on a free port, ready; killed afterwards if it still runs."""
    note = data_dir / "server.json"
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir.with_suffix(".log")
    with log.open("wb") as output:
        command = [program, "up", "--port", "0", "--data-dir", data_dir, *arguments]
        process = subprocess.Popen(
            command,
            cwd=data_dir.parent,
            env=environment(**given),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        until(lambda: process.poll() is not None or _pid(note) == process.pid, "up is ready")
        assert process.poll() is None, log.read_text()
        url = json.loads(note.read_text())["url"]
        with httpx.Client(base_url=url, timeout=30.0, trust_env=False) as api:
            until(lambda: api.get("/readyz").is_success, "up answers /readyz")
            yield Up(process, data_dir, log, api, url)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _pid(note: Path) -> int | None:
    """Whose note it is; a stale one is another process's."""
    try:
        return json.loads(note.read_text())["pid"]
    except (OSError, ValueError):
        return None
