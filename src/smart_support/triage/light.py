"""The light model: a linear model over hashed words, fast because each word's share is remembered.

With x_f the weight of feature f (its count in the text times its inverse document frequency and the factor of its
kind), the logits are

    logit_k = (sum over f of W_kf * x_f) / sqrt(sum over words and pairs of their squares) + b_k

where the square of a word is the sum of the squared weights of its features. Both sums go word by word, so what a
word adds to each logit and to the squares is one row of integers, computed once and kept in `WordMemo`. Integer sums
are exact in any order: the result of a text depends neither on its batch mates nor on the machine.

Confidence is softmax(logit / temperature) at the category with the largest logit (the first label wins a tie);
temperature is fitted on held-out folds (Guo et al., "On Calibration of Modern Neural Networks", 2017).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from smart_support.domain import urgency
from smart_support.domain.triage import Reason, ReasonOf, Text, Tier, Triage
from smart_support.triage import features
from smart_support.triage.bundle import Bundle, BundleError, DataSource, load
from smart_support.triage.explain import best, heaviest, quotes, toward
from smart_support.triage.explain import of_urgency as explain_urgency
from smart_support.triage.memo import Ints, WordMemo
from smart_support.triage.projection import DIMENSION, Projection
from smart_support.triage.storm_rule import StormRule, storm_rule
from smart_support.triage.urgency_mix import urgency_mix

KIND = "light"

SHIPPED = Path(__file__).parent.parent / "models" / "light"
"""The bundle that comes with the package."""

_CHUNK = 256
_NOTHING: Mapping[int, float] = {}

Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the light model knows of one text: for the transformer tier, which weighs it with its own.

    `logits` [labels] are tempered: their softmax is the confidence. `urgency` is S, `by_rule` the S of the rule with
    the `cues` that made it. `words` [words, labels] is what each of `features.spans` adds to the logits, `alarm`
    [words] what it adds to the output of the urgency head, zero where there is none.
    """

    logits: Floats
    urgency: float
    by_rule: float
    cues: tuple[Reason, ...]
    words: Floats
    alarm: Floats


class _Read(NamedTuple):
    """What is known of a text before it is explained."""

    text: str
    chosen: int
    urgency: float
    cues: tuple[Reason, ...]


class LightModel:
    """The light tier (`domain.triage.Model`): category, confidence, S and reasons from a bundle of kind "light".

    Reads `features.TEXT_LIMIT` characters of a ticket. Deterministic, and safe to call from several threads.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Raises BundleError when the bundle's arrays or settings do not fit together."""
        self._version = bundle.version
        self._labels = bundle.labels
        self._figures = bundle.figures
        self._data = bundle.data
        self._bits = int(bundle.number("bits", 8, 22))
        self._temperature = bundle.number("temperature", 1e-3, 1e3)
        self._mix = urgency_mix(bundle)
        self._rule_part = 1.0 if self._mix is None else self._mix.rule_part
        outputs = len(self._labels) + (self._mix is not None)
        table = bundle.array("table", np.int16, (features.KINDS * 2**self._bits + 1, outputs + 1))
        if table[-1].any():
            # The last row is what a pair across two tickets reads.
            raise BundleError(f"The model bundle {bundle.path} is refused: the last row of its table is not empty.")
        self._table = table
        self._scale: Floats = bundle.finite("scale", outputs + 1)
        if table[:, -1].min() < 0 or self._scale[-1] <= 0:
            raise BundleError(f"The model bundle {bundle.path} is refused: its table holds squares below zero.")
        self._bias: Floats = bundle.finite("bias", outputs)
        self._memo = WordMemo(table, self._bits)
        self._projection = Projection(table, self._bits)
        self._storm_rule = storm_rule(bundle, DIMENSION)

    @property
    def tier(self) -> Tier:
        return Tier.LIGHT

    @property
    def version(self) -> str:
        return self._version

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    @property
    def figures(self) -> Mapping[str, Any]:
        """What training measured, as the bundle has it."""
        return self._figures

    @property
    def data(self) -> tuple[DataSource, ...]:
        """What it was trained on."""
        return self._data

    @property
    def storm_rule(self) -> StormRule:
        """When vectors are about one incident."""
        return self._storm_rule

    @property
    def rule_part(self) -> float:
        """The part that the rule has in S, in [0, 1]; the urgency head has the rest."""
        return self._rule_part

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        """One result a text, in the same order. Never raises on any text."""
        results: list[Triage] = []
        for start in range(0, len(texts), _CHUNK):
            results.extend(self._chunk([features.read(text) for text in texts[start : start + _CHUNK]]))
        return results

    def assess(self, texts: Sequence[str]) -> list[Assessment]:
        """What is known of texts as `features.read` gives them, in the same order."""
        words, rows, starts = self._rows(list(texts))
        outputs = self._sum(rows, starts)
        count = len(self._labels)
        ends = [*starts.tolist()[1:], len(words)]
        found = []
        for index, text in enumerate(texts):
            by_rule, cues = urgency.score(text)
            added = rows[starts[index] + 1 : ends[index], :-2] * self._scale[:-1]
            alarm = np.zeros(len(added)) if self._mix is None else added[:, -1]
            logits = outputs[index, :count] / self._temperature
            s = self._urgency(by_rule, outputs[index])
            found.append(Assessment(logits, s, by_rule, cues, added[:, :count], alarm))
        return found

    def outputs(self, texts: Sequence[Text]) -> Floats:
        """What triage is made of, shape [texts, labels]: logits before temperature. One more column, the last, if
        the bundle has an urgency head: what it says before it is mixed with the rule."""
        parts = [
            self._sum(*self._rows([features.read(text) for text in texts[start : start + _CHUNK]])[1:])
            for start in range(0, len(texts), _CHUNK)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self._bias)))

    def _rows(self, texts: list[str]) -> tuple[list[str], Ints, Places]:
        """The words of a chunk, their rows, and where each text starts: at an empty word, so that none is empty."""
        words: list[str] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(words))
            words.append("")
            words += features.words(text)
        return words, self._memo.rows(words), np.array(starts, dtype=np.int64)

    def _sum(self, rows: Ints, starts: Places) -> Floats:
        hashes = rows[:, -1].view(np.uint32)
        nothing = len(self._table) - 1
        pairs = np.full(len(rows), nothing, dtype=np.int64)
        pairs[:-1] = features.pair_buckets(hashes[:-1], hashes[1:], self._bits)
        # The empty word at the start of a text pairs with nothing, on either side.
        pairs[starts] = nothing
        pairs[starts[1:] - 1] = nothing
        # int32 holds any sum: 4,000 characters make less than 24,000 features of 16 bits.
        total = np.add.reduceat(rows[:, :-1], starts, axis=0)
        total += np.add.reduceat(self._table[pairs].astype(np.int32), starts, axis=0)
        scaled = total * self._scale
        norm = np.sqrt(scaled[:, -1:])
        outputs = np.divide(scaled[:, :-1], norm, out=np.zeros_like(scaled[:, :-1]), where=norm > 0)
        result: Floats = outputs + self._bias
        return result

    def _chunk(self, texts: list[str]) -> list[Triage]:
        words, rows, starts = self._rows(texts)
        outputs = self._sum(rows, starts)
        chosen, confidence = self._choose(outputs[:, : len(self._labels)])
        read = []
        for index, text in enumerate(texts):
            by_rule, cues = urgency.score(text)
            read.append(_Read(text, chosen[index], self._urgency(by_rule, outputs[index]), cues))
        reasons = self._reasons(read, words, rows, starts)
        vectors = self._projection.vectors(rows[:, -1].view(np.uint32), starts)
        return [
            Triage(
                category=self._labels[found.chosen],
                confidence=confidence[index],
                urgency=found.urgency,
                tier=Tier.LIGHT,
                model_version=self._version,
                reasons=reasons[index],
                vector=vectors[index],
                vector_version=self._version,
            )
            for index, found in enumerate(read)
        ]

    def _urgency(self, by_rule: float, outputs: Floats) -> float:
        return by_rule if self._mix is None else self._mix.score(by_rule, float(outputs[-1]))

    def _choose(self, logits: Floats) -> tuple[list[int], list[float]]:
        chosen = logits.argmax(axis=1)
        odds = np.exp((logits - logits.max(axis=1, keepdims=True)) / self._temperature)
        return chosen.tolist(), (1.0 / odds.sum(axis=1)).tolist()

    def _reasons(self, read: Sequence[_Read], words: list[str], rows: Ints, starts: Places) -> list[tuple[Reason, ...]]:
        """Per text the words that speak most for its category c, by their share in logit_c - mean logit, and those that
        speak for its S, by their share in the urgency head's output."""
        count = len(self._labels)
        ends = np.array([*starts.tolist()[1:], len(words)])
        added = np.empty((1 if self._mix is None else 2, len(words)), dtype=np.int64)
        added[0] = rows[np.arange(len(words)), _each([found.chosen for found in read], ends - starts)]
        added[0] *= count
        added[0] -= rows[:, :count].sum(axis=1)
        if self._mix is not None:
            np.multiply(rows[:, count], _each([toward(found.urgency) for found in read], ends - starts), out=added[1])
        speaking = heaviest(added, starts, ends)
        return [
            self._reason(found, words[start:end], *of)
            for found, start, end, *of in zip(read, starts.tolist(), ends.tolist(), *speaking, strict=True)
        ]

    def _reason(
        self, read: _Read, words: list[str], category: dict[int, float], alarm: Mapping[int, float] = _NOTHING
    ) -> tuple[Reason, ...]:
        said = explain_urgency(read.urgency, read.text, words, alarm, read.cues, self._rule_part)
        return best(ReasonOf.CATEGORY, quotes(read.text, words, category)) + said


def _each(values: list[int], lengths: Places) -> int | Places:
    """The value of each text for each of its words; of one text, whose time is the overhead of NumPy calls, just it."""
    return values[0] if len(values) == 1 else np.repeat(values, lengths)


def load_light(folder: Path = SHIPPED) -> LightModel:
    """The light model from a bundle folder, by default the one shipped with the package.

    Raises BundleError as `bundle.load` does.
    """
    return LightModel(load(folder, KIND))
