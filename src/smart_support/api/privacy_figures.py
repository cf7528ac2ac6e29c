"""What was purged, for `/metrics`."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from smart_support.pipeline.privacy import Kept, PrivacyStore
from smart_support.pipeline.records import Unavailable


class PrivacyFigures(Collector):
    """How much was let go because it was kept for long enough, by all processes together."""

    def __init__(self, store: PrivacyStore) -> None:
        self._store = store

    def collect(self) -> Iterable[CounterMetricFamily]:
        counter = CounterMetricFamily(
            "smart_support_purged", "Tickets that what is named was taken from, and events.", labels=["kept"]
        )
        try:
            purged = self._store.purged()
        except Unavailable:  # `smart_support_store_up` says so
            return [counter]
        for kept in Kept:
            counter.add_metric([kept.value], purged.get(kept.value, 0))
        return [counter]
