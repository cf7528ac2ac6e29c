"""The names of what processes and commands leave in a data directory, beside the database and the models."""

import shutil
from pathlib import Path

UP_LOCK = "up.lock"
"""Held by the system that runs there, or by the restore that puts a backup there."""

SERVER_NOTE = "server.json"
IMPORT_NOTE = "import-{}.json"
REPLACED = "replaced-"
"""What the name of a folder begins with that holds what a restore took the place of."""

UNPACKED = ".unpacked"
"""The folder in which a restore checks what it has unpacked."""


def remove_leavings(data_dir: Path) -> None:
    """Remove what a system or a restore that was killed has left there; for who holds the lock."""
    (data_dir / SERVER_NOTE).unlink(missing_ok=True)
    shutil.rmtree(data_dir / UNPACKED, ignore_errors=True)


def unreached_folders(data_dir: Path) -> list[Path]:
    """What restores have left there that holds a database, and that no erasure reaches: what was moved aside, oldest
    first, and what one that was killed has unpacked."""
    aside = sorted(data_dir.glob(f"{REPLACED}[0-9]*T*Z*"))
    return [*aside, *data_dir.glob(UNPACKED)]
