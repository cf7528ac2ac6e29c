"""Makes models/examples.jsonl.gz, from which heads for other encoders are fitted: `python scripts/make_examples.py`.

Takes tickets of the corpus (never those held out), as many of each language, category and level as there are, up to
`MOST` in all. What the light tier says of them comes from folds of the training that made the shipped light bundle.
"""

import argparse
import gzip
import json
from collections import defaultdict
from pathlib import Path

from smart_support.domain.triage import DEFAULT_CATEGORIES
from smart_support.train.corpus import Authored, read_tickets, rows
from smart_support.train.data import LEVELS
from smart_support.train.light import LightFit, fit_light
from smart_support.train.train import folds_of
from smart_support.triage.examples import EXAMPLES
from smart_support.triage.light import load_light

ROOT = Path(__file__).resolve().parent.parent
MOST = 1_200
DIGITS = 4


def chosen(tickets: list[Authored], most: int) -> list[int]:
    """Places of at most so many tickets: one of each language, category and level in turn, in the order of the
    corpus."""
    kinds = defaultdict(list)
    for place, ticket in enumerate(tickets):
        kinds[ticket.language, ticket.category, ticket.level].append(place)
    turns = sorted((turn, place) for places in kinds.values() for turn, place in enumerate(places))
    return sorted(place for _, place in turns[:most])


def content(tickets: list[Authored], light: LightFit, version: str, most: int = MOST) -> bytes:
    """The file. `light` is fitted on these tickets; the same input gives the same bytes."""
    lines: list[dict[str, object]] = [{"labels": list(light.draft.labels), "light": version}]
    for place in chosen(tickets, most):
        ticket = tickets[place]
        lines.append(
            {
                "subject": ticket.text.subject,
                "body": ticket.text.body,
                "category": ticket.category,
                "urgency": LEVELS[ticket.level],
                "sentiment": ticket.sentiment,
                "light_logits": light.logits[place].round(DIGITS).tolist(),
                "light_urgency": round(float(light.urgency[place]), DIGITS),
            }
        )
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--out", type=Path, default=EXAMPLES)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    tickets = [ticket for found in read_tickets(given.corpus).values() for ticket in found]
    labelled = rows(tickets)
    light = fit_light(labelled, DEFAULT_CATEGORIES, folds_of(labelled, given.seed), given.seed, lambda _: None)
    made = content(tickets, light, load_light().version)
    given.out.write_bytes(made)
    print(f"{given.out}: {min(MOST, len(tickets))} tickets, {len(made):,} bytes")


if __name__ == "__main__":
    main()
