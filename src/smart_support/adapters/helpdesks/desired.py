"""What a helpdesk is to show of a ticket, whichever helpdesk it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from smart_support.pipeline.sources import WriteBack

_SLUG_CHARACTERS = 36  # with a prefix of ours the 50 of a GitHub label


class Priority(IntEnum):
    """How soon somebody has to look. The words are Zendesk's; other helpdesks have as many or fewer."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


THRESHOLDS = ((0.8, Priority.URGENT), (0.6, Priority.HIGH), (0.3, Priority.NORMAL), (0.0, Priority.LOW))
"""From which S on a ticket has a priority. URGENT begins where alerts do (`WEBHOOK_THRESHOLD`)."""


@dataclass(frozen=True, slots=True)
class Desired:
    """A ticket as its helpdesk is to show it. Before triage there is no `category` and no `priority`.

    `assignee` is the id of an agent of ours, None for nobody. `tags` are slugs, without the prefix that makes them ours
    there. `note` is an internal note that was not written yet.
    """

    category: str | None
    priority: Priority | None
    assignee: str | None
    tags: tuple[str, ...]
    note: str | None


def priority(urgency: float) -> Priority:
    """The priority of an urgency S in [0, 1]."""
    return next(found for least, found in THRESHOLDS if urgency >= least)


def wanted(told: WriteBack) -> Desired:
    """What the helpdesk is to show. What somebody escalated is urgent, whatever its S."""
    triage = told.ticket.triage
    tags = [slug(triage.category)] if triage else []
    if told.incident is not None:
        tags.append(slug(told.incident.id))
    urgent = Priority.URGENT if told.ticket.escalated_at is not None else None
    return Desired(
        category=triage.category if triage else None,
        priority=urgent or (priority(triage.urgency) if triage else None),
        assignee=told.agent.id if told.agent else None,
        tags=tuple(sorted({tag for tag in tags if tag})),
        note=told.note,
    )


def changes(desired: Desired, written: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from what was written last, by the names `category`, `priority`, `assignee`, `tags`; JSON.

    Only that is set, so that what people changed there since then stays as they want it. Nothing is taken back but an
    assignee whom we had named, and tags of ours.
    """
    now = {
        "category": desired.category,
        "priority": desired.priority.name.lower() if desired.priority else None,
        "assignee": desired.assignee,
        "tags": list(desired.tags),
    }
    before = {"tags": [], **written}
    differs = {name: value for name, value in now.items() if value != before.get(name)}
    return {name: value for name, value in differs.items() if value is not None or name == "assignee"}


def slug(text: str) -> str:
    """Letters, digits and hyphens: what every helpdesk takes for a tag. May be empty."""
    return re.sub(r"[\W_]+", "-", text.casefold())[:_SLUG_CHARACTERS].strip("-")


def merged_tags(there: list[str], ours: list[str], prefix: str) -> list[str]:
    """The tags that stand there, those with our prefix replaced by `ours`; sorted."""
    kept = {tag for tag in there if not tag.startswith(prefix)}
    return sorted(kept | {prefix + tag for tag in ours})


def their_name(agents: Mapping[str, str], agent_id: str) -> str:
    """Who an agent of ours is there: `agents` maps their names to our ids; without an entry it is the same one."""
    return next((theirs for theirs, ours in agents.items() if ours == agent_id), agent_id)
