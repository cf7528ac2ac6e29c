"""Helpdesks that call us: how each proves that it did, and what it says."""
