"""Categories from a few examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.triage import fewshot

WIDTH = 24


def cloud(random: np.random.Generator, centres: np.ndarray, spread: float, number: int) -> list[np.ndarray]:
    """Unit vectors around each centre, as an encoder gives them."""
    found = centres[:, None, :] + spread * random.standard_normal((len(centres), number, WIDTH))
    return list((found / np.linalg.norm(found, axis=2, keepdims=True)).astype(np.float32))


def world(labels: int = 6, spread: float = 0.2, number: int = 8, seed: int = 0):
    """Labels, their names' vectors, examples, and a thousand more of the same kind with what they are."""
    random = np.random.default_rng(seed)
    centres = np.linalg.qr(random.standard_normal((WIDTH, labels)))[0].T
    names = np.concatenate(cloud(random, centres, spread, 1))
    examples = cloud(random, centres, spread, number)
    more = cloud(random, centres, spread, 1_000 // labels)
    called = [f"label {n}" for n in range(labels)]
    return called, names, examples, np.concatenate(more), np.repeat(called, [len(found) for found in more])


def test_what_lies_apart_is_told_apart():
    labels, names, examples, vectors, wanted = world(spread=0.1)
    found, confidence = fewshot.fit(labels, names, examples).predict(vectors)
    assert np.mean(np.array(found) == wanted) > 0.99
    assert confidence.min() > 1 / len(labels)


@pytest.mark.parametrize("spread", [0.15, 0.3, 0.6])
def test_confidence_is_the_share_that_is_right(spread: float):
    gaps = []
    for seed in range(5):
        labels, names, examples, vectors, wanted = world(spread=spread, seed=seed)
        found, confidence = fewshot.fit(labels, names, examples).predict(vectors)
        gaps.append(confidence.mean() - np.mean(np.array(found) == wanted))
    assert abs(np.mean(gaps)) < 0.08


def test_a_few_examples_are_no_proof():
    labels, names, examples, *_ = world(labels=2, spread=0.05, number=3)
    strangers = np.concatenate(cloud(np.random.default_rng(9), np.zeros((1, WIDTH)), 1.0, 200))
    _, confidence = fewshot.fit(labels, names, examples).predict(strangers)
    assert confidence.mean() < 0.8


def test_the_same_examples_give_the_same_head():
    labels, names, examples, *_ = world()
    first, second = fewshot.fit(labels, names, examples), fewshot.fit(labels, names, examples)
    assert np.array_equal(first.weights, second.weights)
    assert first.temperature == second.temperature


def test_more_examples_are_no_preference():
    labels, names, examples, vectors, _ = world(labels=2, spread=0.5, number=100)
    found, _ = fewshot.fit(labels, names, [examples[0], examples[1][:4]]).predict(vectors)
    assert 0.4 < np.mean(np.array(found) == labels[0]) < 0.75


@given(st.lists(st.integers(0, 999 // 6 * 6 - 1), min_size=1, max_size=20))
def test_a_result_does_not_depend_on_its_batch_mates(places: list[int]):
    labels, names, examples, vectors, _ = world()
    head = fewshot.fit(labels, names, [found[:3] for found in examples])
    together, confidence = head.predict(vectors[places])
    alone = [head.predict(vectors[[place]]) for place in places]
    assert together == [found[0] for found, _ in alone]
    assert confidence.tolist() == [float(sure[0]) for _, sure in alone]


def test_nothing_in_nothing_out():
    labels, names, examples, *_ = world()
    found, confidence = fewshot.fit(labels, names, examples).predict(np.zeros((0, WIDTH), np.float32))
    assert (found, confidence.tolist()) == ([], [])


def test_many_labels_are_fitted_by_a_few_regressions(monkeypatch: pytest.MonkeyPatch):
    """Each takes a second for hundreds of labels, and some hundred left-out examples tell the temperature."""
    sizes: list[int] = []
    regress = fewshot._regress
    monkeypatch.setattr(
        fewshot, "_regress", lambda vectors, owners: sizes.append(len(vectors)) or regress(vectors, owners)
    )
    labels, names, examples, vectors, wanted = world(labels=20, spread=0.15, number=80)
    found, confidence = fewshot.fit(labels, names, examples).predict(vectors)
    assert len(sizes) == 2
    assert abs(confidence.mean() - np.mean(np.array(found) == wanted)) < 0.08
    sizes.clear()
    fewshot.fit(labels, names, [own[:8] for own in examples])
    assert len(sizes) == 5
