"""What triage says of a ticket: category, urgency, and the words that decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt


class Tier(StrEnum):
    """Which of the two models spoke."""

    LIGHT = "light"
    TRANSFORMER = "transformer"

    @property
    def model_used(self) -> Literal["m1", "m2"]:
        """The name that `GET /v2/tickets/{id}` shows: m1 for the light model, m2 for the transformer."""
        return "m1" if self is Tier.LIGHT else "m2"


class ReasonOf(StrEnum):
    """What a reason speaks for."""

    CATEGORY = "category"
    URGENCY = "urgency"


@dataclass(frozen=True, slots=True)
class Reason:
    """Words of the ticket that decided something.

    `quote` stands in the ticket as it is here: a word, or neighbours that weigh together. `weight` is their share in
    what the words of the ticket decided, in [-1, 1]: above zero where they speak for the category, or alarm; below zero
    where they calm ("not urgent"). The absolute values of all for one decision add up to 1 at most.
    """

    of: ReasonOf
    quote: str
    weight: float


@dataclass(frozen=True, slots=True)
class Text:
    """The part of a ticket that a model reads."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Triage:
    """What a model says of one ticket.

    `confidence` is the calibrated probability of `category`, in [0, 1]. `urgency` is S in [0, 1].
    `sentiment` is in [-1, 1], `language` an ISO 639-1 code; both are None where the model has no head for them.
    `reasons` are up to three for the category and up to three for S, the heaviest first, and all speak for what was
    decided: alarming words where S is above 0.5, calming ones where it is not. Where no word stands out there is none.
    `model_version` names the bundle that spoke. `degraded` marks a light decision taken in place of the transformer's.
    `needs_review` marks a category that nobody is sure of: the model abstained. `vector` is the text's unit vector,
    float32 [d]; vectors of two `vector_version`s are never compared.
    """

    category: str
    confidence: float
    urgency: float
    tier: Tier
    model_version: str
    reasons: tuple[Reason, ...] = ()
    language: str | None = None
    sentiment: float | None = None
    degraded: bool = False
    needs_review: bool = False
    vector: npt.NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    vector_version: str | None = field(default=None, compare=False)


class Model(Protocol):
    """A tier of triage. Implementations are safe to call from several threads."""

    @property
    def tier(self) -> Tier: ...

    @property
    def version(self) -> str: ...

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        """One result a text, in the same order; a text's result does not depend on its batch mates."""
        ...
