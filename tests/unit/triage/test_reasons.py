"""A person who reads the reasons of the shipped models agrees: on held-out tickets that no model was trained on."""

import json
import random
from pathlib import Path

import pytest

from smart_support.domain.triage import ReasonOf, Text, Triage
from smart_support.triage import features
from smart_support.triage.light import SHIPPED, load_light
from smart_support.triage.stop_words import STOP_WORDS
from smart_support.triage.transformer import load_transformer

CORPUS = Path(__file__).parents[3] / "corpus"
SAMPLE = 150


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    lines = [
        line
        for path in sorted(CORPUS.glob("held_out*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    tickets = [json.loads(line) for line in random.Random(1).sample(lines, SAMPLE)]
    return [Text(ticket.get("subject") or "", ticket["body"]) for ticket in tickets]


@pytest.fixture(scope="module", params=["light", "transformer"])
def results(request: pytest.FixtureRequest, texts: list[Text]) -> list[Triage]:
    light = load_light()
    model = light if request.param == "light" else load_transformer(SHIPPED.parent / "transformer", light)
    return model.triage(texts)


def weights(result: Triage, of: ReasonOf) -> list[float]:
    return [reason.weight for reason in result.reasons if reason.of is of]


def test_urgency_is_never_explained_by_its_contrary(results: list[Triage]) -> None:
    high = [weights(result, ReasonOf.URGENCY) for result in results if result.urgency > 0.8]
    low = [weights(result, ReasonOf.URGENCY) for result in results if result.urgency < 0.3]
    assert all(found[0] > 0 for found in high if found)
    assert all(found[0] < 0 for found in low if found)
    assert sum(map(bool, high + low)) > 0.8 * len(high + low) > 0


def test_no_quote_is_a_stop_word_or_a_number_alone(results: list[Triage]) -> None:
    quotes = [reason.quote for result in results for reason in result.reasons]
    assert [quote for quote in quotes if features.fold(quote) in STOP_WORDS or quote.isdigit()] == []


def test_most_tickets_have_a_word_for_their_category(texts: list[Text], results: list[Triage]) -> None:
    long = [found for text, found in zip(texts, results, strict=True) if len(features.words(features.read(text))) > 8]
    assert sum(bool(weights(found, ReasonOf.CATEGORY)) for found in long) >= 0.8 * len(long) > 0


def test_weights_are_shares_of_the_decision(results: list[Triage]) -> None:
    for result in results:
        for of in ReasonOf:
            assert sum(map(abs, weights(result, of))) <= 1.001
