"""What a process shows to Prometheus, and the port where one without an API shows it."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from smart_support import __version__


class ProcessFigures(Collector):
    """What kind of process this is (`kind`), whether it leads, and how much room is left for what it keeps in
    `data_dir`."""

    def __init__(self, kind: str, leads: Callable[[], bool], data_dir: Path) -> None:
        self._kind = kind
        self._leads = leads
        self._data_dir = data_dir

    def collect(self) -> Iterable[Metric]:
        build, leading, free = self.describe()
        build.add_metric([__version__, self._kind], 1)
        leading.add_metric([], self._leads())
        room = free_bytes(self._data_dir)
        if room is not None:
            free.add_metric([], room)
        return [build, leading, free]

    def describe(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
        """The same without values."""
        return (
            GaugeMetricFamily(
                "smart_support_build_info",
                "The version that runs here, and as what: up, api, worker or dispatcher. Always 1.",
                labels=["version", "process"],
            ),
            GaugeMetricFamily(
                "smart_support_leading", "Whether this process dispatches: one of all does, the others wait."
            ),
            GaugeMetricFamily("smart_support_data_dir_free_bytes", "Room left on the disk of DATA_DIR."),
        )


def free_bytes(folder: Path) -> int | None:
    """Room left on the disk of a folder, or of the nearest one above it that is there; None where nobody can say."""
    for place in (folder, *folder.absolute().parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def registry_of(*collectors: Collector) -> CollectorRegistry:
    """A registry of its own, so that two systems in one process do not meet."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    ProcessCollector(registry=registry)
    return registry


@contextmanager
def shown(registry: CollectorRegistry, host: str, port: int) -> Iterator[int]:
    """Show it at http://HOST:PORT/metrics to whoever asks; the port, which 0 lets the system choose. Raises OSError
    where the address cannot be had."""
    server, thread = start_http_server(port, host, registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
