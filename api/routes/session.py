"""Sign-in by a signed challenge, and how the service is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import StrictRoute
from api.deps import Wired
from api.openapi import BODY_ERRORS, errors
from api.viewers import CHALLENGE_S, TOKEN_S, ChallengeError
from api.wiring import Wiring
from ledger.errors import LedgerError
from ledger.identifiers import Address, Hex32, SignatureValue

router = APIRouter(tags=["session"], route_class=StrictRoute)


class ChallengeRequest(BaseModel):
    """Whose key will sign."""

    model_config = ConfigDict(extra="forbid", strict=True)
    key: Address = Field(examples=["0x" + "ab" * 20])


class ChallengeAnswer(BaseModel):
    """The signed challenge."""

    model_config = ConfigDict(extra="forbid", strict=True)
    key: Address
    nonce: Hex32
    expires: int
    proof: str = Field(max_length=64)
    signature: SignatureValue


@router.post(
    "/v1/session/challenges",
    status_code=201,
    summary="Ask for a challenge to sign",
    responses=errors(*BODY_ERRORS),
)
def post_challenge(asked: ChallengeRequest, request: Request, wired: Wired) -> dict[str, Any]:
    """Return typed data that a registered key signs within 5 minutes, once."""
    return {**wired.sign_in.challenge(_host(request, wired), asked.key), "valid_s": CHALLENGE_S}


@router.post(
    "/v1/session/tokens",
    status_code=201,
    summary="Trade a signed challenge for a bearer token",
    responses=errors(ChallengeError, *BODY_ERRORS),
)
def post_token(answer: ChallengeAnswer, request: Request, wired: Wired) -> dict[str, Any]:
    """Return a token for an hour, for the organization that the key speaks for now."""
    with wired.store.read() as view:
        owner = view.key_owner(answer.key)
        organization = view.organization(owner) if owner else None
        if organization is None or answer.key not in organization.active_keys():
            raise ChallengeError("the key speaks for no organization of this log now")
    passkey = next((key.passkey for key in organization.keys if key.address == answer.key), None)
    wired.sign_in.answer(_host(request, wired), answer.key, answer.model_dump(), passkey)
    return {
        "token": wired.sign_in.token(organization.id),
        "organization": organization.id,
        "valid_s": TOKEN_S,
    }


def _host(request: Request, wired: Wiring) -> str:
    """Return the host that a challenge names: the ledger's own, so that nobody signs for another's."""
    return urlsplit(wired.settings.public_url).netloc or request.url.netloc


@router.get("/healthz", summary="Whether the process answers", responses=errors())
def healthz() -> dict[str, str]:
    """Answer that the process is up."""
    return {"status": "up"}


@router.get(
    "/readyz",
    summary="Whether the ledger can take statements, and what the chain needs",
    responses={503: {"description": "The database is away; `problem` says why"}, **errors()},
)
def readyz(wired: Wired, response: Response) -> dict[str, Any]:
    """Check the database, and say how the chain is; a chain away doesn't stop statements."""
    try:
        with wired.store.read() as view:
            size = view.size()
        pending = wired.anchoring.state().pending
    except LedgerError as error:
        response.status_code = 503
        return {"status": "down", "problem": str(error)}
    chains = [
        {
            "name": state.name,
            "reachable": chain.reachable,
            "chain_id": chain.chain_id,
            "contract": chain.contract,
            "fund_address": chain.log_address if chain.reachable and not chain.funded else None,
            "reason": chain.reason,
            "pending": state.pending,
        }
        for state, chain in wired.anchoring.statuses()
    ]
    first = chains[0] if chains else None
    return {"status": "ready", "size": size, "pending": pending, "chain": first, "chains": chains}
