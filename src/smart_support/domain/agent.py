"""Who solves tickets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from smart_support.domain.calendar import WeeklyHours


class AgentStatus(StrEnum):
    """Only an agent who is online is given tickets. Away he keeps what he has, offline only what he has begun."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"
    WRAP_UP = "wrap_up"


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who solves tickets. Times are UTC epoch seconds.

    `skills` maps a category (or a free tag) to a proficiency in [0, 1]; 0 and absence both mean "cannot".
    `capacity` is how many tickets he may hold at once (0 or more); `languages` are ISO 639-1 codes, none of them: any.
    Without `hours` he works at any time. `heartbeat_at` is his last one; who never sent one is never away by silence.
    `before_silence` is the status that a heartbeat brings back, where silence took it from him.
    """

    workspace: str
    id: str
    name: str | None = None
    skills: Mapping[str, float] = field(default_factory=dict)
    capacity: int = 1
    languages: tuple[str, ...] = ()
    team: str | None = None
    hours: WeeklyHours | None = None
    status: AgentStatus = AgentStatus.ONLINE
    heartbeat_at: float | None = None
    before_silence: AgentStatus | None = None

    def __post_init__(self) -> None:
        if self.capacity < 0:
            raise ValueError(f"agent {self.id}: capacity {self.capacity} is below 0")
        wrong = {name: level for name, level in self.skills.items() if not 0.0 <= level <= 1.0}
        if wrong:
            raise ValueError(f"agent {self.id}: a proficiency lies in 0 to 1, not {wrong}")

    @property
    def silent(self) -> bool:
        """Whether silence made him what he is."""
        return self.before_silence is not None

    def standing(self, status: AgentStatus) -> "Agent":
        """As he says himself that he is. Whoever says that he is there need not say it again and again, unless he
        begins to."""
        heartbeat_at = None if status is AgentStatus.ONLINE else self.heartbeat_at
        return replace(self, status=status, before_silence=None, heartbeat_at=heartbeat_at)

    def beating(self, at: float) -> "Agent":
        """After a heartbeat: what he was before silence took it from him."""
        return replace(self, status=self.before_silence or self.status, before_silence=None, heartbeat_at=at)

    def absences(self, at: float) -> tuple[str, ...]:
        """Why he is given nothing at this time; nothing where he is there."""
        absent = () if self.status is AgentStatus.ONLINE else (self.status.value,)
        works = self.hours is None or self.hours.is_open(at)
        return absent if works else (*absent, "outside working hours")


@dataclass(frozen=True, slots=True)
class Silence:
    """After how many seconds without a heartbeat an agent who sends them is away, and after how many offline."""

    away: float = 120.0
    offline: float = 900.0

    def after(self, agent: Agent, at: float) -> Agent:
        """What silence has made of an agent at this time: himself, where nothing."""
        heard = math.inf if agent.heartbeat_at is None else agent.heartbeat_at
        if heard < at - self.offline:
            status = AgentStatus.OFFLINE
        elif heard < at - self.away and agent.status is not AgentStatus.OFFLINE:
            status = AgentStatus.AWAY
        else:
            return agent
        if status is agent.status:
            return agent
        return replace(agent, status=status, before_silence=agent.before_silence or agent.status)
