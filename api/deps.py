"""What routes ask for: the wiring, and who is looking."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query, Request

from api.viewers import TokenError, Viewer
from api.wiring import Wiring


def wiring(request: Request) -> Wiring:
    """Return the running ledger's wiring."""
    wired: Wiring = request.app.state.wiring
    return wired


def viewer(
    wired: Annotated[Wiring, Depends(wiring)],
    authorization: Annotated[str | None, Header(description="Bearer token of a sign-in")] = None,
) -> Viewer:
    """Return who is looking, by bearer token; nobody in particular without one.

    Raises:
        TokenError: the token is wrong or over.
    """
    if authorization is None:
        return Viewer()
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenError("it is no bearer token")
    return wired.sign_in.viewer(token.strip())


After = Annotated[
    str,
    Query(max_length=129, pattern=r"^[a-z0-9_.]*$", description="`next` of the page before; none at first"),
]
Wired = Annotated[Wiring, Depends(wiring)]
Looking = Annotated[Viewer, Depends(viewer)]
