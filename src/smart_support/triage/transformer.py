"""The transformer tier: linear heads on the encoder's vector, with the light model beside it.

With t the traits of a text (`Encoder.traits`: its unit vector, and the unit state of its first token), l its logits
from the light model, and the bundle's arrays:

    logits     = (t @ category + category_bias) * mix[0] + l * mix[1]        confidence = softmax(logits)
    levels     = sigmoid(t @ levels + levels_bias)        P(level > 0), P(level > 1), P(level > 2)
    sentiment  = tanh(t @ sentiment + sentiment_bias)
    S          = bend(urgency . [levels, S of the light model, S by rule, sentiment, 1])

`mix` and `urgency` are fitted on tickets that the encoder was not trained on, so confidence is calibrated; the light
model knows the character n-grams of words and languages that the encoder never saw. Levels are cumulative, as ordinal
regression has them (McCullagh, "Regression models for ordinal data", 1980).

The first token's state is where fine-tuning puts what triage asks; the vector, which storms and other categories
compare, stays near the base encoder's. Because the vector is a mean of token states over its length, its part of a
head's output is a sum over tokens: with each word's share in the light model's logits it says which words to quote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.domain.registry import BundleInfo
from smart_support.domain.triage import Reason, ReasonOf, Text, Tier, Triage
from smart_support.triage import features
from smart_support.triage.bundle import Bundle, BundleError, DataSource, load, read_manifest
from smart_support.triage.encoder import CPU, Encoder, Tokens, Vectors, runs
from smart_support.triage.explain import best, by_word, heavy, of_urgency, quotes, toward, whole
from smart_support.triage.light import Assessment, LightModel
from smart_support.triage.storm_rule import StormRule, storm_rule
from smart_support.triage.urgency_mix import UrgencyMix

KIND = "transformer"
LEVELS = 3
LEVEL_LINES = (0.25, 0.55, 0.825)
"""An urgency above the first is level 1 or more, above the second 2 or more, above the third critical."""

PARTS = LEVELS + 4
"""What S is made of."""

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the transformer tier reads it."""

    text: str
    tokens: Tokens


class TransformerModel:
    """The transformer tier (`domain.triage.Model`) from a bundle of kind "transformer", its encoder and a light model.

    Deterministic, and safe to call from several threads.
    """

    def __init__(self, bundle: Bundle, encoder: Encoder, light: LightModel) -> None:
        """Raises BundleError when the bundle's arrays do not fit together, or fit neither encoder nor light model."""
        if light.labels != bundle.labels:
            raise BundleError(f"The model bundle {bundle.path} is refused: the light model beside it has other labels.")
        self._bundle = bundle
        self._encoder = encoder
        self._light = light
        count = len(bundle.labels)
        self._heads = np.concatenate(
            [bundle.finite(name, 2 * encoder.dimension, width) for name, width in _heads(count)], axis=1
        )
        self._biases = np.concatenate([bundle.finite(f"{name}_bias", width) for name, width in _heads(count)])
        self._mix = bundle.finite("mix", 2)
        self._urgency = bundle.finite("urgency", PARTS)
        # What a token's state adds to each label over the mean of all, and, the last column, to the levels.
        heads = self._heads[: encoder.dimension]
        levels = heads[:, count : count + LEVELS] @ self._urgency[:LEVELS]
        self._speaking = np.column_stack([heads[:, :count] - heads[:, :count].mean(axis=1, keepdims=True), levels])
        self._parts_of_urgency = _parts_of_urgency(self._urgency, light.rule_part)
        self._storm_rule = storm_rule(bundle, encoder.dimension)
        self._bend = UrgencyMix(0.0, 0.0, 0.0, bundle.number("alert_line", 0.05, 0.95))

    @property
    def tier(self) -> Tier:
        return Tier.TRANSFORMER

    @property
    def version(self) -> str:
        return self._bundle.version

    @property
    def labels(self) -> tuple[str, ...]:
        return self._bundle.labels

    @property
    def figures(self) -> Mapping[str, Any]:
        """What training measured, as the bundle has it."""
        return self._bundle.figures

    @property
    def data(self) -> tuple[DataSource, ...]:
        """What it was trained on."""
        return self._bundle.data

    @property
    def storm_rule(self) -> StormRule:
        """When vectors are about one incident."""
        return self._storm_rule

    @property
    def encoder(self) -> Encoder:
        return self._encoder

    @property
    def bundle(self) -> Bundle:
        """What it was made from; its path is the folder of the encoder."""
        return self._bundle

    @property
    def light(self) -> LightModel:
        """The light model that it weighs with its own heads."""
        return self._light

    def read(self, texts: Sequence[Text]) -> list[Reading]:
        """What `score` needs to know of the texts."""
        read = [features.read(text) for text in texts]
        return [Reading(text, tokens) for text, tokens in zip(read, self._encoder.tokenize(read), strict=True)]

    def runs(self, readings: Sequence[Reading]) -> list[list[int]]:
        """Which of them share a run of the encoder: places in `readings`, the shortest first."""
        return runs([reading.tokens for reading in readings])

    def score(self, readings: Sequence[Reading], limit: float | None = None) -> list[Triage]:
        """One result a text, from one run of the encoder. Raises encoder.RunEnded after `limit` seconds."""
        states = self._encoder.run([reading.tokens for reading in readings], limit)
        traits = np.stack([self._encoder.traits(found) for found in states])
        raw = traits @ self._heads + self._biases
        light = self._light.assess([reading.text for reading in readings])
        count = len(self.labels)
        logits = raw[:, :count] * self._mix[0] + np.stack([found.logits for found in light]) * self._mix[1]
        chosen = logits.argmax(axis=1)
        confidence = 1.0 / np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)
        sentiment = np.tanh(raw[:, -1])
        made_of = parts(
            raw[:, count : count + LEVELS],
            np.array([found.urgency for found in light]),
            np.array([found.by_rule for found in light]),
            sentiment,
        )
        scores = [self._bend.bend(float(self._urgency @ row)) for row in made_of]
        return [
            Triage(
                category=self.labels[chosen[row]],
                confidence=float(confidence[row]),
                urgency=scores[row],
                tier=Tier.TRANSFORMER,
                model_version=self.version,
                reasons=self._reasons(reading, states[row], light[row], int(chosen[row]), scores[row]),
                sentiment=float(sentiment[row]),
                vector=traits[row, : self._encoder.dimension],
                vector_version=self._encoder.version,
            )
            for row, reading in enumerate(readings)
        ]

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        """One result a text, in the same order, in as many runs as it takes."""
        readings = self.read(texts)
        results: list[Triage | None] = [None] * len(texts)
        for places in self.runs(readings):
            for place, found in zip(places, self.score([readings[place] for place in places]), strict=True):
                results[place] = found
        return [found for found in results if found is not None]

    def _reasons(
        self, reading: Reading, states: Vectors, light: Assessment, chosen: int, urgency: float
    ) -> tuple[Reason, ...]:
        """The words that speak most for the category, by both models, and those that speak for S, by all that makes it:
        each part's words share what it weighs."""
        text, pieces = reading.text, reading.tokens.spans
        places = features.spans(text)
        words = [text[start:end] for start, end in places]
        said = states @ self._speaking[:, [chosen, -1]]
        of_category, of_levels = by_word(places, pieces, *said.T)
        added = light.words[:, chosen] - light.words.mean(axis=1)
        shares = whole(of_category) * self._mix[0] + whole(added) * self._mix[1]
        for_category = best(ReasonOf.CATEGORY, quotes(text, words, heavy(whole(shares))))
        rule, head, levels = self._parts_of_urgency
        alarm = whole(of_levels) * levels + whole(light.alarm) * head
        speaking = heavy(toward(urgency) * alarm / ((levels + head) or 1.0))
        return for_category + of_urgency(urgency, text, words, speaking, light.cues, rule)


def parts(levels: Floats, light: Floats, by_rule: Floats, sentiment: Floats) -> npt.NDArray[np.float64]:
    """What S is made of, [texts, 7]: the chances of the levels, from their logits [texts, 3], S of the light model and
    by rule, the sentiment, and 1."""
    chances = 1.0 / (1.0 + np.exp(-levels))
    return np.column_stack([chances, light, by_rule, sentiment, np.ones(len(levels))])


def _heads(labels: int) -> tuple[tuple[str, int], ...]:
    return ("category", labels), ("levels", LEVELS), ("sentiment", 1)


def _parts_of_urgency(weights: Floats, rule_of_light: float) -> tuple[float, float, float]:
    """The parts that have words in S, adding up to 1: the rule, the head of the light model, the levels."""
    levels, light, by_rule = np.abs(weights[:LEVELS]).sum(), abs(weights[LEVELS]), abs(weights[LEVELS + 1])
    sums = np.array([by_rule + light * rule_of_light, light * (1.0 - rule_of_light), levels])
    rule, head, rest = whole(sums).tolist()
    return rule, head, rest


def load_transformer(folder: Path, light: LightModel, provider: str = CPU, threads: int = 0) -> TransformerModel:
    """The transformer tier from a bundle folder, which holds its encoder too.

    Raises BundleError as `bundle.load` does, and EncoderError where the encoder cannot be run here.
    """
    return TransformerModel(load(folder, KIND), Encoder(folder, provider, threads), light)


def describe_transformer(folder: Path) -> BundleInfo:
    """The transformer tier in a bundle folder as its manifest has it; raises BundleError as `read_manifest` does."""
    manifest = read_manifest(folder, KIND)
    return BundleInfo(Tier.TRANSFORMER, str(manifest["version"]), dict(manifest.get("figures") or {}))
