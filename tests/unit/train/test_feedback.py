"""Corrections become rows to train on."""

from pathlib import Path

import pytest

from smart_support.domain.triage import Text
from smart_support.train.data import DataError, Rows
from smart_support.train.evaluate import evaluate_bundle
from smart_support.train.feedback import WEIGHT, corrected_rows, learnable, with_corrections
from smart_support.train.train import TrainingError, train_bundle
from smart_support.triage.light import load_light


def told(ticket_id: str, category: str | None = None, urgency: float | None = None) -> dict[str, object]:
    """A line of an export."""
    return {"ticket_id": ticket_id, "category": category, "urgency": urgency, "subject": ticket_id, "body": "text"}


def test_a_ticket_is_one_row_and_the_last_word_on_each_counts():
    rows = corrected_rows([told("a", "Legal", 0.9), told("b", urgency=0.2), told("a", "Billing"), told("c", "Legal")])
    assert rows.texts == (Text("a", "text"), Text("b", "text"), Text("c", "text"))
    assert rows.labels == ("Billing", "", "Legal")
    assert rows.urgency == (0.9, 0.2, None)


def test_feedback_that_corrects_nothing_teaches_nothing():
    with pytest.raises(DataError, match="feedback"):
        corrected_rows([told("a")])


def test_beside_other_rows_corrections_weigh_more_and_have_the_last_word_on_a_text():
    corrected = corrected_rows([told("a", "Legal"), told("b", urgency=0.2)])
    both = with_corrections(
        Rows((Text("a", "text"), Text("b", "text"), Text("x", "")), ("Billing", "General", "Legal"), (0.5, 0.6, 0.7)),
        corrected,
    )
    assert both == Rows(
        (Text("x", ""), Text("a", "text"), Text("b", "text")),
        ("Legal", "Legal", "General"),
        (0.7, 0.5, 0.2),
        weights=(1.0, WEIGHT, WEIGHT),
    )


def test_categories_that_cannot_be_learned_teach_urgency_at_most():
    corrected = corrected_rows(
        [
            told("a", "Gone", 0.9),
            told("b", "Gone"),
            told("c", "Rare"),
            told("d", "Legal"),
            told("e", "Legal"),
            told("f"),
        ]
    )
    learned, left_out = learnable(corrected, ["Legal", "Rare"])
    assert left_out == {"Gone": 2, "Rare": 1}
    assert learned == Rows(
        (Text("a", "text"), Text("d", "text"), Text("e", "text")), ("", "Legal", "Legal"), (0.9, None, None)
    )


def test_a_category_counts_as_known_and_as_frequent_by_the_other_rows_too():
    corrected = corrected_rows([told("a", "Sales"), told("b", "Returns")])
    ours = Rows((Text("x", ""), Text("b", "text")), ("Sales", "Returns"))
    learned, left_out = learnable(corrected, [], ours)
    assert (learned.labels, left_out) == (("Sales",), {"Returns": 1}), "the text of b stands on both sides: one row"
    assert with_corrections(ours, learned).labels == ("Sales", "Returns", "Sales")


def test_a_map_renames_what_people_said():
    assert corrected_rows([told("a", "Old"), told("b", "Legal")], {"Old": "New"}).labels == ("New", "Legal")


def topics(count: int) -> Rows:
    """Tickets whose category is told by their first word alone."""
    words = {"Billing": "invoice", "Technical": "server"}
    rows = [(Text(word, f"filler{n}"), label) for n in range(count) for label, word in words.items()]
    return Rows(tuple(text for text, _ in rows), tuple(label for _, label in rows))


def test_rows_without_a_label_teach_urgency_and_no_category(tmp_path: Path):
    levels = {"flames": 0.95, "feather": 0.1}
    urgent = [(Text("", f"{word} filler{n}"), value) for n in range(40) for word, value in levels.items()]
    only = Rows(tuple(text for text, _ in urgent), ("",) * 80, tuple(value for _, value in urgent))
    trained = train_bundle(topics(20) + only, tmp_path / "b")
    assert trained.head
    assert trained.category.rows == 40
    model = load_light(trained.path)
    assert model.labels == ("Billing", "Technical")
    high, low = model.triage([Text("", "flames"), Text("", "feather")])
    assert high.urgency > low.urgency + 0.3
    assert evaluate_bundle(model, topics(5)).category.accuracy == 1.0
    with pytest.raises(TrainingError, match="two categories"):
        train_bundle(only, tmp_path / "c")


def test_what_weighs_more_wins_where_rows_disagree(tmp_path: Path):
    ours = Rows((Text("", "zebra"),) * 6, ("Billing",) * 6)
    corrected = Rows((Text("zebra", ""),) * 4, ("Technical",) * 4)
    said = {}
    for name, rows in (("plain", ours + corrected), ("weighted", with_corrections(ours, corrected))):
        model = load_light(train_bundle(topics(20) + rows, tmp_path / name).path)
        said[name] = model.triage([Text("", "zebra")])[0].category
    assert said == {"plain": "Billing", "weighted": "Technical"}
