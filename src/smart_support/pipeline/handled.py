"""What becomes of messages when the work on them fails."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from smart_support.pipeline.ports import Broker, Message, Step


@contextmanager
def handled(broker: Broker, step: Step, messages: Sequence[Message]) -> Iterator[None]:
    """Acknowledge messages once the block is through, or give them back where it fails."""
    try:
        yield
    except BaseException:
        broker.release(step, messages)
        raise
    broker.acknowledge(step, messages)
