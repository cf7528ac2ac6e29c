"""The program behind `make model` leaves nothing out in silence."""

import runpy
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_model.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the script defines; what trains is left out, because it needs torch."""
    monkeypatch.delenv("CLINC150", raising=False)
    for module in ("shipped", "finetune"):
        monkeypatch.setitem(sys.modules, f"smart_support.train.{module}", MagicMock())
    return runpy.run_path(str(SCRIPT))


def clinc150(script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *given: str) -> Path | None:
    monkeypatch.setattr(sys, "argv", ["make_model.py", *given])
    return script["arguments"]().clinc150


def test_clinc150_is_given_or_left_out_on_purpose(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for unset in (None, ""):
        if unset is not None:
            monkeypatch.setenv("CLINC150", unset)
        with pytest.raises(SystemExit):
            clinc150(script, monkeypatch)
        error = capsys.readouterr().err
        assert "--clinc150 FILE" in error
        assert "--without-clinc150" in error
    assert clinc150(script, monkeypatch, "--without-clinc150") is None
    assert clinc150(script, monkeypatch, "--clinc150", "full.csv") == Path("full.csv")
    monkeypatch.setenv("CLINC150", "named.csv")
    assert clinc150(script, monkeypatch) == Path("named.csv")
    assert clinc150(script, monkeypatch, "--without-clinc150") is None
