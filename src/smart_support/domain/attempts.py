"""How often somebody may be wrong before he has to wait."""

import ipaddress
from collections import OrderedDict, deque


class Attempts:
    """Counts wrong attempts by address: after `limit` within `seconds` the next one has to wait.

    An IPv6 network of 64 bits, which is one subscriber's, counts as one address. At most `most` addresses are kept: who
    was wrong longest ago is forgotten first.
    """

    def __init__(self, limit: int, seconds: float, most: int = 10_000) -> None:
        self._limit = limit
        self._seconds = seconds
        self._most = most
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Seconds until the address may try again; 0 where it may now."""
        times = self._wrong.get(subscriber(address), ())
        recent = [at for at in times if 0.0 <= now - at < self._seconds]  # a clock that was set back bars nobody
        return recent[0] + self._seconds - now if len(recent) >= self._limit else 0.0

    def add_wrong(self, address: str, now: float) -> None:
        """The address was wrong."""
        who = subscriber(address)
        self._wrong.setdefault(who, deque(maxlen=self._limit)).append(now)
        self._wrong.move_to_end(who)
        if len(self._wrong) > self._most:
            self._wrong.popitem(last=False)

    def __len__(self) -> int:
        """How many addresses are kept."""
        return len(self._wrong)


def subscriber(address: str) -> str:
    """Who an address counts as: of IPv6 the network of 64 bits, which is one subscriber's."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.IPv6Network((int(known), 64), strict=False))
    return address
