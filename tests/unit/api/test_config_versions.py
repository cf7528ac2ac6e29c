"""Versions of the configuration over HTTP: listed, read, rolled back to, and not overwritten by who came late."""

from tests.unit.api.system import System, refused

ROUTING = "/config/routing"
VERSIONS = f"{ROUTING}/versions"
FIRST = {"rule": [{"name": "gold", "match": {"tier": "gold"}, "team": "key accounts"}]}
SECOND = {"rule": [{"name": "gold", "match": {"tier": "gold"}, "team": "others"}]}


def test_every_version_can_be_read_and_rolled_back_to(system: System):
    (shipped,) = system.http.get(VERSIONS).json()
    assert (shipped["version"], shipped["at"], shipped["actor"]) == (0, None, None)
    for content in (FIRST, SECOND):
        system.http.put(ROUTING, json=content)
    found = system.http.get(VERSIONS).json()
    assert [(one["version"], one["actor"]) for one in found] == [(2, "local"), (1, "local"), (0, None)]
    assert found[-1] == shipped
    assert [one["version"] for one in system.http.get(VERSIONS, params={"limit": 2}).json()] == [2, 1]

    old = system.http.get(f"{VERSIONS}/1").json()
    assert old["content"]["rule"][0]["team"] == "key accounts"
    assert (old["version"], old["sha256"]) == (1, found[1]["sha256"])
    assert system.http.put(ROUTING, json=old["content"]).json() == {"version": 3, "changed": True}
    assert system.http.get(VERSIONS).json()[0]["sha256"] == old["sha256"]

    shipped_content = system.http.get(f"{VERSIONS}/0").json()["content"]
    assert system.http.put(ROUTING, json=shipped_content).json()["version"] == 4
    assert system.http.get(VERSIONS).json()[0]["sha256"] == shipped["sha256"]


def test_the_taxonomy_has_versions_of_its_own(system: System):
    system.http.put(ROUTING, json=FIRST)
    (shipped,) = system.http.get("/config/taxonomy/versions").json()
    content = system.http.get("/config/taxonomy/versions/0").json()["content"]
    assert content == system.http.get("/config/taxonomy").json()["taxonomy"]
    system.http.put("/config/taxonomy", json=content)
    assert system.http.get("/config/taxonomy/versions").json()[0]["sha256"] == shipped["sha256"]


def test_who_changes_what_somebody_else_has_changed_is_told(system: System):
    etag = system.http.get(ROUTING).headers["etag"]
    assert etag == '"0"'
    changed = system.http.put(ROUTING, json=FIRST, headers={"If-Match": etag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"1"')
    answer = system.http.put(ROUTING, json=SECOND, headers={"If-Match": etag})
    refused(answer, 412, "Version 1", "somebody else")
    assert answer.headers["etag"] == '"1"' == system.http.get(ROUTING).headers["etag"]
    tried = system.http.put(ROUTING, json=SECOND, headers={"If-Match": etag}, params={"dry_run": True})
    refused(tried, 412)
    assert system.http.get(ROUTING).json()["routing"]["rule"][0]["team"] == "key accounts"
    # The same again, and without a condition, is as before.
    assert system.http.put(ROUTING, json=FIRST, headers={"If-Match": etag}).json() == {"version": 1, "changed": False}
    assert system.http.put(ROUTING, json=SECOND).json()["version"] == 2
    assert system.http.put(ROUTING, json=FIRST, headers={"If-Match": "*"}).json()["version"] == 3
    assert system.http.get("/config/taxonomy").headers["etag"] == '"0"'


def test_what_is_no_version_is_refused(system: System):
    refused(system.http.get(f"{VERSIONS}/1"), 404, "version 1", VERSIONS)
    refused(system.http.get("/config/agents/versions"), 422)
    refused(system.http.get(f"{VERSIONS}/-1"), 422)
    refused(system.http.get(VERSIONS, params={"limit": 0}), 422)
    for wrong in ("1", '"x"', "W/1", '"1", "2"'):
        refused(system.http.put(ROUTING, json=FIRST, headers={"If-Match": wrong}), 422)
