"""The command line in this process: what `smart-support ARGUMENTS` prints, and how it ends."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from smart_support.cli import main
from smart_support.settings import Settings


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def failed(self, *words: str) -> None:
        """It ended with 1, and with one line that holds all these words; nothing but data was on stdout."""
        assert self.code == 1, self.err
        assert self.err.splitlines()[-1].startswith("error: ") or "\n  " in self.err
        for word in words:
            assert word in self.err


Cli = Callable[..., Ended]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder, with no settings but a data directory in it."""
    for name in (*Settings.model_fields, "urgency_webhook_threshold", "config_file"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "argv", ["smart-support", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Ended(code, *capsys.readouterr())

    return run
