"""Corrections as rows to train on, from an export of feedback (`GET /v2/feedback/export`).

A ticket is one row, whatever was said of it: of several corrections of its category the last one counts, and so of its
urgency. One that was corrected in category alone teaches categories alone, one in urgency alone urgency alone. Feedback
that speaks of neither teaches nothing.

Beside other rows a correction counts for `WEIGHT` of them: it is of the user's own kind, and it stands where a model
was wrong. Alone, all count the same. A row of the other data that has the very text of a corrected ticket takes the
correction's label and urgency where there is one, and so is no second opinion.

Corrections outlive taxonomies: a category that is known no more, or too rare to learn, teaches nothing
(`learnable`), and what the same ticket says of urgency still counts.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from smart_support.domain.triage import Text
from smart_support.train.data import FEWEST, DataError, Rows

WEIGHT = 3.0


def corrected_rows(examples: Iterable[Mapping[str, Any]], categories: Mapping[str, str] | None = None) -> Rows:
    """One row for each corrected ticket, from an export's objects in their order. A category that `categories` maps is
    what it maps to. Raises DataError without any correction."""
    mapped = categories or {}
    texts: dict[str, Text] = {}
    labels: dict[str, str] = {}
    urgency: dict[str, float] = {}
    for example in examples:
        ticket_id = example["ticket_id"]
        texts[ticket_id] = Text(example["subject"], example["body"])
        if example["category"] is not None:
            labels[ticket_id] = mapped.get(example["category"], example["category"])
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


def learnable(corrected: Rows, taxonomy: Collection[str], rows: Rows | None = None) -> tuple[Rows, Counter[str]]:
    """The corrections that can be learned from, beside `rows` where there are any; and how many have which category
    that cannot be: it is in neither the taxonomy nor the rows, or it has fewer than `FEWEST` rows in all."""
    ours = [] if rows is None else list(zip(rows.texts, rows.labels, strict=True))
    known = {*taxonomy, *(label for _, label in ours)}
    overruled = {text for text, label in zip(corrected.texts, corrected.labels, strict=True) if label in known}
    counts = Counter(corrected.labels) + Counter(label for text, label in ours if text not in overruled)
    left_out = Counter(label for label in corrected.labels if label and (label not in known or counts[label] < FEWEST))
    labels = tuple("" if label in left_out else label for label in corrected.labels)
    taught = [place for place, label in enumerate(labels) if label or corrected.urgency[place] is not None]
    return replace(corrected, labels=labels).take(taught), left_out


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
