"""Limits of calls in this process alone."""

from collections import OrderedDict
from collections.abc import Callable

from smart_support.domain.rate import Rate, Taken, take


class MemoryBuckets:
    """The port Buckets. `timer()` gives seconds and never goes back. At most `most` names are kept: what was not used
    for longest is forgotten first. Used in one thread."""

    def __init__(self, timer: Callable[[], float], most: int = 100_000) -> None:
        self._timer = timer
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str, rate: Rate, wanted: int) -> Taken:
        taken, self._full_at[name] = take(rate, self._full_at.get(name, 0.0), self._timer(), wanted)
        self._full_at.move_to_end(name)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return taken

    def close(self) -> None:
        """There is nothing to give back."""
