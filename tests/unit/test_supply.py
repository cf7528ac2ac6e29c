"""What is installed with the system may be given to others, and is listed."""

import json

import pytest

from scripts import supply


def test_every_package_has_a_licence_that_goes_with_ours():
    """One with another licence raises, and names itself."""
    assert {part for name in supply.pinned() for part in supply.parts(supply.licence(name))} <= supply.ALLOWED


def test_the_page_of_licences_is_that_of_the_lock():
    assert supply.TABLE.read_text(encoding="utf-8") == supply.table(), "python scripts/supply.py licences"


def test_a_licence_that_is_not_known_is_no_licence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supply, "ALLOWED", supply.ALLOWED - {"LGPL-3.0-only"})
    with pytest.raises(LookupError, match="psycopg"):
        supply.licence("psycopg")


def test_the_bill_of_materials_has_hashes_and_licences_and_no_address(tmp_path):
    text = supply.sbom(tmp_path).read_text(encoding="utf-8")
    told = json.loads(text)
    assert told["bomFormat"] == "CycloneDX"
    assert {one["name"] for one in told["components"]} == set(supply.pinned())
    for one in told["components"]:
        assert one["licenses"], one["name"]
        assert all(reference["hashes"] for reference in one["externalReferences"])
        assert all(reference["url"].startswith("pkg:") for reference in one["externalReferences"])
