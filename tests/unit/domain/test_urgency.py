import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.triage import ReasonOf
from smart_support.domain.urgency import READ_LIMIT, fold, keyword_level, score
from smart_support.domain.urgency_cues import GROUPS, KEYWORDS

FILLER = st.sampled_from(
    ["not", "urgent", "no rush", "nicht", "all users", "hacked", "İ", "ß", "\u2019", ".", "\n", " "]
)
TEXTS = st.one_of(st.text(), st.lists(FILLER).map(" ".join))
CALM = score("")[0]


@given(TEXTS)
def test_any_text_has_a_score_in_range_and_reasons_that_stand_in_it(text: str) -> None:
    s, reasons = score(text)
    assert 0.0 <= s <= 1.0
    for reason in reasons:
        assert reason.of is ReasonOf.URGENCY
        assert reason.quote
        assert reason.quote in text
        assert -1.0 <= reason.weight <= 1.0
    assert keyword_level(text) in (1, 5)


@given(TEXTS)
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "Production API is down for all users, urgent!",
        "We were hacked",
        "There is smoke coming out of the charger",
        "Unser Shop ist für alle Kunden nicht erreichbar",
        "Perdimos los datos de todos los clientes",
        "Nos clients sont touchés, le site est en panne",
        "O sistema caiu, todos os clientes parados",
        "SERVER OUTAGE, EVERYONE IS AFFECTED",
    ],
)
def test_grave_tickets_alert(text: str) -> None:
    assert score(text)[0] > 0.8


@pytest.mark.parametrize(
    "text",
    [
        "Not urgent, whenever you have time",
        "No rush, just curious: any plans for a dark mode?",
        "Es ist nicht dringend",
        "No es urgente, cuando puedan",
        "Ce n'est pas urgent",
        "Não é urgente, quando puder",
        "Feature request: it would be nice to sort by date. Thanks!",
    ],
)
def test_calm_tickets_fall_below_a_text_without_cues(text: str) -> None:
    assert score(text)[0] < CALM


@pytest.mark.parametrize("text", ["nothing urgent", "this isn't really urgent", "nicht so dringend", "pas très urgent"])
def test_a_negated_urgent_word_counts_down(text: str) -> None:
    s, reasons = score(text)
    assert s < CALM
    assert all(reason.weight < 0 for reason in reasons)
    assert keyword_level(text) == 5


def test_a_negated_loss_counts_nothing() -> None:
    assert score("there was no data loss")[0] == CALM


@pytest.mark.parametrize("text", ["It is not working. Urgent", "not paid, urgent", "I did not get it\nURGENT"])
def test_negation_ends_with_its_clause(text: str) -> None:
    assert score(text)[0] > CALM
    assert keyword_level(text) == 1


def test_shouting_one_word_counts_once() -> None:
    assert score("urgent")[0] == score("urgent " * 10)[0]
    assert score("urgent")[0] < score("urgent asap")[0]


def test_reasons_quote_the_words_as_written() -> None:
    _, reasons = score("Please HELP: data\u00a0LOSS, we can\u2019t wait")
    assert {"data\u00a0LOSS", "can\u2019t wait"} <= {reason.quote for reason in reasons}


def test_accents_may_be_missing() -> None:
    assert score("es crítico")[0] == score("es critico")[0] > CALM


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Server broken, production API returning 500 errors ASAP", 1),
        ("Critical outage", 1),
        ("DRINGEND", 1),
        ("Question about my invoice", 5),
        ("the criticaster", 5),
        ("", 5),
    ],
)
def test_keyword_level(text: str, level: int) -> None:
    assert keyword_level(text) == level


def test_every_cue_is_found_as_itself() -> None:
    for group in GROUPS.values():
        for cue in group.cues.replace("\n", "|").split("|"):
            if cue.strip():
                assert score(cue.replace("*", "x"))[1], cue
    for word in KEYWORDS.replace("\n", "|").split("|"):
        assert not word or keyword_level(word.replace("*", "en")) == 1, word


@pytest.mark.parametrize(
    "text",
    ["not " * 25_000, " " * 100_000, "urgent " * 15_000, "no no urgent " * 8_000, "a" * 100_000, "hack" * 25_000,
     "can't can't " * 8_000, "İ" * 100_000, "at a halt " * 10_000, "nicht-" * 16_000],
    ids=range(10),
)  # fmt: skip
def test_hostile_texts_take_linear_time(text: str) -> None:
    began = time.process_time()
    score(text)
    keyword_level(text)
    # Milliseconds on an idle core; catastrophic backtracking would take minutes.
    assert time.process_time() - began < 5.0


def test_what_stands_behind_the_limit_does_not_count() -> None:
    assert score("x " * (READ_LIMIT // 2) + "hacked")[0] == CALM
