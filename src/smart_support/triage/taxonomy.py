"""The categories of a taxonomy in place of a model's own, and abstention where nobody is sure."""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
import structlog

from smart_support.domain import urgency
from smart_support.domain.taxonomy import Category, Taxonomy, TaxonomyError
from smart_support.domain.triage import Model, Reason, ReasonOf, Text, Tier, Triage
from smart_support.triage import features, fewshot
from smart_support.triage.cues import Cues
from smart_support.triage.fewshot import FewShot, Vectors

log = structlog.get_logger(__name__)

_CHUNK = 16  # tickets go between two of them


class TaxonomyModel:
    """A model (`domain.triage.Model`) with the categories of a taxonomy.

    Where the taxonomy is the user's own, category, confidence and the reasons for the category come from its examples,
    by a few-shot head for each tier's vectors; all else stays as the model said it. A model that was trained on exactly
    these categories knows better than some examples: then those are not read. Below `review_below` the category is the
    fallback and `needs_review` is set; the confidence stays that of the best guess. So it is, whatever the confidence,
    where a text has not a single word (`features.is_wordless`); its S is that of the rule for no text at all, which
    alerts nobody.

    No ticket waits for examples. Where the model was changed and they are not read into its vectors yet, a result is
    the fallback, to be looked at, and degraded, so that it is said again; beside it they are read once.

    Safe to call from several threads, also while `use` changes the taxonomy, or somebody the model: no result has a
    category outside an own taxonomy.
    """

    def __init__(
        self,
        model: Model,
        labels: Callable[[], Sequence[str]],
        taxonomy: Taxonomy,
        tiers: Callable[[], Sequence[Model]] | None = None,
    ) -> None:
        """`labels()` are the categories that the model was trained on. `tiers()` are the models behind it now, each
        with one version of vectors, which read the examples; by default the model itself."""
        self._model = model
        self._tiers = tiers or (lambda: (model,))
        self._labels = labels
        self.use(taxonomy)

    @property
    def tier(self) -> Tier:
        return self._model.tier

    @property
    def version(self) -> str:
        return self._model.version

    @property
    def taxonomy(self) -> Taxonomy:
        return self._served[0]

    @property
    def categories(self) -> tuple[str, ...]:
        """What a ticket's category may be."""
        taxonomy = self.taxonomy
        return taxonomy.names if taxonomy.is_own else tuple(dict.fromkeys((*self._labels(), taxonomy.fallback)))

    def check(self, taxonomy: Taxonomy) -> None:
        """Raises TaxonomyError where categories without examples are none that the model knows."""
        labels = self._labels()
        unknown = set(taxonomy.names) - {*labels, taxonomy.fallback}
        if unknown and not taxonomy.is_own:
            raise TaxonomyError(
                f"the model was not trained on category {min(unknown)!r}: give all categories examples, or name only "
                f"{', '.join(labels)}"
            )

    def use(self, taxonomy: Taxonomy) -> None:
        """Triage by this taxonomy from now on; returns once every tier has read its examples, where they are needed.
        Until then the former one holds."""
        examples = _Examples(self._tiers, taxonomy) if taxonomy.is_own else None
        if examples is not None and not taxonomy.fits(self._labels()):
            examples.read()
        self._served = (taxonomy, examples)  # at once, as others are reading it

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        """One result a text, in the same order."""
        taxonomy, examples = self._served
        trained = taxonomy.fits(self._labels())
        results = self._model.triage(texts)
        if examples is not None:
            # Asked again: the model may be another one by now, and nobody knows which of them gave these results.
            known = taxonomy.names if trained and taxonomy.fits(self._labels()) else ()
            results = examples.categorise(texts, results, known)
        return [
            _unread(result, taxonomy) if features.is_wordless(features.read(text)) else _abstained(result, taxonomy)
            for text, result in zip(texts, results, strict=True)
        ]


class TrialModel:
    """A model that is tried beside the one at work, by the taxonomy that holds for that: `taxonomy()`, whenever asked.

    One thread at a time may use it.
    """

    def __init__(self, model: Model, labels: Callable[[], Sequence[str]], taxonomy: Callable[[], Taxonomy]) -> None:
        self._taxonomy = taxonomy
        self._tried = TaxonomyModel(model, labels, taxonomy())

    @property
    def tier(self) -> Tier:
        return self._tried.tier

    @property
    def version(self) -> str:
        return self._tried.version

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        """One result a text, in the same order."""
        if (taxonomy := self._taxonomy()) is not self._tried.taxonomy:
            self._tried.use(taxonomy)
        return self._tried.triage(texts)


class _Examples:
    """The examples of one taxonomy, and the heads fitted to them."""

    def __init__(self, tiers: Callable[[], Sequence[Model]], taxonomy: Taxonomy) -> None:
        self._tiers = tiers
        self._categories = taxonomy.exemplified
        self._fallback = taxonomy.fallback
        self._cues = Cues(
            {found.name: (*found.examples, f"{_called(found)} {found.description}") for found in self._categories}
        )
        named = [Text(_called(category), category.description) for category in self._categories]
        self._texts = named + [Text("", example) for category in self._categories for example in category.examples]
        self._heads: dict[str, FewShot] = {}
        self._reading = threading.Lock()

    def read(self) -> None:
        """Fit a head to the vectors of each tier that has none, as far as they answer."""
        self._reading.acquire()
        self._read()

    def _read(self) -> None:
        """The same with `_reading` held, which is released at the end."""
        try:
            for tier in self._tiers():
                self._read_by(tier)
        except Exception as error:  # noqa: BLE001 - what stops a tier stops its tickets too, and they ask again
            log.warning("examples_unread", reason=type(error).__name__)
        finally:
            self._reading.release()

    def _read_by(self, tier: Model) -> None:
        vectors: list[Vectors] = []
        version: str | None = None
        for start in range(0, len(self._texts), _CHUNK):
            for result in tier.triage(self._texts[start : start + _CHUNK]):
                version = result.vector_version
                if result.vector is None or version is None or version in self._heads:
                    return
                vectors.append(result.vector)
        self._heads[str(version)] = self._fit(np.stack(vectors))

    def categorise(self, texts: Sequence[Text], results: Sequence[Triage], known: Collection[str]) -> list[Triage]:
        """The results, those whose category is none of the `known` with the best one of the examples; with confidence 0
        where there is no head for it."""
        asked = [result for result in results if result.category not in known]
        if {result.vector_version for result in asked} - {None, *self._heads} and self._reading.acquire(blocking=False):
            threading.Thread(target=self._read, name="examples", daemon=True).start()
        return [
            result if result.category in known else self._categorised(text, result)
            for text, result in zip(texts, results, strict=True)
        ]

    def _categorised(self, text: Text, result: Triage) -> Triage:
        head = self._heads.get(result.vector_version or "")
        others = tuple(reason for reason in result.reasons if reason.of is not ReasonOf.CATEGORY)
        if head is None or result.vector is None:
            return replace(
                result,
                category=self._fallback,
                confidence=0.0,
                reasons=others,
                needs_review=True,
                degraded=True,  # and is said again once the examples are read
            )
        (category,), confidence = head.predict(result.vector[None, :])
        reasons = (*self._cues.reasons(text, category), *others)
        return replace(result, category=category, confidence=float(confidence[0]), reasons=reasons)

    def _fit(self, vectors: Vectors) -> FewShot:
        count = len(self._categories)
        ends = np.cumsum([len(category.examples) for category in self._categories])
        labels = [category.name for category in self._categories]
        return fewshot.fit(labels, vectors[:count], np.split(vectors[count:], ends[:-1]))


def _called(category: Category) -> str:
    """The name as people would say it."""
    return category.name.replace("_", " ")


def _unread(result: Triage, taxonomy: Taxonomy) -> Triage:
    by_rule, _ = urgency.score("")
    return replace(result, category=taxonomy.fallback, needs_review=True, urgency=by_rule, reasons=())


def _abstained(result: Triage, taxonomy: Taxonomy) -> Triage:
    if result.confidence >= taxonomy.abstains_below and not result.needs_review:
        return result
    if result.category == taxonomy.fallback:
        return replace(result, needs_review=True)
    # What spoke for the best guess does not speak for the fallback.
    reasons: tuple[Reason, ...] = tuple(reason for reason in result.reasons if reason.of is not ReasonOf.CATEGORY)
    return replace(result, category=taxonomy.fallback, needs_review=True, reasons=reasons)
