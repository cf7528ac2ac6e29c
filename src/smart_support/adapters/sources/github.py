"""GitHub: the events `issues` and `issue_comment` of a repository or an organization.

Signature: docs.github.com, "Validating webhook deliveries"; payloads: docs.github.com, "Webhook events and payloads".
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smart_support.adapters.sources import signature
from smart_support.adapters.sources.fields import (
    is_note,
    is_ours,
    maybe,
    moment,
    needed,
    parse,
    person,
    record,
    records,
    text,
)
from smart_support.domain.ticket import Customer
from smart_support.pipeline.sources import Incoming, Reply

_STAFF = {"OWNER", "MEMBER", "COLLABORATOR"}
_ENDS = {"deleted", "transferred"}
_HANDS = {"opened", "assigned", "unassigned"}
_TURNS = {"opened", "reopened", "closed", *_ENDS}


@dataclass(frozen=True, slots=True)
class GitHub:
    """Repositories; an issue is a ticket, `owner/name#number` its id. `api_user` is the login of the account that
    writes there for us."""

    secret: str = field(repr=False)
    api_user: str | None = None
    agents: Collection[str] = ()

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> str | None:  # noqa: ARG002 - part of the port
        given = signature.header(headers, "x-hub-signature-256")
        signature.check_signature(self.secret, body, given, prefix="sha256=")
        # Neither X-GitHub-Delivery nor a time is signed; the body tells when the issue was last changed, so that one
        # that comes again is no other event.
        return signature.fingerprint(body)

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Incoming]:
        told = parse(body)
        event, action = headers.get("x-github-event"), text(told.get("action"))
        issue, comment = record(told.get("issue")), record(told.get("comment"))
        if event not in {"issues", "issue_comment"} or "pull_request" in issue:
            return []
        if event == "issue_comment" and action != "created":
            return []
        ours = is_ours([record(told.get("sender")).get("login")], self.api_user)
        by_us = ours and action not in _TURNS
        reply = _reply(comment, issue) if event == "issue_comment" else None
        by_us = by_us or (reply is not None and is_note(reply.body) and not reply.by_customer)
        opens = action in {"opened", "reopened"} if reply is None else reply.by_customer
        return [self._incoming(told, issue, action, () if reply is None or by_us else (reply,), by_us, opens)]

    def _incoming(
        self,
        told: Mapping[str, Any],
        issue: Mapping[str, Any],
        action: str,
        replies: tuple[Reply, ...],
        by_us: bool,
        opens: bool,
    ) -> Incoming:
        repository = needed(record(told.get("repository")).get("full_name"), "repository (repository.full_name)")
        number = needed(issue.get("number"), "issue number (issue.number)")
        who = maybe(record(issue.get("user")).get("login"))
        state = text(issue.get("state"))
        return Incoming(
            source_id=f"{repository}#{number}",
            subject=text(issue.get("title")),
            body=text(issue.get("body")),
            customer=Customer(id=who, name=who),
            channel="github",
            tags=tuple(text(label.get("name")) for label in records(issue.get("labels"))),
            received_at=moment(issue.get("created_at")),
            url=maybe(issue.get("html_url")),
            # A comment shows, too, that an issue is closed, but none that it is open: `opened` may come later.
            closed=True if action in _ENDS or state == "closed" else False if action in _TURNS else None,
            assignee=self._assignee(issue) if action in _HANDS else None,
            replies=replies,
            by_us=by_us,
            opens=opens,
            changed_at=moment(issue.get("updated_at")),
        )

    def _assignee(self, issue: Mapping[str, Any]) -> str | None:
        if "assignees" not in issue:
            return None
        return person([one.get("login") for one in records(issue["assignees"])], self.agents)


def _reply(comment: Mapping[str, Any], issue: Mapping[str, Any]) -> Reply:
    login = record(comment.get("user")).get("login")
    opened_it = login is not None and login == record(issue.get("user")).get("login")
    is_bot = record(comment.get("user")).get("type") == "Bot"
    return Reply(
        id=needed(comment.get("id"), "comment id (comment.id)"),
        body=text(comment.get("body")),
        at=moment(comment.get("created_at")),
        author=maybe(login),
        by_customer=not is_bot and (opened_it or text(comment.get("author_association")) not in _STAFF),
    )
