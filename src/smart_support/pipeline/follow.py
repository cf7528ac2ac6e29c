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

    def newest_versions(self, kind: str) -> dict[str, int]:
        """The newest version of each workspace that has one."""
        ...


class Follow:
    """Hands each new version of one kind of configuration to `use(workspace, content)`, once. Safe to call from several
    threads."""

    def __init__(self, store: ConfigurationStore, kind: str, use: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._store = store
        self._kind = kind
        self._use = use
        self._versions: dict[str, int] = {}
        self._refreshing = threading.Lock()

    def refresh(self) -> int:
        """Look for newer versions; always 0, as there is nothing left to do.

        What `use` raises is the caller's, once all workspaces were looked at; then the version before goes on being
        used there, and the next call tries again.
        """
        failed: Exception | None = None
        with self._refreshing:
            for workspace, version in self._store.newest_versions(self._kind).items():
                if version > self._versions.get(workspace, 0):
                    try:
                        self._follow(workspace)
                    except Exception as error:  # noqa: BLE001 - raised below: one workspace must not hold up the others
                        failed = error
        if failed is not None:
            raise failed
        return 0

    def _follow(self, workspace: str) -> None:
        newest = self._store.configuration(workspace, self._kind, beyond=self._versions.get(workspace, 0))
        if newest is not None:
            self._use(workspace, newest.content)
            self._versions[workspace] = newest.version
