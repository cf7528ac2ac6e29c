"""Backups of a system on SQLite: one file to take away, and the way back."""
