"""What `/metrics` shows of the model at work, and of whether tickets are still what it was trained on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from smart_support.domain.drift import CategoryCount, mean_confidence, population_stability_index, shares
from smart_support.domain.registry import ModelInfo
from smart_support.domain.taxonomy import Taxonomy
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.pipeline.learning import ShadowStore
from smart_support.pipeline.records import Unavailable

LATEST = 1_000
"""How many tickets, the last ones, stand for what comes in now."""

FEWEST = 200
"""Of fewer comparable tickets no drift is told: chance alone makes it large."""

_FRESH_SECONDS = 5.0
_LATEST = f"the last {LATEST} tickets of the workspace default"


class DescribedModel(Protocol):
    """A model that can be asked what it is."""

    @property
    def info(self) -> ModelInfo: ...


def headline(figures: Mapping[str, Any]) -> dict[str, float]:
    """The single numbers among a bundle's figures, all measured on tickets held out from training."""
    category, urgency = figures.get("held_out") or {}, figures.get("urgency_held_out") or {}
    named = {name: category.get(name) for name in ("accuracy", "weighted_f1", "macro_f1", "calibration_error")}
    named |= {f"urgency_{name}": urgency.get(name) for name in ("rmse", "mae", "spearman")}
    return {name: float(value) for name, value in named.items() if value is not None}


def training_mix(info: ModelInfo) -> dict[str, float]:
    """Each category's share in the tickets that a model was trained on; empty where none of its bundles says so."""
    told = ((bundle.figures.get("held_out") or {}).get("classes") for bundle in info.bundles)
    return shares({row["label"]: row["support"] for row in next(filter(None, told), ())})


@dataclass(frozen=True, slots=True)
class Drift:
    """The last `LATEST` tickets against the training rows: how many they are, each category's share in them and in the
    rows that the model was `trained` on, the mean confidence, None without tickets, and how far the shares are apart.

    `category_drift` is the population stability index (`domain.drift`). It needs a model that says what it was trained
    on, and tickets that have those categories alone: not while the taxonomy has others, or some of the last tickets do.
    Those with a fallback that the model was not trained on are left out, and `FEWEST` are needed; else it is None.
    """

    tickets: int
    shares: Mapping[str, float]
    trained: Mapping[str, float]
    confidence_mean: float | None
    category_drift: float | None


class ModelFigures(Collector):
    """Figures of training, and drift. The store is asked at most every few seconds of `timer()`; while it is down, the
    gauges are out."""

    def __init__(
        self, store: ShadowStore, model: DescribedModel, taxonomy: Callable[[str], Taxonomy], timer: Callable[[], float]
    ) -> None:
        self._store = store
        self._model = model
        self._taxonomy = taxonomy
        self._timer = timer
        self._counts: dict[str, tuple[float, list[CategoryCount]]] = {}

    def describe(self) -> Iterable[Metric]:
        """What there is, without values."""
        return [_figures(), *_gauges(Drift(0, {}, {}, None, None))]

    def collect(self) -> Iterable[Metric]:
        info = self._model.info
        figures = _figures()
        for bundle in info.bundles:
            for name, value in headline(bundle.figures).items():
                figures.add_metric([bundle.tier.value, name], value)
        return [figures, *_gauges(self.drift())]

    def drift(self, workspace: str = DEFAULT_WORKSPACE) -> Drift:
        """As it stands in a workspace now, or did a few seconds ago."""
        info, counts = self._model.info, self._latest(workspace)
        trained, known = training_mix(info), self._comparable(info, self._taxonomy(workspace), counts)
        return Drift(
            tickets=sum(one.tickets for one in counts),
            shares=shares({one.category: one.tickets for one in counts}),
            trained=trained,
            confidence_mean=mean_confidence(counts),
            category_drift=population_stability_index(trained, known) if trained and known else None,
        )

    @staticmethod
    def _comparable(info: ModelInfo, taxonomy: Taxonomy, counts: Iterable[CategoryCount]) -> dict[str, float]:
        """The shares to hold against the training rows; empty where the categories are not the model's, or the
        tickets too few."""
        counted = {one.category: one.tickets for one in counts}
        fits = not taxonomy.is_own or taxonomy.fits(info.labels)
        if not fits or not counted.keys() <= {*info.labels, taxonomy.fallback}:
            return {}
        known = {category: tickets for category, tickets in counted.items() if category in info.labels}
        return shares(known) if sum(known.values()) >= FEWEST else {}

    def _latest(self, workspace: str) -> list[CategoryCount]:
        stale_at, counts = self._counts.get(workspace, (0.0, []))
        if self._timer() >= stale_at:
            try:
                counts = self._store.category_counts(workspace, LATEST)
            except Unavailable:
                counts = []
            self._counts[workspace] = (self._timer() + _FRESH_SECONDS, counts)
        return counts


def _figures() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "smart_support_model_figure", "Figures measured when the model was trained.", labels=["model", "figure"]
    )


def _gauges(drift: Drift) -> list[Metric]:
    share = GaugeMetricFamily("smart_support_category_share", f"Share of {_LATEST}.", labels=["category"])
    for category, value in sorted(drift.shares.items()):
        share.add_metric([category], value)
    mean = GaugeMetricFamily("smart_support_confidence_mean", f"Over {_LATEST}.")
    if drift.confidence_mean is not None:
        mean.add_metric([], drift.confidence_mean)
    index = GaugeMetricFamily(
        "smart_support_category_drift",
        f"Population stability index of {_LATEST} against the training rows; above 0.25 is much.",
    )
    if drift.category_drift is not None:
        index.add_metric([], drift.category_drift)
    return [share, mean, index]
