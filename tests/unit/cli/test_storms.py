import json
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from smart_support import bootstrap
from smart_support.settings import load
from tests.builders import ticket
from tests.unit.cli.conftest import Cli

DOWN = "Every card payment in our shop fails with error 502 since this morning"
VAT = "The VAT number on my last invoice is not ours, please send a corrected one"


def copies(number: int, body: str = DOWN, start: int = 0) -> list[dict]:
    return [
        {"id": f"t{n:02}", "subject": "Help", "body": body, "received_at": 1_000 + n}
        for n in range(start, start + number)
    ]


def replayed(cli: Cli, *records: dict) -> dict:
    ended = cli("replay", "-", "--json", stdin="".join(json.dumps(record) + "\n" for record in records))
    assert (ended.code, ended.err) == (0, "")
    return json.loads(ended.out)


@pytest.fixture(params=["0", "1"], ids=["both tiers", "light"])
def _models(request: pytest.FixtureRequest, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_FALLBACK", request.param)
    monkeypatch.setenv("WEBHOOK_THRESHOLD", "1")  # nothing is urgent by itself


@pytest.mark.usefixtures("_models")
class TestReplay:
    def test_eleven_copies_are_one_incident(self, cli: Cli):
        found = replayed(cli, *copies(11))
        names = [f"t{n:02}" for n in range(11)]
        (incident,) = found["incidents"]
        assert incident.pop("title")
        assert incident.pop("severity") in {"minor", "major", "critical"}
        assert incident == {
            "id": "inc-1",
            "state": "open",
            "opened_at": 1_010.0,
            "tickets": names,
            "suppressed": names[1:],
        }
        assert found["alerts"] == [{"incident_id": "inc-1", "kind": "incident_opened", "at": 1_010.0}]
        assert [(one["incident_id"], one["status"]) for one in found["tickets"]] == [
            ("inc-1", "waiting"),
            *[("inc-1", "suppressed")] * 10,
        ]

    def test_ten_copies_are_none(self, cli: Cli):
        found = replayed(cli, *copies(10))
        assert (found["incidents"], found["alerts"]) == ([], [])
        assert {(one["incident_id"], one["status"]) for one in found["tickets"]} == {(None, "waiting")}

    def test_nor_are_eleven_that_come_too_slowly(self, cli: Cli):
        slow = [one | {"received_at": 31 * n} for n, one in enumerate(copies(11))]
        assert replayed(cli, *slow)["incidents"] == []

    def test_two_causes_are_two_incidents(self, cli: Cli):
        found = replayed(cli, *copies(12), *copies(11, VAT, 12))["incidents"]
        assert [(one["id"], len(one["tickets"]), len(one["suppressed"])) for one in found] == [
            ("inc-1", 12, 11),
            ("inc-2", 11, 10),
        ]


class TestReplayOverTime:
    def test_an_incident_ends_by_itself_and_lets_its_tickets_go(self, cli: Cli):
        later = {"id": "later", "body": "How do I change the picture in my profile?", "received_at": 200_000}
        (incident,) = replayed(cli, *copies(11), later)["incidents"]
        assert (incident["state"], incident["suppressed"]) == ("resolved", [])

    def test_people_see_incidents_in_a_table(self, cli: Cli, monkeypatch: pytest.MonkeyPatch):
        title = replayed(cli, *copies(11))["incidents"][0]["title"]
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        shown = cli("replay", "-", stdin="".join(json.dumps(record) + "\n" for record in copies(11))).out
        for word in ("Incidents", "inc-1", title):
            assert word in words(shown)


def words(shown: str) -> str:
    """What was printed, however its lines are broken."""
    return " ".join(shown.split())


@pytest.fixture
def stored(cli: Cli, tmp_path: Path) -> Path:
    """A data directory with inc-1 of t00 to t10, and six copies u0 to u5 of something else from two hours ago."""
    now = time.time()
    kinds = [
        *(replace(ticket(f"t{n:02}", DOWN), accepted_at=now) for n in range(11)),
        *(replace(ticket(f"u{n}", VAT), accepted_at=now - 7_200.0) for n in range(6)),
    ]
    folder = tmp_path / "data"
    with bootstrap.open_pipeline(load(data_dir=folder), durable=False) as pipeline:
        pipeline.accept.accept(kinds, "test")
        pipeline.drain()
        assert [one.tickets for one in pipeline.store.incidents("default", (), None, 10)] == [11]
    return folder


@pytest.mark.usefixtures("stored")
class TestPreview:
    def preview(self, cli: Cli, *more: str) -> dict:
        ended = cli("storms", "preview", "--json", *more)
        assert ended.code == 0, ended.err
        return json.loads(ended.out)

    def test_the_limits_that_hold_move_nothing(self, cli: Cli):
        found = self.preview(cli)
        assert (found["tickets"], found["moves"]) == (17, [])
        assert [len(group["tickets"]) for group in found["groups"]] == [11]

    def test_others_say_what_would_move_and_change_nothing(self, cli: Cli):
        lower = self.preview(cli, "--threshold", "5")
        assert [len(group["tickets"]) for group in lower["groups"]] == [6, 11]
        assert {(move["ticket_id"], move["incident_id"], move["group"]) for move in lower["moves"]} == {
            (f"u{n}", None, 0) for n in range(6)
        }
        higher = self.preview(cli, "--threshold", "11")
        assert (higher["groups"], len(higher["moves"])) == ([], 11)
        assert self.preview(cli)["moves"] == []

    def test_only_what_came_lately_is_looked_at(self, cli: Cli):
        assert self.preview(cli, "--last", "90m")["tickets"] == 11
        assert self.preview(cli, "--last", "1.5h", "--threshold", "5")["moves"] == []
        assert self.preview(cli, "--last", "7d")["tickets"] == 17

    def test_people_get_tables(self, cli: Cli):
        opens = datetime.fromisoformat(self.preview(cli)["groups"][0]["opened_at"]).astimezone()
        ended = cli("storms", "preview", "--threshold", "11")
        assert ended.code == 0, ended.err
        assert "Incidents that 17 tickets would make group" in words(ended.out)
        assert "11 tickets would move ticket" in words(ended.out)
        assert [line.split() for line in ended.out.splitlines() if "t03" in line] == [["t03", "inc-1", "none"]]
        shown = cli("storms", "preview").out.splitlines()
        assert [line.split() for line in shown if f"{opens:%H:%M:%S}" in line] == [
            ["0", *f"{opens:%d %b %H:%M:%S}".split(), "11"]
        ]

    @pytest.mark.parametrize("last", ["24", "h", "-1h", "1w", "1h30m", ""])
    def test_a_span_that_is_none_is_refused_with_an_example(self, cli: Cli, last: str):
        ended = cli("storms", "preview", "--last", last)
        ended.failed("--last", "24h")
        assert ended.out == ""

    def test_a_span_beyond_all_bounds_is_refused_in_the_words_of_the_api(self, cli: Cli):
        cli("storms", "preview", "--last", "0s").failed("seconds")
        cli("storms", "preview", "--last", "31d").failed("seconds")

    def test_limits_that_are_none_are_refused(self, cli: Cli):
        for option, value in (("--similarity", "1.1"), ("--threshold", "0")):
            assert cli("storms", "preview", option, value).code == 2


def test_of_many_moves_some_are_shown_and_the_others_counted(cli: Cli, tmp_path: Path):
    with bootstrap.open_pipeline(load(data_dir=tmp_path / "data"), durable=False) as pipeline:
        pipeline.accept.accept([replace(ticket(f"t{n:02}", DOWN), accepted_at=time.time()) for n in range(25)], "test")
        pipeline.drain()
    shown = cli("storms", "preview", "--threshold", "30").out
    assert "25 tickets would move; 5 more with --json" in words(shown)
    assert "t19" in shown
    assert "t20" not in shown
