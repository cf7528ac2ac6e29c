"""Agents on the command line: files of three formats, and what becomes of them."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from smart_support import bootstrap
from smart_support.cli.agents import DEMO_AGENTS, read_agents, read_profiles
from smart_support.cli.console import Failure
from smart_support.domain.agent import AgentStatus
from tests.builders import ticket
from tests.unit.cli.conftest import Cli, served

CSV = """id,name,team,capacity,languages,skills
ann,"Ann, first",first line,4,en;de,Billing=0.9;Technical=0.3
bob,,,,,
"""
TOML = """
[[agent]]
id = "ann"
name = "Ann, first"
team = "first line"
capacity = 4
languages = ["en", "de"]
skills = { Billing = 0.9, Technical = 0.3 }
[[agent]]
id = "bob"
"""
JSON = json.dumps(
    [
        {
            "id": "ann",
            "name": "Ann, first",
            "team": "first line",
            "capacity": 4,
            "languages": ["en", "de"],
            "skills": {"Billing": 0.9, "Technical": 0.3},
        },
        {"id": "bob"},
    ]
)
FORMATS = {"agents.csv": CSV, "agents.toml": TOML, "agents.json": JSON, "agents": JSON}


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


class TestFiles:
    def test_all_formats_say_the_same(self, tmp_path: Path):
        files = [write(tmp_path, name, text) for name, text in FORMATS.items()]
        first, *others = [read_agents(file) for file in files]
        assert all(other == first for other in others)
        ann, bob = first
        assert (ann.name, ann.team, ann.capacity, ann.languages) == ("Ann, first", "first line", 4, ("en", "de"))
        assert ann.skills == {"Billing": 0.9, "Technical": 0.3}
        assert (bob.capacity, bob.skills, bob.languages, bob.team) == (1, {}, (), None)
        assert [one.id for one in read_profiles(files[0])] == ["ann", "bob"]

    def test_hours_stand_in_toml_and_json(self, tmp_path: Path):
        written = '[[agent]]\nid = "a"\nhours = { zone = "UTC", mon = "09:00-17:00", holidays = [2026-12-25] }'
        (agent,) = read_agents(write(tmp_path, "a.toml", written))
        assert agent.hours.as_mapping() == {"zone": "UTC", "mon": "09:00-17:00", "holidays": ["2026-12-25"]}

    def test_a_recording_may_say_more_and_name_agents_as_it_likes(self, tmp_path: Path):
        written = [{"id": 7, "capacity": 2, "shift": "late"}, {"id": "ann@shop.example", "status": "away"}]
        first, second = read_agents(write(tmp_path, "a.json", json.dumps(written)))
        assert (first.id, first.status, second.status) == ("7", AgentStatus.ONLINE, AgentStatus.AWAY)

    @pytest.mark.parametrize(
        ("name", "text", "words"),
        [
            ("a.csv", "id,capacity\nann,many\n", "a.csv, line 2, column capacity: Input should be a valid integer"),
            ("a.csv", "id,capacity\nann,-1\n", "a.csv, line 2, column capacity"),
            ("a.csv", f"id,capacity\nann,{'1' * 5_000}\n", "a.csv, line 2, column capacity"),
            (
                "a.csv",
                "id,skills\nann,Billing\n",
                "line 2, column skills: 'Billing' is no skill; write Billing=0.9",
            ),
            ("a.csv", "id,skills\nann,Billing=2\n", "a.csv, line 2, column skills.Billing: "),
            (
                "a.csv",
                "id,languages\nann,en\nbob,english\n",
                "line 3, column languages: 'english' is no language",
            ),
            ("a.csv", "id,name\n,Ann\n", "a.csv, line 2, column id: this key is missing"),
            ("a.csv", "id,skill\nann,x\n", "a.csv, line 1: column 'skill' is unknown; the columns are id, name"),
            ("a.csv", "name\nAnn\n", "a.csv, line 1: the header has no column id"),
            ("a.csv", "id\nann,4\n", "a.csv, line 2, column 2: the header has no such column"),
            ("a.csv", "id\nann\nbob\nann\n", "a.csv, line 4, column id: 'ann' is there twice"),
            ("a.json", '[{"id": "ann", "capacity": "x"}]', "a.json, agent 1 'ann': capacity: "),
            ("a.json", '{"id": "ann"}', "a.json: a list of"),
            ("a.json", "[1]", "a.json: a list of"),
            ("a.json", '[{"id": }]', "line 1 column 9"),
            ("a.toml", '[[agent]]\nid = "ann"\nskills = { Billing = 7 }', "a.toml, agent 1 'ann': skills.Billing: "),
            ("a.toml", "[[agent]\n", "at line 1, column"),
            ("a.toml", '[[agents]]\nid = "ann"', "a.toml: a list of"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_place(self, tmp_path: Path, name: str, text: str, words: str):
        file = write(tmp_path, name, text)
        for read in (read_agents, read_profiles):
            with pytest.raises(Failure) as refused:
                read(file)
            assert words in str(refused.value)

    def test_what_the_api_would_refuse_is_refused_before(self, tmp_path: Path):
        for key, value in (("id", "a b"), ("shift", "late"), ("capacity", "4")):
            file = write(tmp_path, "a.json", json.dumps([{"id": "ann", key: value}]))
            with pytest.raises(Failure, match=key):
                read_profiles(file)

    def test_the_demo_has_the_three_of_the_design(self):
        assert [(one.id, one.capacity, one.languages) for one in read_agents(DEMO_AGENTS)] == [
            ("agent_1", 5, ("en", "de")),
            ("agent_2", 4, ("en", "es")),
            ("agent_3", 3, ("en", "fr")),
        ]


@pytest.fixture
def running(cli: Cli, tmp_path: Path) -> Iterator[bootstrap.Pipeline]:
    """The pipeline of a system that runs on the data directory; it works when it is told to."""
    with served(tmp_path / "data") as pipeline:
        yield pipeline


@pytest.mark.usefixtures("running")
class TestCommands:
    def test_a_file_is_imported_listed_and_changed(self, cli: Cli, tmp_path: Path):
        write(tmp_path, "agents.csv", CSV)
        assert "no agents" in cli("agents", "list").err
        assert "2 would be added, 0 would be changed" in cli("agents", "import", "agents.csv", "--dry-run").err
        assert json.loads(cli("agents", "list", "--json").out) == []
        assert "2 added, 0 changed, 0 unchanged." in cli("agents", "import", "agents.csv").err
        write(tmp_path, "agents.csv", CSV.replace("first line,4", "first line,12"))
        told = json.loads(cli("agents", "import", "agents.csv", "--json").out)
        assert told == {"added": [], "changed": ["ann"], "unchanged": ["bob"], "dry_run": False}
        shown = next(line for line in cli("agents", "list").out.splitlines() if line.startswith("ann"))
        for words in ("Ann, first", "online", "░" * 10 + " 0 of 12", "Billing 0.9, Technical 0.3", "en, de"):
            assert words in shown

    def test_what_is_listed_can_be_imported_again(self, cli: Cli, tmp_path: Path):
        cli("agents", "import", "--demo")
        write(tmp_path, "again.json", cli("agents", "list", "--json").out)
        told = json.loads(cli("agents", "import", "again.json", "--json").out)
        assert told["unchanged"] == ["agent_1", "agent_2", "agent_3"]

    def test_thousands_are_imported_whole_and_what_is_too_much_fails_in_a_dry_run_too(self, cli: Cli, tmp_path: Path):
        skills = ";".join(f"a rather long name of a skill {n}=0.5" for n in range(10))
        rows = [f"agent-{n},first line,{skills}\n" for n in range(2_000)]
        write(tmp_path, "many.csv", "id,team,skills\n" + "".join(rows))
        assert "2000 would be added" in cli("agents", "import", "many.csv", "--dry-run").err
        assert "2000 added" in cli("agents", "import", "many.csv").err
        write(tmp_path, "many.csv", "id\n" + "".join(f"agent-{n}\n" for n in range(10_001)))
        for command in (("many.csv",), ("many.csv", "--dry-run")):
            cli("agents", "import", *command).failed("10000")

    def test_a_status_is_set_and_an_agent_removed(self, cli: Cli):
        cli("agents", "import", "--demo")
        assert "agent_1 is away and holds 0 of 5." in cli("agents", "status", "agent_1", "away").err
        assert cli("agents", "status", "agent_1", "asleep").code == 2
        assert "agent_2 is removed" in cli("agents", "remove", "agent_2").err
        assert [(one["id"], one["absence"]) for one in json.loads(cli("agents", "list", "--json").out)] == [
            ("agent_1", "away"),
            ("agent_3", None),
        ]
        for command in (("status", "a/b", "away"), ("remove", "agent_2")):
            cli("agents", *command).failed("no agent", "agents list")

    def test_a_file_or_the_demo_is_needed(self, cli: Cli):
        cli("agents", "import").failed("--demo")
        cli("agents", "import", "a.csv", "--demo").failed("--demo")
        cli("agents", "import", "missing.csv").failed("missing.csv")


class TestExplain:
    def test_who_gets_it_comes_first_and_the_others_have_reasons(self, cli: Cli, running: bootstrap.Pipeline):
        cli("agents", "import", "--demo")
        cli("agents", "status", "agent_3", "away")
        said = "My invoice is wrong, you charged my credit card twice, please refund it"
        running.accept.accept([replace(ticket("t1", said), accepted_at=time.time())], "test")
        running.drain()
        found = json.loads(cli("route", "explain", "t1", "--json").out)
        assert found["chosen"]["agent_id"] == found["agent_id"] == "agent_2"
        shown = cli("route", "explain", "t1")
        assert "is assigned to agent_2; as if it were given now" in shown.out
        lines = [line for line in shown.out.splitlines() if line.startswith("agent_")]
        assert [line.split()[0] for line in lines] == ["agent_2", "agent_1", "agent_3"]
        assert "gets it" in lines[0]
        assert f"costs {found['chosen']['cost']} (load {found['chosen']['load']})" in lines[0]
        assert "proficiency 0.2, 0.6 is asked for now" in lines[1]
        assert "away" in lines[2]
        assert "Billing" in next(line for line in shown.out.splitlines() if line.startswith("needs"))

    @pytest.mark.usefixtures("running")
    def test_what_there_is_not_is_an_error(self, cli: Cli):
        cli("route", "explain", "unknown").failed("no ticket 'unknown'")
