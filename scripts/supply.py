"""What the system is built on: known holes in it, its licences, and a bill of materials. `make audit`, `make sbom`.

python scripts/supply.py audit            the pinned versions against the service of known vulnerabilities
python scripts/supply.py licences         write docs/licences.md
python scripts/supply.py sbom [FOLDER]    write FOLDER/sbom.cdx.json (CycloneDX, with hashes and licences)
"""

import base64
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "locks" / "run.txt"
PAGES_LOCK = ROOT / "dashboard" / "package-lock.json"
EXTRAS = ("apprise", "otel")
"""What somebody may install beside the lock. (`fit` is in it; `train` only makes the shipped model.)"""
TABLE = ROOT / "docs" / "licences.md"

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "PSF-2.0", "Unlicense", "Zlib"),
    # A font may go with a program; it is never sold by itself.
    "OFL-1.1",
    # Of these the files themselves stay under their licence; they are installed beside ours, unchanged, by name.
    *("LGPL-3.0-only", "MPL-2.0"),
}
"""Licences (SPDX) with which a program under MIT may be given to others."""

_SPELLINGS = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# What is only installed on other systems or Pythons, so that nothing here can be asked.
_ELSEWHERE = {"async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause", "httpx2-jsfetch": "BSD-3-Clause"}

_HEAD = """# Licences

What comes with Smart-Support, which is under MIT itself, and under which licence. Made by `python scripts/supply.py
licences` from the locks. `make sbom` writes the first two tables as CycloneDX, with versions and hashes.

## Installed beside it

Nothing of these is part of this repository or its wheel: pip installs each by its name, unchanged. psycopg (LGPL) is
used through its interface alone; certifi, pathspec and tqdm (MPL) are used as they are.

| package | licence |
|---|---|
"""
_BUNDLED = """
## Part of the wheel

What the dashboard is built from: it is given to others with the wheel. The build writes the licences' texts to
`smart_support/dashboard/licenses.md`, of those of which something is left in the pages.

| package | licence |
|---|---|
"""
_OPTIONAL = """
## Only where you ask for it

What an extra installs, as by `pip install 'smart-support[otel]'`, beyond the first table; `make sbom` leaves it out.

| package | extra | licence |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Bundled:
    """A package of JavaScript that the dashboard is built from. `integrity` is an algorithm and its hash in base64."""

    name: str
    version: str
    licence: str
    integrity: str

    @property
    def component(self) -> dict[str, Any]:
        """As CycloneDX has it."""
        purl = f"pkg:npm/{self.name.replace('@', '%40')}@{self.version}"
        algorithm, _, content = self.integrity.partition("-")
        hashes = [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(content).hex()}]
        return {
            "bom-ref": purl,
            "externalReferences": [{"hashes": hashes, "type": "distribution", "url": purl}],
            "name": self.name,
            "purl": purl,
            "type": "library",
            "version": self.version,
            "licenses": [{"expression": self.licence}],
        }


def pinned() -> list[str]:
    """The names in the lock, each once."""
    return sorted(set(re.findall(r"^([A-Za-z0-9_.-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)))


def bundled() -> list[Bundled]:
    """What the dashboard is built from; raises LookupError where a licence is not one of ours.

    What is devOptional is there for us alone: others may bring it as a peer.
    """
    found = []
    for place, one in sorted(json.loads(PAGES_LOCK.read_text(encoding="utf-8"))["packages"].items()):
        if not place or one.get("dev") or one.get("devOptional"):
            continue
        name = place.rpartition("node_modules/")[2]
        found.append(Bundled(name, one["version"], _allowed(name, [one.get("license", "")]), one["integrity"]))
    return found


def optional() -> dict[str, list[str]]:
    """What the extras bring beyond the lock: of each package which of them; raises where one is not installed."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    found: dict[str, list[str]] = {}
    for extra in EXTRAS:
        wanted = list(extras[extra])
        known = {canonicalize_name(name) for name in pinned()}
        while wanted:
            one = Requirement(wanted.pop())
            name = canonicalize_name(one.name)
            if name not in known and "extra" not in str(one.marker):
                known.add(name)
                found.setdefault(name, []).append(extra)
                wanted += metadata.requires(name) or ()
    return dict(sorted(found.items()))


def licence(name: str) -> str:
    """The licence of an installed package as an SPDX expression; raises LookupError where it does not say."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    said = metadata.metadata(name)
    classifiers = [one.rsplit(" :: ", 1)[-1] for one in said.get_all("Classifier") or () if one.startswith("License")]
    given: list[str] = [*(said.get_all("License-Expression") or ()), *(said.get_all("License") or ()), *classifiers]
    return _allowed(name, given)


def _allowed(name: str, given: list[str]) -> str:
    for one in given:
        spelled = _SPELLINGS.get(one, one)
        if spelled and parts(spelled) <= ALLOWED:
            return spelled
    raise LookupError(f"{name}: no licence that is known here: {given}")


def parts(expression: str) -> set[str]:
    """The licences in an expression; of alternatives all."""
    return set(re.split(r" AND | OR |[() ]+", expression)) - {""}


def table() -> str:
    """docs/licences.md."""
    installed = "".join(f"| {name} | {licence(name)} |\n" for name in pinned())
    built_in = "".join(f"| {one.name} | {one.licence} |\n" for one in bundled())
    asked = "".join(f"| {name} | {', '.join(extras)} | {licence(name)} |\n" for name, extras in optional().items())
    return _HEAD + installed + _BUNDLED + built_in + _OPTIONAL + asked


def audit() -> int:
    """0 where nothing is known against the pinned versions, or nobody who knows can be asked, which is said; else 1."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "audit.json"
        asked = ["--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json", f"--output={report}"]
        ran = subprocess.run(
            [sys.executable, "-m", "pip_audit", "-r", str(LOCK), *asked], capture_output=True, text=True, check=False
        )
        if not report.exists():
            print(f"not audited: {(ran.stderr.strip().splitlines() or ['no answer'])[-1]}")
            return 0 if re.search(r"connect|resolve|timed? ?out|unreachable|proxy", ran.stderr, re.IGNORECASE) else 1
        found = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    holes = [(one, hole) for one in found for hole in one.get("vulns", ())]
    for one, hole in holes:
        print(f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none'}")
    skipped = sorted(one["name"] for one in found if "skip_reason" in one)
    if len(skipped) == len(found):  # a mirror has the packages, and not what is known against them
        print("not audited: the service that was asked knows none of the packages")
        return 0
    unknown = f"; not known there: {', '.join(skipped)}" if skipped else ""
    print(f"{len(found) - len(skipped)} packages audited, {len(holes)} vulnerabilities known{unknown}")
    return 1 if holes else 0


def sbom(folder: Path) -> Path:
    """What is installed and what the wheel holds: names, versions, hashes, licences, and no address of an index."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sbom.cdx.json"
    asked = ["requirements", str(LOCK), "--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"]
    made = subprocess.run([sys.executable, "-m", "cyclonedx_py", *asked], capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(made.stdout)
    for component in told["components"]:
        component.pop("description", None)
        expression = licence(component["name"])
        component["licenses"] = [{"expression": expression}]
        for reference in component.get("externalReferences", ()):
            reference["url"] = component["purl"]
    pages = [one.component for one in bundled()]
    told["components"] += pages
    told["dependencies"] += [{"ref": one["bom-ref"]} for one in pages]
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return file


def main(command: str = "", folder: str = "dist") -> int:
    """Exit status of a command."""
    match command:
        case "audit":
            return audit()
        case "licences":
            TABLE.write_text(table(), encoding="utf-8")
            return 0
        case "sbom":
            print(sbom(Path(folder)))
            return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
