"""The sender that writes to the log: what an alert would say, without the ticket's text."""

import structlog

from smart_support.pipeline.records import Delivery

log = structlog.get_logger(__name__)


class LogSender:
    """The port Sender, for a system that has no receiver configured."""

    def send(self, delivery: Delivery) -> None:
        triage = delivery.ticket.triage
        log.warning(
            "alert",
            alert_id=delivery.alert.id,
            kind=delivery.alert.kind.value,
            ticket_id=delivery.ticket.id,
            incident_id=delivery.alert.incident_id,
            category=triage.category if triage else None,
            urgency=round(triage.urgency, 3) if triage else None,
        )
