"""Workspaces: each has tickets, agents, incidents, rules and keys of its own, and sees nothing of the others."""

from dataclasses import dataclass

WORKSPACE_ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: `id` is what keys and records name it by, `name` is for people. Times are UTC epoch seconds."""

    id: str
    name: str
    created_at: float
