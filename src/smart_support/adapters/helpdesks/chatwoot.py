"""Chatwoot. Each part has a request of its own, and each may be repeated without harm.

Labels given replace those that stand there, so they are read first. Sources: developers.chatwoot.com, Conversations
("Toggle Priority"), Conversation Assignments, Conversation Labels, Messages, Agents.
"""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.helpdesks.desired import changes, merged_tags, their_name, wanted
from smart_support.adapters.helpdesks.notes import is_there, marked, without_links
from smart_support.adapters.helpdesks.rest import Api, entries, member, segment
from smart_support.pipeline.sources import WriteBack

PREFIX = "smart-support-"
_PRIORITIES = {"low": "low", "normal": "medium", "high": "high", "urgent": "urgent"}
_NOBODY = 0


class ChatwootWriter:
    """The port Writer. `api.url` is `https://HOST/api/v1/accounts/ID`; `agents` maps who is there (an id, a mail
    address or a name) to our agents' ids. An agent who is not there is not assigned."""

    rate = 5.0

    def __init__(self, api: Api, agents: Mapping[str, str]) -> None:
        self._api = api
        self._agents = agents

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        desired = wanted(told)
        change = changes(desired, told.written)
        path = f"/conversations/{segment(told.ticket.source_id)}"
        if "priority" in change:
            self._api.send("POST", f"{path}/toggle_priority", {"priority": _PRIORITIES[change["priority"]]})
        if "tags" in change:
            labels = member(self._api.get(f"{path}/labels"), "payload") or []
            self._api.send("POST", f"{path}/labels", {"labels": merged_tags(labels, change["tags"], PREFIX)})
        if "assignee" in change:
            self._assign(path, change["assignee"], told.written.get("assignee"))
        if desired.note is not None and not self._noted(path, told.id):
            note = {
                "content": marked(without_links(desired.note), told.id),
                "message_type": "outgoing",
                "private": True,
            }
            self._api.send("POST", f"{path}/messages", note)
        return {**told.written, **change}

    def _assign(self, path: str, agent_id: str | None, before: str | None) -> None:
        if agent_id is not None:
            person: int | None = self._id(their_name(self._agents, agent_id))
        else:
            there = member(self._api.get(path), "meta", "assignee", "id")
            ours = self._id(their_name(self._agents, before)) if before else None
            person = _NOBODY if there is not None and there == ours else None
        if person is not None:
            self._api.send("POST", f"{path}/assignments", {"assignee_id": person})

    def _id(self, name: str) -> int | None:
        if name.isdecimal():
            return int(name)
        wanted_name = name.casefold()
        for agent in entries(self._api.get("/agents")):
            names = (agent.get("email"), agent.get("name"), agent.get("available_name"))
            if wanted_name in {one.casefold() for one in names if isinstance(one, str)}:
                return int(agent["id"])
        return None

    def _noted(self, path: str, id_: str) -> bool:
        """Among the newest messages, which is where a note is that was written just before a crash."""
        found = entries(member(self._api.get(f"{path}/messages"), "payload"))
        return is_there((one.get("content") for one in found if one.get("private")), id_)
