"""Schemathesis reads the OpenAPI document and tries a running system with what it allows and what it does not.

Its command is run, as it goes further than its pytest plugin: every edge of every schema, random requests, and requests
that follow from the answers to others. Nothing may be a 5xx, and every answer has to be as documented: with the key of
an admin, with one that may only read, and with none where one is needed.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from smart_support import bootstrap, running, serving
from smart_support.cli import connection
from smart_support.settings import load
from tests.figures import leave

CONFIG = """
warnings = false
generation.database = "none"
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


def explore(url: str, folder: Path, token: str | None, *options: str) -> Counter[int]:
    """How many requests were answered with which status."""
    config, report = folder / "schemathesis.toml", folder / "report.ndjson"
    config.write_text(CONFIG + (f'[headers]\nAuthorization = "Bearer {token}"\n' if token else ""))
    found = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run", f"{url}/openapi.json"),
            *(*ENDLESS, "--report=ndjson", f"--report-ndjson-path={report}", *options),
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
    return Counter(statuses(report))


def statuses(report: Path) -> Iterator[int]:
    """The status of each answer."""
    with report.open() as lines:
        for line in lines:
            finished = json.loads(line).get("ScenarioFinished")
            for sent in finished["recorder"].get("interactions", {}).values() if finished else ():
                if sent["response"] is not None:
                    yield sent["response"]["status_code"]


def key(url: str, scope: str) -> str:
    """A key with one scope, made by who may do everything."""
    asked = {"name": scope, "scopes": [scope]}
    made = httpx.post(f"{url}/keys", json=asked, headers={"Authorization": "Bearer local"})
    return made.raise_for_status().json()["token"]


def tell(name: str, answered: Counter[int]) -> None:
    """What was tried, for people to quote."""
    failed = sum(number for status, number in answered.items() if status >= 500)
    by_status = {str(status): number for status, number in sorted(answered.items())}
    leave(f"schemathesis-{name}", requests=answered.total(), failed=failed, statuses=by_status)


def test_no_request_makes_it_fail_and_every_answer_is_as_documented(url: str, tmp_path: Path):
    answered = explore(url, tmp_path, "local", "--max-examples=20", "--seed=1")
    tell("admin", answered)
    assert answered[200] > 100  # it has not only been refused


def test_without_a_key_hardly_anything_is_answered(url: str, tmp_path: Path):
    """What a caller without a key gets that is no refusal says nothing of any ticket: `tests/unit/api/test_access.py`
    names those routes. Here the edges of every schema are tried."""
    answered = explore(url, tmp_path, None, "--phases=examples,stateful", "--max-examples=5", "--seed=1")
    tell("no-key", answered)
    assert answered[401] > answered.total() / 2


@pytest.mark.slow
def test_the_same_with_many_more_requests_that_differ_in_each_run(url: str, tmp_path: Path):
    tell("admin", explore(url, tmp_path, "local", "--max-examples=500"))


@pytest.mark.slow
def test_many_requests_with_a_key_that_may_only_read(url: str, tmp_path: Path):
    answered = explore(url, tmp_path, key(url, "read"), "--max-examples=100")
    tell("read", answered)
    assert answered[201] == answered[202] == 0, "nothing was made"
    assert answered[403] > 100


@pytest.mark.slow
def test_many_requests_without_a_key(url: str, tmp_path: Path):
    tell("no-key", explore(url, tmp_path, None, "--max-examples=100"))
