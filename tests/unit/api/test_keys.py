"""API keys: made, listed, revoked; the secret is shown once and kept nowhere."""

from pathlib import Path

import pytest

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
    refused(system.http.delete(f"/keys/{key['id']}", headers=system.local), 404)
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
    refused(system.http.delete("/keys/0"), 404)
    refused(system.http.delete("/keys/%00"), 422)


def test_without_the_database_no_key_is_made(system: System):
    system.database.down = True
    refused(system.http.post("/keys", json=READER), 503)
    system.database.down = False
    assert system.http.get("/keys").json() == []
