"""The file of a backup: a tar.gz with a manifest first, which names every other file with its size and SHA-256."""

import gzip
import hashlib
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

DATABASE, MODELS = "smart-support.db", "models"
"""What a backup holds, under the names that it has in the data directory."""

MANIFEST = "manifest.json"

Step = Callable[[int, int], None]
"""Hears how many of how many bytes are done."""

_FORMAT = 1
_CHUNK = 1 << 20
_MOST_MANIFEST = 16 << 20
_LEVEL = 3  # 6 takes twice the time and saves a tenth
_LATEST = 253_402_300_800.0  # the year 10000
_LONGEST = 255  # of a part of a name, as file systems have it
_BROKEN = (tarfile.TarError, EOFError, zlib.error, ValueError, LookupError, TypeError, RecursionError, OverflowError)


class BackupError(Exception):
    """A backup cannot be made or put back; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a backup: bytes, and their SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: the program's version and the schema's revision that it is of, when it was begun (UTC epoch
    seconds), and its files by name."""

    version: str
    revision: str
    at: float
    files: Mapping[str, Stored]

    @property
    def size(self) -> int:
        """Bytes, unpacked."""
        return sum(stored.size for stored in self.files.values())


def describe(path: Path) -> Stored:
    """A file as a manifest tells of it."""
    with path.open("rb") as file:
        return _copy(file, None)


def write(target: Path, manifest: Manifest, sources: Mapping[str, Path], step: Step) -> None:
    """Write a backup of the files, which must be what the manifest says, and wait for the disk."""
    head = json.dumps({"format": _FORMAT, **asdict(manifest)}, indent=1).encode()
    told = _Count(manifest.size, step)
    with target.open("wb") as raw:
        with (
            gzip.GzipFile("", "wb", compresslevel=_LEVEL, fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            tar.addfile(_member(MANIFEST, len(head), manifest.at), BytesIO(head))
            for name, stored in manifest.files.items():
                with sources[name].open("rb") as file:
                    tar.addfile(_member(name, stored.size, manifest.at), _Counted(file, told))
        raw.flush()
        os.fsync(raw.fileno())


def read_manifest(path: Path) -> Manifest:
    """What a backup says it holds; raises BackupError."""
    with _reading(path) as tar:
        return _manifest(path, tar)


def read(path: Path, into: Path | None, step: Step) -> Manifest:
    """Read a backup whole, and check every byte of it; its files go into the folder `into`, on disk on return.

    Raises BackupError where it is not a backup, not whole, or holds what no backup does (paths that lead elsewhere,
    links): nothing is written outside of `into` then, and what lies there may be thrown away.
    """
    with _reading(path) as tar:
        manifest = _manifest(path, tar)
        told, left = _Count(manifest.size, step), dict(manifest.files)
        while (member := tar.next()) is not None:
            if not member.isreg() or member.name not in left:
                raise BackupError(f"{path} holds {member.name!r}, which its manifest does not name: it was changed")
            stored, file = left.pop(member.name), tar.extractfile(member)
            if member.size != stored.size or file is None or _put(_Counted(file, told), member.name, into) != stored:
                raise BackupError(f"{path} is damaged: {member.name} is not what was backed up; take another backup")
        while tar.fileobj.read(_CHUNK):  # to the checksum at its end
            pass
        if left:
            raise BackupError(f"{path} is not whole: {', '.join(sorted(left)[:3])} is missing; take another backup")
    return manifest


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _reading(path: Path) -> Iterator[tarfile.TarFile]:
    """Whatever is wrong with the content is a BackupError."""
    try:
        with (
            path.open("rb") as raw,
            gzip.GzipFile(fileobj=raw) as packed,
            tarfile.open(fileobj=packed, mode="r:") as tar,
        ):
            yield tar
    except gzip.BadGzipFile as error:
        raise BackupError(f"{path} is not a backup of Smart-Support, or is damaged ({error})") from error
    except _BROKEN as error:
        raise BackupError(f"{path} is not a backup of Smart-Support, or is not whole ({error})") from error


def _manifest(path: Path, tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > _MOST_MANIFEST:
        raise ValueError("it does not begin with a manifest")
    file = tar.extractfile(first)
    assert file is not None  # a regular file has content
    told: dict[str, Any] = json.loads(file.read())
    if told["format"] != _FORMAT:
        raise BackupError(f"{path} is a backup in format {told['format']!r}, of a newer version: install that one")
    files = {_name(name): Stored(int(each["size"]), str(each["sha256"])) for name, each in told["files"].items()}
    if DATABASE not in files:
        raise ValueError("it holds no database")
    if any(str(folder) in files for name in files for folder in PurePosixPath(name).parents):
        raise ValueError("a file in it is a folder too")
    at = float(told["at"])
    if not 0.0 <= at < _LATEST:
        raise ValueError(f"it was made at no time: {at}")
    return Manifest(str(told["version"]), str(told["revision"]), at, files)


def _name(name: str) -> str:
    """The name of a file in a backup; raises ValueError for any that would lie elsewhere than the data directory has
    its own."""
    parts = PurePosixPath(name).parts
    plain = "/".join(parts) == name and ".." not in parts and not set(name) & set("\\:\0")
    plain = plain and all(len(part.encode()) <= _LONGEST for part in parts)
    if name == DATABASE or (plain and len(parts) > 1 and parts[0] == MODELS):
        return name
    raise ValueError(f"{name!r} is no name in a backup")


def _put(file: "_Counted", name: str, into: Path | None) -> Stored:
    if into is None:
        return _copy(file, None)
    target = into / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as made:
        stored = _copy(file, made)
        made.flush()
        os.fsync(made.fileno())
    sync_folder(target.parent)
    return stored


def _copy(file: "IO[bytes] | _Counted", made: IO[bytes] | None) -> Stored:
    size, seen = 0, hashlib.sha256()
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        seen.update(chunk)
        if made is not None:
            made.write(chunk)
    return Stored(size, seen.hexdigest())


def _member(name: str, size: int, at: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(at), 0o600
    return member


class _Count:
    """Tells how far it is."""

    def __init__(self, total: int, step: Step) -> None:
        self._done, self._total, self._step = 0, total, step

    def add(self, number: int) -> None:
        self._done += number
        self._step(self._done, self._total)


class _Counted:
    """A file that is read through it."""

    def __init__(self, file: IO[bytes], count: _Count) -> None:
        self._file, self._count = file, count

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._count.add(len(chunk))
        return chunk
