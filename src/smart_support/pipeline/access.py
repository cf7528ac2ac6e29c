"""What is asked of a store for who may call: workspaces, API keys, and who is signed in with one."""

from collections.abc import Mapping
from typing import Protocol

from smart_support.domain.access import ApiKey, Session
from smart_support.domain.workspace import Workspace


class WorkspaceStore(Protocol):
    """Workspaces. Every method raises Unavailable as StepStore's do."""

    def add_workspace(self, workspace: Workspace, actor: str) -> bool:
        """Whether it was stored; False where its id is taken."""
        ...

    def workspaces(self) -> list[Workspace]:
        """By id; `default` is always there."""
        ...


class UnknownAgent(Exception):
    """There is no agent whose key it could be."""


class KeyStore(Protocol):
    """API keys. Every method raises Unavailable as StepStore's do."""

    def add_key(self, key: ApiKey, actor: str) -> bool:
        """Whether the key was stored; False where its id is taken. Raises UnknownAgent where the agent whose
        key it is to be is not there; of one who is removed at the same moment it is revoked."""
        ...

    def list_keys(self) -> list[ApiKey]:
        """The keys of all workspaces, the oldest first."""
        ...

    def revoke_key(self, workspace: str, key_id: str, at: float, actor: str) -> bool:
        """Whether there was such a key that was not revoked yet."""
        ...

    def note_used(self, used: Mapping[str, float]) -> None:
        """When keys were used last, by their ids. An earlier time than the one that is stored changes nothing."""
        ...


class AccessStore(KeyStore, WorkspaceStore, Protocol):
    """Who may call, and where."""


class SessionStore(Protocol):
    """Who is signed in. Every method raises Unavailable as StepStore's do."""

    def open_session(self, session: Session, workspace: str, actor: str) -> None:
        """Store a session of one of the workspace's keys."""
        ...

    def session(self, token_sha256: str) -> Session | None: ...

    def close_session(self, token_sha256: str, workspace: str, at: float, actor: str) -> bool:
        """Whether there was such a session, which has ended now."""
        ...

    def purge_sessions(self, before: float) -> int:
        """Forget the sessions that ended before; how many."""
        ...
