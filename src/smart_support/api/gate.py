"""What a call has to pass before its body is read: whoever may not come in has nothing read, parsed or kept."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant

T = TypeVar("T")


class Gate(ABC, Generic[T]):
    """A dependency that looks at a call before its body is read: once, however often it is asked."""

    async def __call__(self, request: Request) -> T:
        passed: dict[Gate[T], T] = request.scope.setdefault("smart_support.passed", {})
        if self not in passed:
            passed[self] = await self.look(request)
        return passed[self]

    @abstractmethod
    async def look(self, request: Request) -> T:
        """What the route is told of the call. Raises Problem where it may not pass."""


def gates_of(needs: Dependant) -> Iterator[Gate[Any]]:
    """All that stand before a route, what its dependencies need among them."""
    for needed in needs.dependencies:
        if isinstance(needed.call, Gate):
            yield needed.call
        yield from gates_of(needed)
