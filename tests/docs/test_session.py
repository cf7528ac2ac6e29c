"""A session leaves nothing behind."""

import subprocess
from pathlib import Path

import pytest

from tests.docs import session
from tests.docs.session import Here, Session


def test_what_does_not_end_is_killed_and_keeps_nothing_else_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(session, "SECONDS", 1)
    one = Session(tmp_path, Here("http://127.0.0.1:1", 1), {})
    one._running = [
        subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, start_new_session=True)
        for command in ("trap '' TERM; echo; while :; do sleep 0.1; done", "echo; exec sleep 600")
    ]
    for process in one._running:
        process.stdout.readline()
    with pytest.raises(AssertionError, match="not ended"):
        one.end()
    assert [process.poll() for process in one._running] == [-9, -15]
    for process in one._running:
        process.stdout.close()
