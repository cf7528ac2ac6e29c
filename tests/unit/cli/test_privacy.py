"""`privacy`: on a data directory on which nothing runs."""

import json

import pytest
from typer.testing import CliRunner

from smart_support.cli import app

RUN = CliRunner()


def tickets(tmp_path) -> None:
    file = tmp_path / "in.jsonl"
    lines = [
        {"ticket_id": name, "subject": name, "body": "x", "customer": {"id": who}}
        for name, who in (("t1", "ann"), ("t2", "bob"))
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert RUN.invoke(app, ["import", str(file), "--data-dir", str(tmp_path)]).exit_code == 0


def test_export_and_erase(tmp_path):
    tickets(tmp_path)
    out, where = tmp_path / "ann.json", ["--customer", "ann", "--data-dir", str(tmp_path)]
    assert RUN.invoke(app, ["privacy", "export", "--out", str(out), *where]).exit_code == 0
    (record,) = json.loads(out.read_text())
    assert record["ticket"]["subject"] == "t1"
    assert json.loads(RUN.invoke(app, ["privacy", "export", "--out", "-", *where]).stdout) == [record]
    refused = RUN.invoke(app, ["privacy", "erase", *where], input="n\n")
    assert refused.exit_code == 1
    erased = RUN.invoke(app, ["privacy", "erase", "--yes", "--json", *where])
    assert json.loads(erased.stdout) == {"tickets": 1, "replies": 0, "scrubbed": True}
    assert "named by --ticket" in RUN.invoke(app, ["privacy", "erase", "--yes", *where]).stderr
    folder = RUN.invoke(app, ["privacy", "export", "--out", str(tmp_path), *where])
    assert "is a folder" in str(folder.exception)
    kept = RUN.invoke(app, ["privacy", "export", "--out", str(out), *where])
    assert "--force" in str(kept.exception)
    assert len(json.loads(out.read_text())) == 1
    assert RUN.invoke(app, ["privacy", "export", "--out", str(out), "--force", *where]).exit_code == 0
    assert json.loads(out.read_text()) == []


@pytest.mark.parametrize("name", ["replaced-20260101T000000Z", ".unpacked"])
def test_an_erasure_names_what_a_restore_left_there(tmp_path, name: str):
    tickets(tmp_path)
    where = ["privacy", "erase", "--yes", "--customer", "ann", "--data-dir", str(tmp_path)]
    assert "restore" not in RUN.invoke(app, where).stderr
    (tmp_path / name).mkdir()
    erased = RUN.invoke(app, [*where, "--json"])
    assert (json.loads(erased.stdout)["tickets"], f"remove {tmp_path}/{name}" in erased.stderr) == (0, True)


@pytest.mark.parametrize("command", [["erase", "--yes"], ["export", "--out", "x.json"]])
def test_somebody_has_to_be_named(tmp_path, command: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    found = RUN.invoke(app, ["privacy", *command, "--data-dir", str(tmp_path)])
    assert found.exit_code == 1
    assert "--customer" in str(found.exception)
    assert not list(tmp_path.glob("x.json*"))


def test_purge_says_what_it_would_take(tmp_path, monkeypatch: pytest.MonkeyPatch):
    tickets(tmp_path)
    found = RUN.invoke(app, ["privacy", "purge", "--dry-run", "--json", "--data-dir", str(tmp_path)])
    assert json.loads(found.stdout) == {}
    shown = RUN.invoke(app, ["privacy", "purge", "--dry-run", "--data-dir", str(tmp_path)])
    assert "RETENTION_MESSAGES_DAYS" in shown.stderr
    monkeypatch.setenv("RETENTION_TEXT_DAYS", "1")
    found = RUN.invoke(app, ["privacy", "purge", "--dry-run", "--json", "--data-dir", str(tmp_path)])
    assert json.loads(found.stdout) == {"text": 0}
