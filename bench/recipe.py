"""Seed 004's classifier, to compare with: character TF-IDF (char_wb, 3 to 5, 50,000 features) and a linear SVM."""

from collections.abc import Sequence
from typing import Any

CATEGORIES = {"Billing and Payments": "Billing", "Returns and Exchanges": "Billing", "Human Resources": "Legal"}
"""Seed 004's map of the queues of tickets28k; every other queue is Technical."""


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
