import json
from pathlib import Path

import pytest

from smart_support.domain.triage import Text
from smart_support.train.data import DataError, Rows, read_map, read_rows
from smart_support.train.priority import read_urgency


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def test_a_csv(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv",
        '\ufeffsubject,body,queue,priority,group\n"Hi, you","one\\ntwo",Sales,high,7\n,"a\nb",Returns,low,\n',
    )
    rows = read_rows(path, ["subject", "body"], "queue", "priority", group_column="group")
    assert rows.texts == (Text("Hi, you", "one\ntwo"), Text("", "a\nb"))
    assert rows.labels == ("Sales", "Returns")
    assert rows.urgency == (0.8, 0.1)
    assert rows.groups == ("7", "")


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        {"t": "Help", "u": "more", "v": "x", "label": 3, "urgency_level": 3},
        {"t": None, "u": "b", "v": "", "label": "q", "urgency_level": ""},
    ]
    path = write(tmp_path / "t.jsonl", "\n\n".join(map(json.dumps, lines)))
    rows = read_rows(path, ["t", "u", "v"], "label", "urgency_level")
    assert rows.texts == (Text("Help", "more\nx"), Text("", "b"))
    assert rows.labels == ("3", "q")
    assert rows.urgency == (0.95, None)


def test_one_text_column_is_the_body(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\nhello,a\n")
    assert read_rows(path, ["text"], "label").texts == (Text("", "hello"),)


def test_rows_without_a_text_or_a_label_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\n  ,\nhello,a\nhi,\n")
    told: list[str] = []
    assert read_rows(path, ["text"], "label", tell=told.append).texts == (Text("", "hello"),)
    assert told == [f"{path}: left out 1 without a label, 1 without a text"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    lines = [["\ufeffid", '"text, or; so"', "label"], ["1", '"a, b; c"', "x"]]
    path = write(tmp_path / "t.csv", "\n".join(delimiter.join(cells) for cells in lines) + "\n")
    rows = read_rows(path, ["text, or; so"], "label", group_column="id")
    assert rows == Rows((Text("", "a, b; c"),), ("x",), groups=("1",))


def test_a_column_that_is_there_twice_may_be_so_as_long_as_nobody_asks_for_it(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,comment,label,comment\nx,1,a,2\n")
    assert read_rows(path, ["text"], "label").labels == ("a",)
    with pytest.raises(DataError, match="several columns comment: rename"):
        read_rows(path, ["text", "comment"], "label")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.csv", "text,queue\nx,a\n", "lacks the column label; it has text, queue"),
        ("t.csv", "", "it has none"),
        ("t.csv", "text,label\n", "holds no rows"),
        ("t.csv", "text,label\nx,\n", "holds no rows with a text and a label"),
        ("t.jsonl", '{"text": "x", "label": "a"}\n{"text"', "row 2: no JSON"),
        ("t.jsonl", "[]", "row 1: not a JSON object"),
        ("t.jsonl", '{"text": "x"}', "row 1 lacks the column label"),
        ("t.jsonl", '{"text": ["x"], "label": "a"}', "row 1: 'text' must be"),
        ("t.jsonl", '{"text": "x", "label": true}', "row 1: 'label' must be"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, content: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_rows(write(tmp_path / name, content), ["text"], "label")


def test_other_encodings_and_absent_files_are_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("text,label\nGrüße,a\n".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_rows(tmp_path / "t.csv", ["text"], "label")
    with pytest.raises(DataError, match="cannot be read"):
        read_rows(tmp_path / "none.csv", ["text"], "label")
    with pytest.raises(DataError, match="at least one text column"):
        read_rows(tmp_path / "t.csv", [], "label")


@pytest.mark.parametrize(
    ("name", "content"),
    [("m.json", '{"Sales": "General", "Returns": "Billing"}'), ("m.toml", 'Sales = "General"\nReturns = "Billing"')],
)
def test_a_map_names_the_categories(tmp_path: Path, name: str, content: str) -> None:
    path = write(tmp_path / "t.csv", "text,label\nx,Sales\ny,Returns\n")
    mapping = write(tmp_path / name, content)
    assert read_rows(path, ["text"], "label", map_file=mapping).labels == ("General", "Billing")


def test_a_label_that_the_map_lacks_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\nx,Sales\ny,Other\n")
    with pytest.raises(DataError, match=r"row 2: the map .* 'Other'"):
        read_rows(path, ["text"], "label", map_file=write(tmp_path / "m.json", '{"Sales": "General"}'))


@pytest.mark.parametrize(
    ("name", "content"), [("m.json", "{"), ("m.toml", "a ="), ("m.json", "[]"), ("m.json", '{"a": 1}')]
)
def test_a_bad_map_is_refused(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(DataError, match="map"):
        read_map(write(tmp_path / name, content))
    with pytest.raises(DataError, match="cannot be read"):
        read_map(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("given", "text", "expected"),
    [
        ("low", "hello", 0.1),
        ("low", "urgent!", 0.3),
        ("Medium", "hello", 0.45),
        ("medium", "it is broken", 0.65),
        ("high", "hello", 0.8),
        ("HIGH", "asap", 1.0),
        ("critical", "hello", 1.0),
        ("P1", "hello", 1.0),
        ("p2", "hello", 0.8),
        ("P3", "hello", 0.45),
        ("P4", "hello", 0.1),
        ("1 - High", "hello", 0.8),
        ("P2 - High", "asap", 1.0),
        ("3: Minor", "hello", 0.1),
        ("Blocker", "hello", 1.0),
        ("0.25", "urgent", 0.25),
        ("1", "hello", 1.0),
    ],
)
def test_urgencies(given: str, text: str, expected: float) -> None:
    assert read_urgency(given, Text("", text)) == expected


@pytest.mark.parametrize("level", ["1.5", "4", "-1", "nan", "soon"])
def test_what_is_no_urgency_is_refused(level: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", f"text,label,urgency_level\nx,a,{level}\n")
    with pytest.raises(DataError, match="row 1: the urgency"):
        read_rows(path, ["text"], "label", "urgency_level")
    if level != "1":
        with pytest.raises(ValueError, match="number from 0 to 1"):
            read_urgency(level, Text("", ""))


@pytest.mark.parametrize("level", ["2", "3", "5"])
def test_bare_levels_are_refused_with_a_way_out(level: str) -> None:
    with pytest.raises(ValueError, match=r"as words, or as P1 \(the most urgent\) to P4"):
        read_urgency(level, Text("", ""))


def test_rows_must_be_equally_many() -> None:
    with pytest.raises(ValueError, match="equally many"):
        Rows((Text("", "a"),), ("x", "y"))


def test_take() -> None:
    rows = Rows((Text("", "a"), Text("", "b")), ("x", "y"), (0.1, None), ("", "g"))
    assert rows.take([1]) == Rows((Text("", "b"),), ("y",), (None,), ("g",))
