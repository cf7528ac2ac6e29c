"""Measurements of what the product promises, each beside its peer or its limit in the same run."""
