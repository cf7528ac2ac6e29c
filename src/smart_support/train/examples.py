"""Makes the file of `triage.examples`, from tickets of the corpus."""

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence

from smart_support.train.corpus import Authored, rows
from smart_support.train.light import fit_light
from smart_support.train.priority import LEVELS
from smart_support.train.train import folds_of

MOST = 1_200
"""Tickets in the file: enough for a linear head, and read in half a minute."""

_DIGITS = 4


def make_examples(tickets: Sequence[Authored], labels: Sequence[str], light: str, most: int = MOST) -> bytes:
    """The file, of at most so many tickets, balanced over language, category and level.

    `light` is the version of the light model that `train_bundle` makes of these tickets with seed 0; what it says of
    each is taken from its folds. The same input gives the same bytes.
    """
    labelled = rows(tickets)
    fit = fit_light(labelled, tuple(labels), folds_of(labelled, 0), 0, lambda _: None)
    lines: list[dict[str, object]] = [{"labels": list(labels), "light": light}]
    for place in _balanced(tickets, most):
        ticket = tickets[place]
        lines.append(
            {
                "subject": ticket.text.subject,
                "body": ticket.text.body,
                "category": ticket.category,
                "urgency": LEVELS[ticket.level],
                "sentiment": ticket.sentiment,
                "light_logits": fit.logits[place].round(_DIGITS).tolist(),
                "light_urgency": round(float(fit.urgency[place]), _DIGITS),
            }
        )
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def _balanced(tickets: Sequence[Authored], most: int) -> list[int]:
    """One ticket of each language, category and level in turn, until there are enough; in the order of the corpus."""
    kinds = defaultdict(list)
    for place, ticket in enumerate(tickets):
        kinds[ticket.language, ticket.category, ticket.level].append(place)
    turns = sorted((turn, place) for places in kinds.values() for turn, place in enumerate(places))
    return sorted(place for _, place in turns[:most])
