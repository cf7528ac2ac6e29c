import csv
import json
import random
from pathlib import Path

import pytest

from smart_support.cli import main
from tests.unit.cli.conftest import Cli

TOPICS = {"Tax": "vat invoice receipt customs duty", "Garden": "tulip lawn hedge mower compost"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small CSV whose labels show in its words, and none of which the shipped model knows."""
    rng = random.Random(1)
    path = tmp_path_factory.mktemp("learn") / "tickets.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["subject", "text", "topic", "prio"])
        for _ in range(80):
            topic = rng.choice(list(TOPICS))
            words = rng.sample(TOPICS[topic].split(), 3)
            rows.writerow([words[0], " ".join(words[1:]), topic, rng.choice(["low", "high"])])
    return path


@pytest.fixture(scope="module")
def model(data: Path) -> Path:
    """What `train` makes of it."""
    out = data.parent / "model"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["smart-support", *train(data, out, "--urgency", "prio")])
        with pytest.raises(SystemExit) as end:
            main()
    assert not end.value.code
    return out


def train(data: Path, out: Path, *more: str) -> list[str]:
    return ["train", "--data", str(data), "--text", "subject,text", "--label", "topic", "--out", str(out), *more]


def test_triage_uses_what_was_trained(cli: Cli, model: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODEL_DIR", str(model))
    given = '{"id": 1, "body": "my lawn mower"}\n{"id": 2, "body": "vat on the invoice"}\n'
    found = [json.loads(line) for line in cli("triage", stdin=given).out.splitlines()]
    assert [ticket["category"] for ticket in found] == ["Garden", "Tax"]


def test_evaluate_says_what_it_is_worth(cli: Cli, data: Path, model: Path):
    asked = ["evaluate", "--model", str(model), "--data", str(data), "--text", "subject,text", "--label", "topic"]
    ended = cli(*asked, "--urgency", "prio", "--json")
    assert ended.err == ""
    found = json.loads(ended.out)
    assert found["category"]["accuracy"] == 1.0
    assert {row["label"] for row in found["category"]["classes"]} == set(TOPICS)
    assert {"weighted_f1", "macro_f1", "calibration_error"} < set(found["category"])
    assert {"rmse", "mae"} < set(found["urgency"])
    assert set(found["tiers"]) == {"transformer", "light"}
    assert found["model_version"] == found["tiers"]["transformer"]["model_version"]
    shown = cli(*asked)
    for word in ("Garden", "accuracy", "macro F1", "calibration error", "light-", "transformer-"):
        assert word in shown.out


def test_the_light_tier_can_be_trained_alone(cli: Cli, data: Path, tmp_path: Path):
    found = json.loads(cli(*train(data, tmp_path / "light"), "--light-only", "--json").out)
    assert (found["path"], set(found["tiers"])) == (str(tmp_path / "light"), {"light"})
    asked = ["evaluate", "--model", "light", "--data", str(data), "--text", "subject,text", "--label", "topic"]
    found = json.loads(cli(*asked, "--json").out)
    assert set(found["tiers"]) == {"light"}
    assert found["model_version"].startswith("light-")


def test_any_encoder_will_do_and_there_must_be_one(cli: Cli, data: Path, model: Path, tmp_path: Path):
    assert cli(*train(data, tmp_path / "again"), "--encoder", str(model)).code == 0
    cli(*train(data, tmp_path / "light"), "--light-only")
    cli(*train(data, tmp_path / "out"), "--encoder", "light").failed("light", "--light-only")
    cli(*train(data, tmp_path / "out"), "--encoder", "nowhere").failed("nowhere")
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_named(cli: Cli, data: Path, model: Path, tmp_path: Path):
    out = tmp_path / "out"
    asked = train(data, out)
    cli(*(word.replace("text", "body") if word == "subject,text" else word for word in asked)).failed("column body")
    cli(*("label" if word == "topic" else word for word in asked)).failed("column label")
    cli(*train(data, out, "--urgency", "priority")).failed("column priority")
    cli(*train(tmp_path / "missing.csv", out)).failed("missing.csv")
    cli(*train(data, out, "--map", "missing.json")).failed("missing.json")
    assert not out.exists()
    cli("evaluate", "--model", "nowhere", "--data", str(data), "--text", "text", "--label", "topic").failed("nowhere")


def test_rows_without_a_text_or_a_label_are_left_out_and_counted(cli: Cli, model: Path, tmp_path: Path):
    (tmp_path / "t.csv").write_text("text;topic\nvat;Tax\nlawn;\n;Tax\nhedge; \n")
    ended = cli(
        "evaluate", "--model", str(model / "light"), "--data", "t.csv", "--text", "text", "--label", "topic", "--json"
    )
    assert json.loads(ended.out)["category"]["rows"] == 1
    assert ended.err == "t.csv: left out 2 without a label, 1 without a text\n"


def test_a_folder_of_something_else_is_left_alone(cli: Cli, data: Path, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    cli(*train(data, tmp_path / "mine")).failed("mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
