"""Zammad. One request sets priority, owner and the note; each tag has one of its own.

Zammad comes with three priorities, so what is urgent is `3 high`. Sources: docs.zammad.org, Tickets ("Update"),
Articles ("By ticket"), Tags.
"""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.helpdesks.desired import changes, their_name, wanted
from smart_support.adapters.helpdesks.notes import is_there, marked
from smart_support.adapters.helpdesks.rest import Api, entries, member, segment
from smart_support.pipeline.sources import WriteBack

PREFIX = "smart-support-"
_PRIORITIES = {"low": "1 low", "normal": "2 normal", "high": "3 high", "urgent": "3 high"}
_UNPROCESSABLE = 422
_NOBODY = 1  # the user "-", who owns what nobody has


class ZammadWriter:
    """The port Writer. `api.url` is `https://HOST`; `agents` maps who is there (a login, a mail address or an id) to
    our agents' ids."""

    rate = 20.0

    def __init__(self, api: Api, agents: Mapping[str, str]) -> None:
        self._api = api
        self._agents = agents

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        desired = wanted(told)
        change = changes(desired, told.written)
        id_ = told.ticket.source_id
        fields: dict[str, Any] = {}
        if "priority" in change:
            fields["priority"] = _PRIORITIES[change["priority"]]
        if "assignee" in change:
            fields |= self._owner(f"/api/v1/tickets/{segment(id_)}", change["assignee"], told.written.get("assignee"))
        if desired.note is not None and not self._noted(id_, told.id):
            body = marked(desired.note, told.id)
            fields["article"] = {"body": body, "content_type": "text/plain", "type": "note", "internal": True}
        if fields and not self._put(id_, fields):
            del change["assignee"]
        if "tags" in change:
            self._tag(id_, {PREFIX + tag for tag in change["tags"]})
        return {**told.written, **change}

    def _put(self, id_: str | None, fields: Mapping[str, Any]) -> bool:
        """Whether all was set: an owner who is not there refuses all, and is left out then."""
        path, rest = f"/api/v1/tickets/{segment(id_)}", {**fields}
        names = rest.pop("owner", rest.pop("owner_id", _NOBODY)) != _NOBODY
        status, _answer = self._api.call("PUT", path, fields, expected=(_UNPROCESSABLE,) if names else ())
        if status == _UNPROCESSABLE and rest:
            self._api.send("PUT", path, rest)
        return status != _UNPROCESSABLE

    def _owner(self, path: str, agent_id: str | None, before: str | None) -> dict[str, Any]:
        if agent_id is not None:
            name = their_name(self._agents, agent_id)
            return {"owner_id": int(name)} if name.isdecimal() else {"owner": name}
        there = self._api.get(path, expand="true")
        ours = {their_name(self._agents, before)} if before else set()
        return {"owner_id": _NOBODY} if ours & {member(there, "owner"), str(member(there, "owner_id"))} else {}

    def _noted(self, ticket_id: str | None, id_: str) -> bool:
        found = entries(self._api.get(f"/api/v1/ticket_articles/by_ticket/{segment(ticket_id)}"))
        return is_there((one.get("body") for one in found if one.get("internal")), id_)

    def _tag(self, id_: str | None, ours: set[str]) -> None:
        found = member(self._api.get("/api/v1/tags", object="Ticket", o_id=id_), "tags") or []
        there = {tag for tag in found if tag.startswith(PREFIX)}
        for action, method, tags in (("add", "POST", ours - there), ("remove", "DELETE", there - ours)):
            for tag in sorted(tags):
                self._api.send(method, f"/api/v1/tags/{action}", {"item": tag, "object": "Ticket", "o_id": id_})
