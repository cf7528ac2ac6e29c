"""A day of a support team, simulated: who answers what, and how long tickets take and wait."""

import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import mean, pstdev

from smart_support.domain.assignment.problem import Demand, Supply

SECONDS = 8 * 3600.0
_TICK = 5.0
_REGULAR = 30.0
"""The dispatcher is asked at each tick before which a ticket came or ended, and at least every half minute."""

_CATEGORIES = ("Billing", "Technical", "Legal", "General", "Shipping", "Returns", "Access", "Data")
_SHARES = (20, 20, 8, 14, 12, 10, 10, 6)
_LANGUAGES, _LANGUAGE_SHARES = ("en", "de", "es"), (70, 18, 12)
_SPOKEN = (("en", "de", "es"), ("en", "de"), ("en",), ("en", "es"), ("en", "de"))
_CAPACITIES = (4, 3, 5, 4, 6, 4, 5)
_MEDIAN_WORK, _SIGMA = 1_200.0, 0.6
_MEAN_WORK = _MEDIAN_WORK * math.exp(_SIGMA**2 / 2)
_USUAL_MATCH = 0.8

Dispatch = Callable[[Sequence[Demand], Sequence[Supply]], Sequence[tuple[str, str]]]
"""Waiting tickets by arrival, and agents, to pairs of a ticket's and an agent's id."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Comes at `at` (seconds of the day), and takes an expert `work` seconds."""

    demand: Demand
    at: float
    work: float

    def takes(self, proficiency: float) -> float:
        """Seconds: up to 2.5 times an expert's."""
        return self.work / (0.4 + 0.6 * proficiency)

    @property
    def targets(self) -> tuple[float, float]:
        """Seconds from acceptance to the first response (taken as the assignment), and to the end."""
        if self.demand.urgency >= 0.8:
            return 600.0, 5_400.0
        return (1_800.0, 10_800.0) if self.demand.urgency >= 0.5 else (7_200.0, 28_800.0)


@dataclass(frozen=True, slots=True)
class Day:
    """What came of it: the mean proficiency with which tickets met, tickets that missed a target, the longest wait for
    an agent (seconds), and the standard deviation, over the agents, of the mean share of their slots in use."""

    match: float
    breaches: int
    longest: float
    spread: float
    tickets: int


def team(seed: int, number: int = 50) -> list[Supply]:
    """Agents staffed by the traffic: a main category that they know well, one or two others that they know less."""
    chance = random.Random(f"team {seed}")
    made = []
    for place in range(number):
        at, main = (place + 0.5) * sum(_SHARES) / number, 0
        while at >= sum(_SHARES[: main + 1]):
            main += 1
        others = chance.sample([one for one in _CATEGORIES if one != _CATEGORIES[main]], chance.choice((1, 2, 2)))
        skills = {_CATEGORIES[main]: chance.uniform(0.75, 1.0)} | {one: chance.uniform(0.3, 0.8) for one in others}
        languages = frozenset(_SPOKEN[place % len(_SPOKEN)])
        made.append(Supply(f"agent-{place:02}", skills, languages, capacity=_CAPACITIES[place % len(_CAPACITIES)]))
    return made


def stream(seed: int, agents: Sequence[Supply], load: float) -> list[Ticket]:
    """A Poisson process with two peaks, which asks for this share of all slots over the day."""
    chance = random.Random(f"stream {seed}")
    takes = _MEAN_WORK / (0.4 + 0.6 * _USUAL_MATCH)
    highest = max(_rhythm(second) for second in range(0, int(SECONDS), 60))
    rate = load * sum(one.capacity for one in agents) / takes
    at, made = 0.0, list[Ticket]()
    while (at := at + chance.expovariate(rate * highest)) < SECONDS:
        if chance.random() * highest > _rhythm(at):
            continue
        demand = Demand(
            f"ticket-{len(made):05}",
            len(made),
            tuple(chance.choices(_CATEGORIES, _SHARES)),
            chance.betavariate(1.6, 2.4),
            0.0,
            language=chance.choices(_LANGUAGES, _LANGUAGE_SHARES)[0],
        )
        made.append(Ticket(demand, at, _MEDIAN_WORK * math.exp(chance.gauss(0, _SIGMA))))
    return made


def _rhythm(second: float) -> float:
    """The rate relative to the mean: a peak in the third hour, and a lower one in the sixth."""
    hour = second / 3600
    return 0.57 + 0.95 * math.exp(-(((hour - 2.2) / 1.1) ** 2)) + 0.65 * math.exp(-(((hour - 5.6) / 1.2) ** 2))


class _Shift:
    """The agents at work, and what they did."""

    def __init__(self, agents: Sequence[Supply]) -> None:
        self.agents = {one.agent_id: one for one in agents}
        self._ends: list[tuple[float, str]] = []
        self._used = dict.fromkeys(self.agents, 0.0)

    def ended(self, now: float) -> bool:
        """Whether somebody finished a ticket since."""
        some = False
        while self._ends and self._ends[0][0] <= now:
            _, agent_id = heapq.heappop(self._ends)
            self.agents[agent_id] = replace(self.agents[agent_id], load=self.agents[agent_id].load - 1)
            some = True
        return some

    def begin(self, agent_id: str, now: float, takes: float) -> None:
        self.agents[agent_id] = replace(self.agents[agent_id], load=self.agents[agent_id].load + 1)
        heapq.heappush(self._ends, (now + takes, agent_id))
        self._used[agent_id] += max(0.0, min(now + takes, SECONDS) - now)

    @property
    def spread(self) -> float:
        return pstdev(self._used[one.agent_id] / one.capacity / SECONDS for one in self.agents.values())


def day(agents: Sequence[Supply], tickets: Sequence[Ticket], dispatch: Dispatch) -> Day:
    """Run it, until the last ticket has an agent."""
    shift, waiting = _Shift(agents), dict[str, Ticket]()
    matches, waits = list[float](), list[float]()
    now, asked, come, breaches = 0.0, 0.0, 0, 0
    while come < len(tickets) or waiting:
        now += _TICK
        due = shift.ended(now) or now >= asked + _REGULAR
        while come < len(tickets) and tickets[come].at <= now:
            waiting[tickets[come].demand.ticket_id] = tickets[come]
            come, due = come + 1, True
        if not due or not waiting:
            continue
        asked = now
        demands = [_at(ticket, now) for ticket in waiting.values()]
        for ticket_id, agent_id in dispatch(demands, list(shift.agents.values())):
            ticket = waiting.pop(ticket_id)
            matches.append(shift.agents[agent_id].proficiency(ticket.demand.skills))
            waits.append(now - ticket.at)
            takes = ticket.takes(matches[-1])
            response, resolution = ticket.targets
            breaches += waits[-1] > response or waits[-1] + takes > resolution
            shift.begin(agent_id, now, takes)
    return Day(mean(matches), breaches, max(waits), shift.spread, len(tickets))


def _at(ticket: Ticket, now: float) -> Demand:
    waited = now - ticket.at
    return replace(ticket.demand, waited=waited, slack=ticket.targets[0] - waited)
