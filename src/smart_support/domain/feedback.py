"""What people say of a triage result: corrections that models learn from and are judged by."""

from dataclasses import dataclass

from smart_support.domain.ticket import TicketKey


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's word on one ticket, and beside it what the model had said (`said_...`, by `model_version`).

    `category` and `urgency` correct the ticket's own; None where they are not spoken of. `not_duplicate` says whether
    the ticket is a case of its own and no further report of something known: what the rules that find storms of
    reports are measured and corrected by. Times are UTC epoch seconds.
    """

    id: str
    key: TicketKey
    at: float
    actor: str
    category: str | None = None
    urgency: float | None = None
    not_duplicate: bool | None = None
    note: str | None = None
    model_version: str | None = None
    said_category: str | None = None
    said_urgency: float | None = None

    @property
    def corrects(self) -> bool:
        """Whether it speaks of category or urgency, and so holds against every model from then on."""
        return self.category is not None or self.urgency is not None
