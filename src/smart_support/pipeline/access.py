"""What is asked of a store for who may call: API keys, and who is signed in with one."""

from typing import Protocol

from smart_support.domain.access import ApiKey, Session


class KeyStore(Protocol):
    """API keys. Every method raises Unavailable as StepStore's do."""

    def add_key(self, key: ApiKey, actor: str) -> bool:
        """Whether the key was stored; False where its id is taken."""
        ...

    def list_keys(self) -> list[ApiKey]:
        """The keys of all workspaces, the oldest first."""
        ...

    def revoke_key(self, workspace: str, key_id: str, at: float, actor: str) -> bool:
        """Whether there was such a key that was not revoked yet."""
        ...


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
