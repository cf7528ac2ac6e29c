"""`up` on SQLite: its disk fills up, its clock is set. Nothing that was accepted is lost or done twice."""

import errno
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.chaos.clock import Clock
from tests.chaos.cluster import cluster
from tests.chaos.faults import flush_redis
from tests.chaos.load import Answers, drain, load, ticket
from tests.chaos.promises import check
from tests.integration.system import PROGRAM, Up, environment
from tests.waiting import until

_HOUR = 3_600
_DISK = "4m"


@contextmanager
def up(folder: Path, before: list[str | Path], **given: str) -> Iterator[Up]:
    """`smart-support up`, started by a command that becomes it; with its data in `folder`, as it sees that."""
    log = folder.with_suffix(".log")
    port = str(servers.free_port())
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*before, PROGRAM, "up", "--port", port, "--data-dir", folder],
            cwd=folder.parent,
            env=environment(LOG_JSON="true", **given),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, timeout=30.0, trust_env=False) as api:
            until(lambda: process.poll() is not None or _ready(api), "up is ready")
            assert process.poll() is None, log.read_text()
            yield Up(process, folder, log, api, url)
            assert process.poll() is None, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def small_disk(tmp_path: Path) -> tuple[Path, list[str | Path]]:
    """A folder, and the command that gives it a small disk in the eyes of the process that it then becomes."""
    folder = tmp_path / "data"
    folder.mkdir()
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("a small disk needs mount namespaces, which only Linux has")
    script = f'mount -t tmpfs -o size={_DISK} tmpfs "$0" && exec "$@"'
    command = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", script, folder]
    for wanted in (command, [unshare, *command[3:]]):
        if subprocess.run([*wanted, "true"], capture_output=True, check=False).returncode == 0:
            return folder, wanted
    pytest.skip("a small disk needs the right to mount a tmpfs, which this machine does not give")


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk: tuple[Path, list[str | Path]]):
    folder, command = small_disk
    with up(folder, command) as system:
        disk = Path(f"/proc/{system.process.pid}/root") / folder.relative_to("/")
        answers = Answers()
        _post(system.api, answers, "before")
        _fill(disk / "filler")
        number = 0
        while not answers.refused:
            assert number < 2_000, "the disk is full, and tickets are still accepted"
            _post(system.api, answers, f"full-{number}")
            number += 1
        for more in range(20):
            _post(system.api, answers, f"more-{more}")
        refused = answers.refused[-1]
        assert int(refused.headers["Retry-After"]) > 0
        assert system.api.get("/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert system.api.get("/health").json()["store"] == "down"
        assert "Look at its disk" in system.api.get("/health/standing").json()["faults"][0]
        assert system.api.get("/v2/tickets/before").is_success
        assert system.api.post("/v1/tickets", json={"subject": "", "body": "I cannot log in."}).status_code == 201
        (disk / "filler").unlink()
        until(lambda: _post(system.api, answers, "after"), "there is room again")
        until(lambda: _ready(system.api), "it says so")
        _all_done_once(system, answers)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [_HOUR, -_HOUR, -_HOUR // 6])
def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, seconds: int):
    clock = Clock(tmp_path / "clock")
    with up(tmp_path / "data", [], **clock.environment) as system:
        with load(system.url, "jump", 200, 2.0, random.Random(seconds)) as answers:
            time.sleep(1.0)
            clock.jump(seconds)
        _all_done_once(system, answers)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [_HOUR, -_HOUR, -_HOUR // 6])
def test_the_clocks_of_a_cluster_jump(tmp_path: Path, seconds: int):
    """At a bad time: Redis forgets and the workers die, so that what was underway has to be found by its times."""
    clock = Clock(tmp_path / "clock")
    with cluster(**clock.environment) as made:
        mark = made.mark()
        with load(made.url, "jump", 300, 2.0, random.Random(seconds)) as answers:
            time.sleep(1.0)
            made.kill("worker-1")
            made.kill("worker-2")
            time.sleep(0.2)
            clock.jump(seconds)
            flush_redis(made, random.Random(seconds))
        check(made, "jump", answers, 1, mark)


def _ready(api: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return api.get("/readyz").is_success
    return False


def _post(api: httpx.Client, answers: Answers, id_: str) -> bool:
    answer = api.post("/v2/tickets", json=ticket(id_, urgent=False) | {"metadata": {"attached": id_ * 200}})
    if answer.is_success:
        answers.accepted.add(id_)
    else:
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        answers.refused.append(answer)
    return answer.is_success


def _fill(file: Path) -> None:
    """Leave no byte free on the disk of this file."""
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"\0" * 4096)
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017 - it is how this ends


def _all_done_once(system: Up, answers: Answers) -> None:
    """All that was accepted, and nothing else, can be claimed once each; the log has nothing unforeseen."""
    already = len(answers.claimed)
    system.until_waiting(len(answers.accepted) - already)
    drain(system.url, answers)
    assert sorted(answers.claimed) == sorted(answers.accepted)
    assert not answers.wrong
    log = system.log.read_text()
    assert "Traceback" not in log
    assert '"event": "failed"' not in log
