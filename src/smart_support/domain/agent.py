"""Who solves tickets, and who was given which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AgentStatus(StrEnum):
    """Only an agent who is online is given tickets."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"
    WRAP_UP = "wrap_up"


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who solves tickets.

    `skills` maps a category (or a free tag) to a proficiency in [0, 1]; 0 and absence both mean "cannot".
    `capacity` is how many tickets he may hold at once (0 or more); `languages` are ISO 639-1 codes.
    """

    workspace: str
    id: str
    skills: Mapping[str, float] = field(default_factory=dict)
    capacity: int = 1
    languages: tuple[str, ...] = ()
    status: AgentStatus = AgentStatus.ONLINE
    team: str | None = None

    def __post_init__(self) -> None:
        if self.capacity < 0:
            raise ValueError(f"agent {self.id}: capacity {self.capacity} is below 0")
        wrong = {name: level for name, level in self.skills.items() if not 0.0 <= level <= 1.0}
        if wrong:
            raise ValueError(f"agent {self.id}: a proficiency lies in 0 to 1, not {wrong}")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A ticket given to an agent at a time (UTC epoch seconds), with the reason in words."""

    workspace: str
    ticket_id: str
    agent_id: str
    at: float
    reason: str
