"""Folders and files that are there, or are to be made."""

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
    return None if _may(place, os.W_OK | os.X_OK) else f"{place} cannot be written to"


def unwritable_file(file: Path) -> str | None:
    """Why this user cannot write to a file, nor make it where it is not there yet; None where he can."""
    if why := unwritable(file.parent):
        return why
    return f"{file} cannot be written to" if _is_there(file) and not _may(file, os.W_OK) else None


def _may(place: Path, mode: int) -> bool:
    return os.access(place, mode, effective_ids=os.access in os.supports_effective_ids)


def _is_there(place: Path) -> bool:
    """Whether this user sees anything there."""
    try:
        return place.exists()
    except OSError:  # within a folder that is closed to him
        return False
