"""The usual recipe, to compare with: character TF-IDF (char_wb, 3 to 5, 50,000 features) and a linear SVM for the
category, and a regular expression for the urgency."""

import re
from collections.abc import Sequence
from typing import Any

from smart_support.domain.triage import Text, Tier, Triage
from smart_support.triage import features

CATEGORIES = {"Billing and Payments": "Billing", "Returns and Exchanges": "Billing", "Human Resources": "Legal"}
"""The categories of queues of tickets28k; every other queue is Technical."""


_URGENT = re.compile(r"\b(asap|urgent|critical|broken|outage)\b", re.IGNORECASE)


class Recipe:
    """The recipe as a model (`domain.triage.Model`), fitted when it is made. It has no confidence: that is 1."""

    tier = Tier.LIGHT
    version = "recipe"

    def __init__(self, texts: Sequence[Text], labels: Sequence[str]) -> None:
        self._fitted = fit_recipe([features.read(text) for text in texts], labels)

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        """One result a text; S is 1 with a keyword, else 0."""
        read = [features.read(text) for text in texts]
        urgent = [float(_URGENT.search(text) is not None) for text in read]
        said = self._fitted.predict(read).tolist()
        return [Triage(label, 1.0, s, self.tier, self.version) for label, s in zip(said, urgent, strict=True)]


def fit_recipe(texts: Sequence[str], labels: Sequence[str]) -> Any:
    """The recipe, fitted: an object with `predict(texts) -> labels`."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), max_features=50_000, sublinear_tf=True)
    return make_pipeline(vectors, LinearSVC(C=0.5, class_weight="balanced", random_state=0)).fit(texts, labels)


def category(queue: str) -> str:
    """The category of a queue of tickets28k."""
    return CATEGORIES.get(queue, "Technical")
