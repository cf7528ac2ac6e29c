"""When vectors of a model are about one incident: what its bundle says, and which words name a cause."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from smart_support.domain.storm.rule import Rule
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import Whole, rounded
from smart_support.domain.triage import Model, Text
from smart_support.triage import features
from smart_support.triage.bundle import Bundle
from smart_support.triage.stop_words import STOP_WORDS

USUAL = "usual"
"""The array [d] with the mean of unit vectors of all sorts of tickets; a bundle may do without."""

_SHORTEST = 3

StormRule = tuple[Rule, Usual]


class StormModel(Model, Protocol):
    """A tier whose vectors tell storms."""

    @property
    def storm_rule(self) -> StormRule: ...


def embed(model: StormModel, texts: Sequence[Text]) -> list[Whole]:
    """The vectors of texts as a tier makes them, as storms compare them; one a text."""
    return [rounded(np.asarray(result.vector)) for result in model.triage(texts)]


def storm_rule(bundle: Bundle, dimension: int) -> StormRule:
    """The rule for vectors of a bundle, and their usual mean. Without the settings `storm_near`, `storm_core` and
    `storm_join` only copies belong together. Raises BundleError where what it holds does not fit."""
    rule = Rule().copies_alone
    if "storm_near" in bundle.settings:
        near, core, join = (bundle.number(f"storm_{name}", -1.0, 1.0) for name in ("near", "core", "join"))
        rule = Rule(near=near, core=core, join=join)
    usual = bundle.finite(USUAL, dimension) if USUAL in bundle.arrays else np.zeros(dimension)
    return rule, Usual.of_mean(usual)


def content_words(text: str) -> Sequence[str]:
    """The words of a text that say something, folded: no stop word, no number, none shorter than three letters."""
    folded = (features.fold(word) for word in features.words(text))
    return [word for word in folded if len(word) >= _SHORTEST and word not in STOP_WORDS and word.isalpha()]
