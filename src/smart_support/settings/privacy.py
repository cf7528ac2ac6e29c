"""What leaves with alerts and logs, and how long what is personal is kept."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

Days = Annotated[float, Field(gt=0.0, le=36_500.0)]


class PrivacySettings(BaseSettings):
    """Days are counted from when a ticket was finished; without a number it is kept for ever. docs/privacy.md says what
    each takes away."""

    redact: bool = Field(
        default=True,
        description="Take card numbers, IBANs, mail addresses, phone numbers and tokens out of alerts and log lines.",
    )
    retention_text_days: Days | None = Field(
        default=None,
        description="Days after its end that a ticket keeps its words: subject, body, tags, metadata, quotes in its "
        "reasons, replies, notes. Default: for ever.",
    )
    retention_customer_days: Days | None = Field(
        default=None, description="Days after its end that a ticket says who wrote it. Default: for ever."
    )
    retention_vectors_days: Days | None = Field(
        default=None, description="Days after its end that the vector of a ticket is kept. Default: for ever."
    )
    retention_events_days: Days | None = Field(
        default=None, description="Days that what happened to a finished ticket is kept as events. Default: for ever."
    )
    retention_messages_days: Annotated[float, Field(gt=0.0, le=90.0)] = Field(
        default=90.0, description="Days that alerts and messages that went out are kept, at most 90."
    )
