"""What the corpus promises to whoever trains on it."""

import re
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from smart_support.train.corpus import Authored, read_incidents, read_tickets, rows
from smart_support.train.data import DataError
from smart_support.triage.taxonomy_file import load

CORPUS = Path(__file__).parents[3] / "corpus"


@pytest.fixture(scope="module")
def trains() -> list[Authored]:
    return [ticket for found in read_tickets(CORPUS).values() for ticket in found]


@pytest.fixture(scope="module")
def judges() -> list[Authored]:
    return [ticket for found in read_tickets(CORPUS, held_out=True).values() for ticket in found]


def letters(ticket: Authored) -> str:
    return re.sub(r"\W+", " ", f"{ticket.text.subject} {ticket.text.body}".lower()).strip()


def test_every_desk_level_and_language_is_there(trains: list[Authored]) -> None:
    assert len(trains) >= 1_500
    cells = Counter((ticket.category, ticket.level) for ticket in trains)
    assert all(cells[cell] >= 40 for cell in product(load().names, range(4)))
    languages = Counter(ticket.language for ticket in trains)
    assert all(languages[language] >= 150 for language in ("en", "de", "es", "fr", "pt"))


def test_no_ticket_is_there_twice(trains: list[Authored], judges: list[Authored]) -> None:
    said = [letters(ticket) for ticket in (*trains, *judges)]
    assert len(set(said)) == len(said)
    ids = [ticket.id for ticket in (*trains, *judges)]
    assert len(set(ids)) == len(ids)


def test_what_judges_is_no_near_copy_of_what_trains(trains: list[Authored], judges: list[Authored]) -> None:
    def grams(ticket: Authored) -> set[str]:
        text = letters(ticket)
        return {text[place : place + 5] for place in range(len(text) - 4)}

    known = [grams(ticket) for ticket in trains]
    holders: dict[str, list[int]] = {}
    for place, found in enumerate(known):
        for gram in found:
            holders.setdefault(gram, []).append(place)
    for judge in judges:
        own = grams(judge)
        if len(own) > 12:
            # Who shares half of all grams shares one of the rarer half.
            rare = sorted(own, key=lambda gram: len(holders.get(gram, ())))[: len(own) // 2 + 1]
            others = {place for gram in rare for place in holders.get(gram, ())}
            assert all(len(own & known[other]) < 0.5 * len(own | known[other]) for other in others), judge.id


def test_tone_is_judged_by_pairs(judges: list[Authored]) -> None:
    pairs: dict[str, dict[int, Authored]] = {}
    for ticket in judges:
        if ticket.pair.startswith("tone-"):
            pairs.setdefault(ticket.pair, {})[3 if ticket.level == 3 else 0] = ticket
    assert len(pairs) >= 60
    for pair in pairs.values():
        assert pair[0].sentiment < 0 <= pair[3].sentiment + 0.5


def test_incidents_have_many_voices_and_look_alikes() -> None:
    incidents = read_incidents(CORPUS)
    assert len(incidents) >= 100
    assert all(len(incident.reports) >= 8 and len(incident.look_alikes) >= 3 for incident in incidents)


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"id": "a", "subject": "s", "body": "b", "category": "Legal", "language": "en"}',
        '{"id": "a", "subject": "s", "body": "b", "category": "Legal", "urgency_level": 4, "language": "en"}',
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.jsonl").write_text(f"{line}\n")
    with pytest.raises(DataError, match=r"bad\.jsonl"):
        read_tickets(tmp_path)


def test_rows_keep_pairs_together(judges: list[Authored]) -> None:
    assert rows(judges).groups == tuple(ticket.pair for ticket in judges)
