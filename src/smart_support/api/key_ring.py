"""The keys and the workspaces there are, as this process knows them."""

import hmac
import threading
from contextlib import suppress

from smart_support.domain.access import LOCAL, ApiKey, Principal, split_token
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.pipeline.access import AccessStore
from smart_support.pipeline.ports import Clock
from smart_support.pipeline.records import Unavailable

_TOLD_SECONDS = 60.0


class KeyRing:
    """The keys as last read from the store, so that no request waits for it and /v1 works while it is down.

    `open_loopback` allows anyone as long as no key was ever made. `local_token` opens everything to commands on this
    machine that may read the data directory.
    """

    def __init__(
        self, store: AccessStore, clock: Clock, *, open_loopback: bool, local_token: str | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._open_loopback = open_loopback
        self._local_token = local_token
        self._keys: dict[str, ApiKey] = {}
        self._workspaces = frozenset({DEFAULT_WORKSPACE})
        self._refreshing = threading.Lock()
        self._used: dict[str, float] = {}
        self._told: dict[str, float] = {}

    def refresh(self) -> int:
        """Read the keys and the workspaces; always 0, as there is nothing left to do."""
        with self._refreshing:  # or an older list could be kept for a newer one
            self._workspaces = frozenset(one.id for one in self._store.workspaces()) | {DEFAULT_WORKSPACE}
            self._keys = {key.id: key for key in self._store.list_keys()}
        return 0

    def read_again(self) -> None:
        """Read what has just been changed, if that can be done. Whoever changed it must not hear that it was not, and
        `refresh` is called again and again."""
        with suppress(Unavailable):
            self.refresh()

    def tell(self, *, all_of_it: bool = False) -> int:
        """Store when keys were used: of each at most once a minute, or `all_of_it` that is not stored yet; always 0."""
        told, used = self._told, dict(self._used)
        due = {
            key: at for key, at in used.items() if at - told.get(key, 0.0) >= (0.001 if all_of_it else _TOLD_SECONDS)
        }
        self._store.note_used(due)
        self._told = told | due
        return 0

    def last_used(self, key: ApiKey) -> float | None:
        """When a key was used last, as far as the store and this process know."""
        return max(key.last_used_at or 0.0, self._used.get(key.id, 0.0)) or None

    @property
    def is_open(self) -> bool:
        return self._open_loopback and not self._keys

    def has_workspace(self, workspace: str) -> bool:
        """Whether there is one of this name."""
        return workspace in self._workspaces

    def principal(self, token: str) -> Principal | None:
        if self._local_token is not None and hmac.compare_digest(token.encode(), self._local_token.encode()):
            return LOCAL
        key = self.admitted(token)
        return None if key is None else key.principal

    def admitted(self, token: str) -> ApiKey | None:
        """The key whose token this is, while it opens anything."""
        match split_token(token):
            case (key_id, secret):
                key = self._keys.get(key_id)
                return self._noted(key) if key is not None and key.admits(secret, self._clock.now()) else None
        return None

    def active(self, key_id: str) -> ApiKey | None:
        """The key of this id, while it opens anything."""
        key = self._keys.get(key_id)
        return self._noted(key) if key is not None and key.active(self._clock.now()) else None

    def _noted(self, key: ApiKey) -> ApiKey:
        self._used[key.id] = self._clock.now()
        return key
