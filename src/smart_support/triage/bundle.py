"""Model bundles: a folder with `bundle.json` and one file of weights, checked before anything of it is used.

    bundle.json   format, kind, version, labels, settings, figures, data (what it was trained on, with licences),
                  files: {name: sha256}
    weights.npz   the arrays, loaded without pickle
    and what else its kind needs (an encoder), whose hashes are checked here and whose meaning is not

The version is made from the content: `<kind>-<12 hex digits>` of the SHA-256 over the canonical JSON of all other
fields, which holds the hashes of the files. So one changed byte anywhere is another version, and a bundle whose
version does not fit its content is refused. This tells damage and carelessness, not forgery: it is no signature.
"""

import hashlib
import io
import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.triage.swap import replaced, store

FORMAT = 1
MANIFEST = "bundle.json"
WEIGHTS = "weights.npz"

_MANIFEST_LIMIT = 1_000_000
_WEIGHTS_LIMIT = 1_000_000_000

_NO_ARRAYS = (
    *(ValueError, TypeError, AttributeError, LookupError, SyntaxError, EOFError, OSError, RuntimeError, MemoryError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)
"""What zipfile and NumPy say to an archive that is none of theirs."""

Array = npt.NDArray[Any]


class BundleError(Exception):
    """A bundle cannot be used or written; the message says what is wrong with which file, and what to do."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """What a bundle was trained on: `rows` rows of `name`, used under `licence`."""

    name: str
    rows: int
    licence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A bundle before it is saved. `settings` and `figures` hold JSON values only, `files` the content of further files
    by their plain names."""

    kind: str
    labels: tuple[str, ...]
    settings: Mapping[str, Any]
    arrays: Mapping[str, Array]
    figures: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[DataSource, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as loaded; everything in it has been checked against its hashes."""

    path: Path
    kind: str
    version: str
    labels: tuple[str, ...]
    settings: Mapping[str, Any]
    arrays: Mapping[str, Array]
    figures: Mapping[str, Any]
    data: tuple[DataSource, ...]

    def array(self, name: str, dtype: type[np.generic], shape: tuple[int, ...]) -> Array:
        """The array `name`, which must have exactly this type and shape.

        Raises BundleError otherwise.
        """
        found = self.arrays.get(name)
        if found is None or found.dtype != dtype or found.shape != shape:
            what = "missing" if found is None else f"{found.dtype}{list(found.shape)}"
            raise _refuse(self.path, f"array {name} is {what}, not {np.dtype(dtype)}{list(shape)}")
        return found

    def finite(self, name: str, *shape: int) -> npt.NDArray[np.float64]:
        """The array `name` of finite float64 numbers of this shape. Raises BundleError otherwise."""
        found = self.array(name, np.float64, shape)
        if not np.isfinite(found).all():
            raise _refuse(self.path, f"array {name} holds numbers that are not finite")
        return found

    def number(self, name: str, low: float, high: float) -> float:
        """The setting `name`, a number in [low, high]. Raises BundleError otherwise."""
        found = self.settings.get(name)
        if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
            raise _refuse(self.path, f"setting {name} is {found!r}, not a number from {low} to {high}")
        return found


def load(folder: Path, kind: str) -> Bundle:
    """The bundle in `folder`, checked.

    Raises BundleError when it is missing, incomplete, changed after it was made, of another format or another kind.
    """
    manifest = read_manifest(folder, kind)
    labels, files = manifest.get("labels"), manifest.get("files")
    if not isinstance(labels, list) or not _are_labels(labels):
        raise _refuse(folder, "labels must be a list of at least two different names")
    if not isinstance(files, dict) or WEIGHTS not in files or not all(map(_is_plain, files)):
        raise _refuse(folder, f"files must list {WEIGHTS} and plain names beside it")
    for name in files.keys() - {WEIGHTS}:
        _checked(folder / name, str(files[name]))
    try:
        return Bundle(
            path=folder,
            kind=kind,
            version=str(manifest["version"]),
            labels=tuple(labels),
            settings=dict(manifest["settings"]),
            arrays=_weights(folder, str(files[WEIGHTS])),
            figures=dict(manifest["figures"]),
            data=tuple(DataSource(**source) for source in manifest["data"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _refuse(folder, f"{MANIFEST} is incomplete ({error})") from error


def read_manifest(folder: Path, kind: str) -> dict[str, Any]:
    """What the bundle in `folder` says of itself; none of its files is looked at.

    Raises BundleError when that is missing, changed after it was made, of another format or another kind.
    """
    manifest = _manifest(folder)
    if manifest.get("format") != FORMAT:
        raise _refuse(folder, f"its format is {manifest.get('format')!r}, this program reads {FORMAT}")
    if manifest.get("kind") != kind:
        raise _refuse(folder, f"it is of kind {manifest.get('kind')!r}, not {kind!r}")
    if manifest.get("version") != _version(manifest):
        raise _refuse(folder, f"{MANIFEST} was changed after the bundle was made")
    return manifest


def save(folder: Path, draft: Draft) -> Bundle:
    """Writes `draft` to `folder` and returns it as loaded from there. The same draft gives the same bytes.

    All or nothing: it is written beside `folder` and renamed. A bundle that stands there is replaced; a folder that
    holds anything else is left alone. Raises BundleError then, and when the disk refuses.
    """
    if not _are_labels(list(draft.labels)):
        raise BundleError(f"A bundle needs at least two different labels, not {list(draft.labels)}.")
    folder = folder.absolute()
    if folder.exists() and not replaceable(folder):
        raise BundleError(f"{folder} exists and is no bundle: give another folder, or empty this one.")
    try:
        with replaced(folder) as temporary:
            _write(temporary, draft)
            load(temporary, draft.kind)
    except OSError as error:
        raise BundleError(f"The bundle {folder} cannot be written: {error}.") from error
    return load(folder, draft.kind)


def replaceable(folder: Path) -> bool:
    """Whether the folder is empty or holds a bundle and nothing else, so that `save` may take its place."""
    if not folder.is_dir():
        return False
    held = {entry.name for entry in folder.iterdir()}
    try:
        return not held or held <= {MANIFEST, WEIGHTS, *_manifest(folder).get("files", ())}
    except BundleError:
        return held <= {MANIFEST, WEIGHTS}


def _refuse(folder: Path, what: str) -> BundleError:
    return BundleError(f"The model bundle {folder} is refused: {what}. Restore the folder or train it again.")


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise _refuse(path.parent, f"{path.name} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _refuse(path.parent, f"{path.name!r} is no name of a file") from error
    if len(content) > limit:
        raise _refuse(path.parent, f"{path.name} is longer than {limit} bytes")
    return content


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(_read(folder / MANIFEST, _MANIFEST_LIMIT))
    except (ValueError, RecursionError) as error:
        raise _refuse(folder, f"{MANIFEST} is no JSON ({error})") from error
    if not isinstance(manifest, dict):
        raise _refuse(folder, f"{MANIFEST} is no JSON object")
    return manifest


def _weights(folder: Path, sha256: str) -> dict[str, Array]:
    # Hashed and parsed from one reading, so that a file replaced in between cannot slip through.
    content = _checked(folder / WEIGHTS, sha256)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except _NO_ARRAYS as error:
        raise _refuse(folder, f"{WEIGHTS} holds no plain arrays ({error})") from error


def _checked(path: Path, sha256: str) -> bytes:
    content = _read(path, _WEIGHTS_LIMIT)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _refuse(path.parent, f"{path.name} does not fit its SHA-256, so it is damaged or was changed")
    return content


def _is_plain(name: str) -> bool:
    return Path(name).name == name and name != MANIFEST


def _version(manifest: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in manifest.items() if name != "version"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()
    return f"{manifest.get('kind')}-{hashlib.sha256(canonical).hexdigest()[:12]}"


def _are_labels(labels: list[object]) -> bool:
    return (
        len(labels) >= 2
        and all(isinstance(label, str) and label for label in labels)
        and len(set(labels)) == len(labels)
    )


def _write(folder: Path, draft: Draft) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(draft.arrays))
    files = {WEIGHTS: buffer.getvalue(), **draft.files}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "kind": draft.kind,
        "labels": list(draft.labels),
        "settings": dict(draft.settings),
        "figures": dict(draft.figures),
        "data": [asdict(source) for source in draft.data],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    # Through JSON once, so that the version is made of what a reader will see.
    manifest = json.loads(json.dumps(manifest, allow_nan=False))
    manifest["version"] = _version(manifest)
    for name, content in files.items():
        store(folder / name, content)
    store(folder / MANIFEST, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
