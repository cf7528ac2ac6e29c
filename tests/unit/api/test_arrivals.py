"""The flood over HTTP: what arrives, and what may become an incident."""

import sqlalchemy as sa

from smart_support.adapters.sql.storm_schema import storm_state
from smart_support.pipeline.forming import STALE_SECONDS
from tests.unit.api.system import NOON, System, refused
from tests.waiting import until

ARRIVALS, FORMING = "/v2/arrivals", "/v2/storms/forming"
SAME = {"subject": "Login page is blank", "body": "Since this morning the login page stays blank after the update."}


def flood(system: System, number: int, start: int = 0, **told: str) -> None:
    for n in range(start, start + number):
        system.post(ticket_id=f"f{n}", customer={"id": f"c{n // 2}"}, **SAME | told)
    system.process()


def test_arrivals_lie_in_their_buckets_and_duplicates_are_told_apart(system: System):
    system.clock.set(NOON - 90.0)
    flood(system, 1)
    system.clock.set(NOON + 20.0)
    flood(system, 12, start=1)
    found = system.http.get(ARRIVALS, params={"minutes": 5}).json()
    assert found["bucket_seconds"] == 60
    assert [bucket["tickets"] for bucket in found["buckets"]] == [0, 0, 1, 0, 12]
    assert [bucket["suppressed"] for bucket in found["buckets"]] == [0, 0, 0, 0, 12]
    assert found["buckets"][-1]["at"] == "2025-10-09T09:00:00Z"
    assert found["now"] == {"per_minute": 12}
    assert found["base_rate"] is None
    history = {"ticket_id": "h1", "body": "Help", "accepted_at": "2025-10-09T08:59:00Z"}
    assert system.http.post("/v2/import", json={"tickets": [history]}).status_code < 300
    assert system.http.get(ARRIVALS, params={"minutes": 5}).json() == found


def test_the_base_rate_is_what_the_detector_takes_for_usual(system: System):
    for minute in range(20):
        system.clock.set(NOON - 1_800.0 + 60.0 * minute)
        system.post(body=f"Question number {minute} about my invoice of {minute} May")
    system.process()
    system.clock.set(NOON)
    until(lambda: system.process() or system.http.get(ARRIVALS).json()["base_rate"], "it is told")
    assert 0.6 < system.http.get(ARRIVALS).json()["base_rate"] <= 1.1


def test_there_are_as_many_buckets_as_asked_for_and_not_too_many(system: System):
    for minutes, bucket, number in ((60, 60, 60), (1, 1, 60), (10, 7, 86), (1_440, 60, 1_440)):
        found = system.http.get(ARRIVALS, params={"minutes": minutes, "bucket": bucket}).json()
        assert len(found["buckets"]) == number
    refused(system.http.get(ARRIVALS, params={"minutes": 1_440, "bucket": 1}), 422, "1440")
    for wrong in ({"minutes": 0}, {"bucket": 0}, {"minutes": 1_441}, {"bucket": 3_601}):
        refused(system.http.get(ARRIVALS, params=wrong), 422)


def test_what_is_forming_says_how_far_it_is_and_why(system: System):
    assert system.http.get(FORMING).json() == {"at": None, "stale": True, "window_seconds": None, "clusters": []}
    flood(system, 6)
    found = system.http.get(FORMING).json()
    assert (found["stale"], found["window_seconds"]) == (False, 300.0)
    assert found["at"] is not None
    (cluster,) = found["clusters"]
    assert (cluster["kind"], cluster["category"]) == ("exact", "Technical")
    assert (cluster["tickets"], cluster["customers"], cluster["threshold"], cluster["missing"]) == (6, 3, 11, 5)
    assert cluster["similarity"] > 0.99
    assert cluster["title"] in SAME.values()
    assert "login" in cluster["words"]
    assert len(cluster["sample_ticket_ids"]) == 5
    assert {*cluster["sample_ticket_ids"]} <= {f"f{n}" for n in range(6)}
    assert cluster["first_at"] == cluster["last_at"] == "2025-10-09T09:00:00Z"
    flood(system, 5, start=6)
    assert len(system.http.get("/incidents").json()) == 1
    until(lambda: system.process() or not system.http.get(FORMING).json()["clusters"], "what opened is forming no more")


def test_what_a_cluster_is_called_follows_from_how_its_tickets_begin(system: System):
    """So that a flood of long mails costs a page that asks every two seconds no more than one of short ones."""
    flood(system, 6, body=f"{SAME['body']}\n{100 * 'please help' + 10_000 * ' zebra'}")
    (cluster,) = system.http.get(FORMING).json()["clusters"]
    assert cluster["title"] in SAME.values()
    assert "login" in cluster["words"]
    assert "zebra" not in cluster["words"]


def test_what_is_too_old_is_left_out_and_a_silent_leader_shows(system: System):
    flood(system, 6)
    system.clock.set(NOON + 301.0)
    assert system.http.get(FORMING).json()["clusters"] == []
    late = sa.update(storm_state).values(told_at=storm_state.c.told_at - STALE_SECONDS)
    system.database.write(lambda connection: connection.execute(late))
    assert system.http.get(FORMING).json()["stale"] is True


def test_while_the_database_is_down_they_say_so(system: System):
    system.database.down = True
    for path in (ARRIVALS, FORMING, "/health/figures"):
        refused(system.http.get(path), 503)
