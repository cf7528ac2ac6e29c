"""Making a backup: all of it or nothing, and nothing that was there is lost to one that fails."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from smart_support.adapters.backup import archive
from smart_support.adapters.backup.archive import DATABASE, MODELS, BackupError, Manifest, Step
from smart_support.adapters.backup.snapshot import checked_revision, copy_database
from smart_support.adapters.sql.database import RESTORING, files_of
from smart_support.data_dir import IMPORT_NOTE, SERVER_NOTE, UP_LOCK, unreached_folders

_LOCK, _MADE = "lock", "backup"  # in the folder of a backup that is not done yet, beside the copy of the database
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def take(
    database: Path, models: Path, file: Path, version: str, at: float, *, replace: bool, told: Callable[[str], Step]
) -> Manifest:
    """Back up a database and the folder of models into a file, whether a system runs on them or not; `told(what)` hears
    how each of the steps goes. What was committed before the call is in it.

    The file stands under its name once it is whole, was read again and is on disk. Raises BackupError, also where there
    is a file already and it must not `replace` it, where it is one of the database or of the data directory that the
    system keeps there, and where a backup is being put back; nothing is left behind then.
    """
    if Path(f"{database}{RESTORING}").exists():
        raise BackupError(
            f"a restore to {database.parent} is not done: an interrupted one is brought to its end by "
            "`smart-support restore`, run again; back up after that"
        )
    if file.is_dir():
        raise BackupError(f"{file} is a folder: name a file in it, such as {file / 'backup.tar.gz'}")
    if _is_own(file, database, models):
        raise BackupError(f"{file} is one of the system's own files: choose another name for the backup")
    if file.exists() and not replace:
        raise BackupError(f"{file} is there already: choose another name, or replace it with --force")
    try:
        with _draft(file) as folder:
            copy = folder / DATABASE
            copy_database(database, copy, told("Copying the database"))
            revision = checked_revision(copy)
            sources = {DATABASE: copy} | _models(models)
            described = {name: archive.describe(path) for name, path in sources.items()}
            manifest = Manifest(version, revision, at, described)
            made = folder / _MADE
            archive.write(made, manifest, sources, told("Packing"))
            archive.read(made, None, told("Reading it again"))
            made.replace(file)
            archive.sync_folder(file.absolute().parent)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise BackupError(
                f"no room for the backup in {file.absolute().parent} ({error.strerror}); nothing was left behind. It "
                "takes the size of the database and that of the backup: make room, or name another place"
            ) from error
        raise BackupError(f"cannot write {file}: {error.strerror or error}; nothing was left behind") from error
    return manifest


def _is_own(file: Path, database: Path, models: Path) -> bool:
    """Whether it is a file of the system that is backed up, by whatever path, or would become one."""
    place, data_dir = file.resolve(), models.absolute().parent
    inside = [models, *unreached_folders(data_dir)]
    if any(place.is_relative_to(folder.resolve()) for folder in inside):
        return True
    beside = {*files_of(database), *files_of(database.resolve())}
    notes = {data_dir / UP_LOCK, data_dir / SERVER_NOTE, *data_dir.glob(IMPORT_NOTE.format("*"))}
    own = beside | notes | set(_models(models).values())
    return any(place == one.resolve() or (file.exists() and one.exists() and file.samefile(one)) for one in own)


def _models(folder: Path) -> dict[str, Path]:
    """The files of the registered models, also of those that are links to folders elsewhere; one that is being added is
    not one yet."""
    paths = (Path(root, name) for root, _, names in os.walk(folder, followlinks=True) for name in names)
    found = {path.relative_to(folder): path for path in sorted(paths) if path.is_file()}
    return {f"{MODELS}/{name.as_posix()}": path for name, path in found.items() if not name.parts[0].startswith(".")}


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """A folder beside the file for what is not done yet; what killed ones have left beside it goes first."""
    _remove_drafts(file.absolute().parent)
    folder = file.absolute().with_name(f".{file.name}.draft")
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        with filelock.FileLock(folder / _LOCK, timeout=0):
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except filelock.Timeout as error:
        raise BackupError(f"another backup is being written to {file}: wait for it, or choose another name") from error


def _remove_drafts(folder: Path) -> None:
    """Those that hold a database and that nobody works on. One in which a backup has begun holds none before its lock
    is taken; what holds other things too is not a backup's."""
    for draft in folder.glob(".*.draft"):
        with suppress(OSError):  # a lock that is taken; what is another user's, or not a folder
            if DATABASE in (names := {path.name for path in draft.iterdir()}) and names <= {_LOCK, DATABASE, _MADE}:
                with filelock.FileLock(draft / _LOCK, timeout=0):
                    shutil.rmtree(draft)
