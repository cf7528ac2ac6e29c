"""Echo: in a flood the same text comes again and again; what was just said of it need not be found out anew."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

from smart_support.domain.triage import Text, Triage

SECONDS = 300.0
MOST = 4_096


def echo_key(version: str, text: Text) -> bytes:
    """The same for a text and its exact copies, read by one version of a model; white space at the
    ends of lines may differ."""
    parts = (version, text.subject.strip(), "\n".join(map(str.rstrip, text.body.strip().split("\n"))))
    return hashlib.blake2b(repr(parts).encode(), digest_size=20).digest()


class EchoMemory:
    """Results by key, each for `seconds` after it was found, at most `most` of them: those that were asked for last.

    Holds no text but what the reasons quote. `timer()` gives seconds and never goes back. Safe to call from several
    threads.
    """

    def __init__(self, timer: Callable[[], float], seconds: float = SECONDS, most: int = MOST) -> None:
        self._timer = timer
        self._seconds = seconds
        self._most = most
        self._held: OrderedDict[bytes, tuple[float, Triage]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, keys: Iterable[bytes]) -> dict[bytes, Triage]:
        """What is known of these keys."""
        found: dict[bytes, Triage] = {}
        now = self._timer()
        with self._lock:
            for key in keys:
                held = self._held.get(key)
                if held is None:
                    continue
                at, triage = held
                if now - at > self._seconds:
                    del self._held[key]
                else:
                    self._held.move_to_end(key)
                    found[key] = triage
        return found

    def keep(self, found: Mapping[bytes, Triage]) -> None:
        """Results that were found just now."""
        now = self._timer()
        with self._lock:
            for key, triage in found.items():
                self._held[key] = (now, triage)
                self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
