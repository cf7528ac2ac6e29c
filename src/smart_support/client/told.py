"""What is said to the system. Lengths and ranges are the system's to check: what it refuses raises Invalid."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticSerializationError

from smart_support.client.errors import HALF, Invalid


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def written(self) -> str:
        """As JSON; what is left out or empty is not written. Raises Invalid where it cannot be sent."""
        try:
            return self.model_dump_json(exclude_defaults=True)
        except PydanticSerializationError:
            raise Invalid(HALF) from None


class Customer(_Told):
    """Who wrote."""

    id: str | None = None
    email: str | None = None
    name: str | None = None
    tier: str | None = None


class NewTicket(_Told):
    """A ticket to send: a subject, a body, or both. `received_at` is the sender's time (UTC where it has no zone)."""

    subject: str = ""
    body: str = ""
    ticket_id: str | None = None
    customer: Customer = Field(default_factory=Customer)
    channel: str | None = None
    tags: tuple[str, ...] = ()
    received_at: datetime | None = None
    metadata: Mapping[str, JsonValue] = Field(default_factory=dict)


class PastTicket(NewTicket):
    """A ticket of the past, to import. Its id makes a repeated import harmless."""

    ticket_id: str
    accepted_at: datetime | None = None


class Correction(_Told):
    """What is wrong, or right, about a ticket: at least one of category, urgency (0 to 1) and not_duplicate."""

    category: str | None = None
    urgency: float | None = None
    not_duplicate: bool | None = None
    note: str | None = None


class AgentProfile(_Told):
    """Who an agent is; what is left out is empty. `skills` are proficiencies from 0 to 1, `capacity` the tickets that
    he may hold at once, `languages` codes of ISO 639-1 (none: any), `hours` a `zone` and the shifts of each day."""

    id: str
    name: str | None = None
    skills: Mapping[str, float] = Field(default_factory=dict)
    capacity: int = 1
    languages: tuple[str, ...] = ()
    team: str | None = None
    hours: Mapping[str, JsonValue] | None = None
