"""What learning asks of a store: people's feedback, the registry of models, and what a model in shadow says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from smart_support.domain.comparison import Judged, Pair
from smart_support.domain.drift import CategoryCount
from smart_support.domain.feedback import Feedback
from smart_support.domain.registry import ModelInfo, RegisteredModel, Roles
from smart_support.domain.ticket import TicketKey
from smart_support.domain.triage import Text, Triage


@dataclass(frozen=True, slots=True)
class Example:
    """A person's word and the text it is about."""

    feedback: Feedback
    text: Text


@dataclass(frozen=True, slots=True)
class ShadowResult:
    """What the model in shadow says of a ticket, beside the result that the ticket got."""

    key: TicketKey
    version: str
    active: Triage
    shadow: Triage


class FeedbackStore(Protocol):
    """Feedback. Every method raises Unavailable as StepStore's do."""

    def record_feedback(self, feedback: Feedback, bound_to: str | None = None) -> Feedback | None:
        """Store feedback and correct its ticket, with an event, in one transaction; it then says what the model had
        said, before anybody corrected it. The ticket's state stays what it is.

        Feedback that is stored already is returned as it is stored. None where there is no such ticket, or no triage
        of it yet, or it is not `bound_to`'s, where an agent is named.
        """
        ...

    def examples(self, workspace: str, after: tuple[float, str] | None, limit: int) -> list[Example]:
        """Feedback by time, then id, from beyond `after`."""
        ...


class ModelStore(Protocol):
    """The registry of models: which there are, and their roles."""

    def add_model(self, workspace: str, info: ModelInfo, at: float, actor: str) -> bool:
        """Whether it was added; False where it was there already."""
        ...

    def models(self, workspace: str) -> list[RegisteredModel]:
        """The newest first."""
        ...

    def roles(self, workspace: str) -> Roles: ...

    def change_roles(self, workspace: str, before: Roles, after: Roles, kind: str, at: float, actor: str) -> bool:
        """Change the roles, with an event of this kind, if they still are as in `before`; whether they were."""
        ...


class ShadowStore(Protocol):
    """What models in shadow say."""

    def record_shadow(self, results: Sequence[ShadowResult], at: float) -> int:
        """Store results, one a ticket and version; how many were new."""
        ...

    def pairs(self, workspace: str, version: str, active: Collection[str], threshold: float) -> list[Pair]:
        """Results of `version` on tickets whose own result is signed by one of `active`, by pair of categories.
        An alert is an S above `threshold`."""
        ...

    def judged(self, workspace: str, version: str, active: Collection[str]) -> list[Judged]:
        """The same, of tickets that people have spoken of; of several words on one ticket the last one counts."""
        ...

    def purge_shadow(self, before: float) -> int:
        """Forget results from before this time; how many those were."""
        ...

    def category_counts(self, workspace: str, limit: int) -> list[CategoryCount]:
        """The tickets dispatched last, at most `limit`, by category. History counts for none; where more than ten
        times `limit` of it came last, what was dispatched before is not looked for."""
        ...


class LearningStore(FeedbackStore, ModelStore, ShadowStore, Protocol):
    """All of it."""
