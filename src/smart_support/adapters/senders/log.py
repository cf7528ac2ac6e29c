"""The sender that writes to the log: what a message is about, without a word of what anybody wrote."""

from collections.abc import Mapping
from typing import Any

import structlog

from smart_support.domain.notice import Notice

log = structlog.get_logger(__name__)


class LogSender:
    """The port Sender, for a system that has no receiver configured."""

    rate = 1_000.0
    follows = False

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        log.warning(
            "alert",
            message_id=notice.id,
            topic_id=notice.topic_id,
            kinds=[each.kind for each in notice.conditions],
            status=notice.status.value,
            weight=notice.weight.value,
            workspace=notice.workspace,
            ticket_id=notice.ticket_id,
            incident_id=notice.incident_id,
            urgency=None if notice.urgency is None else round(notice.urgency, 3),
            parts=len(notice.parts),
        )
        return handle
