"""Reading JSON bodies as strictly as statements are read, before any model sees them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.limits import MAX_OTHER_BYTES
from ledger import reading

MAX_BODY_DEPTH: Final = reading.MAX_DEPTH + 2
"""A draft's body lies one level deeper in its request than in its statement."""


class StrictRequest(Request):
    """A request whose JSON has each key once, whole numbers only, and plain texts."""

    async def json(self) -> Any:
        """Return the body's value.

        Raises:
            CanonicalFormError: it would have to be repaired.
        """
        return reading.parse(await self.body(), max_bytes=MAX_OTHER_BYTES, max_depth=MAX_BODY_DEPTH)


class StrictRoute(APIRoute):
    """A route that reads its body strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, which sees the strict request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict
