"""Preview: which tickets other limits would move, found by going through stored tickets again; nothing is changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.rule import Begun, Joined, Past, Rule
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.window import Sighting
from smart_support.pipeline.storms import StormStore

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Group:
    """Tickets that would be one incident, in dispatch order, and when it would open."""

    opened_at: float
    ticket_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A ticket that the rules as they are put into the incident `before` (None: into none), and changed ones into the
    group at place `after`."""

    ticket_id: str
    before: str | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be: of so many `tickets`, the groups by the time of their opening, and the tickets that would move."""

    tickets: int
    groups: tuple[Group, ...]
    moves: tuple[Move, ...]


def preview(
    store: StormStore,
    rules: Mapping[str, tuple[Rule, Usual]],
    workspace: str,
    since: float,
    change: Callable[[Rule], Rule] = lambda rule: rule,
) -> Preview:
    """Go through the tickets of a workspace that were accepted from `since` on, by the rules and by changed ones.

    Both begin with nothing before `since`, so that they differ by the rules alone. What the rules find now is called by
    the incident that most of its members belong to, or `new`; a group that has most of its members in common with it is
    the same. Raises Unavailable where the store does not answer.
    """
    tickets, groups, now, known = 0, list[Group](), list[Group](), dict[str, str | None]()
    for version, (rule, usual) in rules.items():
        past = store.past(workspace, version, rule.most, rule.bounded)
        chosen = [place for place, sighting in enumerate(past.sightings) if sighting.at >= since]
        sightings = [past.sightings[place] for place in chosen]
        tickets += len(sightings)
        known |= {past.sightings[place].ticket_id: _incident(past.belongs[place]) for place in chosen}
        now += _groups(rule, usual, past.apart, sightings)
        groups += _groups(change(rule), usual, past.apart, sightings)
    groups.sort(key=lambda group: (group.opened_at, group.ticket_ids))
    names = [_most_common([known[name] for name in group.ticket_ids]) or "new" for group in now]
    before = dict.fromkeys(known) | {
        ticket_id: name for group, name in zip(now, names, strict=True) for ticket_id in group.ticket_ids
    }
    return Preview(tickets, tuple(groups), tuple(_moves(groups, before)))


def _incident(belongs: tuple[str, str | None, int] | None) -> str | None:
    return None if belongs is None else belongs[0]


def _groups(rule: Rule, usual: Usual, apart: frozenset[str], sightings: Sequence[Sighting]) -> list[Group]:
    number = iter(range(len(sightings)))
    free = [sighting for sighting in sightings if sighting.ticket_id not in apart]
    detector = Detector(rule, usual, Past((), (), apart, ()), lambda: str(next(number)))
    members: dict[str, list[str]] = {}
    opened: dict[str, float] = {}
    for start in range(0, len(free), _BATCH):
        batch = free[start : start + _BATCH]
        for sighting, verdict in zip(batch, detector.observe(batch), strict=True):
            if isinstance(verdict, Begun):
                opened.setdefault(verdict.incident, sighting.at)
                members.setdefault(verdict.incident, []).extend(name for name, _ in verdict.members)
            if isinstance(verdict, Begun | Joined):
                members[verdict.incident].append(sighting.ticket_id)
    return [Group(opened[name], tuple(found)) for name, found in members.items()]


def _moves(groups: Sequence[Group], before: Mapping[str, str | None]) -> Iterator[Move]:
    after = {name: place for place, group in enumerate(groups) for name in group.ticket_ids}
    same = [_most_common([before[name] for name in group.ticket_ids]) for group in groups]
    for name, incident in before.items():
        place = after.get(name)
        if incident != (None if place is None else same[place]) or (place is not None and incident is None):
            yield Move(name, incident, place)


def _most_common(known: Sequence[str | None]) -> str | None:
    """What more than half of them are."""
    most = max(set(known), key=known.count)
    return most if 2 * known.count(most) > len(known) else None
