"""The documentation becomes a site: every link leads somewhere, and no page asks another host for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT

FETCHED = re.compile(
    r'<(?:script|img|iframe|source)\b[^>]*\bsrc="?(?:https?:)?//'
    r'|<link\b[^>]*\bhref="?(?:https?:)?//|url\(["\']?(?:https?:)?//|@import'
)


def test_the_site_is_built_and_stands_alone(tmp_path: Path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pages = [*(tmp_path / "site").rglob("*.html"), *(tmp_path / "site").rglob("*.css")]
    assert len(pages) > 50
    asking = {page.name: found[0] for page in pages if (found := FETCHED.search(page.read_text(encoding="utf-8")))}
    assert not asking
