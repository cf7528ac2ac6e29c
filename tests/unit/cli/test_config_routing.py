"""Routing rules on the command line: checked, applied, shown."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

RULES = """
[[rule]]
name = "gold"
match = { tier = "gold", urgency = { at_least = 0.5 } }
team = "key accounts"
never = "bob"
[[sla]]
name = "all"
match = {}
first_response = "90m"
"""
AGENTS = [
    {"id": "ann", "skills": {"Billing": 1, "Technical": 1, "Legal": 1, "General": 1}, "team": "key accounts"},
    {"id": "bob"},
]
APPLES = """
[[category]]
name = "Apples"
examples = ["an apple", "two apples", "more apples"]
[[category]]
name = "Pears"
examples = ["a pear", "two pears", "more pears"]
"""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "agents.json").write_text(json.dumps(AGENTS))
    (tmp_path / "apples.toml").write_text(APPLES)


def test_rules_are_applied_once_and_shown(cli: Cli):
    assert "shipped routing" in cli("config", "show", "routing").err
    dry = cli("config", "apply", "rules.toml", "--dry-run")
    assert (dry.code, dry.out) == (0, "")
    assert "Version 1 of the routing would hold: 1 rules, 1 SLAs." in dry.err
    assert "Version 1 of the routing holds" in cli("config", "apply", "rules.toml").err
    assert "Nothing changes: version 1" in cli("config", "apply", "rules.toml").err
    shown = cli("config", "show", "routing")
    for words in ("tier gold; urgency at least 0.5", "team key accounts; never bob", "90 min", "all"):
        assert words in shown.out
    assert "Version 1, since" in shown.err
    assert "shipped taxonomy" in cli("config", "show").err


def test_json_is_for_programs_and_can_be_applied_again(cli: Cli, tmp_path: Path):
    shipped = cli("config", "show", "routing", "--json").out
    (tmp_path / "shipped.json").write_text(shipped)
    applied = [
        json.loads(cli("config", "apply", name, "--json").out)["version"] for name in ("rules.toml", "shipped.json")
    ]
    assert applied == [1, 2]
    assert cli("config", "show", "routing", "--json").out == shipped


def test_a_check_tells_what_does_nothing_and_ends_with_1(cli: Cli, tmp_path: Path):
    checked = cli("config", "check", "rules.toml", "--agents", "agents.json")
    assert checked.code == 0
    assert "rules.toml: sound." in checked.err
    (tmp_path / "rules.toml").write_text(RULES.replace('team = "key', 'team = "ky'))
    checked = cli("config", "check", "rules.toml", "--agents", "agents.json")
    assert checked.code == 1
    assert "no agent is in team 'ky accounts'; did you mean 'key accounts'?" in checked.out
    assert "rules.toml: 1 errors." in checked.err
    told = json.loads(cli("config", "check", "rules.toml", "--agents", "agents.json", "--json").out)
    assert told["ok"] is False
    assert [(one["severity"], one["rule"]) for one in told["findings"]] == [("error", "gold")]
    without = cli("config", "check", "rules.toml")
    assert without.code == 0
    assert "no agents are known" in without.out
    assert "sound, with warnings" in without.err


def test_rules_are_checked_by_the_taxonomy_that_holds_or_is_named(cli: Cli, tmp_path: Path):
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "a"\nmatch = { category = "pears" }\npriority = 1')
    assert "no category 'pears'" in cli("config", "check", "rules.toml").out
    assert cli("config", "check", "rules.toml", "--taxonomy", "apples.toml").code == 0
    cli("config", "apply", "apples.toml")
    told = json.loads(cli("config", "check", "rules.toml", "--json").out)
    assert (told["ok"], told["categories"]) == (True, ["Apples", "Pears", "General"])


def test_without_examples_all_categories_of_the_model_count(cli: Cli, tmp_path: Path):
    (tmp_path / "two.toml").write_text('[[category]]\nname = "Billing"\n[[category]]\nname = "General"')
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "a"\nmatch = { category = "Legal" }\npriority = 1')
    assert cli("config", "check", "rules.toml", "--taxonomy", "two.toml").code == 0
    cli("config", "apply", "two.toml")
    assert cli("config", "check", "rules.toml").code == 0


def test_a_file_that_is_neither_is_refused(cli: Cli, tmp_path: Path):
    (tmp_path / "wrong.toml").write_text('[[rule]]\nname = "a"\nteem = "x"')
    (tmp_path / "neither.toml").write_text("[rules]")
    for command in ("check", "apply"):
        cli("config", command, "wrong.toml").failed("wrong.toml: rule 1 'a': teem: unknown key")
        cli("config", command, "neither.toml").failed("neither.toml", "[[category]]", "[[rule]]")
    cli("config", "check", "rules.toml", "--agents", "none.json").failed("none.json")
