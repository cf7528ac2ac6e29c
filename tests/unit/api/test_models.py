"""Models over HTTP: added, tried in shadow, compared, promoted, rolled back; and drift."""

from dataclasses import replace
from pathlib import Path

import pytest

from smart_support.adapters.model_folder import ModelFolder, best
from smart_support.api import model_figures
from smart_support.api.model_figures import ModelFigures, training_mix
from smart_support.domain.comparison import ENOUGH
from smart_support.domain.drift import CategoryCount, population_stability_index
from smart_support.domain.event import Position
from smart_support.domain.registry import BundleInfo, ModelInfo
from smart_support.domain.taxonomy import Category, Taxonomy
from smart_support.domain.triage import Tier
from smart_support.pipeline.models import Loaded
from smart_support.pipeline.records import Beat, Refusal, Unavailable
from smart_support.triage.bundle import MANIFEST, save
from tests.unit.api.system import System, refused
from tests.unit.api.test_breaker import silence
from tests.unit.api.test_health import metrics
from tests.unit.triage.conftest import hand_made, hand_made_transformer

FRUIT = {
    "category": [
        {"name": "Apples", "examples": ["the server", "it crashed", "my crashed server"]},
        {"name": "Pears", "examples": ["an invoice", "a refund", "a refund of my invoice"]},
        {"name": "Plums", "examples": ["gdpr", "a contract", "the contract and gdpr"]},
    ]
}
"""Categories for the words that the small model knows, each told by those of another one."""


TRAINED = Taxonomy((Category("Billing"), Category("Legal")))


def own(*names: str) -> Taxonomy:
    return Taxonomy(tuple(Category(name, examples=tuple(f"{name} {n}" for n in "abc")) for name in names))


def put(system: System, accuracy: float = 0.5) -> str:
    """A small model in the data directory, as `models add` leaves it; its version."""
    folder = system.file.parent
    figures = {"held_out": {"accuracy": accuracy, "classes": [{"label": "Billing", "support": 3}]}}
    made = save(folder / "made", replace(hand_made(), figures=figures)).path
    return ModelFolder(folder / "models", best).add(made).version


def add(system: System, accuracy: float = 0.5) -> str:
    version = put(system, accuracy)
    assert system.http.post("/models", json={"version": version}).status_code == 201
    return version


def do(system: System, action: str, **params: object) -> dict:
    """The roles after a change, which this process has followed."""
    answer = system.http.post(f"/models/{action}", params=params)
    assert answer.status_code == 200, answer.text
    system.pipeline.follow.run_once()
    system.pipeline.shadow.run_once(0)
    return answer.json()


def listed(system: System) -> dict[str, dict]:
    return {bundle["model"]: bundle for bundle in system.http.get("/models").json()}


def live(system: System, number: int) -> None:
    """Tickets that come in, are triaged, and are seen by the model in shadow."""
    for n in range(number):
        system.post(body=f"The server of customer {n} crashed and nobody can work")
    system.process()
    while system.pipeline.shadow.run_once(0):
        pass


def test_a_model_is_added_once_and_listed_behind_the_one_at_work(system: System):
    version = put(system)
    first, second = (system.http.post("/models", json={"version": version}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == {"model": version, "role": None, "added_at": "2025-10-09T09:00:00Z"}
    own, *_, added = system.http.get("/models").json()
    assert (own["name"], own["role"], own["at_work"], own["added_at"]) == ("m1", "active", True, None)
    assert (added["model"], added["role"], added["at_work"], added["problem"]) == (version, None, False, None)
    assert added["figures"]["held_out"]["accuracy"] == 0.5


def test_what_is_not_there_is_refused(system: System):
    unknown = "light-000000000000"
    refused(system.http.post("/models", json={"version": unknown}), 422, "models add")
    refused(system.http.post("/models", json={"version": "../../etc"}), 422, "version")
    for action in ("shadow", "promote"):
        refused(system.http.post(f"/models/{unknown}/{action}"), 404, unknown)
    refused(system.http.delete(f"/models/{unknown}/shadow"), 409, "not in shadow")
    refused(system.http.get("/models/compare"), 409, "in shadow")
    refused(system.http.post("/models/rollback"), 409, "nothing to go back")


def test_from_shadow_to_work_and_back(system: System):
    own, version = system.pipeline.model.info.version, add(system)
    assert do(system, f"{version}/shadow") == {"active": None, "shadow": version, "previous": None}
    live(system, 3)
    found = system.http.get("/models/compare").json()
    assert (found["active"], found["shadow"], found["tickets"], found["enough"]) == (own, version, 3, False)
    refused(system.http.post(f"/models/{version}/promote"), 409, "3 tickets", str(ENOUGH))
    assert system.pipeline.model.info.version == own

    assert do(system, f"{version}/promote", force=True) == {"active": version, "shadow": None, "previous": None}
    assert system.pipeline.model.version == version
    system.post(ticket_id="t1", body="my invoice")
    system.process()
    assert system.http.get("/v2/tickets/t1").json()["category"] == "Billing"
    assert listed(system)[version]["at_work"]

    do(system, "rollback")
    assert system.pipeline.model.info.version == own
    assert listed(system)[version]["role"] is None
    kinds = [found.event.kind for found in system.pipeline.store.events("default", Position(), 1_000)]
    told = [kind for kind in kinds if kind.startswith("model.")]
    assert told == ["model.add", "model.shadow", "model.promote", "model.rollback"]


def test_a_model_that_was_trained_on_the_categories_of_the_taxonomy_gives_them(system: System):
    system.http.put("/config/taxonomy", json=FRUIT)
    system.pipeline.look.refresh()
    made = save(system.file.parent / "made", replace(hand_made(), labels=("Apples", "Pears", "Plums"))).path
    version = ModelFolder(system.file.parent / "models", best).add(made).version
    system.http.post("/models", json={"version": version})

    def said(ticket_id: str) -> str:
        system.post(ticket_id=ticket_id, body="my invoice")
        live(system, 0)
        return system.http.get(f"/v2/tickets/{ticket_id}").json()["category"]

    do(system, f"{version}/shadow")
    assert said("by-examples") == "Pears"
    (pair,) = system.http.get("/models/compare").json()["disagreements"]
    assert (pair["active"], pair["shadow"]) == ("Pears", "Apples")
    do(system, f"{version}/promote", force=True)
    assert said("by-its-head") == "Apples"
    assert listed(system)[version]["labels"] == ["Apples", "Pears", "Plums"]
    do(system, "rollback")
    assert said("by-examples-again") == "Pears"


def test_a_comparison_says_who_differs_alerts_and_is_right(system: System):
    version = add(system)
    do(system, f"{version}/shadow")
    system.post(ticket_id="t1", body="There is a bug in the login page, it shows an error")
    live(system, ENOUGH)
    assert system.http.post("/v2/tickets/t1/feedback", json={"category": "Technical"}).status_code == 201
    found = system.http.get("/models/compare").json()
    assert (found["tickets"], found["enough"]) == (ENOUGH + 1, True)
    (pair,) = found["disagreements"]
    assert (pair["active"], pair["tickets"]) == ("Technical", 1)
    assert found["agreement"] == pytest.approx(1 - 1 / (ENOUGH + 1))
    assert found["urgency_gap"] >= 0.0
    assert found["category"] == {"active": 1, "shadow": 0, "tied": 0}
    assert found["urgency"] == {"active": 0, "shadow": 0, "tied": 0}
    assert do(system, f"{version}/promote")["active"] == version


def test_a_model_is_tried_no_more(system: System):
    version = add(system)
    do(system, f"{version}/shadow")
    assert system.http.delete(f"/models/{version}/shadow").json()["shadow"] is None
    system.pipeline.follow.run_once()
    system.pipeline.shadow.run_once(0)
    live(system, 1)
    refused(system.http.get("/models/compare"), 409)


def test_the_light_model_alone_follows_a_promotion_of_both_tiers_without_the_encoder(system: System):
    folder = system.file.parent
    light = save(folder / "both" / "light", hand_made())
    save(folder / "both" / "transformer", hand_made_transformer())
    version = ModelFolder(folder / "models", best).add(folder / "both").version
    (folder / "models" / version / "transformer" / "encoder.onnx").write_bytes(b"")
    assert system.http.post("/models", json={"version": version}).status_code == 201
    do(system, f"{version}/promote", force=True)
    assert (system.pipeline.model.info.version, system.pipeline.model.version) == (version, light.version)
    assert listed(system)[version]["at_work"]


def test_a_damaged_model_gets_no_role_and_an_active_one_that_is_lost_is_told(system: System):
    own, version = system.pipeline.model.info.version, add(system)
    manifest = system.file.parent / "models" / version / "light" / MANIFEST
    content = manifest.read_text()
    manifest.write_text(content.replace("0.5", "0.9"))
    for action in ("shadow", "promote?force=true"):
        refused(system.http.post(f"/models/{version}/{action}"), 422, "changed after")
    manifest.write_text(content)
    assert system.http.post(f"/models/{version}/promote", params={"force": True}).status_code == 200
    manifest.unlink()
    system.pipeline.follow.run_once()
    assert system.pipeline.model.info.version == own
    system.pipeline.heartbeat.run_once(["triage"])
    bundles = listed(system)
    assert (bundles[version]["role"], bundles[version]["at_work"]) == ("active", False)
    assert MANIFEST in bundles[version]["problem"]
    assert (bundles[own]["role"], bundles[own]["at_work"]) == (None, True)


def test_what_other_processes_cannot_load_is_told_while_they_live(system: System):
    version, figures = add(system), system.pipeline.model.model.figures
    missing, damaged = Refusal(version, "is missing"), Refusal(version, "is damaged")
    for name, refusals in {"a": (missing,), "b": (Refusal("light-1", "no"), damaged), "c": (missing,)}.items():
        system.pipeline.store.beat(Beat(name, ("triage",), figures, refusals=refusals))
    assert listed(system)[version]["problem"] == "a, c: is missing; b: is damaged"
    silence(system, "b")
    assert listed(system)[version]["problem"] == "a, c: is missing"
    do(system, f"{version}/promote", force=True)
    assert (listed(system)[version]["at_work"], listed(system)[version]["problem"]) == (True, "a, c: is missing")


def test_a_model_that_the_settings_name_wins(make_system, tmp_path: Path):
    chosen = save(tmp_path / "chosen", hand_made()).path
    system = make_system(model_dir=chosen)
    version = add(system, 0.7)
    refused(system.http.post(f"/models/{version}/promote", params={"force": True}), 409, "MODEL_DIR")
    assert do(system, f"{version}/shadow")["shadow"] == version
    live(system, 1)
    assert system.http.get("/models/compare").json()["active"] == system.pipeline.model.info.version


def test_only_the_workspace_that_keeps_them_changes_models(system: System, monkeypatch: pytest.MonkeyPatch):
    version, keys = add(system), system.pipeline.store.list_keys
    headers = system.key("admin")
    monkeypatch.setattr(
        system.pipeline.store, "list_keys", lambda: [replace(key, workspace="elsewhere") for key in keys()]
    )
    system.app.state.parts.keys.refresh()
    refused(system.http.post(f"/models/{version}/promote", headers=headers), 403, "default")


def test_drift_of_the_last_tickets_against_the_training_rows(system: System, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(model_figures, "FEWEST", 4)
    do(system, f"{add(system)}/promote", force=True)
    for body in ("my invoice", "a refund", "the server crashed", "gdpr"):
        system.post(body=body)
    system.process()
    figures = metrics(system)
    assert figures["smart_support_category_share", "Billing"] == 0.5
    assert figures["smart_support_category_share", "Legal"] == 0.25
    assert 0.0 < figures["smart_support_confidence_mean",] <= 1.0
    drift = population_stability_index({"Billing": 1.0}, {"Billing": 0.5, "Technical": 0.25, "Legal": 0.25})
    assert figures["smart_support_category_drift",] == pytest.approx(drift)


def test_the_training_rows_are_those_of_the_bundle_that_tells_of_them():
    told = {"held_out": {"classes": [{"label": "Billing", "support": 3}, {"label": "Legal", "support": 1}]}}
    bundles = BundleInfo(Tier.TRANSFORMER, "transformer-1"), BundleInfo(Tier.LIGHT, "light-1", told)
    assert training_mix(ModelInfo.of_bundles((), bundles)) == {"Billing": 0.75, "Legal": 0.25}
    assert training_mix(ModelInfo.of_bundles((), bundles[:1])) == {}


@pytest.mark.parametrize(
    ("taxonomy", "counted", "drifts"),
    [
        (TRAINED, {"Billing": 150, "Legal": 50}, True),
        (TRAINED, {"Billing": 150, "Legal": 50, "General": 900}, True),  # nobody was sure of those, whatever they are
        (TRAINED, {"General": 900}, False),
        (TRAINED, {"Billing": 150, "Legal": 49, "General": 900}, False),  # too few
        (TRAINED, {"Billing": 150, "Apples": 50}, False),  # from before the taxonomy was changed
        (own("Billing", "Legal"), {"Billing": 150, "Legal": 50}, True),
        (own("Billing", "Legal", "Apples"), {"Billing": 150, "Legal": 50}, False),
        (own("Billing", "Technical"), {"Billing": 150}, False),
    ],
)
def test_drift_is_there_where_the_categories_are_those_of_the_training_rows(
    taxonomy: Taxonomy, counted: dict[str, int], drifts: bool
):
    told = {"held_out": {"classes": [{"label": "Billing", "support": 3}, {"label": "Legal", "support": 1}]}}
    described = ModelInfo.of_bundles(("Billing", "Legal"), (BundleInfo(Tier.LIGHT, "light-1", told),))

    class Store:
        def category_counts(self, _workspace, _limit):
            return [CategoryCount(category, tickets, 0.5 * tickets) for category, tickets in counted.items()]

    figures = ModelFigures(Store(), Loaded(described, None), lambda _: taxonomy, lambda: 0.0)
    samples = {found.name: found.samples for found in figures.collect()}
    assert [sample.value for sample in samples["smart_support_category_drift"]] == [0.0] * drifts
    assert len(samples["smart_support_category_share"]) == len(counted)


def test_the_store_is_not_asked_for_drift_all_the_time_and_may_be_down(system: System):
    time, asked = [0.0], []

    class Store:
        def category_counts(self, _workspace, _limit):
            asked.append(time[0])
            if time[0] > 5:
                raise Unavailable("down")
            return [CategoryCount("Legal", 1, 0.5)]

    figures = ModelFigures(Store(), system.pipeline.model, lambda _: TRAINED, lambda: time[0])
    seen = []
    for seconds in (0.0, 1.0, 6.0):
        time[0] = seconds
        shares = next(found for found in figures.collect() if found.name == "smart_support_category_share")
        seen.append([sample.value for sample in shares.samples])
    assert seen == [[1.0], [1.0], []]
    assert asked == [0.0, 6.0]
