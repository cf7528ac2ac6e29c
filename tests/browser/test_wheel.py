"""The wheel holds the dashboard; without one none is made."""

import zipfile
from pathlib import Path

import pytest

from hatch_build import check

pytestmark = pytest.mark.browser


def test_the_wheel_holds_the_page_and_all_that_it_names(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        page = archive.read("smart_support/dashboard/index.html").decode()
    named = {part.split('"')[0] for part in page.split("/ui/")[1:]}
    assert len(named) >= 3
    assert {f"smart_support/dashboard/{name}" for name in named} <= names


def test_what_is_no_dashboard_is_refused(tmp_path: Path):
    with pytest.raises(RuntimeError, match="missing"):
        check(tmp_path)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/index-1.js").write_text("1;")
    (tmp_path / "index.html").write_text("<html></html>")
    with pytest.raises(RuntimeError, match="missing"):
        check(tmp_path)
    (tmp_path / "index.html").write_text('<script src="/ui/assets/index-1.js"></script>')
    with pytest.raises(RuntimeError, match="empty"):
        check(tmp_path)
