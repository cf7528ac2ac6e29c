"""Streams of tickets whose truth is known, to look for storms in, and the score of what was found."""

import csv
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bench.rows import data_file
from bench.storm_peers import Group
from smart_support.domain.triage import Text
from smart_support.simulator.families import Phrasing, families
from smart_support.simulator.traffic import day

LOOK_ALIKE = "look-alike"

Event = tuple[float, Text, str | None]
"""When it came, what it says, and which incident it is about; LOOK_ALIKE where it only resembles one."""

HOUR, DAY = 3_600.0, 86_400.0
BURST = (date(2015, 6, 23), date(2015, 6, 25))
"""Of comcast: the first and the last day."""

_AT_A_TIME = 5
_FIRST, _EVERY, _LAST = 3_900.0, 600.0, 280.0
_OF_EVENT, _SPAN = 200, 6.0


@dataclass(frozen=True, slots=True)
class Outage:
    """An incident in the words of many, and what only resembles it."""

    name: str
    reports: Sequence[Text]
    look_alikes: Sequence[Text]


@dataclass(slots=True)
class Score:
    """What a detector made of streams. A false incident is one whose reports, of whatever outage, are less than half
    of it; another is about the outage that most of its reports are about. `before` are the reports of that up to the
    opening of each, `purity` their shares of each."""

    outages: int = 0
    found: int = 0
    incidents: int = 0
    false: int = 0
    drawn: int = 0
    look_alikes: int = 0
    recall: list[float] = field(default_factory=list)
    purity: list[float] = field(default_factory=list)
    before: list[int] = field(default_factory=list)

    def add(self, groups: Sequence[Group], events: Sequence[Event]) -> None:
        """One stream."""
        labels = [label for _, _, label in events]
        names = sorted({label for label in labels if label is not None and label != LOOK_ALIKE})
        taken = dict.fromkeys(names, 0)
        for group in groups:
            members = [labels[place] for place in group.places]
            counts = {name: members.count(name) for name in names}
            self.drawn += members.count(LOOK_ALIKE)
            if 2 * sum(counts.values()) < len(members):
                self.false += 1
                continue
            top = max(names, key=counts.__getitem__)
            taken[top] += counts[top]
            self.purity.append(counts[top] / len(members))
            self.before.append(sum(label == top and at <= group.opened_at for at, _, label in events))
        self.outages += len(names)
        self.found += sum(number > 0 for number in taken.values())
        self.incidents += len(groups)
        self.look_alikes += labels.count(LOOK_ALIKE)
        self.recall += [number / labels.count(name) for name, number in taken.items()]


def in_second_hour(seed: int, outages: Sequence[Outage], others: Sequence[Text], rate: int) -> list[Event]:
    """Two hours of so many others an hour; from minute 65 on an outage begins every ten minutes."""
    rng = random.Random(seed)
    events = _others(rng, others, rate, 2.0)
    for number, outage in enumerate(outages):
        events += _told(rng, outage, _FIRST + _EVERY * number)
    return _by_time(events)


def in_first_minutes(seed: int, outages: Sequence[Outage], others: Sequence[Text], rate: int) -> Iterator[list[Event]]:
    """For each outage an hour of its own; it begins in the first ten minutes."""
    rng = random.Random(seed)
    for outage in outages:
        yield _by_time(_others(rng, others, rate, 1.0) + _told(rng, outage, rng.uniform(0.0, 600.0)))


def development(data_dir: Path) -> list[list[Outage]]:
    """The outages of storms_dev, which fit into one stream; raises DataAbsent."""
    lines = data_file(data_dir, "storms_dev.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[str, tuple[list[Text], list[Text]]] = {}
    for line in map(json.loads, lines):
        reports, look_alikes = found.setdefault(line["incident"] or line["lookalike_of"], ([], []))
        (reports if line["incident"] else look_alikes).append(Text("", line["text"]))
    return [[Outage(name, *texts) for name, texts in found.items()]]


def held_out() -> list[list[Outage]]:
    """The simulator's families that nothing was tuned on, as many together as fit into one stream."""
    outages = [Outage(one.name, _texts(one.reports), _texts(one.look_alikes)) for one in families(held_out=True)]
    return [outages[start : start + _AT_A_TIME] for start in range(0, len(outages), _AT_A_TIME)]


def quiet_week(seed: int) -> list[Event]:
    """Everyday tickets of the simulator."""
    arrivals = day(seed, storms=0, hours=168.0, others_per_hour=40.0)
    return [(arrival.at, Text(arrival.subject, arrival.body), None) for arrival in arrivals]


def quiet_day(seed: int, texts: Sequence[Text], rate: int) -> list[Event]:
    """So many of the texts an hour, in random order, none a second time before all have come."""
    rng = random.Random(seed)
    number = 24 * rate
    chosen = [text for _ in range(0, number, len(texts)) for text in rng.sample(texts, len(texts))][:number]
    return list(zip(sorted(rng.uniform(0.0, DAY) for _ in chosen), chosen, [None] * number, strict=True))


def banking77(data_dir: Path) -> list[Text]:
    """The queries of its test part; raises DataAbsent."""
    return [Text("", row["text"]) for row in table(data_file(data_dir, "banking77/test.csv"))]


def comcast(data_dir: Path, seed: int, day_seconds: float = DAY) -> list[Event]:
    """Complaints by day, at any time of it, those of `BURST` labelled so; raises DataAbsent."""
    rng = random.Random(seed)
    events: list[Event] = []
    for row in table(data_file(data_dir, "comcast/comcast_complaints.csv")):
        on = date.fromisoformat(row["date_iso"])
        if on.day <= 12:  # such a date has its month and its day the wrong way round: all are of April to June
            on = on.replace(month=on.day, day=on.month)
        at = ((on - date(2015, 4, 1)).days + rng.random()) * day_seconds
        events.append((at, Text("", row["Customer Complaint"]), "burst" if BURST[0] <= on <= BURST[1] else None))
    return _by_time(events)


def crisislex(data_dir: Path, seed: int) -> list[Event]:
    """Tweets about each event within an hour, which begins at any time within the first five; raises DataAbsent."""
    rng = random.Random(seed)
    of_event: dict[str, list[Text]] = {}
    for row in table(data_file(data_dir, "crisislex_t26/crisislex_t26_no_retweets.csv")):
        if row["Informativeness"].startswith("Related"):
            of_event.setdefault(row["event"], []).append(Text("", row["Tweet Text"]))
    events: list[Event] = []
    for name, texts in of_event.items():
        begin = rng.uniform(0.0, (_SPAN - 1.0) * HOUR)
        chosen = rng.sample(texts, min(_OF_EVENT, len(texts)))
        events += [(begin + rng.uniform(0.0, HOUR), text, name) for text in chosen]
    return _by_time(events)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _others(rng: random.Random, texts: Sequence[Text], rate: int, hours: float) -> list[Event]:
    return [(rng.uniform(0.0, hours * HOUR), text, None) for text in rng.sample(texts, int(rate * hours))]


def _told(rng: random.Random, outage: Outage, begin: float) -> list[Event]:
    said: Mapping[str, Sequence[Text]] = {outage.name: outage.reports, LOOK_ALIKE: outage.look_alikes}
    return [(begin + rng.uniform(0.0, _LAST), text, label) for label, texts in said.items() for text in texts]


def _by_time(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event[0])


def _texts(said: Sequence[Phrasing]) -> list[Text]:
    return [Text("", one.text) for one in said]
