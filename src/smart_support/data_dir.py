"""The names of what processes and commands leave in a data directory, beside the database and the models."""

from pathlib import Path

UP_LOCK = "up.lock"
"""Held by the system that runs there, or by the restore that puts a backup there."""

SERVER_NOTE = "server.json"
IMPORT_NOTE = "import-{}.json"
REPLACED = "replaced-"
"""What the name of a folder begins with that holds what a restore took the place of."""


def replaced_folders(data_dir: Path) -> list[Path]:
    """What restores have moved aside there, oldest first. An erasure does not reach into these."""
    return sorted(data_dir.glob(f"{REPLACED}[0-9]*T*Z*"))
