"""Corrections as rows to train on, from an export of feedback (`GET /v2/feedback/export`).

A ticket is one row, whatever was said of it: of several corrections of its category the last one counts, and so of its
urgency. One that was corrected in category alone teaches categories alone, one in urgency alone urgency alone. Feedback
that speaks of neither teaches nothing.

Beside other rows a correction counts for `WEIGHT` of them: it is of the user's own kind, and it stands where a model
was wrong. Alone, all count the same. A row of the other data that has the very text of a corrected ticket takes the
correction's label and urgency where there is one, and so is no second opinion.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from smart_support.domain.triage import Text
from smart_support.train.data import DataError, Rows

WEIGHT = 3.0


def corrected_rows(examples: Iterable[Mapping[str, Any]]) -> Rows:
    """One row for each corrected ticket, from an export's objects in their order. Raises DataError without any."""
    texts: dict[str, Text] = {}
    labels: dict[str, str] = {}
    urgency: dict[str, float] = {}
    for example in examples:
        ticket_id = example["ticket_id"]
        texts[ticket_id] = Text(example["subject"], example["body"])
        if example["category"] is not None:
            labels[ticket_id] = example["category"]
        if example["urgency"] is not None:
            urgency[ticket_id] = float(example["urgency"])
    known = [ticket_id for ticket_id in texts if ticket_id in labels or ticket_id in urgency]
    if not known:
        raise DataError("No ticket was corrected yet: POST /v2/tickets/{id}/feedback does it.")
    return Rows(
        tuple(texts[ticket_id] for ticket_id in known),
        tuple(labels.get(ticket_id, "") for ticket_id in known),
        tuple(urgency.get(ticket_id) for ticket_id in known),
    )


def with_corrections(rows: Rows, corrected: Rows) -> Rows:
    """Both together, the corrections weighted and with the last word on a text that stands on both sides."""
    places = {text: place for place, text in enumerate(corrected.texts)}
    labels, urgency = list(corrected.labels), list(corrected.urgency)
    kept = []
    for row, text in enumerate(rows.texts):
        place = places.get(text)
        if place is None:
            kept.append(row)
            continue
        labels[place] = labels[place] or rows.labels[row]
        urgency[place] = rows.urgency[row] if urgency[place] is None else urgency[place]
    weights = (WEIGHT,) * len(corrected.texts)
    return rows.take(kept) + replace(corrected, labels=tuple(labels), urgency=tuple(urgency), weights=weights)
