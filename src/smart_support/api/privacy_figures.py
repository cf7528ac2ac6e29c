"""What was purged, and whether something of what was erased is left in the files, for `/metrics`."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from smart_support.pipeline.privacy import Kept, PrivacyStore
from smart_support.pipeline.records import Unavailable


class PrivacyFigures(Collector):
    """How much was let go because it was kept for long enough, by all processes together; and what is still to do."""

    def __init__(self, store: PrivacyStore) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        counter = CounterMetricFamily(
            "smart_support_purged", "Tickets that what is named was taken from, and events.", labels=["kept"]
        )
        gauge = GaugeMetricFamily(
            "smart_support_unscrubbed", "1: the database's files may still hold something of what was erased."
        )
        found = [counter, gauge]
        try:
            purged, unscrubbed = self._store.purged(), self._store.unscrubbed()
        except Unavailable:  # `smart_support_store_up` says so
            return found
        for kept in Kept:
            counter.add_metric([kept.value], purged.get(kept.value, 0))
        gauge.add_metric([], unscrubbed)
        return found
