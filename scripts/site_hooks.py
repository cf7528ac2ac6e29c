"""What mkdocs does beside mkdocs.yml: pages from outside docs/, and what it reads otherwise than GitHub does.

Links lead from where each page lies in the repository; here they are led to where it is shown.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "licence.md",
    "src/smart_support/models/README.md": "model-card.md",
}
"""Where each is shown, by where it lies."""
_ORIGINS = {shown: lies for lies, shown in PAGES.items()}
# A bar inside code ends no cell here, and its backslash would be shown.
_CODE_IN_TABLE = re.compile(r"^\|.*$", re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|[#/])([^)\s#]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside."""
    for lies, shown in PAGES.items():
        files.append(File.generated(config, shown, abs_src_path=str(ROOT / lies)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead links to where their pages are shown."""
    here = page.file.src_uri
    lies = _ORIGINS.get(here, f"docs/{here}")

    def shown(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(lies), link[1]))
        to = PAGES.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else None)
        return link[1] if to is None else posixpath.relpath(to, posixpath.dirname(here) or ".")

    markdown = _LINK.sub(shown, markdown)
    return _CODE_IN_TABLE.sub(lambda row: _CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]), markdown)
