import json
import subprocess
from pathlib import Path

import pytest

from smart_support.triage.models import LIGHT, SHIPPED
from tests.integration.system import PROGRAM, environment
from tests.unit.cli.conftest import Cli

URGENT = "Every request to the production API fails since 9:00, all our customers are affected. Urgent!"
FIELDS = ["id", "category", "confidence", "needs_review", "urgency", "tier", "language", "reasons"]


def lines(*records: dict) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_lines_in_lines_out_in_the_same_order(cli: Cli):
    ids = [7, "x", None, {"a": 1}, "x"]
    ended = cli("triage", stdin=lines(*({"id": i, "subject": "Invoice", "body": "refund please"} for i in ids)))
    found = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert ended.err == ""
    assert [record["id"] for record in found] == ids
    assert [list(record) for record in found] == [FIELDS] * 5
    assert found[0]["tier"] == "light"
    assert 0 <= found[0]["urgency"] <= 1
    assert {*found[0]["reasons"][0]} == {"of", "quote", "weight"}


def test_a_file_reads_as_stdin_does(cli: Cli, tmp_path: Path):
    given = lines({"id": 1, "subject": "Ärger 🙂", "body": "Der Server ist kaputt"}, {"id": 2, "body": "thanks"})
    (tmp_path / "t.jsonl").write_text("\ufeff" + given + "\n\n", encoding="utf-8")
    assert cli("triage", "t.jsonl").out == cli("triage", "-", stdin=given).out != ""


def test_the_urgent_is_urgent(cli: Cli):
    given = lines({"id": 1, "body": "Thank you, all good"}, {"id": 2, "body": URGENT})
    calm, urgent = (json.loads(line)["urgency"] for line in cli("triage", stdin=given).out.splitlines())
    assert calm < 0.3 < 0.7 < urgent


def test_explain_is_a_table_with_the_deciding_words(cli: Cli):
    ended = cli("triage", "--explain", stdin=lines({"id": "[red]t1[/]", "body": "Please refund my invoice"}))
    assert ended.code == 0
    assert "[red]t1[/]" in ended.out
    assert "Billing" in ended.out
    assert "'refund my invoice'" in ended.out


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("not json", "not JSON"),
        ("[1]", "object"),
        ('{"id": 2, "body": 5}', "text"),
        ('{"id": 2, "body": ' + "[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_named(cli: Cli, bad: str, words: str):
    ended = cli("triage", stdin=lines({"id": 1, "body": "a"}) + bad + "\n")
    ended.failed("line 2", words)


def test_what_is_no_text_and_what_is_missing_is_named(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": 1, "body": "\xe4"}\n')
    cli("triage", "latin.jsonl").failed("latin.jsonl", "UTF-8")
    cli("triage", "missing.jsonl").failed("missing.jsonl")
    monkeypatch.setenv("MODEL_DIR", str(SHIPPED / LIGHT))
    cli("triage", "--tier", "transformer").failed(str(SHIPPED / LIGHT), "no transformer", "--tier light")


def test_the_tier_that_is_named_answers(cli: Cli):
    for tier in ("light", "transformer"):
        (found,) = cli("triage", "--tier", tier, stdin=lines({"id": 1, "body": "thanks"})).out.splitlines()
        assert json.loads(found)["tier"] == tier


def test_the_light_tier_needs_no_encoder(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "tokenizer.json").write_text("no tokenizer")
    monkeypatch.setenv("MODEL_DIR", "encoder")
    given = lines({"id": 1, "body": "my invoice"})
    for arguments in ([], ["--tier", "light"]):
        assert json.loads(cli("triage", *arguments, stdin=given).out)["tier"] == "light"
    cli("triage", "--tier", "transformer", stdin=given).failed("onnx")
    assert cli("config", "check").code == 0
    monkeypatch.setenv("MODEL_FALLBACK", "0")
    assert json.loads(cli("triage", "--tier", "light", stdin=given).out)["tier"] == "light"
    cli("triage", stdin=given).failed("onnx")
    cli("config", "check").failed("onnx")


def test_nothing_in_nothing_out(cli: Cli):
    ended = cli("triage")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_two_thousand_lines(cli: Cli):
    ended = cli("triage", stdin=lines(*({"id": n, "body": f"Case {n}: my invoice is wrong"} for n in range(2_000))))
    assert [json.loads(line)["id"] for line in ended.out.splitlines()] == list(range(2_000))


def test_a_reader_who_has_seen_enough_gets_no_traceback(tmp_path: Path):
    given = tmp_path / "t.jsonl"
    given.write_text(lines(*({"id": n, "body": "my invoice is wrong"} for n in range(5_000))))
    process = subprocess.Popen(
        [PROGRAM, "triage", given], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    with process:
        assert json.loads(process.stdout.readline())["id"] == 0
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
