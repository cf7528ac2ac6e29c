"""Floods of made-up tickets over HTTP."""

import time
from collections.abc import Callable

from smart_support.domain.ticket import TicketKey
from tests.unit.api.system import System, refused
from tests.waiting import until

PATH = "/v2/simulate/flood"
FAST = {"tickets": 120, "per_minute": 60_000, "seed": 7}
SLOW = {"tickets": 50, "per_minute": 60, "seed": 7}


def over(system: System) -> dict:
    until(lambda: system.http.get(PATH).json()["running"] is None, "the flood is over")
    return system.http.get(PATH).json()


def test_all_its_tickets_come_as_any_other_and_are_marked(system: System):
    assert system.http.get(PATH).json() == {"running": None, "sent": 0, "tickets": 0}
    answer = system.http.post(PATH, json=FAST)
    assert answer.status_code == 202
    run_id = answer.json()["run_id"]
    assert answer.json() == {"run_id": run_id, "tickets": 120}
    assert over(system) == {"running": None, "sent": 120, "tickets": 120}
    assert system.counts()["pending"] == 120
    system.process()
    counts = system.counts()
    assert counts["processed"] == 120
    found = system.pipeline.store.find(TicketKey("default", f"sim-{run_id}-000001"))
    assert found is not None
    assert (found.tags, found.channel, found.customer.id) == (("simulated",), "simulated", "simulated-1")
    assert found.accepted_at == system.clock.now()


def test_one_runs_at_a_time_and_it_can_be_watched(system: System):
    run_id = system.http.post(PATH, json=SLOW).json()["run_id"]
    until(lambda: system.http.get(PATH).json()["sent"] > 0, "it sends", 10.0)
    status = system.http.get(PATH).json()
    assert (status["running"], status["tickets"]) == (run_id, 50)
    assert 0 < status["sent"] < 50
    refused(system.http.post(PATH, json=FAST), 409, "already")
    system.app.state.parts.floods.stop()
    stopped = over(system)
    assert stopped["sent"] < 50
    assert system.counts()["pending"] == stopped["sent"]


def test_the_same_key_is_one_flood_and_the_same_seed_are_the_same_texts(system: System):
    key = {"Idempotency-Key": "flood-1"}
    first = system.http.post(PATH, json=FAST, headers=key).json()
    over(system)
    assert system.http.post(PATH, json=FAST, headers=key).json() == first
    assert system.counts()["pending"] == 120
    second = system.http.post(PATH, json=FAST).json()
    over(system)
    assert system.counts()["pending"] == 240

    def bodies(run_id: str) -> list[str]:
        keys = [TicketKey("default", f"sim-{run_id}-{n:06}") for n in range(1, 121)]
        found = system.pipeline.store.find_many(keys)
        return [found[key].body for key in keys]

    assert bodies(first["run_id"]) == bodies(second["run_id"])


def test_it_waits_while_there_is_no_room_and_while_the_database_is_down(make_system: Callable[..., System]):
    system = make_system(lag_limit=100)
    system.http.post(PATH, json=FAST)
    until(lambda: system.http.get(PATH).json()["sent"] > 0, "it sends", 10.0)
    system.database.down = True
    time.sleep(0.2)
    system.database.down = False

    def drained() -> bool:
        system.process()
        return system.http.get(PATH).json()["running"] is None

    until(drained, "the flood is over")
    assert system.counts()["processed"] + system.counts()["pending"] == 120


def test_where_real_tickets_come_there_is_none(make_system: Callable[..., System]):
    keyed = make_system("keyed")
    admin = keyed.key("admin")
    refused(keyed.http.post(PATH, json=FAST, headers=admin), 404, "API keys", "PRODUCTION=false")
    trying = make_system("trying", production=False)
    assert trying.http.post(PATH, json=FAST, headers=trying.key("admin")).status_code == 202
    real = make_system("real", production=True)
    refused(real.http.post(PATH, json=FAST), 404, "PRODUCTION")
    assert real.http.get(PATH).json()["running"] is None


def test_what_is_asked_for_has_limits(system: System):
    for wrong in ({"tickets": 0}, {"tickets": 2_001}, {"per_minute": 59}, {"per_minute": 60_001}, {"seed": -1}):
        refused(system.http.post(PATH, json=FAST | wrong), 422)
    refused(system.http.post(PATH, json=FAST | {"speed": 1}), 422, "speed")
