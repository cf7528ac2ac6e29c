"""Rules of alerts on the command line: checked, applied, shown."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

RULES = """
[alerts]
otherwise = "nobody"
[[alerts.route]]
name = "bills"
kinds = "urgent_ticket"
match = { category = "Billing" }
at_least_weight = "error"
to = ["oncall", "webhook"]
quiet = "nights"
quiet_unless = 0.95
goes_on = true
group_by = "category"
repeat_interval = "90m"
[[alerts.silence]]
name = "maintenance"
from = 2020-01-01T20:00:00+01:00
until = 2020-01-02T00:00:00Z
[calendars.nights]
zone = "Europe/Berlin"
mon = "00:00-07:00, 19:00-24:00"
"""


@pytest.fixture(autouse=True)
def _set_up(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # After `cli`, which unsets all settings.
    (tmp_path / "rules.toml").write_text(RULES)
    monkeypatch.setenv("WEBHOOK_URL", "https://hooks.example/hushed")
    monkeypatch.setenv("DESTINATIONS", '{"oncall": {"url": "https://a.example/hushed"}}')


def test_rules_of_alerts_are_applied_and_shown(cli: Cli):
    assert "Every alert goes to every destination" in cli("config", "show", "routing").err
    assert "holds: 0 rules, 0 SLAs, 1 alert routes, 1 silences." in cli("config", "apply", "rules.toml").err
    shown = cli("config", "show", "routing")
    told = " ".join(shown.out.split())
    for words in ("bills", "category Billing", "oncall, webhook", "goes on", "2020-01-01 19:00:00Z"):
        assert words in told
    assert "What no alert route takes is told to nobody. By default: group_by topic; group_wait 1s;" in shown.err


def test_what_is_shown_for_programs_can_be_applied_again(cli: Cli, tmp_path: Path):
    cli("config", "apply", "rules.toml")
    (tmp_path / "again.json").write_text(cli("config", "show", "routing", "--json").out)
    assert json.loads(cli("config", "apply", "again.json", "--json").out)["changed"] is False


def test_a_check_knows_the_destinations_of_the_settings(cli: Cli, tmp_path: Path):
    checked = cli("config", "check", "rules.toml")
    assert checked.code == 0
    assert "silence 'maintenance' is over; remove it" in checked.out
    (tmp_path / "rules.toml").write_text(RULES.replace('"oncall"', '"oncal"'))
    told = cli("config", "check", "rules.toml", "--json")
    assert told.code == 1
    found = [one["message"] for one in json.loads(told.out)["findings"] if one["severity"] == "error"]
    assert found == ["alert route 'bills': no destination 'oncal' is configured; did you mean 'oncall'?"]
    assert "hushed" not in told.out


def test_a_file_with_nothing_but_alerts_is_a_routing_file(cli: Cli, tmp_path: Path):
    (tmp_path / "alerts.toml").write_text('[alerts]\nroute = [{ name = "r" }]')
    cli("config", "apply", "alerts.toml").failed("alerts.toml: alerts.route 1 'r': to: this key is missing")
