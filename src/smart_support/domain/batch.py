"""How many tickets go into one call of a model."""


class BatchSize:
    """The largest batch whose call should take no longer than `seconds`, between 1 and `most`.

    It follows what calls have taken, seconds a ticket, as an exponentially weighted mean: slower at once, so that
    one slow call shrinks the next batch, faster by and by.
    """

    _CALMING = 0.2

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._each = 0.0

    @property
    def size(self) -> int:
        if self._each * self._most <= self._seconds:
            return self._most
        return max(1, int(self._seconds / self._each))

    def took(self, tickets: int, seconds: float) -> None:
        """A call with `tickets` texts took `seconds`."""
        each = seconds / tickets
        self._each = each if each > self._each else self._each + self._CALMING * (each - self._each)
