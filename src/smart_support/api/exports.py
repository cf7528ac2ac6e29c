"""Exports: lines of JSON that are streamed for as long as the caller may have them."""

from collections.abc import AsyncIterator, Iterator

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool

from smart_support.api.access import Require
from smart_support.domain.access import Scope

_STILL = Require(Scope.ADMIN, counted=False)


def export(request: Request, pages: Iterator[str]) -> StreamingResponse:
    """Whole lines, some at a time. Where the key is revoked or runs out, or its owner signs out, the answer breaks off
    before its end, so that nobody takes it for the whole: Problem is raised."""
    return StreamingResponse(_while_admitted(request, pages), media_type="application/x-ndjson")


async def _while_admitted(request: Request, pages: Iterator[str]) -> AsyncIterator[str]:
    async for page in iterate_in_threadpool(pages):
        await _STILL.look(request)
        yield page
