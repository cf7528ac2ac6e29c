"""`models`, and `train --from-feedback`: from a person's word to a model at work, without a server."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from smart_support.adapters.model_folder import describe
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.feedback import Feedback
from smart_support.pipeline.learning import ShadowResult
from smart_support.pipeline.records import Triaged
from smart_support.triage.bundle import save
from smart_support.triage.light import load_light
from smart_support.triage.models import load_models
from tests.builders import key, ticket, triage
from tests.unit.cli.conftest import Cli
from tests.unit.triage.conftest import hand_made

TOPICS = {"Billing": "invoice refund charge", "Technical": "server crash login"}


def store(folder: Path) -> SqlStore:
    """The store that the commands use; they cannot use it meanwhile."""
    return SqlStore.open(f"sqlite:///{folder}/data/smart-support.db")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return save(tmp_path / "made", hand_made()).path


def roles(cli: Cli, *arguments: str) -> dict[str, str | None]:
    ended = cli("models", *arguments, "--json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_from_a_folder_to_work_and_back(cli: Cli, made: Path):
    version = json.loads(cli("models", "add", str(made), "--json").out)["model"]
    assert roles(cli, "shadow", version) == {"active": None, "shadow": version, "previous": None}
    cli("models", "promote").failed("0 tickets", "100", "force")
    assert roles(cli, "promote", "--force") == {"active": version, "shadow": None, "previous": None}
    listed = json.loads(cli("models", "list", "--json").out)
    assert [(bundle["model"], bundle["role"], bundle["at_work"]) for bundle in listed] == [(version, "active", True)]
    for text in (version, "active", "0.500"):
        assert text in cli("models", "list").out
    assert roles(cli, "rollback")["active"] is None
    cli("models", "rollback").failed("nothing to go back")


def test_a_version_is_whole_and_a_line_of_its_own_in_a_narrow_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    version = describe(load_models()).version
    monkeypatch.setenv("COLUMNS", "100")
    lines = cli("models", "list").out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == [version]


def test_the_beginning_of_a_version_will_do_where_it_is_the_only_one(cli: Cli, made: Path):
    version = json.loads(cli("models", "add", str(made), "--json").out)["model"]
    assert roles(cli, "shadow", version[:9])["shadow"] == version
    assert roles(cli, "promote", version[:9], "--force")["active"] == version
    again = replace(hand_made(), settings={**hand_made().settings, "temperature": 2.5})
    other = json.loads(cli("models", "add", str(save(made.parent / "again", again).path), "--json").out)["model"]
    cli("models", "shadow", "light-").failed(version, other)
    cli("models", "promote", "heavy-").failed("heavy-", "models list")


def test_people_are_told_in_words(cli: Cli, made: Path):
    added = cli("models", "add", str(made))
    assert (added.code, added.out) == (0, "")
    version = added.err.splitlines()[-1].split()[1].rstrip(".")
    assert version in cli("models", "shadow", version).err
    assert "comes with the program" in cli("models", "shadow", version, "--stop").err
    cli("models", "promote").failed("no model is in shadow")
    cli("models", "compare").failed("in shadow")
    cli("models", "shadow", "light-000000000000").failed("light-000000000000")
    cli("models", "add", str(made.parent / "missing")).failed("missing")


def test_a_comparison_is_a_table_or_json(cli: Cli, made: Path, tmp_path: Path):
    version = json.loads(cli("models", "add", str(made), "--json").out)["model"]
    roles(cli, "shadow", version)
    own = describe(load_models())
    opened = store(tmp_path)
    opened.accept([ticket()], ["test"])
    said = replace(triage(0.9, "Billing"), model_version=own.bundles[0].version)
    opened.record_shadow([ShadowResult(key(), version, said, triage(0.4, "Legal"))], 200.0)
    opened.close()
    found = roles(cli, "compare")
    assert (found["active"], found["shadow"], found["tickets"]) == (own.version, version, 1)
    assert (found["active_alerts"], found["shadow_alerts"], found["agreement"]) == (1, 0, 0.0)
    shown = cli("models", "compare")
    for text in (own.version, version, "Billing", "Legal", "0.500"):
        assert text in shown.out
    assert "Too few" in shown.err


def test_what_people_corrected_is_learned(cli: Cli, tmp_path: Path):
    opened = store(tmp_path)
    tickets = [
        (replace(ticket(f"t{n}{label}", f"{word} filler{n}"), subject=""), label)
        for n in range(10)
        for label, words in TOPICS.items()
        for word in words.split()[:1]
    ]
    opened.accept([one for one, _ in tickets], ["test"] * len(tickets))
    opened.record_triage([Triaged(one.key, triage()) for one, _ in tickets], 200.0, "test")
    for number, (one, label) in enumerate(tickets):
        opened.record_feedback(Feedback(f"f{number}", one.key, 300.0 + number, "test", category=label))
    opened.close()
    ended = cli("train", "--from-feedback", "--out", "model", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["category"]["rows"] == len(tickets)
    assert load_light(tmp_path / "model" / "light").labels == ("Billing", "Technical")

    more = "\n".join(["text,label", *(f"contract {n},Legal" for n in range(5))])
    (tmp_path / "more.csv").write_text(more + "\n")
    both = ["train", "--from-feedback", "--data", "more.csv", "--text", "text", "--label", "label", "--out", "both"]
    assert json.loads(cli(*both, "--json").out)["category"]["rows"] == len(tickets) + 5
    assert cli("models", "add", "both").code == 0


def test_corrections_of_a_former_taxonomy_hinder_no_training(cli: Cli, tmp_path: Path):
    said = ["Billing"] * 4 + ["Technical"] * 4 + ["Sales"] * 2 + ["Legal"]
    opened = store(tmp_path)
    tickets = [ticket(f"t{n}", f"{TOPICS.get(label, label)} filler{n}") for n, label in enumerate(said)]
    opened.accept(tickets, ["test"] * len(tickets))
    opened.record_triage([Triaged(one.key, triage()) for one in tickets], 200.0, "test")
    for n, (one, label) in enumerate(zip(tickets, said, strict=True)):
        opened.record_feedback(Feedback(f"f{n}", one.key, 300.0 + n, "test", category=label))
    opened.close()
    asked = ["train", "--from-feedback", "--light-only"]
    ended = cli(*asked, "--out", "model")
    assert ended.code == 0, ended.err
    assert "Left out 3" in ended.err
    assert "Legal (1), Sales (2)" in ended.err
    assert load_light(tmp_path / "model").labels == ("Billing", "Technical")

    (tmp_path / "map.json").write_text('{"Sales": "Legal"}')
    assert "Left out" not in cli(*asked, "--out", "mapped", "--map", "map.json").err
    assert load_light(tmp_path / "mapped").labels == ("Billing", "Legal", "Technical")


def test_there_must_be_something_to_learn_from(cli: Cli, tmp_path: Path):
    cli("train", "--from-feedback", "--out", "model").failed("corrected")
    for given, lacks in (((), "--from-feedback"), (("--data", "x.csv"), "--text")):
        ended = cli("train", *given, "--out", "model")
        assert ended.code == 2
        assert lacks in ended.err
    assert not (tmp_path / "model").exists()
