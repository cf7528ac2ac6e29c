"""The taxonomy on the command line."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

OWN = """
review_below = 0.5
[[category]]
name = "Apples"
examples = ["an apple", "two apples", "more apples"]
sla = { first_response_minutes = 5 }
skills = { fruit = 0.5 }
[[category]]
name = "Pears"
examples = ["a pear", "two pears", "more pears"]
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "own.toml").write_text(OWN)
    return "own.toml"


def test_a_file_is_applied_once_and_shown(cli: Cli, file: str):
    assert "shipped taxonomy" in cli("config", "show").err
    dry = cli("config", "apply", file, "--dry-run")
    assert (dry.code, dry.out) == (0, "")
    assert "Version 1 of the taxonomy would hold: 3 categories, 6 examples." in dry.err
    assert "Version 1 of the taxonomy holds" in cli("config", "apply", file).err
    assert "Nothing changes: version 1" in cli("config", "apply", file).err
    shown = cli("config", "show")
    for words in ("Apples", "5 min", "fruit 0.5", "General"):
        assert words in shown.out
    assert "Version 1, since" in shown.err


def test_json_is_for_programs_and_can_be_applied_again(cli: Cli, file: str, tmp_path: Path):
    shipped = cli("config", "show", "--json").out
    (tmp_path / "shipped.json").write_text(shipped)
    applied = [json.loads(cli("config", "apply", name, "--json").out) for name in (file, file, "shipped.json")]
    assert applied == [
        {"version": 1, "changed": True, "dry_run": False},
        {"version": 1, "changed": False, "dry_run": False},
        {"version": 2, "changed": True, "dry_run": False},
    ]
    assert cli("config", "show", "--json").out == shipped


def test_a_file_is_checked_without_being_applied(cli: Cli, file: str, tmp_path: Path):
    assert "own.toml is sound: 3 categories" in cli("config", "check", file).err
    assert json.loads(cli("config", "check", file, "--json").out)["categories"] == ["Apples", "Pears", "General"]
    (tmp_path / "wrong.toml").write_text('[[category]]\nname = "A"\n[[category]]\nname = "Billing"\n')
    (tmp_path / "few.toml").write_text(OWN.replace('"two pears", "more pears"', ""))
    for command in (["config", "check"], ["config", "apply"]):
        cli(*command, "wrong.toml").failed("'A'", "examples")
        cli(*command, "few.toml").failed("few.toml", "'Pears' has 1 examples", "at least 3")
        cli(*command, "none.toml").failed("none.toml", "No such file")
    assert "shipped taxonomy" in cli("config", "show").err


def test_it_is_told_where_the_examples_are_not_used(cli: Cli, file: str, tmp_path: Path):
    told = "examples are not used"
    assert told not in cli("config", "apply", file).err
    words = {"Apples": "red", "Pears": "green"}
    rows = [f"{words[label]} fruit {n},{label}" for n in range(10) for label in words]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows]))
    train = ["train", "--data", "t.csv", "--text", "text", "--label", "label", "--light-only", "--out", "made"]
    assert cli(*train).code == 0
    version = json.loads(cli("models", "add", "made", "--json").out)["model"]
    assert cli("models", "promote", version, "--force").code == 0
    for arguments in ([], ["--dry-run"], ["--json"]):
        applied = cli("config", "apply", file, *arguments)
        assert (applied.code, applied.err.count(told)) == (0, 1)
    (tmp_path / "names.json").write_text(json.dumps({"category": [{"name": "Apples"}, {"name": "Pears"}]}))
    assert told not in cli("config", "apply", "names.json").err


def test_triage_tries_a_file_out(cli: Cli, file: str, tmp_path: Path):
    given = json.dumps({"id": 1, "body": "Please refund my invoice"}) + "\n"
    plain = json.loads(cli("triage", stdin=given).out)
    assert (plain["category"], plain["needs_review"]) == ("Billing", False)
    own = json.loads(cli("triage", "--taxonomy", file, stdin=given).out)
    assert own["category"] in {"Apples", "Pears", "General"}
    assert own["urgency"] == plain["urgency"]
    (tmp_path / "unsure.toml").write_text(OWN.replace("review_below = 0.5", "review_below = 1.0"))
    assert "General (needs review)" in cli("triage", "--taxonomy", "unsure.toml", "--explain", stdin=given).out
    cli("triage", "--taxonomy", "none.toml", stdin=given).failed("none.toml")


@pytest.mark.parametrize("command", [("triage",), ("config", "check"), ("replay", "-")])
def test_an_unusable_file_is_named(cli: Cli, tmp_path: Path, command: tuple[str, ...]):
    (tmp_path / "wrong.toml").write_text('[[category]]\nname = "A"\n[[category]]\nname = "Billing"\n')
    (tmp_path / "broken.toml").write_text("[[")
    for name, words in {"wrong.toml": "'A'", "broken.toml": "TOML", "none.toml": "No such file"}.items():
        given = [name] if command == ("config", "check") else ["--taxonomy", name]
        cli(*command, *given).failed(name, words)


def test_a_name_that_is_no_setting_is_told(cli: Cli, tmp_path: Path):
    assert "All settings hold" in cli("config", "check").err
    (tmp_path / ".env").write_text("WEBHOK_URL=https://example.org\n")
    ended = cli("config", "check")
    assert (ended.code, "All settings hold" in ended.err) == (0, False)
    assert "WEBHOK_URL (is WEBHOOK_URL meant?)" in ended.err
    assert json.loads(cli("config", "check", "--json").out)["unknown"] == ["WEBHOK_URL"]


class TestWrongSettings:
    @pytest.mark.parametrize("name", ["WEBHOOK_THRESHOLD", "urgency_webhook_threshold"])
    def test_what_was_read_is_told_and_where(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ):
        said = "WEBHOOK_THRESHOLD: Input should be less than or equal to 1 "
        (tmp_path / "smart-support.toml").write_text("webhook_threshold = 7")
        cli("config", "check").failed(f"{said}(7, from smart-support.toml)")
        (tmp_path / ".env").write_text(f"{name}=8")
        cli("config", "check").failed(f"{said}(8, from .env)")
        monkeypatch.setenv(name, "9")
        cli("config", "check").failed(f"{said}(9, from the environment)")
        (found,) = json.loads(cli("doctor", "--json").out)["findings"]
        assert found["says"] == f"{said}(9, from the environment)"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://ann:hunter2@host/db"),
            ("REDIS_URL", "nonsense://:hunter2@host"),
            ("DESTINATIONS", '{"oncall": {"type": "hunter2", "url": "https://example.org/hunter2"}}'),
            ("DESTINATIONS", '{"oncall": "hunter2"}'),
        ],
        ids=str,
    )
    def test_a_text_is_not_shown(self, cli: Cli, tmp_path: Path, name: str, value: str):
        (tmp_path / ".env").write_text(f"{name}='{value}'")
        for command in ("config", "check"), ("doctor",):
            ended = cli(*command)
            assert (ended.code, "hunter2" in ended.out + ended.err) == (1, False)
            assert name in ended.out + ended.err
            assert "(from .env)" in ended.out + ended.err


@pytest.mark.parametrize("command", [(), ("keys",), ("config", "check")])
def test_help_has_a_short_name(cli: Cli, command: tuple[str, ...]):
    ended = cli(*command, "-h")
    assert (ended.code, "Usage" in ended.out) == (0, True)


def test_a_model_folder_that_is_not_there(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODEL_DIR", "nowhere")
    cli("config", "check").failed("nowhere does not exist: name one that does (for a system, in MODEL_DIR)")
