"""Following the configuration in the store: every process uses a new version within a second."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from smart_support.pipeline.records import Configuration

TAXONOMY = "taxonomy"
"""The kind of configuration that says which categories there are."""

ROUTING = "routing"
"""The kind that says who gets which ticket, and what is promised."""


class VersionConflict(Exception):
    """Another version holds (`held`, 0 for what comes with the program) than the one that was expected."""

    def __init__(self, expected: int, held: int) -> None:
        super().__init__(f"version {held} holds, not {expected}")
        self.expected = expected
        self.held = held


@dataclass(frozen=True, slots=True)
class AppliedVersion:
    """A version of the configuration without its content; times are UTC epoch seconds."""

    version: int
    at: float
    actor: str
    sha256: str


def sha256_of(content: Mapping[str, Any]) -> str:
    """What two contents have in common that differ in spaces and in the order of keys alone."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


class ConfigurationStore(Protocol):
    """What workspaces are configured with, by kind, in versions from 1 on; the newest one holds."""

    def configure(
        self,
        workspace: str,
        kind: str,
        content: Mapping[str, Any],
        at: float,
        actor: str,
        expected: int | None = None,
    ) -> tuple[Configuration, bool]:
        """Make `content` (JSON) the newest version, unless it is that already; the version, and whether it is new.

        No two calls make the same version, however many there are at once. Raises VersionConflict where another
        version holds than the `expected` one, 0 for none, and other content.
        """
        ...

    def applied_versions(self, workspace: str, kind: str, limit: int) -> list[AppliedVersion]:
        """The newest first."""
        ...

    def applied(self, workspace: str, kind: str, version: int) -> Configuration | None:
        """A version, whether it holds or not."""
        ...

    def configuration(self, workspace: str, kind: str, beyond: int = 0) -> Configuration | None:
        """The newest version, if it is beyond the one given."""
        ...


class Follow:
    """Hands each new version of one kind of configuration to `use`, once. Safe to call from several threads."""

    def __init__(
        self, store: ConfigurationStore, workspace: str, kind: str, use: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._kind = kind
        self._use = use
        self._version = 0
        self._refreshing = threading.Lock()

    def refresh(self) -> int:
        """Look for a newer version; always 0, as there is nothing left to do.

        What `use` raises is the caller's; then the version before goes on being used, and the next call tries again.
        """
        with self._refreshing:
            newest = self._store.configuration(self._workspace, self._kind, beyond=self._version)
            if newest is not None:
                self._use(newest.content)
                self._version = newest.version
        return 0
