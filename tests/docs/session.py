"""What a reader has in front of him: a shell in an empty folder, and a running system beside it."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import ROOT, Block
from tests.integration.system import environment, up
from tests.servers import free_port

ADDRESS = "http://127.0.0.1:8000"
SECONDS = 120
_BACKGROUND_SECONDS = 4  # so long a server has to fail, or to be up

# Each block is a shell of its own that finds the folder, the variables and the options of the one before.
_SHELL = """set -euo pipefail
[ ! -e "$STATE" ] || . "$STATE"
{command}
{{ export -p; declare -f; }} >"$STATE"
echo "cd '$PWD'" >>"$STATE"
"""

# An answer that refuses is a failure; and `make` only says what it would do, so that there is such a target.
_PROGRAMS = {
    "curl": '#!/bin/sh\nexec {real} --fail-with-body --show-error "$@"\n',
    "make": '#!/bin/sh\nunset MAKEFLAGS MAKELEVEL\nexec {real} --dry-run -C {root} "$@"\n',
}


@dataclass(frozen=True, slots=True)
class Here:
    """Where the servers of the documents are in this test: theirs are on 8000, and what receives alerts on 9000."""

    url: str
    receiver: int

    def __call__(self, text: str) -> str:
        at = self.url.partition("//")[2]
        return re.sub(r"\b9000\b", str(self.receiver), text.replace(ADDRESS.partition("//")[2], at))


class Session:
    """The folder of a page, in which its blocks are run one after the other. `output` is what the last one printed."""

    def __init__(self, folder: Path, here: Here, variables: dict[str, str]) -> None:
        self.folder = folder
        self.output = ""
        self._here = here
        self._variables = variables
        self._running: list[subprocess.Popen] = []

    def write(self, block: Block) -> None:
        """Write the file that a block is."""
        path = self.folder / block.marks["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._here(block.text), encoding="utf-8")

    def run(self, block: Block) -> None:
        """Run a block to its end, or until it is up where it goes on in the background; fails as the block does."""
        command = self._here(block.command)
        if block.language == "python":
            script = self.folder / f"line_{block.line}.py"
            script.write_text(command, encoding="utf-8")
            command = f"python {shlex.quote(str(script))}"
        arguments = ["bash", "-c", _SHELL.format(command=command)]
        log = self.folder / f"line_{block.line}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                arguments,
                cwd=self.folder,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)
        if "background" in block.marks:
            _wait(process, _BACKGROUND_SECONDS)
        else:
            _wait(process, SECONDS)
        self.output = log.read_text(encoding="utf-8", errors="replace")
        expected = (0, None) if "background" in block.marks else (0,)
        assert process.poll() in expected, f"{block.place}: status {process.poll()} of\n{command}\n{self.output}"

    @property
    def ended(self) -> bool:
        """Whether the last one has ended."""
        return self._running[-1].poll() is not None

    def compare(self, block: Block) -> None:
        """Find the lines of a block in what the last one printed, in their order."""
        rest = self.output
        for line in filter(str.strip, block.text.splitlines()):
            pattern = r"[^\n]*".join(re.escape(" ".join(part.split())) for part in line.split("..."))
            found = re.search(pattern.replace(r"\ ", r"[ \t]+"), rest)
            assert found, f"{block.place}: {line!r} is not in\n{self.output}"
            rest = rest[found.end() :]

    def end(self) -> None:
        """End all that goes on in the background; it fails where something has to be killed."""
        for process in self._running:
            _signal(process, signal.SIGTERM)
        for process in self._running:
            _wait(process, SECONDS)
        left = [process for process in self._running if process.poll() is None]
        for process in left:
            _signal(process, signal.SIGKILL)
            process.wait()
        assert not left, f"not ended within {SECONDS} s: {[process.args for process in left]}"


def _signal(process: subprocess.Popen, what: signal.Signals) -> None:
    """To it and to all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, what)


def _wait(process: subprocess.Popen, seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


@contextmanager
def session(folder: Path, settings: str | None, further: Mapping[str, str]) -> Iterator[Session]:
    """A session in the folder, with these further variables; its system has the settings, as a TOML file has them."""
    receiver, data = free_port(), folder / "data"
    variables = {"DATA_DIR": str(data), "LISTEN_PORT": str(free_port()), "NO_PROXY": "127.0.0.1", **further}
    programs = _programs(folder)
    given: dict[str, str] = {}
    if settings is not None:
        (folder / "smart-support.toml").write_text(Here(ADDRESS, receiver)(settings), encoding="utf-8")
        given["CONFIG_FILE"] = str(folder / "smart-support.toml")
    with up(data, **given) as system:
        found = environment(**given, **variables, PATH=programs, STATE=str(folder / ".state"))
        one = Session(folder, Here(system.url, receiver), found)
        try:
            yield one
        finally:
            one.end()


def _programs(folder: Path) -> str:
    """Where the programs of the documents are, as PATH says it."""
    theirs = folder / ".programs"
    theirs.mkdir(parents=True)
    for name, program in _PROGRAMS.items():
        path = theirs / name
        path.write_text(program.format(real=shutil.which(name), root=shlex.quote(str(ROOT))))
        path.chmod(0o755)
    (folder / ".venv").symlink_to(sys.prefix)
    return os.pathsep.join([str(theirs), str(Path(sys.executable).parent), os.environ["PATH"]])
