"""What an engine of triage tells of itself."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field

from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.triage import Tier


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """An engine at one moment.

    `tier` and `model_version` are those that answer now. `streak` is the breaker's; `opened_at` is when it opened (UTC
    epoch seconds), None while it is closed. The rest is counted since the engine began: `runs` of the transformer for
    tickets and the `run_seconds` they took, `probes` beside them while the breaker was open, `echoes` of results that
    were known already, and tickets that got a `degraded` answer. `run_p95` is the 95th
    percentile of the seconds that the last runs took, None before the first one; `limits` are those of its breaker.
    """

    tier: Tier
    model_version: str
    breaker_open: bool = False
    streak: int = 0
    opened_at: float | None = None
    runs: int = 0
    run_seconds: float = 0.0
    probes: int = 0
    echoes: int = 0
    degraded: int = 0
    run_p95: float | None = None
    limits: BreakerLimits = field(default_factory=BreakerLimits)


def percentile(values: Collection[float], share: float) -> float | None:
    """The smallest of the values that at least this share of them does not exceed, 0 < share <= 1; None without any."""
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else None
