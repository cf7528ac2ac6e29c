"""The page of figures: one table of all goals, and sections that stay until they are measured anew."""

from pathlib import Path

from bench import report
from bench.rows import Row

FIRST = [
    Row("big thing, in parts: all", "1", "1", "beside", holds=True),
    Row("  inner", "<= 2", "3", "", holds=False),
    Row("  told", "-", "5"),
]


def test_every_goal_stands_in_one_table_and_other_sections_stay(tmp_path: Path):
    page = tmp_path / "figures.md"
    report.write(page, {"one": FIRST})
    report.write(page, {"two": [Row("else", "<= 1", "0", "", holds=True)]})
    text = page.read_text(encoding="utf-8")
    assert "2 goals are reached, 1 are missed." in text
    assert "| [one](#one) | big thing, in parts: inner | <= 2 | 3 | **no** |" in text
    assert "| [two](#two) | else | <= 1 | 0 | yes |" in text
    assert text.count("## one") == text.count("## two") == text.count("## All goals") == 1
    assert "|   told | - | 5 |" in text
    report.write(page, {})
    assert page.read_text(encoding="utf-8") == text


def test_the_machine_is_described(tmp_path: Path):
    page = tmp_path / "figures.md"
    report.write(page, {"one": FIRST})
    text = page.read_text(encoding="utf-8")
    for named in ("cores (", "GiB", "Python 3.", "SQLite 3.", "PostgreSQL", "Redis", "at commit "):
        assert named in text
