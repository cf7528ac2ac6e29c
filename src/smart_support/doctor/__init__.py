"""Examines an installation, running or not, and changes nothing in it."""
