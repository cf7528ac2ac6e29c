"""Streams of tickets with the truth about each: a flood around one incident, or a day with several.

All follows from the seed (and the version of numpy). Everyday traffic stays the same whatever storms are asked for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Text
from smart_support.simulator.families import Family, families
from smart_support.simulator.texts import everyday, phrased

Floats = npt.NDArray[np.float64]
Kind = Literal["base", "report", "look-alike", "copy"]

SWING, RISE_HOUR = 0.8, 8.0
"""The day's rhythm: by how much of their mean the tickets an hour rise and fall, and when they are at it, rising."""

_HOUR = 3_600.0
_SHAPE, _SCALE_SECONDS, _SCALES = 1.2, 270.0, 10.0
_COPY_SECONDS = 60.0
_SHOWN = "en"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A ticket, `at` seconds after the stream begins, and what it is.

    A `copy` repeats a report of its storm letter by letter. `family` is the incident that a report or copy is about
    and that a look-alike only resembles; base traffic has none.
    """

    at: float
    subject: str
    body: str
    family: str | None
    kind: Kind


def rate(at: Floats, others_per_hour: float) -> Floats:
    """Everyday tickets an hour, `at` seconds after midnight: most at 14:00, fewest at 02:00.

    rate(t) = mean * (1 + 0.8 * sin(2 pi * (t - 8 h) / 24 h))
    """
    return others_per_hour * (1.0 + SWING * np.sin(2.0 * np.pi * (at / _HOUR - RISE_HOUR) / 24.0))


def flood(
    seed: int,
    family: Family | None = None,
    *,
    reports: int = 60,
    seconds: float = 1_800.0,
    others_per_hour: float = 120.0,
    look_alikes: int = 6,
    copies: int = 10,
) -> list[Arrival]:
    """One storm (of any family, where none is given) in even traffic, by time, all within [0, seconds].

    It breaks out after a tenth of the time. Copies come beside the reports, and need one to repeat.
    """
    rng = np.random.default_rng(seed)
    for_base, for_storm = rng.spawn(2)
    if family is None:
        family = families()[rng.integers(len(families()))]
    arrivals = _base(for_base, _even(for_base, others_per_hour, seconds))
    arrivals += _storm(for_storm, family, seconds / 10.0, seconds, reports, look_alikes, copies)
    return sorted(arrivals, key=lambda arrival: arrival.at)


def burst(seed: int, tickets: int, seconds: float) -> list[tuple[float, Text]]:
    """Exactly so many tickets within [0, seconds], by time: most report one incident of any family, each tenth repeats
    such a report, a few resemble it, and each twentieth is an everyday one, evenly in time.

    It is for showing a system that may have seen nothing before and so knows no usual traffic: with the reports in one
    language such a one sees one incident and a few fragments of it, with all languages as many as there are phrasings.
    """
    rng = np.random.default_rng(seed)
    for_base, for_storm = rng.spawn(2)
    family = families()[rng.integers(len(families()))]
    family = replace(family, reports=tuple(said for said in family.reports if said.language == _SHOWN))
    copies, look_alikes, others = tickets // 10, min(6, tickets // 20), tickets // 20
    arrivals = _base(for_base, for_base.uniform(0.0, seconds, others))
    reports = tickets - copies - look_alikes - others
    arrivals += _storm(for_storm, family, seconds / 10.0, seconds, reports, look_alikes, copies)
    by_time = sorted(arrivals, key=lambda arrival: arrival.at)
    return [(arrival.at, Text(arrival.subject, arrival.body)) for arrival in by_time]


def day(
    seed: int,
    among: Sequence[Family] | None = None,
    *,
    hours: float = 24.0,
    storms: int = 3,
    reports: int = 40,
    others_per_hour: float = 40.0,
    look_alikes: int = 6,
    copies: int = 5,
) -> list[Arrival]:
    """Traffic in the rhythm of the day (`rate`), from midnight on, with storms at any time, by time.

    Storms may overlap; each is of a family of its own `among` these (default: all but the held out), so that a family
    is one incident. One has `reports`, give or take half of them. Raises ValueError where there are too few families.
    """
    among = families() if among is None else among
    if storms > len(among):
        raise ValueError(f"{storms} storms need as many families; there are {len(among)}")
    end = hours * _HOUR
    rng = np.random.default_rng(seed)
    for_base, *for_storms = rng.spawn(1 + storms)
    arrivals = _base(for_base, _rhythmic(for_base, others_per_hour, end))
    for own, place in zip(for_storms, rng.permutation(len(among)), strict=False):
        starts = own.uniform(0.0, max(end - _SCALES * _SCALE_SECONDS, end / 2.0))
        size = int(own.integers((reports + 1) // 2, reports + reports // 2, endpoint=True))
        arrivals += _storm(own, among[place], starts, end, size, look_alikes, copies)
    return sorted(arrivals, key=lambda arrival: arrival.at)


def labelled(arrivals: Iterable[Arrival]) -> Iterator[dict[str, Any]]:
    """The stream as `replay` reads it, times in seconds, each ticket with its label {kind, family}."""
    for number, arrival in enumerate(arrivals, 1):
        yield {
            "id": f"sim-{number:06}",
            "subject": arrival.subject,
            "body": arrival.body,
            "received_at": round(arrival.at, 3),
            "label": {"kind": arrival.kind, "family": arrival.family},
        }


def _even(rng: np.random.Generator, per_hour: float, seconds: float) -> Floats:
    """Times of a Poisson process, in no order."""
    return rng.uniform(0.0, seconds, rng.poisson(per_hour * seconds / _HOUR))


def _rhythmic(rng: np.random.Generator, others_per_hour: float, seconds: float) -> Floats:
    """The same at a changing rate: of a process at the highest one, what its share at each time leaves (thinning)."""
    peak = others_per_hour * (1.0 + SWING)
    times = _even(rng, peak, seconds)
    kept: Floats = times[rng.random(len(times)) * peak < rate(times, others_per_hour)]
    return kept


def _base(rng: np.random.Generator, times: Floats) -> list[Arrival]:
    return _arrivals(times, everyday(rng, len(times)), None, "base")


def _storm(
    rng: np.random.Generator, family: Family, starts: float, end: float, reports: int, look_alikes: int, copies: int
) -> list[Arrival]:
    """Reports come fastest after a minute, six of ten within five, the last after half an hour (gamma-distributed).

    Where less time is left, all this is quicker. Look-alikes come within an hour of the outbreak, before and after, and
    a copy a minute or so after what it repeats.
    """
    left = end - starts
    delays = rng.gamma(_SHAPE, min(_SCALE_SECONDS, left / _SCALES), reports) % left  # the rare later one comes early
    told = _arrivals(starts + delays, phrased(rng, family.reports, reports), family, "report")
    around = rng.uniform(max(0.0, starts - _HOUR), min(end, starts + _HOUR), look_alikes)
    alike = _arrivals(around, phrased(rng, family.look_alikes, look_alikes), family, "look-alike")
    repeated = [told[rng.integers(len(told))] for _ in range(copies)]
    later = rng.exponential(_COPY_SECONDS, copies)
    again = [replace(a, at=min(a.at + float(by), end), kind="copy") for a, by in zip(repeated, later, strict=True)]
    return told + alike + again


def _arrivals(times: Floats, texts: list[Text], family: Family | None, kind: Kind) -> list[Arrival]:
    name = family.name if family else None
    return [Arrival(at, text.subject, text.body, name, kind) for at, text in zip(times.tolist(), texts, strict=True)]
