"""What an assignment is made from, and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Demand:
    """A ticket that waits for an agent.

    `order` is its place in the dispatch order. An agent needs all of `skills` (the category, and tags that a rule asks
    for), the `language` and the `team`, where these are not None, and is not `barred` (he declined it, or a rule
    forbids it). `urgency` is S in [0, 1], `waited` the seconds since acceptance. `slack` is the open seconds until the
    next SLA target, negative after the breach, None without a target. `preferred` has the customer's other tickets.
    `boost` is what a rule adds to the priority.
    """

    ticket_id: str
    order: int
    skills: tuple[str, ...]
    urgency: float
    waited: float
    slack: float | None = None
    language: str | None = None
    team: str | None = None
    preferred: str | None = None
    barred: frozenset[str] = frozenset()
    boost: float = 0.0


@dataclass(frozen=True, slots=True)
class Supply:
    """An agent as he stands now.

    `skills` are proficiencies in [0, 1], 0 and absence both mean "cannot". No `languages`: any. He holds `load` tickets
    of at most `capacity`. `absences` say why he takes nothing now ("offline", "away", "wrap_up",
    "outside working hours"), none of them that he is there.
    """

    agent_id: str
    skills: Mapping[str, float]
    languages: frozenset[str] = frozenset()
    team: str | None = None
    capacity: int = 1
    load: int = 0
    absences: tuple[str, ...] = ()

    @property
    def free(self) -> int:
        """How many tickets he may be given now."""
        return max(0, self.capacity - self.load) if not self.absences else 0

    def speaks(self, language: str | None) -> bool:
        return language is None or not self.languages or language in self.languages

    def proficiency(self, skills: tuple[str, ...]) -> float:
        """What he is worth for a ticket that needs all of these: the least of his proficiencies; 1 where none is."""
        return min((self.skills.get(skill, 0.0) for skill in skills), default=1.0)


@dataclass(frozen=True, slots=True)
class Step:
    """From `after` seconds of waiting on, an agent needs at least `share` of the best candidate's proficiency."""

    after: float
    share: float


@dataclass(frozen=True, slots=True)
class Policy:
    """How tickets are ranked (`assignment.priority`), who is good enough (`assignment.eligibility`), and what an
    assignment costs (`assignment.cost`); each formula stands there.

    `steps` go by rising `after`, from 0 on, and by falling `share`. Times are seconds. Weights of the rank are in units
    of S, others in units of `skill_weight`; how they were chosen stands in docs/decisions/0018-assignment.md.
    """

    steps: tuple[Step, ...] = (Step(0.0, 0.6), Step(300.0, 0.3), Step(900.0, 0.0))
    age_seconds: float = 400.0
    sla_weight: float = 1.0
    sla_seconds: float = 600.0
    critical_from: float = 0.8
    critical_weight: float = 5.0
    skill_weight: float = 1.0
    urgent_weight: float = 0.5
    relaxed_weight: float = 0.1
    preferred_weight: float = 2.0
    load_weight: float = 1.1

    def __post_init__(self) -> None:
        if not self.steps or self.steps[0].after != 0:
            raise ValueError("the first step of relaxation begins at 0 seconds")
        for one, other in pairwise(self.steps):
            if one.after >= other.after or one.share < other.share:
                raise ValueError("steps of relaxation come one after the other, and ask for less and less")
        if not all(0 <= step.share <= 1 for step in self.steps):
            raise ValueError("a step of relaxation asks for a share in 0 to 1")
        if min(self.age_seconds, self.sla_seconds) <= 0:
            raise ValueError("age_seconds and sla_seconds are above 0")
        if not 0 <= self.critical_from <= 1:
            raise ValueError(f"critical_from is {self.critical_from}; it is an S in 0 to 1")
        ranking = ("critical_weight", "sla_weight")
        names = (*ranking, "skill_weight", "urgent_weight", "relaxed_weight", "preferred_weight", "load_weight")
        if wrong := [name for name in names if not 0 <= getattr(self, name) <= 1000]:
            raise ValueError(f"a weight lies in 0 to 1000: {', '.join(wrong)}")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an assignment costs, by cause; `preferred` is 0 or below it."""

    skill: int
    relaxed: int
    preferred: int
    load: int

    @property
    def total(self) -> int:
        return self.skill + self.relaxed + self.preferred + self.load

    @property
    def reason(self) -> str:
        """Why he, in a word: he has the customer's other tickets (`preferred`), is good enough because the ticket has
        waited (`relaxed`), or was so from the start (`skill`)."""
        if self.preferred:
            return "preferred"
        return "relaxed" if self.relaxed else "skill"


@dataclass(frozen=True, slots=True)
class Assigned:
    """A ticket given to an agent."""

    ticket_id: str
    agent_id: str
    parts: Parts

    @property
    def cost(self) -> int:
        return self.parts.total


@dataclass(frozen=True, slots=True)
class Plan:
    """What one tick decides: `assigned` and `left` (tickets without an agent), both from the highest rank down."""

    assigned: tuple[Assigned, ...] = ()
    left: tuple[str, ...] = field(default=())

    @property
    def cost(self) -> int:
        return sum(one.cost for one in self.assigned)
