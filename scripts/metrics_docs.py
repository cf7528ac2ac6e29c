"""Writes docs/metrics.md from the collectors themselves. A test holds it to what this would write."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from smart_support import bootstrap, serving
from smart_support.adapters.exposition import ProcessFigures
from smart_support.settings import load

FILE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"

_INTRO = """# Metrics

Made from the code by `scripts/metrics_docs.py`. How to get at them, a dashboard and alerts:
[observability.md](observability.md).

Times are seconds, sizes bytes; what ends in `_total` only grows while a process lives. A histogram `NAME` has
`NAME_bucket`, `NAME_sum` and `NAME_count`. No label holds a ticket's or a customer's id. Beside these there are
`process_*`, as every Prometheus client shows them.

"""
_DID, _IS, _API, _WHOLE = _GROUPS = {
    "Of each process: what it did": "Each process counts its own work; add them up (`sum`).",
    "Of each process: what it is": "Each process shows its own.",
    "Of each API": "What this one sees: take `min` of what is up, `max` of the rest.",
    "Of the whole system": "Shown by the API, each one the same: take one (`max`), and do not add them up.",
}
_OF_EACH_API = {
    *("smart_support_store_up", "smart_support_broker_up"),
    *("smart_support_v1_queue_depth", "smart_support_model_figure"),
}


@cache
def families() -> dict[str, list[Metric]]:
    """All that `smart-support up` registers, by its group; made in a folder that is gone afterwards."""
    with TemporaryDirectory() as name:
        database = f"sqlite:///{name}/metrics.db"
        settings = load(data_dir=Path(name), database_url=database, model_fallback=True)
        with (
            bootstrap.open_pipeline(settings, durable=False, senders={}) as pipeline,
            serving.open_app(pipeline, settings, open_loopback=True) as app,
        ):
            return _grouped(app.state.parts.registry, pipeline.watch.metrics.registry)


def _grouped(registry: CollectorRegistry, instruments: CollectorRegistry) -> dict[str, list[Metric]]:
    labels = {one._name: one._labelnames for one in instruments._collector_to_names}  # type: ignore[attr-defined]  # noqa: SLF001
    found: dict[str, list[Metric]] = {group: [] for group in _GROUPS}
    for collector in registry._collector_to_names:  # noqa: SLF001
        for family in collector.collect():
            if collector is instruments:
                family._labelnames = labels[family.name]  # type: ignore[attr-defined]  # noqa: SLF001 - as gauges made by hand have them
                group = _IS if family.type == "gauge" else _DID
            else:
                group = _IS if isinstance(collector, ProcessFigures) else _WHOLE
            if family.name in _OF_EACH_API:
                group = _API
            if family.name.startswith("smart_support_"):
                found[group].append(family)
    return found


def names() -> set[str]:
    """The names of all samples, as a query has them."""
    ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {one.name + end for group in families().values() for one in group for end in ends[one.type]}


def render() -> str:
    """The document."""
    text = _INTRO
    for group, metrics in families().items():
        text += f"## {group}\n\n{_GROUPS[group]}\n\n| name | type | labels | meaning |\n|---|---|---|---|\n"
        for one in metrics:
            end = "_total" if one.type == "counter" else ""
            labels = ", ".join(f"`{label}`" for label in getattr(one, "_labelnames", ())) or "-"
            text += f"| `{one.name}{end}` | {one.type} | {labels} | {one.documentation} |\n"
        text += "\n"
    return text.rstrip("\n") + "\n"


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")
    print(f"wrote {FILE.name}")
