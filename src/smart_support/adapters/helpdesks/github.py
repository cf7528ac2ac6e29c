"""GitHub issues: labels with our prefix, assignees, and the note as a comment, which whoever reads the issue can read.

There is no priority, so it is a label too. Labels and assignees are added and removed one by one, so that nobody else's
are touched. Sources: docs.github.com, REST API, Issues, Labels ("Add labels to an issue"), Assignees, Comments.
"""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.helpdesks.desired import Desired, changes, their_name, wanted
from smart_support.adapters.helpdesks.notes import as_markdown, is_there, mark
from smart_support.adapters.helpdesks.rest import Api, entries, member, segment
from smart_support.pipeline.sources import WriteBack

PREFIX = "smart-support/"
_PAGE = 100
_GONE = (404, 410)


class GitHubWriter:
    """The port Writer. `api.url` is `https://api.github.com`; `agents` maps logins there to our agents' ids. GitHub
    leaves out who may not be assigned."""

    rate = 1.0  # as its documentation asks of whoever changes things

    def __init__(self, api: Api, agents: Mapping[str, str]) -> None:
        self._api = api
        self._agents = agents

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        desired = wanted(told)
        change = changes(desired, told.written)
        path = _path(told.ticket.source_id)
        if change.keys() & {"tags", "priority"}:
            self._label(path, desired)
        if "assignee" in change:
            self._assign(path, change["assignee"], told.written.get("assignee"))
        if desired.note is not None and not self._noted(path, told.id):
            body = f"{as_markdown(desired.note.rstrip())}\n\n<!-- {mark(told.id)} -->"
            self._api.send("POST", f"{path}/comments", {"body": body})
        return {**told.written, **change}

    def _label(self, path: str, desired: Desired) -> None:
        ours = {PREFIX + tag for tag in desired.tags}
        if desired.priority is not None:
            ours.add(f"{PREFIX}priority-{desired.priority.name.lower()}")
        names = (one.get("name") for one in entries(member(self._api.get(path), "labels")))
        there = {name for name in names if isinstance(name, str) and name.startswith(PREFIX)}
        if ours - there:
            self._api.send("POST", f"{path}/labels", {"labels": sorted(ours - there)})
        for label in sorted(there - ours):
            self._api.call("DELETE", f"{path}/labels/{segment(label)}", expected=_GONE)

    def _assign(self, path: str, agent_id: str | None, before: str | None) -> None:
        if before is not None:
            self._api.send("DELETE", f"{path}/assignees", {"assignees": [their_name(self._agents, before)]})
        if agent_id is not None:
            self._api.send("POST", f"{path}/assignees", {"assignees": [their_name(self._agents, agent_id)]})

    def _noted(self, path: str, id_: str) -> bool:
        for page in range(1, 1_000):
            found = entries(self._api.get(f"{path}/comments", per_page=_PAGE, page=page))
            if is_there((one.get("body") for one in found), id_):
                return True
            if len(found) < _PAGE:
                break
        return False


def _path(source_id: str | None) -> str:
    """The path of the issue `owner/name#number`."""
    repository, _, number = (source_id or "").rpartition("#")
    owner, _, name = repository.partition("/")
    return f"/repos/{segment(owner)}/{segment(name)}/issues/{segment(number)}"
