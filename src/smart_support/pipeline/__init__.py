"""A ticket's way, a file a step: accept, triage, dispatch, notify."""

import smart_support.alone  # noqa: F401
