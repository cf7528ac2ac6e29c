"""What is installed with the system, and what its wheel holds, may be given to others, and is listed."""

import json

import pytest

from scripts import supply


def test_every_package_has_a_licence_that_goes_with_ours():
    """One with another licence raises, and names itself."""
    licences = [supply.licence(name) for name in (*supply.pinned(), *supply.optional())]
    licences += [one.licence for one in supply.bundled()]
    assert {part for one in licences for part in supply.parts(one)} <= supply.ALLOWED


def test_the_page_of_licences_is_that_of_the_locks():
    assert supply.TABLE.read_text(encoding="utf-8") == supply.table(), "python scripts/supply.py licences"


def test_a_licence_that_is_not_known_is_no_licence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supply, "ALLOWED", supply.ALLOWED - {"LGPL-3.0-only"})
    with pytest.raises(LookupError, match="psycopg"):
        supply.licence("psycopg")


def test_nor_is_one_of_what_the_dashboard_is_built_from(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supply, "ALLOWED", supply.ALLOWED - {"OFL-1.1"})
    with pytest.raises(LookupError, match="inter"):
        supply.bundled()


def test_the_dashboard_is_built_from_what_it_names_and_what_that_needs():
    """Not from what it is only built and tested with."""
    names = {one.name for one in supply.bundled()}
    asked = json.loads((supply.ROOT / "dashboard/package.json").read_text(encoding="utf-8"))
    assert asked["dependencies"].keys() | {"scheduler", "@mantine/hooks"} <= names
    assert not asked["devDependencies"].keys() & names


def test_the_bill_of_materials_has_hashes_and_licences_and_no_address(tmp_path):
    text = supply.sbom(tmp_path).read_text(encoding="utf-8")
    told = json.loads(text)
    assert told["bomFormat"] == "CycloneDX"
    assert {one["name"] for one in told["components"]} == {*supply.pinned(), *(one.name for one in supply.bundled())}
    core = next(one for one in told["components"] if one["name"] == "@mantine/core")
    assert core["purl"].startswith("pkg:npm/%40mantine/core@")
    assert [len(one["content"]) for one in core["externalReferences"][0]["hashes"]] == [128]  # SHA-512, in hex
    for one in told["components"]:
        assert one["licenses"], one["name"]
        assert all(reference["hashes"] for reference in one["externalReferences"])
        assert all(reference["url"].startswith("pkg:") for reference in one["externalReferences"])
