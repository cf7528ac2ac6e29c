"""Speed of the light model beside a plain recipe, in the same run.

One thread. Texts are those of tickets28k cut to 500 characters. Our model is warmed on 1,500 of them and measured on
the others, which it has never seen; the recipe (fitted on the same 1,500) likewise. Medians of `ROUNDS` rounds, each
with a fresh memo of words.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench.recipe import fit_recipe
from bench.rows import Row, tickets28k_path
from smart_support.domain.triage import Text
from smart_support.train.data import read_rows
from smart_support.triage.light import load_light

LEAST, MOST_MS = 10_000, 0.2
CHARACTERS = 500
WARM = 1_500
BATCH = 256
T = TypeVar("T")
ALONE = 1_000
ROUNDS = 5


def run(data_dir: Path) -> list[Row]:
    """Tickets a second in batches, and milliseconds alone; raises DataAbsent."""
    rows = read_rows(tickets28k_path(data_dir), ["text"], "queue")
    records = [(text.body[:CHARACTERS], label) for text, label in zip(rows.texts, rows.labels, strict=True)]
    warm, fresh = records[:WARM], [text for text, _ in records[WARM:]]
    recipe = fit_recipe([text for text, _ in warm], [queue for _, queue in warm])

    ours_batch, ours_alone, recipe_batch, recipe_alone = [], [], [], []
    for _ in range(ROUNDS):
        texts = [Text("", text) for text in fresh]
        ours_batch.append(_throughput(_warmed(warm), texts))
        ours_alone.append(_latency(_warmed(warm), texts[:ALONE]))
        recipe_batch.append(_throughput(recipe.predict, fresh))
        recipe_alone.append(_latency(recipe.predict, fresh[:ALONE]))
    batch, alone = median(ours_batch), median(ours_alone)
    return [
        Row(
            f"tickets a second on one core, batches of {BATCH}, {CHARACTERS} characters",
            f">= {LEAST:,}",
            f"{batch:,.0f}",
            f"plain recipe {median(recipe_batch):,.0f}",
            batch >= LEAST,
        ),
        Row(
            f"ms a ticket alone (median), {CHARACTERS} characters",
            f"< {MOST_MS}",
            f"{alone * 1e3:.3f}",
            f"plain recipe {median(recipe_alone) * 1e3:.2f}",
            alone * 1e3 < MOST_MS,
        ),
    ]


def _warmed(warm: list[tuple[str, str]]) -> Callable[[list[Text]], object]:
    model = load_light()
    model.triage([Text("", text) for text, _ in warm])
    return model.triage


def _throughput(triage: Callable[[list[T]], object], texts: list[T]) -> float:
    began = time.perf_counter()
    for start in range(0, len(texts), BATCH):
        triage(texts[start : start + BATCH])
    return len(texts) / (time.perf_counter() - began)


def _latency(triage: Callable[[list[T]], object], texts: list[T]) -> float:
    spent = []
    for text in texts:
        began = time.perf_counter()
        triage([text])
        spent.append(time.perf_counter() - began)
    return median(spent)
