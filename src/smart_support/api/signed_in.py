"""Who is signed in, at most a second old: a page's calls, and its stream, do not ask the store each time."""

from collections.abc import Callable
from dataclasses import replace

from starlette.concurrency import run_in_threadpool

from smart_support.domain.access import ApiKey, Principal, Session, session_hash
from smart_support.pipeline.access import SessionStore
from smart_support.pipeline.ports import Clock

_FRESH_SECONDS = 1.0
_MOST = 10_000


class SignedIn:
    """Sessions by the tokens in cookies. `key` gives a key while it opens anything, so that a session ends with its key
    at once. Used in one event loop."""

    def __init__(
        self, store: SessionStore, clock: Clock, key: Callable[[str], ApiKey | None], timer: Callable[[], float]
    ) -> None:
        self._store = store
        self._clock = clock
        self._key = key
        self._timer = timer
        self._seen: dict[str, tuple[float, Session | None]] = {}

    def remembers(self, token: str) -> bool:
        """Whether a token was somebody's when it was last looked up, or nobody's just now."""
        at, session = self._seen.get(session_hash(token), (-_FRESH_SECONDS, None))
        return session is not None or self._timer() - at < _FRESH_SECONDS

    async def principal(self, token: str) -> Principal | None:
        """Whoever is signed in with this token; None where nobody is, or not any more. Raises Unavailable."""
        token_hash, now = session_hash(token), self._timer()
        at, session = self._seen.get(token_hash, (-_FRESH_SECONDS, None))
        if now - at >= _FRESH_SECONDS:
            session = await run_in_threadpool(self._store.session, token_hash)
            self._note(token_hash, session, now)
        return None if session is None else self._principal_of(session)

    async def open(self, session: Session) -> Principal | None:
        """Store a session; None where its key has been revoked in the meantime. Raises Unavailable."""
        caller = self._principal_of(session)
        if caller is not None:
            await run_in_threadpool(self._store.open_session, session, caller.workspace, caller.actor)
            self._note(session.token_sha256, session, self._timer())
        return caller

    async def close(self, token: str) -> None:
        """End a session; one whose key has ended is left to the sweeper. Raises Unavailable."""
        caller, token_hash = await self.principal(token), session_hash(token)
        if caller is not None:
            at = self._clock.now()
            await run_in_threadpool(self._store.close_session, token_hash, caller.workspace, at, caller.actor)
            self._note(token_hash, None, self._timer())

    def _principal_of(self, session: Session) -> Principal | None:
        key = self._key(session.key_id)
        if key is None or self._clock.now() >= session.expires_at:
            return None
        return replace(key.principal, expires_at=session.expires_at)

    def _note(self, token_hash: str, session: Session | None, now: float) -> None:
        if len(self._seen) >= _MOST:
            self._seen = {name: seen for name, seen in self._seen.items() if now - seen[0] < _FRESH_SECONDS}
        if len(self._seen) < _MOST or token_hash in self._seen:
            self._seen[token_hash] = (now, session)
