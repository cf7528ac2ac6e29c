"""The tiers of triage: models behind `domain.triage.Model`, and the bundles they are loaded from."""

import smart_support.alone  # noqa: F401
