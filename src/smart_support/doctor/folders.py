"""Folders that are there, or are to be made."""

import os
from pathlib import Path


def nearest(folder: Path) -> Path:
    """The folder, or the first above it that this user sees."""
    return next(place for place in (folder, *folder.absolute().parents) if _is_there(place))


def unwritable(folder: Path) -> str | None:
    """Why this user cannot make a file in it, nor the folder itself where it is not there yet; None where he can."""
    place = nearest(folder)
    if not place.is_dir():
        return f"{place} is a file, not a folder"
    if not os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return f"{place} cannot be written to"
    return None


def _is_there(place: Path) -> bool:
    """Whether this user sees anything there."""
    try:
        return place.exists()
    except OSError:  # within a folder that is closed to him
        return False
