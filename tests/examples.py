"""How often a property is tried that is dearer than others."""

from hypothesis import settings


def examples(share: float) -> int:
    """This share of the profile's examples, so that `make verify` tries more of it too; at least one."""
    return max(1, round(settings().max_examples * share))
