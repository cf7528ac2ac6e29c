import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest

from smart_support.domain.triage import Text
from smart_support.train.data import Rows
from smart_support.train.evaluate import evaluate_bundle
from smart_support.train.folds import split
from smart_support.train.priority import LEVELS
from smart_support.train.train import Trained, TrainingError, train_bundle
from smart_support.triage.bundle import BundleError, DataSource, load
from smart_support.triage.light import KIND, LightModel, load_light

TOPICS = {"Billing": "invoice refund charge card tax", "Technical": "server crash login error screen"}
SOURCE = DataSource("made up", 120, "MIT")
SPEED = {0: "sometime idea nice", 3: "flames smoke ambulance"}


def made_up(count: int, seed: int) -> Rows:
    """Tickets whose label and level show in their words, among words that mean nothing."""
    rng = random.Random(seed)
    texts, labels, urgency = [], [], []
    for _ in range(count):
        label, level = rng.choice(list(TOPICS)), rng.choice(list(SPEED))
        words = [*rng.sample(TOPICS[label].split(), 2), rng.choice(SPEED[level].split())]
        words += [f"filler{chr(97 + rng.randrange(20))}" for _ in range(4)]
        rng.shuffle(words)
        texts.append(Text(words[0], " ".join(words[1:])))
        labels.append(label)
        urgency.append(LEVELS[level])
    return Rows(tuple(texts), tuple(labels), tuple(urgency))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train_bundle(made_up(120, 1), tmp_path_factory.mktemp("train") / "b", 0, data=[SOURCE])


def test_it_learns(trained: Trained) -> None:
    found = evaluate_bundle(load_light(trained.path), made_up(60, 2))
    assert found.category.accuracy == 1.0
    assert found.urgency is not None
    assert found.urgency.spearman > 0.8
    assert trained.head
    assert trained.category.rows == 120


def test_the_bundle_says_what_it_is(trained: Trained) -> None:
    bundle = load(trained.path, KIND)
    assert bundle.version == trained.version
    assert bundle.labels == ("Billing", "Technical")
    assert bundle.data == (SOURCE,)
    assert bundle.figures["held_out"]["accuracy"] == trained.category.accuracy


def test_the_loaded_model_answers_as_the_fitted_one(trained: Trained) -> None:
    """Quantised integers and remembered words against the plain sparse product."""
    from smart_support.train import matrix

    rows = made_up(40, 3)
    bundle = load(trained.path, KIND)
    bits = int(bundle.number("bits", 1, 22))
    table = bundle.arrays["table"][:-1] * bundle.arrays["scale"]
    counts = matrix.counts(rows.texts, bits)
    raw = np.asarray(counts @ table)
    expected = raw[:, :-1] / np.sqrt(raw[:, -1:]) + bundle.arrays["bias"]
    assert np.allclose(LightModel(bundle).outputs(rows.texts), expected, rtol=1e-9, atol=1e-9)


def test_the_same_rows_and_seed_give_the_same_bundle(trained: Trained, tmp_path: Path) -> None:
    again = train_bundle(made_up(120, 1), tmp_path / "b", 0, data=[SOURCE])
    assert again.version == trained.version


def test_progress_goes_from_one_to_all(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    train_bundle(made_up(60, 1), tmp_path / "b", 0, lambda *step: steps.append(step[:2]))
    assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][0] == steps[-1][1]


def test_without_urgencies_the_rule_speaks(tmp_path: Path) -> None:
    rows = made_up(40, 1)
    plain = train_bundle(Rows(rows.texts, rows.labels), tmp_path / "b")
    assert (plain.head, plain.urgency, plain.urgency_by_rule) == (False, None, None)


def test_labels_set_the_order(tmp_path: Path) -> None:
    found = train_bundle(made_up(40, 1), tmp_path / "b", labels=("Technical", "Billing"))
    assert load_light(found.path).labels == ("Technical", "Billing")


@pytest.mark.parametrize(
    ("labels", "names", "says"),
    [
        (("a", "a", "b"), None, "fewer: b"),
        (("a", "a"), None, "at least two categories"),
        (("a", "a", "b", "b"), ("a", "c"), "not among the categories a, c: b"),
        (("a", "a", "b", "b"), ("a", "b", "c"), "fewer: c"),
    ],
)
def test_rows_that_cannot_train_are_refused(
    tmp_path: Path, labels: tuple[str, ...], names: tuple[str, ...] | None, says: str
) -> None:
    rows = Rows(tuple(Text("", f"text {n}") for n in range(len(labels))), labels)
    with pytest.raises(TrainingError, match=says):
        train_bundle(rows, tmp_path / "b", labels=names)
    assert list(tmp_path.iterdir()) == []


def test_without_scikit_learn_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(TrainingError, match=r"smart-support\[fit\]"):
        train_bundle(made_up(20, 1), tmp_path / "b")


def test_a_folder_that_is_no_bundle_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(BundleError, match="is no bundle"):
        train_bundle(made_up(20, 1), tmp_path)


def test_folds_part_all_rows_and_keep_groups_together() -> None:
    labels = ["a"] * 50 + ["b"] * 10
    groups = ["g"] * 7 + [""] * 53
    folds = split(labels, groups, 5, seed=3)
    assert sorted(np.concatenate(folds).tolist()) == list(range(60))
    assert sum(1 for fold in folds if set(range(7)) & set(fold.tolist())) == 1
    assert {sum(labels[row] == "b" for row in fold) for fold in folds} == {2}
    assert all(np.array_equal(one, other) for one, other in zip(folds, split(labels, groups, 5, seed=3), strict=True))
