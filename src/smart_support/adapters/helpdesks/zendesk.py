"""Zendesk. One request sets all that differs: fields, tags and the note together, or nothing.

Tags given replace those that stand there, so they are read first, and a ticket that somebody changed in between is
refused (409, `safe_update`) and read again. Sources: developer.zendesk.com, Ticketing API, Tickets ("Update Ticket",
"Protecting against ticket update collisions") and Ticket Comments.
"""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.helpdesks.desired import changes, merged_tags, their_name, wanted
from smart_support.adapters.helpdesks.notes import is_there, marked
from smart_support.adapters.helpdesks.rest import Api, entries, member, segment
from smart_support.pipeline.records import Undelivered
from smart_support.pipeline.sources import WriteBack

PREFIX = "smart-support-"
_TRIES = 4
_CONFLICT, _UNPROCESSABLE = 409, 422


class ZendeskWriter:
    """The port Writer. `api.url` is `https://NAME.zendesk.com`; `agents` maps who is there (a mail address or an id) to
    our agents' ids. An agent who is neither is not assigned there."""

    rate = 1.5  # 100 updates of tickets a minute on its smaller plans

    def __init__(self, api: Api, agents: Mapping[str, str]) -> None:
        self._api = api
        self._agents = agents

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        desired = wanted(told)
        change = changes(desired, told.written)
        if not change and desired.note is None:
            return told.written
        path = f"/api/v2/tickets/{segment(told.ticket.source_id)}"
        for _ in range(_TRIES):
            ticket = member(self._api.get(path), "ticket")
            if member(ticket, "status") == "closed":
                return told.written  # a closed ticket cannot be changed any more
            fields = self._fields(change, told, ticket)
            if desired.note is not None and not self._noted(path, told.id):
                fields["comment"] = {"body": marked(desired.note, told.id), "public": False}
            if not fields:
                return {**told.written, **change}
            fields |= {"safe_update": True, "updated_stamp": member(ticket, "updated_at")}
            expected = (_CONFLICT, _UNPROCESSABLE) if change.get("assignee") is not None else (_CONFLICT,)
            status, _answer = self._api.call("PUT", path, {"ticket": fields}, expected=expected)
            if status == _UNPROCESSABLE:
                del change["assignee"]  # he is none there; all else is set
            elif status != _CONFLICT:
                return {**told.written, **change}
        raise Undelivered("the ticket is being changed by others")

    def _fields(self, change: Mapping[str, Any], told: WriteBack, ticket: Any) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "priority" in change:
            fields["priority"] = change["priority"]
        if "tags" in change:
            fields["tags"] = merged_tags(member(ticket, "tags") or [], change["tags"], PREFIX)
        if change.get("assignee") is not None:
            fields |= _assignee(their_name(self._agents, change["assignee"]))
        elif "assignee" in change and self._has(ticket, their_name(self._agents, told.written["assignee"])):
            fields["assignee_id"] = None
        return fields

    def _has(self, ticket: Any, name: str) -> bool:
        there = member(ticket, "assignee_id")
        if there is None or name == str(there):
            return there is not None
        user = self._api.get(f"/api/v2/users/{there}") if "@" in name else None
        return str(member(user, "user", "email")).casefold() == name.casefold()

    def _noted(self, path: str, id_: str) -> bool:
        found = self._api.get(f"{path}/comments", **{"sort": "-created_at", "page[size]": 100})
        return is_there((one.get("plain_body") or one.get("body") for one in entries(member(found, "comments"))), id_)


def _assignee(name: str) -> dict[str, Any]:
    if "@" in name:
        return {"assignee_email": name}
    return {"assignee_id": int(name)} if name.isdecimal() else {}
