import json
import tracemalloc
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from smart_support import bootstrap, serving
from smart_support.cli import connection, record_files, records
from smart_support.settings import load
from tests.builders import ticket
from tests.unit.cli.conftest import Cli

CSV = """id,subject,body,received_at,tags,customer_email
a,Hi,"one, two",2026-01-01T11:00:00Z,shop; vip,ann@example.org
b,Yo,"line
two",2026-01-01T10:00:00Z,,
,Hm,no id,,,
"""
LINES = '{"id": 5, "subject": "Ärger", "body": "x"}\n{"ticket_id": "n", "body": "y", "tags": ["t"]}\n{"body": "z"}\n'


def exported(cli: Cli) -> list[dict]:
    cli("db", "upgrade")  # which makes one where nothing came in
    ended = cli("export")
    assert ended.code == 0, ended.err
    assert cli("export", "--out", "-").out == ended.out
    return [json.loads(line) for line in ended.out.splitlines()]


@pytest.mark.parametrize(("name", "content"), [("t.csv", CSV), ("t.jsonl", LINES)])
def test_an_import_repeated_adds_nothing(cli: Cli, tmp_path: Path, name: str, content: str):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert json.loads(cli("import", name, "--json").out) == {"imported": 3, "known": 0, "conflicts": []}
    first = exported(cli)
    assert json.loads(cli("import", name, "--json").out) == {"imported": 0, "known": 3, "conflicts": []}
    assert exported(cli) == first
    assert len(first) == 3


def test_export_gives_all_by_time(cli: Cli, tmp_path: Path):
    (tmp_path / "t.csv").write_text(CSV)
    cli("import", "t.csv")
    found = exported(cli)
    assert [ticket["ticket_id"] for ticket in found][:2] == ["b", "a"]
    assert [ticket["body"] for ticket in found] == ["line\ntwo", "one, two", "no id"]
    assert found[0]["accepted_at"] == "2026-01-01T10:00:00Z"
    assert found[1]["tags"] == ["shop", "vip"]
    assert found[1]["customer"]["email"] == "ann@example.org"
    ended = cli("export", "--out", "out.jsonl")
    assert ended.out == ""
    assert "3 tickets" in ended.err
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3
    cli("export", "--out", "no/such/folder").failed("no/such/folder")
    (tmp_path / "out.jsonl").write_text("mine")
    cli("export", "--out", "out.jsonl").failed("out.jsonl is there already", "--force")
    assert (tmp_path / "out.jsonl").read_text() == "mine"
    assert cli("export", "--out", "out.jsonl", "--force").code == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ('subject,body\na,"x\nb,y\nc,z\n', 4, "not a CSV file"),  # a quote that is not closed swallows the rest
        ('subject,body\na,"x" y\n', 2, "not a CSV file"),
        ("subject,body\na,one, two\n", 2, "more cells"),
        ("Subject,body\na,b\n", 1, "'Subject' is unknown"),
        ("subject,body,priority\na,b,1\n", 1, "'priority' is unknown"),
        ("subject,body,body\na,b,c\n", 1, "two columns"),
        ("id,ticket_id,body\na,b,c\n", 2, "id"),
    ],
)
def test_a_csv_file_loses_nothing_silently(cli: Cli, tmp_path: Path, content: str, line: int, said: str):
    (tmp_path / "t.csv").write_text(content)
    cli("import", "t.csv").failed(f"line {line}:", said)
    assert exported(cli) == []


@pytest.mark.parametrize("command", [("import",), ("agents", "import")])
def test_a_csv_file_that_is_no_text_is_called_that(cli: Cli, tmp_path: Path, command: tuple[str, ...]):
    (tmp_path / "t.csv").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    cli(*command, "t.csv").failed("t.csv: not text in UTF-8")


def test_more_than_one_batch(cli: Cli):
    lines = "".join(json.dumps({"id": f"t{n}", "body": f"{n} " + "ä" * 300}) + "\n" for n in range(1_203))
    assert json.loads(cli("import", "-", "--json", stdin=lines).out)["imported"] == 1_203
    assert len({ticket["ticket_id"] for ticket in exported(cli)}) == 1_203


def test_a_conflict_leaves_the_rest_imported(cli: Cli):
    cli("import", "-", stdin='{"id": "a", "body": "one"}\n')
    ended = cli("import", "-", "--json", stdin='{"id": "a", "body": "two"}\n{"id": "b", "body": "three"}\n')
    ended.failed("a")
    assert json.loads(ended.out) == {"imported": 1, "known": 0, "conflicts": ["a"]}
    assert {ticket["ticket_id"]: ticket["body"] for ticket in exported(cli)} == {"a": "one", "b": "three"}


def test_what_is_refused_is_named(cli: Cli, tmp_path: Path):
    ended = cli("import", "-", stdin='{"id": "a", "body": "x"}\n{"id": "b", "body": "x", "nope": 1}\n')
    ended.failed("nope", "unknown field")
    cli("import", "-", stdin='{"id": "a", "body": " "}\n').failed("empty")
    cli("import", "-", stdin="{").failed("line 1")
    (tmp_path / "bad.csv").write_text("a;b\n1;2\n")
    cli("import", "bad.csv").failed("bad.csv", "subject")
    cli("import", "missing.csv").failed("missing.csv")
    assert exported(cli) == []


def test_a_refused_record_is_named_by_its_line(cli: Cli):
    lines = [json.dumps({"id": f"t{n}", "body": "x"}) for n in range(600)]
    lines[549] = '{"id": "t549", "body": "x", "nope": 1}'
    cli("import", "-", stdin="\n".join(lines)).failed("line 550", "nope")


def test_what_was_exported_can_be_imported(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cli("import", "-", stdin=LINES)
    first = exported(cli)
    cli("export", "--out", "out.jsonl")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "other"))
    ended = cli("import", "out.jsonl", "--json")
    assert ended.code == 0, ended.err.splitlines()[:3]
    assert json.loads(ended.out)["imported"] == 3
    again = exported(cli)
    for name in ("ticket_id", "subject", "body", "tags", "accepted_at"):
        assert [ticket[name] for ticket in again] == [ticket[name] for ticket in first]


BREAKS = "one\u2028two\u2029three\u0085four\x1cfive\x0bsix\r\nseven"


def test_every_kind_of_line_break_survives_export_and_import(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cli("import", "-", stdin=json.dumps({"id": "a", "body": BREAKS}) + "\n" + json.dumps({"id": "b", "body": "x"}))
    assert "2 tickets exported" in cli("export", "--out", "out.jsonl").err
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "other"))
    assert json.loads(cli("import", "out.jsonl", "--json").out)["imported"] == 2
    cli("export", "--out", "again.jsonl")
    lines = Path("again.jsonl").read_bytes().split(b"\n")
    assert {ticket["ticket_id"]: ticket["body"] for ticket in map(json.loads, filter(None, lines))}["a"] == BREAKS
    assert not Path("again.jsonl.part").exists()


def test_an_import_waits_where_there_is_no_room_and_goes_on(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = load(data_dir=tmp_path / "data", lag_limit=3)
    waited = []
    with ExitStack() as stack:
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings, durable=False))
        pipeline.accept.accept([ticket(f"t{n}") for n in range(3)], "test")  # as many as are let in
        app = stack.enter_context(serving.open_app(pipeline, settings, open_loopback=False, local_token="local"))
        app.state.parts.admission.refresh()
        sock = connection.listen("127.0.0.1", 0)
        stack.enter_context(connection.in_background(app, sock))
        address = connection.Address(connection.url_of(sock), "local", settings.shown_database)
        stack.enter_context(connection.announced(settings.data_dir, address))

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 2:
                pipeline.drain()
                app.state.parts.admission.refresh()

        monkeypatch.setattr(records, "time", SimpleNamespace(sleep=sleep))
        ended = cli("import", "-", "--json", stdin='{"id": "a", "body": "x"}\n{"id": "b", "body": "x"}\n')
    assert json.loads(ended.out) == {"imported": 2, "known": 0, "conflicts": []}
    assert len(waited) == 2
    assert all(1 <= seconds <= 10 for seconds in waited)


def many(number: int, *, ids: bool = True) -> str:
    return "".join(json.dumps(({"id": f"t{n}"} if ids else {}) | {"body": f"case {n}"}) + "\n" for n in range(number))


def breaking(monkeypatch: pytest.MonkeyPatch, after: int | None) -> list[list[str]]:
    """Small batches, of which only some are answered before the connection is gone; the ids of those answered."""
    post, sent = records._post, []

    def once_broken(api: httpx.Client, batch: list[dict], live: bool) -> dict:
        if len(sent) == after:
            raise httpx.ReadError("gone")
        answer = post(api, batch, live)
        sent.append([record["ticket_id"] for record in batch])
        return answer

    monkeypatch.setattr(record_files, "_BATCH_TICKETS", 10)
    monkeypatch.setattr(records, "_post", once_broken)
    return sent


@pytest.mark.parametrize("ids", [True, False])
def test_an_import_that_broke_off_goes_on_where_it_was(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ids: bool
):
    (tmp_path / "t.jsonl").write_text(many(75, ids=ids))
    with monkeypatch.context() as patch:
        first = breaking(patch, 3)
        cli("import", "t.jsonl").failed("broke off")
    with monkeypatch.context() as patch:
        second = breaking(patch, None)
        ended = cli("import", "t.jsonl", "--json")
    assert json.loads(ended.out) == {"imported": 75, "known": 0, "conflicts": []}
    assert "after 30 tickets" in ended.err
    assert second[0] == first[-1]  # the last one is sent again, to see that the system has it; the others are not
    assert len(second) == 1 + 5
    assert len(exported(cli)) == len({ticket["ticket_id"] for ticket in exported(cli)}) == 75
    assert not list((tmp_path / "data").glob("import-*"))
    assert json.loads(cli("import", "t.jsonl", "--json").out) == {"imported": 0, "known": 75, "conflicts": []}


def test_conflicts_of_the_run_that_broke_off_are_told_by_the_one_that_went_on(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cli("import", "-", stdin='{"id": "t3", "body": "another"}\n')
    with monkeypatch.context() as patch:
        breaking(patch, 2)
        cli("import", "-", stdin=many(40)).failed("broke off")
    ended = cli("import", "-", "--json", stdin=many(40))
    ended.failed("t3")
    assert json.loads(ended.out) == {"imported": 39, "known": 0, "conflicts": ["t3"]}


def test_a_system_that_was_set_back_since_gets_everything_again(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        breaking(patch, 3)
        cli("import", "-", stdin=many(75)).failed("broke off")
    for file in (tmp_path / "data").glob("*.db*"):
        file.unlink()
    ended = cli("import", "-", "--json", stdin=many(75))
    assert "Going on" not in ended.err
    assert len(exported(cli)) == 75


def test_another_file_is_another_import(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        breaking(patch, 3)
        cli("import", "-", stdin=many(75)).failed("broke off")
    ended = cli("import", "-", "--json", stdin=many(76))
    assert json.loads(ended.out) == {"imported": 46, "known": 30, "conflicts": []}


def test_a_long_file_is_not_held_in_memory(tmp_path: Path):
    line = json.dumps({"id": "t{n}", "body": "x" * 4_000}) + "\n"
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        file.writelines(line.replace("{n}", str(n)) for n in range(10_000))
    source = record_files.RecordFile(path, path.name)
    tracemalloc.start()
    try:
        number, _ = record_files.fingerprint(record for _, record in source.records())
        sent = sum(len(batch) for batch in record_files.batches(record for _, record in source.records()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert number == sent == 10_000
    assert peak < 5_000_000 < path.stat().st_size
