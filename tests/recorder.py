"""A sender that keeps what would have been said."""

import math
from collections.abc import Mapping
from typing import Any

from smart_support.domain.notice import Notice


class Recorder:
    """The port Sender; `notices` are those taken so far, in order."""

    rate = math.inf
    follows = False

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        self.notices.append(notice)
        return handle
