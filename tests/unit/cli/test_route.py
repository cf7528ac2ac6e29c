"""Expected routes, tried on the command line."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

DOCS = Path(__file__).parents[3] / "docs" / "routing.md"
FULL, CASES = (text for text in re.findall(r"^```toml\n(.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL))
AGENTS = [
    {"id": "ann", "skills": {"Billing": 1.0}, "team": "key accounts", "languages": ["en", "de"]},
    {"id": "bob", "skills": {"Billing": 0.4, "Legal": 1.0, "contracts": 1.0}, "languages": ["en", "de"]},
    {"id": "cho", "skills": {"Technical": 1.0, "Billing": 0.1, "General": 0.5}, "team": "shop", "languages": ["en"]},
    {"id": "agent_7", "skills": {"Legal": 0.5}, "languages": ["en"], "hours": {"zone": "UTC", "mon": "09:00-17:00"}},
]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    (tmp_path / "routing.toml").write_text(FULL)
    (tmp_path / "agents.json").write_text(json.dumps(AGENTS))
    (tmp_path / "cases.toml").write_text(CASES)


def tried(cli: Cli, tmp_path: Path, *cases: dict, code: int = 0, **top: str) -> list[dict]:
    content = {"agents": "agents.json", **top, "case": [{"name": f"c{n}", **one} for n, one in enumerate(cases)]}
    (tmp_path / "own.json").write_text(json.dumps(content))
    ended = cli("route", "test", "own.json", "--json")
    assert ended.code == code, ended.err
    return json.loads(ended.out)


def test_the_documented_example_comes_as_expected(cli: Cli):
    ended = cli("route", "test", "cases.toml")
    assert ended.code == 0, ended.out + ended.err
    assert "3 of 3 cases are as expected." in ended.err
    assert "Gold customers to their team" in ended.out


def test_what_comes_otherwise_is_told_and_ends_with_1(cli: Cli, tmp_path: Path):
    text = CASES.replace('agent = "ann"', 'agent = "bob"')
    (tmp_path / "cases.toml").write_text(text)
    ended = cli("route", "test", "cases.toml")
    assert ended.code == 1
    assert "agent 'bob' was expected, and 'ann' came" in ended.out
    assert "2 of 3 cases are as expected." in ended.err
    assert "Traceback" not in ended.err


def test_everything_expected_is_compared(cli: Cli, tmp_path: Path):
    wrong = [
        {"agent": "cho"},
        {"team": "shop"},
        {"sla": "gold"},
        {"rule": "x"},
        {"not_agent": "ann"},
        {"nobody": True},
    ]
    right = [{"agent": "ann"}, {"team": "key accounts"}, {"not_agent": ["bob"]}]
    for expected, ok, code in ((wrong, False, 1), (right, True, 0)):
        found = tried(cli, tmp_path, *({"category": "Billing", "expect": one} for one in expected), code=code)
        assert [one["ok"] for one in found] == [ok] * len(expected)
        assert [len(one["wrong"]) for one in found] == [int(not ok)] * len(expected)
    assert {name: found[0][name] for name in ("agent", "team", "rules", "sla")} == {
        "agent": "ann",
        "team": "key accounts",
        "rules": [],
        "sla": None,
    }


def test_a_case_says_all_that_routing_knows_of_a_ticket(cli: Cli, tmp_path: Path):
    monday, sunday = "2026-03-02T10:00:00Z", "2026-03-01T10:00:00Z"
    legal = {"category": "Legal", "declined": "bob"}
    tried(
        cli,
        tmp_path,
        {"category": "Billing", "declined": "ann", "expect": {"agent": "bob"}},
        {"category": "Billing", "declined": ["ann", "bob"], "waited": "15m", "expect": {"agent": "cho"}},
        {"category": "Legal", "customer": "eve@bank.example", "language": "de", "expect": {"agent": "bob"}},
        {"category": "Legal", "customer": "c-17", "language": "de", "expect": {"rule": "Contracts of a big customer"}},
        {"category": "Billing", "team": "shop", "tier": "gold", "expect": {"agent": "cho", "sla": "gold"}},
        {**legal, "at": monday, "expect": {"agent": "agent_7"}},
        {**legal, "at": sunday, "expect": {"nobody": True}},
        {**legal, "expect": {"agent": "agent_7"}},
        routing="routing.toml",
    )


def test_what_is_given_stands_above_what_triage_says_of_the_text(cli: Cli, tmp_path: Path):
    text = "Please refund my invoice, I was charged twice"
    tried(
        cli,
        tmp_path,
        {"text": text, "expect": {"agent": "ann"}},
        {"text": text, "category": "Legal", "expect": {"agent": "bob"}},
        {"text": text, "declined": ["ann", "bob"], "waited": "15m", "expect": {"agent": "cho"}},
        {"text": text, "declined": ["ann", "bob"], "waited": "15m", "language": "de", "expect": {"nobody": True}},
    )


def test_a_language_that_nobody_speaks_is_asked_of_nobody_as_in_the_running_system(cli: Cli, tmp_path: Path):
    tried(
        cli,
        tmp_path,
        {"category": "Technical", "language": "cs", "expect": {"agent": "cho"}},
        {"category": "Technical", "language": "de", "expect": {"nobody": True}},
    )


def test_a_taxonomy_says_what_its_categories_need(cli: Cli, tmp_path: Path):
    (tmp_path / "own.toml").write_text(
        'fallback = "Legal"\n[[category]]\nname = "Billing"\nskills = { contracts = 1.0 }\n[[category]]\nname = "Legal"'
    )
    tried(cli, tmp_path, {"category": "Billing", "expect": {"agent": "bob"}}, taxonomy="own.toml")


def test_options_stand_above_what_the_file_names(cli: Cli, tmp_path: Path):
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "empty.toml").write_text("")
    assert "0 of 3" in cli("route", "test", "cases.toml", "--agents", "none.json").err
    assert "1 of 3" in cli("route", "test", "cases.toml", "--routing", "empty.toml").err


CASE = '[[case]]\nname = "a"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "case: this key is missing"),
        ("case = []", "case: "),
        (CASE, "case 1 'a': expect"),
        (f"{CASE}expect = {{ nobody = true }}", "neither a category nor a text"),
        (f'{CASE}category = "x"\nexpect = {{}}', "case 1 'a': expect: it expects nothing"),
        (f'{CASE}category = "x"\nexpect = {{ nobody = true, agent = "x" }}', "and nobody"),
        (f'{CASE}category = "x"\nexpect = {{ agnet = "x" }}', "case 1 'a': expect.agnet: unknown key"),
        (f'{CASE}category = "x"\nexpect = {{ nobody = true }}', "no agents"),
        ("[[", "not TOML"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(cli: Cli, tmp_path: Path, text: str, words: str):
    (tmp_path / "bad.toml").write_text(text)
    cli("route", "test", "bad.toml").failed("bad.toml", words)


def test_files_that_it_names_are_read_and_named(cli: Cli, tmp_path: Path):
    (tmp_path / "routing.toml").write_text('[[rule]]\nname = "a"')
    cli("route", "test", "cases.toml").failed("routing.toml: rule 1 'a': it says nothing")
    (tmp_path / "agents.json").write_text("{")
    cli("route", "test", "cases.toml", "--routing", "none.toml").failed("none.toml", "No such file")
    (tmp_path / "routing.toml").unlink()
    cli("route", "test", "cases.toml").failed("routing.toml", "No such file")
