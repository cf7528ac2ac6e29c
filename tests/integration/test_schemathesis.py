"""Schemathesis reads the OpenAPI document and tries a running system with what it allows and what it does not.

Its command is run, as it goes further than its pytest plugin: every edge of every schema, random requests, and requests
that follow from the answers to others. Nothing may be a 5xx, and every answer has to be as documented.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smart_support import bootstrap, running, serving
from smart_support.cli import connection
from smart_support.settings import load

CONFIG = """
warnings = false
generation.database = "none"
[headers]
Authorization = "Bearer local"
[checks]
# "Of subject and body one must say something" is more than a schema says.
positive_data_acceptance.enabled = false
# A body beyond the limit is refused for its size before its schema is looked at.
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429]
"""

ENDLESS = ("--exclude-path", "/events")  # an answer without an end; tests/integration/test_events.py listens to it


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A whole system on a free loopback port, which admits the key `local`."""
    settings = load(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/smart-support.db")
    with (
        bootstrap.open_pipeline(settings, durable=False) as pipeline,
        serving.open_app(pipeline, settings, open_loopback=False, local_token="local") as app,
        running.running(pipeline),
        connection.listen("127.0.0.1", 0) as sock,
        connection.in_background(app, sock),
    ):
        yield connection.url_of(sock)


def explore(url: str, folder: Path, *options: str) -> None:
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG)
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            config,
            "run",
            f"{url}/openapi.json",
            *ENDLESS,
            *options,
        ],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Stateful" in found.stdout, found.stdout  # it went all the way
    assert "Tested: 0" not in found.stdout, found.stdout


def test_no_request_makes_it_fail_and_every_answer_is_as_documented(url: str, tmp_path: Path):
    explore(url, tmp_path, "--max-examples=20", "--seed=1")


@pytest.mark.slow
def test_the_same_with_many_more_requests_that_differ_in_each_run(url: str, tmp_path: Path):
    explore(url, tmp_path, "--max-examples=500")
