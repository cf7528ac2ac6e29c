"""Figures that tests leave for people: one JSON file each under build/figures."""

import json
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "build" / "figures"


def leave(name: str, **figures: object) -> None:
    """Write them, in place of those of the last run."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    (_FOLDER / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
