"""What processes take over time, read from /proc."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.system import resident

WARM_SHARE = 0.25  # of the time: caches fill
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Process:
    """One that is watched."""

    name: str
    pid: int


@dataclass(slots=True)
class Seen:
    """What was seen, at so many seconds since it began: a figure of each process for each moment. Memory is resident,
    in MB; `log_mb` is SQLite's write-ahead log, 0 where there is none."""

    processes: Sequence[Process]
    at: list[float] = field(default_factory=list)
    memory: dict[Process, list[float]] = field(default_factory=dict)
    files: dict[Process, list[int]] = field(default_factory=dict)
    threads: dict[Process, list[int]] = field(default_factory=dict)
    log_mb: list[float] = field(default_factory=list)

    def look(self, seconds: float, log: Path | None) -> None:
        """Take one more sample; raises OSError where a process has ended."""
        now = {one: (resident(one.pid), *_open(one.pid)) for one in self.processes}
        self.at.append(seconds)
        for one, (memory, files, threads) in now.items():
            self.memory.setdefault(one, []).append(memory)
            self.files.setdefault(one, []).append(files)
            self.threads.setdefault(one, []).append(threads)
        self.log_mb.append(log.stat().st_size / 1e6 if log is not None and log.exists() else 0.0)


@contextmanager
def watching(processes: Sequence[Process], log: Path | None, every: float = 5.0) -> Iterator[Seen]:
    """Look at the processes every so many seconds, the first and the last time at the edges."""
    seen, began, over = Seen(processes), time.monotonic(), threading.Event()

    def watch() -> None:
        while not over.wait(every):
            seen.look(time.monotonic() - began, log)

    seen.look(0.0, log)
    thread = threading.Thread(target=watch, name="watch")
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
    seen.look(time.monotonic() - began, log)


def flat(at: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """By how much a figure grew after its warm-up, and how much an hour that is, by the straight line through it."""
    first = int(len(at) * WARM_SHARE)
    x, y = np.asarray(at[first:]), np.asarray(values[first:])
    if len(x) < 2:
        return 0.0, 0.0
    slope = float(np.polyfit(x, y, 1)[0])
    return slope * float(x[-1] - x[0]), slope * 3_600.0


def spark(values: Sequence[float]) -> str:
    """A line of bars, from the least to the most."""
    picked = [values[int(n * len(values) / _WIDTH)] for n in range(_WIDTH)] if len(values) > _WIDTH else list(values)
    low, high = min(picked), max(picked)
    return "".join(_BARS[int((value - low) / ((high - low) or 1.0) * (len(_BARS) - 1))] for value in picked)


def _open(pid: int) -> tuple[int, int]:
    """Open files and threads of a process."""
    files, tasks = (sum(1 for _ in Path(f"/proc/{pid}/{name}").iterdir()) for name in ("fd", "task"))
    return files, tasks
