"""`simulate`: what is sent to a running system, and what is written instead."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from smart_support import bootstrap
from smart_support.cli import sending
from smart_support.cli.sending import IN_FLIGHT
from smart_support.cli.stream import read_stream
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from tests.unit.cli.conftest import Cli, served

SMALL = ["--reports", "12", "--copies", "2", "--look-alikes", "3", "--rate", "20"]


@pytest.fixture
def running(cli: Cli, tmp_path: Path) -> Iterator[bootstrap.Pipeline]:
    """The pipeline of a system that runs on the data directory; it works when it is told to."""
    with served(tmp_path / "data", lag_limit=100, production=False) as pipeline:
        yield pipeline


def test_a_flood_arrives_and_the_same_seed_sends_new_tickets(cli: Cli, running: bootstrap.Pipeline):
    ended = cli("simulate", "flood", "--family", "sms-codes", *SMALL, "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    sent = {(row["family"], row["kind"]): row["sent"] for row in found["tickets"]}
    assert sent.pop((None, "base")) > 0
    assert sent == {("sms-codes", "copy"): 2, ("sms-codes", "look-alike"): 3, ("sms-codes", "report"): 12}
    assert found["refused"] == 0
    assert found["status"]["pending"] == found["sent"]
    again = cli("simulate", "flood", "--family", "sms-codes", *SMALL)
    assert again.code == 0
    for words in ("sms-codes", "look-alike", "all", "GET /v2/tickets/status"):
        assert words in again.out
    running.drain()
    assert running.store.counts(DEFAULT_WORKSPACE).processed == 2 * found["sent"]


def test_what_is_refused_is_counted_and_told(cli: Cli, running: bootstrap.Pipeline, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.0)
    ended = cli("simulate", "flood", "--reports", "200", "--rate", "0", "--json")
    ended.failed("wait for triage", "Repeat the request later")
    found = json.loads(ended.out)
    assert (found["sent"] + found["refused"], found["status"]["pending"]) == (216, found["sent"])
    assert 100 <= found["sent"] <= 100 + IN_FLIGHT  # those on their way to the disk while it counts are seen by nobody
    assert sum(row["refused"] for row in found["tickets"]) == found["refused"]


def test_where_real_tickets_come_nothing_is_sent(cli: Cli, tmp_path: Path):
    with served(tmp_path / "data") as pipeline:  # nobody comes in without a key
        for command in ("flood", "day"):
            cli("simulate", command).failed("real tickets come", "--data-dir play", "PRODUCTION=false")
        assert pipeline.store.counts(DEFAULT_WORKSPACE).pending == 0


def test_without_a_running_system_it_says_how_to_start_one(cli: Cli, tmp_path: Path):
    for command in ("flood", "day"):
        ended = cli("simulate", command)
        ended.failed("no system runs", str(tmp_path / "data"), "smart-support up")
        assert ended.out == ""


def test_a_file_holds_what_would_be_sent_and_replay_reads_it(cli: Cli, tmp_path: Path):
    ended = cli("simulate", "day", "--hours", "6", "--storms", "2", "--reports", "10", "--out", "day.jsonl")
    assert (ended.code, ended.out) == (0, "")
    records = [json.loads(line) for line in (tmp_path / "day.jsonl").read_text(encoding="utf-8").splitlines()]
    assert f"{len(records)} tickets written to day.jsonl" in ended.err
    kinds = Counter(record["label"]["kind"] for record in records)
    assert (kinds["look-alike"], kinds["copy"]) == (12, 10)
    tickets = read_stream("day.jsonl").tickets
    assert [(t.id, t.subject, t.body) for t in tickets] == [(r["id"], r["subject"], r["body"]) for r in records]
    same = cli("simulate", "day", "--hours", "6", "--storms", "2", "--reports", "10", "--out", "again.jsonl", "--json")
    assert json.loads(same.out) == {"written": len(records)}
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "day.jsonl").read_bytes()
    cli("simulate", "flood", "--out", "no/such/folder").failed("no/such/folder")


def test_families_are_listed_without_those_kept_for_measuring(cli: Cli):
    names = [family["family"] for family in json.loads(cli("simulate", "flood", "--list", "--json").out)]
    assert len(names) == 24
    assert "sso-down" not in names
    shown = cli("simulate", "flood", "--list").out
    assert all(name in shown for name in names)


def test_help_says_that_a_new_system_has_to_know_its_traffic_first(cli: Cli):
    shown = " ".join(cli("simulate", "flood", "--help").out.replace("│", " ").split())
    assert "simulate day --storms 0" in shown
    assert "five minutes" in shown


def test_what_cannot_be_had_is_named(cli: Cli):
    cli("simulate", "flood", "--family", "sms-code").failed("'sms-code'", "did you mean sms-codes")
    cli("simulate", "flood", "--family", "0000").failed("'0000'", "--list")
    cli("simulate", "flood", "--family", "sso-down").failed("'sso-down'")
    cli("simulate", "day", "--storms", "25").failed("25 storms", "there are 24")


@pytest.mark.parametrize(
    "wrong",
    [
        *(["--rate", "-1"], ["--rate", "nan"], ["--rate", "inf"], ["--speed", "-1"], ["--speed", "nan"]),
        *(["--reports", "0"], ["--seed", "-1"], ["--minutes", "0"], ["--copies", "-1"], ["--look-alikes", "x"]),
    ],
    ids=" ".join,
)
def test_wrong_numbers_are_misuse(cli: Cli, wrong: list[str]):
    ended = cli("simulate", "flood", *wrong)
    assert (ended.code, ended.out) == (2, "")
    assert wrong[0] in ended.err


class TestSend:
    def test_busy_answers_are_heeded(self):
        seen: Counter[str] = Counter()

        def answer(request: httpx.Request) -> httpx.Response:
            ticket_id = json.loads(request.content)["ticket_id"]
            seen[ticket_id] += 1
            if seen[ticket_id] < 3:
                return httpx.Response([0, 429, 503][seen[ticket_id]], headers={"Retry-After": "0.01"})
            return httpx.Response(202, json={"ticket_id": ticket_id})

        done: list[None] = []
        answers = sending.send(_api(answer), _tickets(*[0.0] * 30), 0.0, lambda: done.append(None))
        assert [answer.json()["ticket_id"] for answer in answers] == [f"t{n}" for n in range(30)]
        assert seen.total() == 90
        assert len(done) == 30

    def test_each_goes_at_its_time(self):
        sent: list[float] = []

        def answer(_: httpx.Request) -> httpx.Response:
            sent.append(time.monotonic() - began)
            return httpx.Response(202)

        began = time.monotonic()
        sending.send(_api(answer), _tickets(0.0, 10.0, 20.0), 100.0, int)
        assert [at >= due for at, due in zip(sorted(sent), (0.0, 0.1, 0.2), strict=True)] == [True] * 3

    def test_a_lost_system_ends_it_at_once(self):
        def answer(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("gone", request=request)

        began = time.monotonic()
        with pytest.raises(httpx.ConnectError):
            sending.send(_api(answer), _tickets(0.0, 3_600.0), 1.0, int)
        assert time.monotonic() - began < 60


def _tickets(*times: float) -> list[tuple[float, dict]]:
    return [(at, {"ticket_id": f"t{n}", "body": "x"}) for n, at in enumerate(times)]


def _api(answer) -> httpx.Client:
    return httpx.Client(base_url="http://test", transport=httpx.MockTransport(answer))
