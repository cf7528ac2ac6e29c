"""Writes docs/metrics.md from the collectors themselves. A test holds it to what this would write."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from smart_support.adapters.exposition import ProcessFigures
from smart_support.api.figures import PipelineFigures, StandingFigures
from smart_support.api.model_figures import ModelFigures
from smart_support.pipeline.metrics import Metrics

FILE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"

_INTRO = """# Metrics

Made from the code by `scripts/metrics_docs.py`. How to get at them, a dashboard and alerts:
[observability.md](observability.md).

Times are seconds, sizes bytes; what ends in `_total` only grows while a process lives. A histogram `NAME` has
`NAME_bucket`, `NAME_sum` and `NAME_count`. No label holds a ticket's or a customer's id. Beside these there are
`process_*`, as every Prometheus client shows them.

"""
_GROUPS = {
    "Of each process: what it did": "Each process counts its own work; add them up (`sum`).",
    "Of each process: what it is": "Each process shows its own.",
    "Of the whole system": "Shown by the API, each one the same: take one (`max`), and do not add them up.",
}


def families() -> dict[str, list[Metric]]:
    """All that there is, by its group, without values."""
    nothing = cast("Any", None)
    figures: list[Any] = [
        PipelineFigures(nothing, nothing, ()),
        StandingFigures(nothing),
        ModelFigures(nothing, nothing, nothing, nothing),
    ]
    own: list[Metric] = list(ProcessFigures("", lambda: False, Path()).describe())
    whole = [metric for one in figures for metric in one.describe()]
    return dict(zip(_GROUPS, ([*_instruments()], own, whole), strict=True))


def names() -> set[str]:
    """The names of all samples, as a query has them."""
    ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {one.name + end for group in families().values() for one in group for end in ends[one.type]}


def _instruments() -> Iterable[Metric]:
    registry = CollectorRegistry()
    labels = {one._name: one._labelnames for one in vars(Metrics(registry)).values() if hasattr(one, "_labelnames")}  # noqa: SLF001
    for family in registry.collect():
        family._labelnames = labels[family.name]  # type: ignore[attr-defined]  # noqa: SLF001 - as gauges made by hand have them
        yield family


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
