"""Smart-Support: a self-hosted engine that stands behind a helpdesk."""

__version__ = "0.1.0"
