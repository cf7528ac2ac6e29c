"""Counts the jobs of a worker process from inside it."""

import time


class Stopwatch:
    """The pace of one worker process from its first job done to its last; starting up is not in it."""

    def __init__(self, jobs: int) -> None:
        """`jobs` are at least 2."""
        self._jobs = jobs
        self._done = 0
        self._first = self._last = 0.0

    def job_done(self) -> bool:
        """Count a job; true for the last."""
        self._done += 1
        if self._done == 1:
            self._first = time.perf_counter()
        elif self._done == self._jobs:
            self._last = time.perf_counter()
            return True
        return False

    def pace(self) -> float:
        """Jobs a second; raises RuntimeError where not every job was done exactly once."""
        if self._done != self._jobs:
            raise RuntimeError(f"{self._done} jobs were done, not {self._jobs}")
        return (self._jobs - 1) / (self._last - self._first)
