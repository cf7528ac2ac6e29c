"""A ticket's way, a file a step: accept, triage, dispatch, notify."""
