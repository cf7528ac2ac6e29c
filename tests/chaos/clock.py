"""A clock that a test sets, for processes that are started with it: libfaketime, its monotonic clock left alone."""

import sys
from pathlib import Path

from scripts.system_packages import find_faketime


class Clock:
    """Wall-clock time as a distance from the true one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.jump(0)

    def jump(self, seconds: int) -> None:
        """From now on the time is so many seconds ahead of the true one, or behind it."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self._file)  # nobody reads half of it

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to live by this clock."""
        library = find_faketime()
        assert library is not None, "no libfaketime here: install faketime (apt-get) or libfaketime (brew)"
        preload = "DYLD_INSERT_LIBRARIES" if sys.platform == "darwin" else "LD_PRELOAD"
        return {
            preload: str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
