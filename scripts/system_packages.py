"""Check that what no Python package brings is on this machine, and install what is missing.

    python3 scripts/system_packages.py venv   # what `python -m venv` needs
    python3 scripts/system_packages.py test   # the servers and the browser the tests talk to

With apt-get (as root, or where sudo asks for no password) or Homebrew the missing packages are installed. Elsewhere
their names are printed and the exit code is 1: a test that cannot run is a failure, never a silent skip.

Standard library only: it runs before anything is installed.
"""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

# Debian starts a server that it installs. A policy of our own, there only while apt-get runs, keeps it from that, so
# that a test run leaves no Redis on 6379, no PostgreSQL on 5432 and no Prometheus on 9090. The services stay enabled,
# so on systemd the ones that come in are disabled as well. A policy that is there already is the owner's, and stays.
APT_SCRIPT = """
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\\nexit 101\\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "$@" >/dev/null
if [ -d /run/systemd/system ]; then
    for package in "$@"; do
        case $package in redis-server | postgresql | prometheus) systemctl disable --quiet "$package.service" ;; esac
    done
fi
"""

FAKETIME_PLACES = (
    "/usr/lib/*/faketime/libfaketimeMT.so.1",
    "/usr/lib*/faketime/libfaketimeMT.so.1",
    "/opt/homebrew/lib/faketime/libfaketime.1.dylib",
    "/usr/local/lib/faketime/libfaketime.1.dylib",
)


@dataclass(frozen=True)
class Requirement:
    """One thing that must be there, how to see that it is, and the packages that bring it."""

    name: str
    found: Callable[[], bool]
    apt: tuple[str, ...]
    brew: tuple[str, ...]


def version_key(path: Path) -> tuple[int, ...]:
    """Sort key for folders with a version in their path: 16 comes after 9."""
    return tuple(int(number) for number in re.findall(r"\d+", str(path)))


def find_postgres_bin() -> Path | None:
    """Return the folder that holds both `initdb` and `postgres`, the newest where there are several."""
    folders: list[Path] = []
    for place in POSTGRES_PLACES:
        folders += sorted(Path("/").glob(place.lstrip("/")), key=version_key, reverse=True)
    if initdb := shutil.which("initdb"):
        folders += [Path(initdb).parent, Path(initdb).resolve().parent]
    complete = (folder for folder in folders if all((folder / name).is_file() for name in ("initdb", "postgres")))
    return next(complete, None)


def find_redis_server() -> Path | None:
    """Return the Redis server's program."""
    program = shutil.which("redis-server")
    return Path(program) if program else None


def find_chromium() -> Path | None:
    """Return a Chromium, or Chrome, that is installed on this machine."""
    for name in CHROMIUM_NAMES:
        if program := shutil.which(name):
            return Path(program)
    return next((Path(place) for place in CHROMIUM_PLACES if Path(place).is_file()), None)


def find_faketime() -> Path | None:
    """Return the library that gives a process a clock of its own."""
    return next((path for place in FAKETIME_PLACES for path in Path("/").glob(place.lstrip("/"))), None)


def requirements(purpose: str) -> tuple[Requirement, ...]:
    """Return what `purpose` ("venv" or "test") needs, named as this machine's packages are."""
    if purpose == "venv":
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        return (
            Requirement(
                "ensurepip", lambda: importlib.util.find_spec("ensurepip") is not None, (package,), ("python",)
            ),
        )
    # Without a font every text on a page is empty boxes.
    chromium = (
        "chromium-browser" if "ubuntu" in os_release() else "chromium",
        "fonts-liberation",
        "fonts-noto-color-emoji",
    )
    return (
        Requirement("Redis server", lambda: find_redis_server() is not None, ("redis-server",), ("redis",)),
        Requirement("PostgreSQL server", lambda: find_postgres_bin() is not None, ("postgresql",), ("postgresql@17",)),
        Requirement("libfaketime", lambda: find_faketime() is not None, ("faketime",), ("libfaketime",)),
        Requirement("promtool", lambda: shutil.which("promtool") is not None, ("prometheus",), ("prometheus",)),
        Requirement("Chromium", lambda: find_chromium() is not None, chromium, ("google-chrome",)),
    )


def os_release() -> str:
    """Return the text of /etc/os-release, empty where there is none."""
    path = Path("/etc/os-release")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def install_command(missing: Sequence[Requirement]) -> tuple[list[str], str] | None:
    """Return the command that installs `missing` here, and what a person would type; None if no manager is known."""
    if shutil.which("apt-get"):
        packages = [package for requirement in missing for package in requirement.apt]
        typed = shlex.join(["apt-get", "install", "--no-install-recommends", *packages])
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        return [*sudo, "sh", "-c", APT_SCRIPT, "sh", *packages], typed if not sudo else f"sudo {typed}"
    if shutil.which("brew"):
        packages = [package for requirement in missing for package in requirement.brew]
        return ["brew", "install", *packages], shlex.join(["brew", "install", *packages])
    return None


def may_run(command: Sequence[str]) -> bool:
    """Tell whether `command` can start without asking for a password."""
    if command[0] != "sudo":
        return True
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def main(arguments: Sequence[str]) -> int:
    """Run for one purpose; 0 when all it needs is there."""
    if len(arguments) != 1 or arguments[0] not in {"venv", "test"}:
        print(f"usage: {Path(__file__).name} venv|test", file=sys.stderr)
        return 2
    needed = requirements(arguments[0])
    missing = [requirement for requirement in needed if not requirement.found()]
    if not missing:
        return 0
    names = ", ".join(requirement.name for requirement in missing)
    command = install_command(missing)
    if command is None:
        packages = " ".join(package for requirement in missing for package in requirement.apt)
        print(f"Missing on this machine: {names}. On Debian the packages are: {packages}", file=sys.stderr)
        return 1
    run, typed = command
    if not may_run(run):
        print(f"Missing on this machine: {names}. Install them with:\n    {typed}", file=sys.stderr)
        return 1
    print(f"==> installing {names}: {typed}", flush=True)
    done = subprocess.run(run, stdin=subprocess.DEVNULL, check=False)
    missing = [requirement for requirement in needed if not requirement.found()]
    if done.returncode or missing:
        left = ", ".join(requirement.name for requirement in missing) or "nothing, but the installer failed"
        print(f"Still missing: {left}. The command was:\n    {typed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
