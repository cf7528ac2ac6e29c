"""Agents as they are written: over the API, in a file to import, and in a recording."""

import re
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from smart_support.domain.agent import Agent, AgentStatus
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.routing.match import check_names
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.pipeline.written import Id, Values, Written

_LANGUAGE = re.compile(r"[a-z]{2}")
_MOST_TICKETS = 1_000_000


def _named(name: str) -> str:
    check_names("a name", [name])
    return name


def _languages(codes: list[str]) -> list[str]:
    given = list(dict.fromkeys(code.strip().lower() for code in codes))
    for code in given:
        if not _LANGUAGE.fullmatch(code):
            raise ValueError(f"{code[:40]!r} is no language; write codes of ISO 639-1 such as de")
    return given


def _hours(hours: dict[str, Any]) -> dict[str, Any]:
    return WeeklyHours.parse(hours).as_mapping()


Name = Annotated[str, AfterValidator(_named)]
Proficiency = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
_EXAMPLE: dict[str, JsonValue] = {
    "name": "Ann",
    "skills": {"Billing": 1.0, "Technical": 0.3},
    "capacity": 4,
    "languages": ["en", "de"],
    "team": "first line",
    "hours": {"zone": "Europe/Berlin", "mon": "09:00-12:30, 13:30-18:00", "tue": "09:00-17:00"},
}


class ProfileContent(Written):
    """Who an agent is; what is left out is empty. `skills` are proficiencies from 0 to 1 by category or free tag,
    `capacity` the tickets that he may hold at once, `languages` codes of ISO 639-1 (none: any), `hours` a `zone` and
    the shifts of each day (none: always)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name | None = None
    skills: Annotated[dict[Name, Proficiency], Field(max_length=1_000)] = Field(default_factory=dict)
    capacity: Annotated[int, Field(ge=0, le=_MOST_TICKETS)] = 1
    languages: Annotated[Values, Field(max_length=200), AfterValidator(_languages)] = Field(default_factory=list)
    team: Name | None = None
    hours: Annotated[dict[str, Any], AfterValidator(_hours)] | None = None

    def agent(self, workspace: str, agent_id: str) -> Agent:
        """The record; where he is new, he is online."""
        return Agent(
            workspace,
            agent_id,
            self.name,
            self.skills,
            self.capacity,
            tuple(self.languages),
            self.team,
            None if self.hours is None else WeeklyHours.parse(self.hours),
        )


class AgentContent(ProfileContent):
    """An agent among others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "ann", **_EXAMPLE}]})

    id: Id


class RecordedAgent(ProfileContent):
    """An agent of a recording, which may have any name as id and say more of him than is asked."""

    model_config = ConfigDict(extra="ignore", strict=False, coerce_numbers_to_str=True)

    id: Name
    status: AgentStatus = AgentStatus.ONLINE

    def recorded(self) -> Agent:
        """The record, with where he stands."""
        return replace(self.agent(DEFAULT_WORKSPACE, self.id), status=self.status)
