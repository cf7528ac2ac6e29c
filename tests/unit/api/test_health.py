"""Probes and figures answer for themselves: through every outage, and truly."""

import re
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scripts import metrics_docs
from smart_support.pipeline.records import Unavailable
from tests.unit.api.system import System, refused


def metrics(system: System) -> dict[tuple[str, ...], float]:
    """The samples, each under its name and the values of its labels in alphabetical order."""
    answer = system.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[sample.name, *sorted(sample.labels.values())] = sample.value
    return found


def test_a_healthy_system_says_so_in_every_part(system: System):
    system.post(body="Help")
    system.pipeline.publish.run_once(1)
    system.http.post("/v1/tickets", json={"body": "Help"})
    system.pipeline.heartbeat.run_once(["triage"])
    health = system.http.get("/health")
    assert health.status_code == 200
    body = health.json()
    assert set(body) == {"status", "m1", "m2", "broker", "store", "queues", "breakers"}
    assert (body["status"], body["broker"], body["store"]) == ("ok", "up", "up")
    assert body["m1"]["ready"] is True
    assert 0.0 < body["m1"]["accuracy"] <= 1.0
    assert body["m2"] == {"ready": True, "tier": "light"}
    assert body["queues"] == {"pending": 1, "waiting": 0, "v1": 1, "accepted": 1, "triaged": 0}
    assert [(breaker["state"], breaker["stale"]) for breaker in body["breakers"]] == [("closed", False)]
    assert system.http.get("/livez").status_code == system.http.get("/readyz").status_code == 200


def test_a_load_balancer_may_ask_for_the_head_alone(system: System):
    for path, status in (("/livez", 200), ("/healthz", 200), ("/readyz", 200), ("/", 307)):
        assert system.http.head(path).status_code == status
        assert system.http.put(path).headers["allow"] == "GET, HEAD"
    system.database.down = True
    assert (system.http.head("/livez").status_code, system.http.head("/readyz").status_code) == (200, 503)


def test_without_the_database_it_lives_but_is_not_ready(system: System):
    system.http.post("/v1/tickets", json={"body": "Help"})
    system.database.down = True
    assert system.http.get("/livez").status_code == 200
    unready = system.http.get("/readyz")
    refused(unready, 503)
    assert int(unready.headers["retry-after"]) > 0
    health = system.http.get("/health")
    assert (health.status_code, health.json()["status"], health.json()["store"]) == (200, "degraded", "down")
    figures = metrics(system)
    assert figures["smart_support_store_up",] == 0
    assert figures["smart_support_v1_queue_depth",] == 1
    assert system.http.get("/models").status_code == 200

    system.database.down = False
    assert system.http.get("/readyz").status_code == 200
    assert system.http.get("/health").json()["status"] == "ok"
    assert metrics(system)["smart_support_store_up",] == 1


def test_readyz_tells_of_each_check_where_it_is_asked_to(system: System, monkeypatch: pytest.MonkeyPatch):
    lines = ["[+]store ok", "[+]writes ok", "[+]broker ok", "readyz check passed"]
    for url in ("/readyz?verbose", "/readyz?verbose=1"):
        assert system.http.get(url).text.splitlines() == lines
    assert system.http.get("/readyz").text == "ok"

    def gone(_: object) -> int:
        raise Unavailable("gone")

    monkeypatch.setattr(system.pipeline.broker, "lag", gone)
    told = system.http.get("/readyz?verbose")
    assert told.status_code == 200
    assert told.text.splitlines()[2:] == ["[-]broker failed: tickets wait until it is back", lines[-1]]
    system.post(body="Help")  # so it does


def test_nor_is_a_check_left_out_where_it_is_not_ready(system: System, monkeypatch: pytest.MonkeyPatch):
    def told() -> list[str]:
        answer = system.http.get("/readyz?verbose")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/plain; charset=utf-8")
        assert int(answer.headers["retry-after"]) > 0
        return answer.text.splitlines()

    doctor = "`smart-support doctor` says why."
    with monkeypatch.context() as full:
        full.setattr(system.pipeline.store, "write_refusal", lambda: "database or disk is full")
        writes = f"[-]writes failed: The database takes no writes: look at its disk. {doctor}"
        assert told() == ["[+]store ok", writes, "[+]broker ok", "readyz check failed"]
        refused(system.http.get("/readyz"), 503, "look at its disk")
    system.database.down = True
    silent = [f"[-]{check} failed: The database does not answer. {doctor}" for check in ("store", "writes")]
    assert told() == [*silent, "[+]broker ok", "readyz check failed"]


def test_prometheus_finds_the_figures_sound(system: System):
    system.post(body="Help")
    system.process()
    told = system.http.get("/metrics").text
    done = subprocess.run(["promtool", "check", "metrics"], input=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_metrics_count_tickets_where_they_stand_and_carry_the_models_figures(system: System):
    for _ in range(2):
        system.post(body="Help")
    system.process()
    system.post(body="Help")
    system.pipeline.publish.run_once(1)
    figures = metrics(system)
    assert figures["smart_support_tickets", "waiting"] == 2
    assert figures["smart_support_tickets", "accepted"] == 1
    assert figures["smart_support_stream_lag", "accepted"] == 1
    accuracy = system.http.get("/health").json()["m1"]["accuracy"]
    assert figures["smart_support_model_figure", "accuracy", "light"] == accuracy


def test_the_reference_has_all_that_is_shown(system: System):
    text, page = system.http.get("/metrics").text, metrics_docs.FILE.read_text()
    shown = set(re.findall(r"^# TYPE (smart_support_\w+) ", text, flags=re.MULTILINE))
    listed = set(re.findall(r"^\| `(smart_support_\w+)` ", page, flags=re.MULTILINE))
    assert {name for name in shown if not name.endswith("_created")} == listed


def test_the_models_are_listed_and_metrics_has_them_as_json_too(system: System):
    listed = {model["name"]: model for model in system.http.get("/models").json()}
    light = listed["m1"]
    assert light["tier"] == "light"
    assert light["version"]
    assert light["figures"]["held_out"]["accuracy"] == system.http.get("/health").json()["m1"]["accuracy"]
    answer = system.http.get("/metrics", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == listed
