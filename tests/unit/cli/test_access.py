"""Workspaces and keys on the command line, and the workspace that a command acts in."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli, served


@pytest.fixture
def folder(tmp_path: Path):
    with served(tmp_path / "data", model_fallback=True):
        yield str(tmp_path / "data")


def test_a_key_of_a_workspace_is_made_and_listed(cli: Cli, folder: str):
    beside = ("--data-dir", folder)
    wanted = ("keys", "create", "--name", "desk", "--scope", "read", "--workspace", "acme", *beside)
    cli(*wanted).failed("workspaces create acme")
    made = cli("workspaces", "create", "acme", "--name", "ACME Inc.", *beside)
    assert (made.code, "acme" in made.err) == (0, True)
    cli("workspaces", "create", "acme", *beside).failed("already")
    cli("workspaces", "create", "No!", *beside).failed("lower-case letters, digits, _ and -")
    cli(*wanted[:-3], "No!", *beside).failed("lower-case letters, digits, _ and -")
    too_long = cli(*wanted, "--days", "1e12")
    assert (too_long.code, "--days" in too_long.err) == (2, True)
    assert cli(*wanted).out.startswith("ss_")
    (key,) = json.loads(cli("keys", "list", "--json", *beside).out)
    assert (key["workspace"], key["last_used_at"]) == ("acme", None)
    listed = [one["id"] for one in json.loads(cli("workspaces", "list", "--json", *beside).out)]
    assert listed == ["acme", "default"]
    assert "acme" in cli("workspaces", "list", *beside).out


def test_commands_act_in_the_workspace_that_is_chosen(cli: Cli, folder: str, monkeypatch: pytest.MonkeyPatch):
    beside = ("--data-dir", folder)
    cli("workspaces", "create", "acme", *beside)
    cli("--workspace", "acme", "agents", "import", "--demo", *beside)
    count = {}
    for chosen in ((), ("--workspace", "acme")):
        count[chosen] = len(json.loads(cli(*chosen, "agents", "list", "--json", *beside).out))
    assert count == {(): 0, ("--workspace", "acme"): 3}
    monkeypatch.setenv("WORKSPACE", "acme")
    assert len(json.loads(cli("agents", "list", "--json", *beside).out)) == 3
    assert len(json.loads(cli("--workspace", "default", "agents", "list", "--json", *beside).out)) == 0
    assert cli("workspaces", "create", "other", *beside).code == 0  # that is the installation's, wherever one acts
    cli("keys", "create", "--name", "desk", "--scope", "read", *beside)
    assert json.loads(cli("keys", "list", "--json", *beside).out)[0]["workspace"] == "acme"
    cli("--workspace", "nil", "agents", "list", *beside).failed("nil", "workspaces list")


def test_the_id_of_a_key_is_whole_on_a_narrow_terminal(cli: Cli, folder: str, monkeypatch: pytest.MonkeyPatch):
    beside = ("--data-dir", folder)
    made = cli("keys", "create", "--name", "The helpdesk's own key", "--scope", "read", "--scope", "intake", *beside)
    id_ = made.out.split("_")[1]
    monkeypatch.setenv("COLUMNS", "80")
    shown = cli("keys", "list", *beside).out
    assert id_ in shown
    assert "created_at" not in shown
    cli("keys", "revoke", id_, *beside)
    assert "(revoked)" in cli("keys", "list", *beside).out


def test_the_first_key_says_what_it_closes(cli: Cli, folder: str):
    beside = ("--data-dir", folder)
    cli("workspaces", "create", "acme", *beside)
    create = ("keys", "create", "--name", "desk", "--scope", "read", *beside)
    assert "This is the first key" in cli("--workspace", "acme", *create).err
    for workspace in ("acme", "default"):
        assert "This is the first key" not in cli("--workspace", workspace, *create).err
