import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from smart_support.triage.bundle import MANIFEST, WEIGHTS, BundleError, Draft, _version, load, save

KIND = "light"


def rewrite(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    change(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def test_what_is_saved_is_loaded(tmp_path: Path, draft: Draft) -> None:
    saved = save(tmp_path / "b", draft)
    again = load(tmp_path / "b", KIND)
    assert (again.labels, again.settings, again.figures, again.data) == (
        draft.labels, draft.settings, draft.figures, draft.data,
    )  # fmt: skip
    assert all(np.array_equal(again.arrays[name], array) for name, array in draft.arrays.items())
    assert again.version == saved.version
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_the_version_follows_the_content(tmp_path: Path, draft: Draft) -> None:
    one, same = save(tmp_path / "1", draft), save(tmp_path / "2", draft)
    other = save(tmp_path / "3", dataclasses.replace(draft, settings={**draft.settings, "temperature": 2.0}))
    assert one.version == same.version != other.version
    assert (tmp_path / "1" / WEIGHTS).read_bytes() == (tmp_path / "2" / WEIGHTS).read_bytes()


def test_every_flipped_byte_is_noticed(tmp_path: Path, draft: Draft) -> None:
    folder = save(tmp_path / "b", draft).path
    weights = folder / WEIGHTS
    whole = weights.read_bytes()
    for place in range(0, len(whole), len(whole) // 20):
        weights.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BundleError, match="SHA-256"):
            load(folder, KIND)


def test_a_truncated_file_is_refused(tmp_path: Path, draft: Draft) -> None:
    folder = save(tmp_path / "b", draft).path
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-10])
    with pytest.raises(BundleError, match=r"weights\.npz.*train it again"):
        load(folder, KIND)


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
def test_a_missing_file_is_named(tmp_path: Path, draft: Draft, name: str) -> None:
    folder = save(tmp_path / "b", draft).path
    (folder / name).unlink()
    with pytest.raises(BundleError, match=name):
        load(folder, KIND)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda manifest: manifest.update(labels=["Legal", "Billing", "Technical"]), "changed after"),
        (lambda manifest: manifest["settings"].update(temperature=9.0), "changed after"),
        (lambda manifest: manifest.update(format=2), "format is 2"),
        (lambda manifest: manifest.update(kind="transformer"), "of kind 'transformer'"),
        (lambda manifest: manifest.clear(), "format is None"),
    ],
    ids=["labels", "settings", "format", "kind", "nothing"],
)
def test_a_changed_manifest_is_refused(
    tmp_path: Path, draft: Draft, change: Callable[[dict[str, object]], object], says: str
) -> None:
    folder = save(tmp_path / "b", draft).path
    rewrite(folder, change)
    with pytest.raises(BundleError, match=says):
        load(folder, KIND)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"format": 1, "kind": "light"}'], ids=range(6)
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, draft: Draft, content: bytes) -> None:
    folder = save(tmp_path / "b", draft).path
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError):
        load(folder, KIND)


def test_pickles_are_refused(tmp_path: Path, draft: Draft) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises((BundleError, ValueError)):
        save(tmp_path / "b", dataclasses.replace(draft, arrays={"table": objects}))
    assert list(tmp_path.iterdir()) == []


def test_an_older_bundle_is_replaced(tmp_path: Path, draft: Draft) -> None:
    save(tmp_path / "b", draft)
    newer = save(tmp_path / "b", dataclasses.replace(draft, figures={"accuracy": 0.9}))
    assert load(tmp_path / "b", KIND).version == newer.version
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, draft: Draft) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BundleError, match="is no bundle"):
        save(tmp_path, draft)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_disk_that_refuses_is_said(tmp_path: Path, draft: Draft) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="cannot be written"):
        save(tmp_path / "file" / "b", draft)


@pytest.mark.parametrize("labels", [(), ("one",), ("same", "same"), ("", "b")])
def test_labels_must_be_names(tmp_path: Path, draft: Draft, labels: tuple[str, ...]) -> None:
    with pytest.raises(BundleError, match="two different labels"):
        save(tmp_path / "b", dataclasses.replace(draft, labels=labels))


def held(folder: Path, content: bytes) -> None:
    """Other weights, which the manifest vouches for."""
    (folder / WEIGHTS).write_bytes(content)
    rewrite(folder, lambda manifest: manifest["files"].update({WEIGHTS: hashlib.sha256(content).hexdigest()}))
    rewrite(folder, lambda manifest: manifest.update({"version": _version(manifest)}))


@pytest.mark.parametrize("place", [4, 6, 8])  # the version that it needs, its flags, its compression
def test_an_archive_that_cannot_be_opened_is_refused(tmp_path: Path, draft: Draft, place: int) -> None:
    folder = save(tmp_path / "b", draft).path
    content = bytearray((folder / WEIGHTS).read_bytes())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(mark) + place + 2 * (mark == b"PK\x01\x02")] |= 0x6D
    held(folder, bytes(content))
    with pytest.raises(BundleError, match="no plain arrays"):
        load(folder, KIND)


def test_an_array_larger_than_any_memory_is_refused(tmp_path: Path, draft: Draft) -> None:
    folder = save(tmp_path / "b", draft).path
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }".ljust(117) + b"\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("weights.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head)
    held(folder, buffer.getvalue())
    with pytest.raises(BundleError, match="no plain arrays"):
        load(folder, KIND)


@pytest.mark.parametrize("name", ["\ud800", "\0"])
def test_a_file_that_can_have_no_such_name_is_refused(tmp_path: Path, draft: Draft, name: str) -> None:
    folder = save(tmp_path / "b", draft).path
    rewrite(folder, lambda manifest: manifest["files"].update({name: "0"}))
    rewrite(folder, lambda manifest: manifest.update({"version": _version(manifest)}))
    with pytest.raises(BundleError, match="no name of a file"):
        load(folder, KIND)
