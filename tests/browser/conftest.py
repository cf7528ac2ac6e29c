"""The system's Chromium, and the program as its users install it: a wheel, in an environment of its own."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from scripts.system_packages import find_chromium
from tests.integration.system import Up, up

ROOT = Path(__file__).parents[2]
IN_THE_WHEEL = ("src", "dashboard", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE")
NOT_SOURCES = shutil.ignore_patterns("node_modules", "__pycache__", "schema.d.ts")
BUNDLE = ROOT / "src/smart_support/dashboard"

expect.set_options(timeout=30_000.0)  # a machine at work may be slow

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one file: as long as Playwright runs, so does its event loop, and no other may."""
    program = find_chromium()
    assert program is not None, "no Chromium here: install chromium (apt-get) or google-chrome (brew)"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources that holds nothing built before."""
    sources, made = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in IN_THE_WHEEL:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=NOT_SOURCES)
        else:
            shutil.copy(ROOT / name, sources / name)
    shutil.rmtree(sources / BUNDLE.relative_to(ROOT), ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", made, sources], check=True)
    (wheel,) = made.glob("smart_support-*.whl")
    return wheel


@pytest.fixture(scope="session")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`smart-support` installed from the wheel; what it depends on is that of this environment."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin/python"
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", python, "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    told = [python, "-c", "import smart_support; print(smart_support.__file__)"]
    found = subprocess.run(told, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(home), "the sources are in the way of the wheel"
    return home / "bin/smart-support"


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest, program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The installed program, one for all tests of a file, with the file's `SETTINGS`."""
    given = {"MODEL_FALLBACK": "1"} | getattr(request.module, "SETTINGS", {})
    with up(tmp_path_factory.mktemp("system") / "data", program=program, **given) as running:
        yield running
