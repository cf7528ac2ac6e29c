"""API keys: made, listed, revoked; the secret is shown once and kept nowhere."""

from pathlib import Path

import pytest

from smart_support.pipeline.records import Unavailable
from tests.unit.api.system import System, refused

READER = {"name": "Dashboard", "scopes": ["read"]}


def bytes_on_disk(system: System) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(Path(system.file.parent).iterdir()) if path.is_file())


def test_a_key_is_shown_once_and_its_secret_is_never_stored(system: System):
    made = system.http.post("/keys", json=READER)
    assert made.status_code == 201
    key = made.json()
    assert key["token"].startswith(f"ss_{key['id']}_")
    (listed,) = system.http.get("/keys", headers=system.local).json()
    assert listed == {name: value for name, value in key.items() if name != "token"}
    assert (listed["name"], listed["scopes"], listed["revoked_at"]) == ("Dashboard", ["read"], None)

    secret = key["token"].rpartition("_")[2]
    assert len(bytes.fromhex(secret)) == 32
    kept = bytes_on_disk(system)
    assert key["id"].encode() in kept
    assert secret.encode() not in kept
    assert bytes.fromhex(secret) not in kept


def test_a_revoked_key_opens_nothing_and_stays_listed(system: System):
    headers = system.key("read")
    (key,) = system.http.get("/keys", headers=system.local).json()
    assert system.http.get("/v2/tickets/status", headers=headers).status_code == 200
    assert system.http.delete(f"/keys/{key['id']}", headers=system.local).status_code == 204
    refused(system.http.get("/v2/tickets/status", headers=headers), 401)
    (listed,) = system.http.get("/keys", headers=system.local).json()
    assert listed["revoked_at"] == "2025-10-09T09:00:00Z"
    again = system.http.delete(f"/keys/{key['id']}", headers=system.local)
    refused(again, 404, f"{key['id']}' was revoked at 2025-10-09T09:00:00Z")
    refused(system.http.get("/v2/tickets/status"), 401)  # revoking the only key does not open the door again


def test_a_key_expires(system: System):
    headers = system.key("read", expires_in_days=2)
    system.clock.set(system.clock.now() + 2 * 86_400 - 1)
    assert system.http.get("/v2/tickets/status", headers=headers).status_code == 200
    system.clock.set(system.clock.now() + 1)
    refused(system.http.get("/v2/tickets/status", headers=headers), 401)


def test_a_key_may_name_the_agent_whose_it_is(system: System):
    refused(system.http.post("/keys", json=READER | {"agent_id": "ann"}), 422, "ann")
    assert system.http.get("/keys").json() == []
    system.http.put("/agents/ann", json={})
    made = system.http.post("/keys", json=READER | {"agent_id": "ann"}).json()
    (listed,) = system.http.get("/keys", headers=system.local).json()
    assert made["agent_id"] == listed["agent_id"] == "ann"


def test_a_repeated_request_makes_no_second_key_and_says_which_it_made(system: System):
    once = {"Idempotency-Key": "k1"} | system.local
    made = system.http.post("/keys", json=READER, headers=once)
    assert made.status_code == 201
    refused(system.http.post("/keys", json=READER, headers=once), 409, made.json()["id"])
    assert len(system.http.get("/keys", headers=system.local).json()) == 1


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 1e9}, "expires_in_days"),
    ],
    ids=str,
)
def test_a_key_that_makes_no_sense_is_refused(system: System, wrong: dict, named: str):
    body = refused(system.http.post("/keys", json=READER | wrong), 422)
    assert [error["field"].split(".")[0] for error in body["errors"]] == [named]
    assert system.http.get("/keys").json() == []


def test_what_is_no_id_of_a_key_is_not_found_or_refused(system: System):
    refused(system.http.delete("/keys/0"), 404, "no key '0'")
    refused(system.http.delete("/keys/%00"), 422)


def test_without_the_database_no_key_is_made(system: System):
    system.database.down = True
    body = refused(system.http.post("/keys", json=READER), 503, "once the database answers", "`smart-support doctor`")
    assert "ticket" not in body["detail"]  # which this is none of
    system.database.down = False
    assert system.http.get("/keys").json() == []


def test_a_key_is_of_a_workspace_that_is_there(system: System):
    refused(system.http.post("/keys", json=READER | {"workspace": "acme"}), 422, "workspaces create acme")
    refused(system.http.post("/keys", json=READER | {"workspace": "No Id"}), 422)
    made = system.http.post("/workspaces", json={"id": "acme", "name": "ACME Inc."})
    assert (made.status_code, made.json()["name"]) == (201, "ACME Inc.")
    refused(system.http.post("/workspaces", json={"id": "acme"}), 409, "acme")
    refused(system.http.post("/workspaces", json={"id": "Ac me"}), 422)
    assert [one["id"] for one in system.http.get("/workspaces").json()] == ["acme", "default"]
    system.http.put("/agents/ann", json={})
    refused(system.http.post("/keys", json=READER | {"workspace": "acme", "agent_id": "ann"}), 422, "ann")
    key = system.http.post("/keys", json=READER | {"workspace": "acme"}).json()
    assert key["workspace"] == "acme"
    who = system.http.get("/session", headers={"X-API-Key": key["token"]}).json()
    assert (who["workspace"], who["actor"]) == ("acme", f"key:{key['id']}")


def test_an_admin_of_a_workspace_administers_that_one_alone(system: System):
    system.http.post("/workspaces", json={"id": "acme"}).raise_for_status()
    ours, theirs = system.key("admin"), system.key("admin", workspace="acme")
    listed = system.http.get("/keys", headers=theirs).json()
    assert [key["workspace"] for key in listed] == ["acme"]
    assert [one["id"] for one in system.http.get("/workspaces", headers=theirs).json()] == ["acme"]
    everyone = {key["workspace"]: key["id"] for key in system.http.get("/keys", headers=ours).json()}
    assert everyone.keys() == {"default", "acme"}

    refused(system.http.post("/workspaces", json={"id": "other"}, headers=theirs), 403, "default")
    refused(system.http.post("/keys", json=READER | {"workspace": "default"}, headers=theirs), 403, "acme")
    made = system.http.post("/keys", json=READER, headers=theirs).json()
    assert made["workspace"] == "acme"
    refused(system.http.delete(f"/keys/{everyone['default']}", headers=theirs), 404)
    assert system.http.delete(f"/keys/{made['id']}", headers=theirs).status_code == 204
    assert system.http.delete(f"/keys/{everyone['acme']}", headers=ours).status_code == 204
    refused(system.http.get("/keys", headers=theirs), 401)


def test_when_a_key_was_used_last_is_told_at_once_and_stored_once_a_minute(system: System):
    headers, ring, store = system.key("read"), system.app.state.parts.keys, system.pipeline.store

    def shown() -> str | None:
        return system.http.get("/keys", headers=system.local).json()[0]["last_used_at"]

    def stored() -> float | None:
        return store.list_keys()[0].last_used_at

    def use(seconds: float) -> float:
        system.clock.set(system.clock.now() + seconds)
        system.http.get("/v2/tickets/status", headers=headers)
        return system.clock.now()

    assert shown() is None
    first = use(0.0)
    assert shown() == "2025-10-09T09:00:00Z"
    ring.tell()
    assert stored() == first
    later = use(59.0)
    ring.tell()
    assert stored() == first
    assert shown() == "2025-10-09T09:00:59Z"
    ring.tell(all_of_it=True)
    assert stored() == later
    store.note_used({"no such key": later, system.pipeline.store.list_keys()[0].id: first})  # another process is late
    assert stored() == later
    refused(system.http.get("/v2/tickets/status", headers={"X-API-Key": "ss_00_00"}), 401)
    assert stored() == later


def test_what_is_not_stored_yet_of_a_use_is_when_the_database_is_back(system: System):
    headers, ring = system.key("read"), system.app.state.parts.keys
    system.http.get("/v2/tickets/status", headers=headers)
    system.database.down = True
    with pytest.raises(Unavailable):
        ring.tell()
    system.database.down = False
    ring.tell()
    assert system.pipeline.store.list_keys()[0].last_used_at == system.clock.now()


def test_what_is_done_is_said_though_the_database_went_away_right_after(
    system: System, monkeypatch: pytest.MonkeyPatch
):
    """Or a key's token would be lost, and whoever repeats what is done hears that it cannot be."""
    ring, local = system.app.state.parts.keys, system.local
    refresh = ring.refresh

    def away() -> int:
        system.database.down = True
        try:
            return refresh()
        finally:
            system.database.down = False

    monkeypatch.setattr(ring, "refresh", away)
    system.http.put("/agents/ann", json={}, headers=local)
    made = system.http.post("/keys", json=READER, headers=local).json()
    headers = {"X-API-Key": made["token"]}
    refused(system.http.get("/v2/tickets/status", headers=headers), 401)
    refresh()  # as it is called again and again
    assert system.http.get("/v2/tickets/status", headers=headers).status_code == 200
    assert system.http.post("/workspaces", json={"id": "acme"}, headers=local).status_code == 201
    assert system.http.delete(f"/keys/{made['id']}", headers=local).status_code == 204
    assert system.http.delete("/agents/ann", headers=local).status_code == 204
