import json
import sys
import tempfile
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

URGENT = "Every request to the production API fails since 9:00, all our customers are affected. Urgent!"


@pytest.fixture(autouse=True)
def _low_threshold(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """These are no tests of the model: what it finds somewhat urgent alerts."""
    monkeypatch.setenv("WEBHOOK_THRESHOLD", "0.3")


def stream(*records: dict) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def at(time: object, ticket_id: str = "a", body: str = URGENT, **more: object) -> dict:
    return {"id": ticket_id, "subject": "", "body": body, "received_at": time, **more}


def replayed(cli: Cli, *records: dict) -> dict:
    ended = cli("replay", "-", "--json", stdin=stream(*records))
    assert ended.code == 0, ended.err
    assert ended.err == ""
    return json.loads(ended.out)


def test_numbers_stay_numbers_and_their_order_holds(cli: Cli):
    found = replayed(cli, at(20, "b", label="left aside"), at(10.5, "a"), at(30, 3, "thanks"))
    assert list(found) == ["incidents", "alerts", "assignments", "tickets"]
    assert found["alerts"] == [
        {"ticket_id": "a", "kind": "urgent_ticket", "at": 10.5},
        {"ticket_id": "b", "kind": "urgent_ticket", "at": 20.0},
    ]
    assert [ticket["id"] for ticket in found["tickets"]] == ["a", "b", 3]
    assert found["tickets"][0] == {
        "id": "a",
        "category": found["tickets"][0]["category"],
        "urgency": found["tickets"][0]["urgency"],
        "incident_id": None,
        "agent_id": None,
        "status": "waiting",
    }


def test_iso_stays_iso(cli: Cli):
    found = replayed(cli, at("2026-01-01T12:00:00+02:00", "b"), at("2026-01-01T09:00:00", "a"))
    assert [(a["ticket_id"], a["at"]) for a in found["alerts"]] == [
        ("a", "2026-01-01T09:00:00Z"),
        ("b", "2026-01-01T10:00:00Z"),
    ]


def test_a_slow_machine_gives_the_answer_of_a_fast_one(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODEL_FALLBACK", "0")
    records = [at(n, str(n), f"{URGENT} Case {n}.") for n in range(4)]
    found = replayed(cli, *records)
    for name in ("LATENCY_MS", "FAST_MS", "OPEN_COUNT"):  # by which every machine is slow
        monkeypatch.setenv(f"CIRCUIT_BREAKER_{name}", "1")
    monkeypatch.setenv("INFERENCE_TIMEOUT_SECONDS", "0.001")
    assert replayed(cli, *records) == found


def test_the_same_stream_gives_the_same_answer(cli: Cli):
    given = stream(*(at(n % 7, f"t{n}", f"Case {n}: {URGENT}") for n in range(40)))
    assert cli("replay", "-", "--json", stdin=given).out == cli("replay", "-", "--json", stdin=given).out


def test_a_repeated_ticket_is_one(cli: Cli):
    found = replayed(cli, at(1), at(1), at(9))
    assert [ticket["id"] for ticket in found["tickets"]] == ["a"]
    assert len(found["alerts"]) == 1
    cli("replay", "-", stdin=stream(at(1), at(2, body="other"))).failed("'a'")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"event": "resolve", "at": 5}, "ticket_id"),
        ({"event": "resolve", "ticket_id": "nobody", "at": 5}, "nobody"),
        ({"event": "agent_status", "agent_id": "a", "status": "asleep", "at": 5}, "asleep"),
        ({"event": "laugh", "ticket_id": "a", "at": 5}, "laugh"),
        ({"event": "resolve", "ticket_id": "a", "agnet_id": "ann", "at": 5}, "'agnet_id' is no field of resolve"),
        ({"event": "resolve", "ticket_id": "a", "team": "x", "at": 5}, "'team' is no field of resolve"),
        ({"event": "agent_status", "agent_id": "a", "status": "away", "ticket_id": "a", "at": 5}, "'ticket_id'"),
        ({"event": "reassign", "ticket_id": "a", "agent_id": "ann", "team": "x", "at": 5}, "not to both"),
        ({"id": "b", "body": "x"}, "received_at"),
        (at("yesterday", "b"), "received_at"),
        (at(True, "b"), "received_at"),
        (at(float("inf"), "b"), "received_at"),
        (at(2, "b", body=""), "empty"),
        (at(2, "no space"), "ticket_id"),
        (at("2026-01-01T09:00:00", "b"), "one way"),
    ],
)
def test_a_bad_line_is_named(cli: Cli, bad: dict, words: str):
    ended = cli("replay", "-", stdin=stream(at(1)) + "\n" + stream(bad))
    ended.failed(words)
    assert ended.out == ""
    if words != "one way":
        assert "line 3" in ended.err


EVERYTHING = {"Technical": 1.0, "Billing": 1.0, "Legal": 1.0, "General": 1.0}


def test_agents_are_given_tickets_as_they_have_room_and_what_they_did_happens_again(cli: Cli, tmp_path: Path):
    agents = [{"id": "ann", "skills": EVERYTHING, "capacity": 1}, {"id": "bob", "skills": EVERYTHING, "capacity": 1}]
    (tmp_path / "agents.json").write_text(json.dumps(agents))
    given = stream(
        {"event": "agent_status", "agent_id": "bob", "status": "away", "at": 0},
        at(1, "a"),
        at(2, "b"),
        {"event": "resolve", "ticket_id": "a", "agent_id": "ann", "at": 10},
        {"event": "accept", "ticket_id": "b", "agent_id": "bob", "at": 11},
        {"event": "agent_status", "agent_id": "ann", "status": "offline", "at": 20},
        {"event": "agent_status", "agent_id": "bob", "status": "online", "at": 30},
    )
    ended = cli("replay", "-", "--json", "--agents", "agents.json", stdin=given)
    assert ended.code == 0
    assert "line 5: passed over" in ended.err
    found = json.loads(ended.out)
    assert [(one["ticket_id"], one["agent_id"], one["at"]) for one in found["assignments"]] == [
        ("a", "ann", 1.0),
        ("b", "ann", 10.0),
        ("b", "bob", 30.0),
    ]
    assert all("least cost" in one["reason"] for one in found["assignments"])
    assert [(one["status"], one["agent_id"]) for one in found["tickets"]] == [("resolved", "ann"), ("assigned", "bob")]


@pytest.mark.parametrize("event", ["reassign", "escalate"])
def test_a_ticket_that_was_given_to_a_team_goes_to_that_team_again(cli: Cli, tmp_path: Path, event: str):
    ann, bob, cho = ({"id": name, "skills": EVERYTHING} for name in ("ann", "bob", "cho"))
    (tmp_path / "agents.json").write_text(json.dumps([ann, bob | {"team": "first"}, cho | {"team": "second"}]))
    given = stream(at(1), {"event": event, "ticket_id": "a", "team": "second", "at": 10}, at(20, "b", "thanks"))
    ended = cli("replay", "-", "--json", "--agents", "agents.json", stdin=given)
    assert (ended.code, ended.err) == (0, "")
    assert [one["agent_id"] for one in json.loads(ended.out)["tickets"]] == ["cho", "ann"]


def test_every_promise_is_told_however_many_are_due_at_once(cli: Cli, tmp_path: Path):
    (tmp_path / "rules.toml").write_text('[[sla]]\nname = "all"\nmatch = {}\nfirst_response = "20d"\n')
    hourly = (at(3_600 * n, f"t{n}", "thanks") for n in range(300))  # no storm, of whose duplicates nothing is told
    given = stream(*hourly, at(3_000_000, "late", "thanks"))
    ended = cli("replay", "-", "--json", "--routing", "rules.toml", stdin=given)
    assert ended.code == 0, ended.err
    breached = [one for one in json.loads(ended.out)["alerts"] if one["kind"] == "sla_breached"]
    assert len(breached) == 300


def test_agents_are_checked(cli: Cli, tmp_path: Path):
    agents = tmp_path / "agents.json"
    agents.write_text(json.dumps([{"id": "agent_1", "skills": EVERYTHING, "capacity": 5, "languages": ["en"]}]))
    ended = cli("replay", "-", "--json", "--agents", "agents.json", stdin=stream(at(1)))
    assert ended.code == 0
    assert [one["agent_id"] for one in json.loads(ended.out)["assignments"]] == ["agent_1"]
    for bad in ("{", '{"id": 1}', '[{"skills": {}}]', '[{"id": "a", "skills": {"Technical": 7}}]', "[1]"):
        agents.write_text(bad)
        cli("replay", "-", "--agents", "agents.json", stdin=stream(at(1))).failed("agents.json")
    cli("replay", "-", "--agents", "missing.json", stdin=stream(at(1))).failed("missing.json")


def test_categories_of_ones_own_are_tried_on_a_stream(cli: Cli, tmp_path: Path):
    examples = {"Apples": ["an apple", "two apples", "more apples"], "Pears": ["a pear", "two pears", "more pears"]}
    content = {"category": [{"name": name, "examples": said} for name, said in examples.items()]}
    (tmp_path / "own.json").write_text(json.dumps(content))
    given = stream(at(1, "a", "more apples please"), at(2, "b", "two pears please"))
    ended = cli("replay", "-", "--json", "--taxonomy", "own.json", stdin=given)
    assert (ended.code, ended.err) == (0, "")
    assert [ticket["category"] for ticket in json.loads(ended.out)["tickets"]] == ["Apples", "Pears"]


def test_nothing_of_the_users_is_touched(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/mine.db")
    replayed(cli, at(1))
    assert list(tmp_path.iterdir()) == [temporary]
    assert list(temporary.iterdir()) == []


def test_an_empty_stream_is_an_empty_answer(cli: Cli):
    assert replayed(cli) == {"incidents": [], "alerts": [], "assignments": [], "tickets": []}


def test_people_get_a_table(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    found = replayed(cli, at(1), at(2, "b"))["tickets"][0]
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)
    ended = cli("replay", "-", stdin=stream(at(1), at(2, "b")))
    assert "2 tickets replayed" in ended.out
    assert found["category"] in ended.out
