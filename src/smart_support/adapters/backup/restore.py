"""Putting a backup back: checked before anything is replaced, and what was there is kept."""

import errno
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

from smart_support.adapters.backup import archive
from smart_support.adapters.backup.archive import DATABASE, MODELS, BackupError, Manifest, Step
from smart_support.adapters.backup.snapshot import checked_revision
from smart_support.adapters.sql.database import RESTORING, files_of
from smart_support.data_dir import REPLACED, UNPACKED, UP_LOCK, remove_leavings

_ASIDE = "aside"  # in the folder of a restore under way: the name of that for what was there

_STAYS = {errno.EBUSY, errno.EXDEV}  # a mount, and what an overlay has from the image below it
_REFUSED = {errno.ENOTEMPTY, errno.EEXIST, errno.EISDIR, errno.ENOENT}  # to any other folder, a link, and none


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where what it took the place of lies now, if there was something. `finished` is True where
    a restore from before, that was interrupted, was brought to its end, and nothing else."""

    manifest: Manifest | None
    aside: Path | None
    finished: bool = False


def restore(
    file: Path, data_dir: Path, known: Collection[str], *, replace: bool, told: Callable[[str], Step]
) -> Restored:
    """Put a backup into a data directory on which no system runs; `known` are the revisions of the schema that this
    version can read.

    The backup is unpacked and checked beside what is there. Then what it holds takes its place in renames: what was
    there is moved into a folder `replaced-TIME`, and only where `replace` says so. A system refuses to start between
    the first and the last of them, and the next restore brings them to their end.

    Raises BackupError, also where the folder of models cannot be moved, as a mount cannot; what was there is untouched
    then. Only a disk that fails between two renames leaves them half done.
    """
    try:
        with _alone(data_dir):
            moving = data_dir / f"{DATABASE}{RESTORING}"
            if moving.exists():
                _require_movable(data_dir / MODELS, moving)
                return Restored(None, _move(moving, data_dir), finished=True)
            if not file.exists():
                raise BackupError(f"{file}: No such file; name the backup to restore")
            if not replace and (there := _there(data_dir)):
                raise BackupError(
                    f"{data_dir} holds {' and '.join(there)} already: choose another --data-dir, or move that aside "
                    "with --force"
                )
            manifest = archive.read_manifest(file)
            if manifest.revision not in known:
                raise BackupError(
                    f"{file} holds a database whose schema (revision {manifest.revision}) is newer than this program "
                    f"knows; the backup was made by version {manifest.version}. Restore it with the newest version "
                    "that has run on that database"
                )
            unpacked = data_dir / UNPACKED
            (unpacked / MODELS).mkdir(parents=True)  # in place of those that are there, also where it holds none
            try:
                _require_movable(data_dir / MODELS, unpacked)
                archive.read(file, unpacked, told("Unpacking"))
                if (revision := checked_revision(unpacked / DATABASE)) != manifest.revision:
                    raise BackupError(f"{file} was changed: its database has revision {revision}")
                _count_on(unpacked / DATABASE)
                (unpacked / _ASIDE).write_text(_new_name(data_dir))
                archive.sync_folder(unpacked)
                _fold(data_dir / DATABASE)
                unpacked.rename(moving)
            finally:
                shutil.rmtree(unpacked, ignore_errors=True)
            archive.sync_folder(data_dir)
            return Restored(manifest, _move(moving, data_dir))
    except OSError as error:
        raise BackupError(f"cannot restore {file} to {data_dir}: {error.strerror or error}") from error


def _there(data_dir: Path) -> list[str]:
    """What a backup would take the place of."""
    models = data_dir / MODELS
    found = {DATABASE: (data_dir / DATABASE).exists(), MODELS: models.exists() and any(models.iterdir())}
    return [name for name, is_there in found.items() if is_there]


def _require_movable(folder: Path, onto: Path) -> None:
    """Raises what would be met where `folder` is renamed, without doing so: nothing takes the place of the folder
    `onto`, which holds something. `os.path.ismount` does not see what is mounted from the same disk."""
    try:
        folder.rename(onto)
    except OSError as error:
        if error.errno in _STAYS:
            raise BackupError(
                f"{folder} cannot be moved aside ({error.strerror}), as it is mounted there: unmount it, restore, and "
                f"copy what lies in {folder} then to what is mounted; or choose another --data-dir"
            ) from error
        if error.errno not in _REFUSED:
            raise


def _move(moving: Path, data_dir: Path) -> Path | None:
    """Move what is there aside and what was unpacked in, as far as that was not done yet; where the former lies now."""
    aside = data_dir / (moving / _ASIDE).read_text()
    database, *logs, _lock = files_of(data_dir / DATABASE)
    for name, replaced in ((DATABASE, (*logs, database)), (MODELS, (data_dir / MODELS,))):
        if not (moving / name).exists():  # it was moved in
            continue
        for old in replaced:
            if old.exists():
                aside.mkdir(exist_ok=True)
                old.rename(aside / old.name)
        (moving / name).rename(data_dir / name)
    archive.sync_folder(data_dir)
    done = data_dir / UNPACKED
    moving.rename(done)
    shutil.rmtree(done)
    archive.sync_folder(data_dir)
    return aside if aside.exists() else None


def _new_name(data_dir: Path) -> str:
    """Of a folder for what was there."""
    now = REPLACED + time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (now, *(f"{now}-{n}" for n in range(2, 1_000)))
    return next(name for name in names if not (data_dir / name).exists())


def _count_on(database: Path) -> None:
    """Its next event gets a number that none has had, however many came after the backup: whoever goes on from one of
    those misses nothing. The time in microseconds is more than one system can have counted to."""
    now = time.time_ns() // 1_000
    with closing(sqlite3.connect(database)) as connection, connection:
        changed = connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'events'", (now,))
        if not changed.rowcount:
            connection.execute("INSERT INTO sqlite_sequence VALUES ('events', ?)", (now,))


def _fold(database: Path) -> None:
    """Take into a database what its log holds, so that it is one file; a damaged one keeps both."""
    if database.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """The locks of a system and of its database, taken."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for name in (UP_LOCK, f"{DATABASE}.lock"):
            try:
                stack.enter_context(filelock.FileLock(data_dir / name, timeout=0))
            except filelock.Timeout as error:
                raise BackupError(
                    f"{data_dir} is in use: stop the system first, or choose another --data-dir"
                ) from error
        remove_leavings(data_dir)
        yield
