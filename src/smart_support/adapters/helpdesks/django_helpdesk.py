"""django-helpdesk 2.3. A PATCH sets all that differs, and its answer holds the notes that stand there; a note is a
private follow-up.

A PATCH calls no webhook, so it has no echo; a follow-up calls one, which says nothing new. Category and tags go to
custom fields named `smart_support_category` and `smart_support_tags` where somebody made them; the note says them too.
Sources: `helpdesk/views/api.py`, `serializers.py` and `update_ticket.py` of the package.
"""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.helpdesks.desired import changes, their_name, wanted
from smart_support.adapters.helpdesks.notes import is_there, marked, without_template
from smart_support.adapters.helpdesks.rest import Api, entries, member, segment
from smart_support.pipeline.sources import WriteBack

_PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
_CATEGORY, _TAGS = "custom_smart_support_category", "custom_smart_support_tags"
_OPEN = "status=1,2"
_ASSIGNEE = "assigned_to"
_BAD_REQUEST, _NOT_FOUND = 400, 404


class DjangoHelpdeskWriter:
    """The port Writer. `api.url` is where django-helpdesk's own addresses begin; `agents` maps users' ids there to our
    agents' ids: its API looks up nobody by name, so an agent who is not among them is not assigned there."""

    rate = 20.0

    def __init__(self, api: Api, agents: Mapping[str, str]) -> None:
        self._api = api
        self._agents = agents

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        desired = wanted(told)
        change = changes(desired, told.written)
        path = f"/api/tickets/{segment(told.ticket.source_id)}/"
        fields = self._fields(path, change, told.written.get("assignee"))
        custom = {_CATEGORY: change.get("category"), _TAGS: ", ".join(change["tags"]) if "tags" in change else None}
        custom = {name: value for name, value in custom.items() if value is not None}
        ticket, assigned = self._patch(path, fields, custom) if fields or custom else (None, False)
        if change.get("assignee") is not None and not assigned:
            del change["assignee"]
        if desired.note is not None:
            ticket = ticket or self._call("GET", path)[1]
            self._note(told.id, desired.note, ticket)
        return {**told.written, **change}

    def _fields(self, path: str, change: Mapping[str, Any], before: str | None) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "priority" in change:
            fields["priority"] = _PRIORITIES[change["priority"]]
        if change.get("assignee") is not None:
            name = their_name(self._agents, change["assignee"])
            fields |= {_ASSIGNEE: int(name)} if name.isdecimal() else {}
        elif "assignee" in change and before is not None:
            there = member(self._call("GET", path)[1], _ASSIGNEE)
            fields |= {_ASSIGNEE: None} if str(there) == their_name(self._agents, before) else {}
        return fields

    def _patch(self, path: str, fields: Mapping[str, Any], custom: Mapping[str, Any]) -> tuple[Any, bool]:
        """The ticket as it is now, and whether the assignee was set. A field that is not there is ignored; one that
        takes other values, and an assignee who is not there, refuse all."""
        rest = {name: value for name, value in fields.items() if name != _ASSIGNEE}
        tries = [{**fields, **custom}, {**rest, **custom}, dict(fields), rest]
        tries = [body for place, body in enumerate(tries) if body and body not in tries[:place]]
        for body in tries:
            expected = (_BAD_REQUEST,) if body is not tries[-1] else ()
            status, ticket = self._call("PATCH", path, body, expected)
            if status != _BAD_REQUEST:
                return ticket, body.get(_ASSIGNEE) is not None
        return None, False

    def _call(self, method: str, path: str, body: Any = None, expected: tuple[int, ...] = ()) -> tuple[int, Any]:
        # The API looks at all the tickets of its filter before it finds one: among the open ones that is much quicker.
        answer = self._api.call(method, f"{path}?{_OPEN}", body, expected=(_NOT_FOUND, *expected))
        return answer if answer[0] != _NOT_FOUND else self._api.call(method, path, body, expected)

    def _note(self, id_: str, note: str, ticket: Any) -> None:
        there = entries(member(ticket, "followup_set"))
        if is_there((one.get("comment") for one in there if one.get("public") is False), id_):
            return
        comment = without_template(marked(note, id_))
        # Without a title: one that is given becomes the ticket's.
        body = {"ticket": member(ticket, "id"), "comment": comment, "public": False}
        self._api.send("POST", "/api/followups/", body)
