"""The sender of a replay: keeps what would have been said."""

from smart_support.domain.alert import Alert
from smart_support.pipeline.records import Delivery


class Recorder:
    """The port Sender; `alerts` are those taken so far, in order."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def send(self, delivery: Delivery) -> None:
        self.alerts.append(delivery.alert)
