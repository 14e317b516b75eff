"""Who may see what: viewers, sign-in by a signed challenge, and the two policies.

A client signs a single-use challenge (EIP-712, this host, 5 minutes) and gets a bearer token for an
hour. Policy `demo` shows everything; `members` shows own books, and a passport to the parties that it
or one up to two tiers further on names, to whom its sender granted it, or to whoever has its link secret;
else 404. How much of it is shown says `disclosing.py`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Literal

from eth_account import Account
from eth_account.messages import encode_typed_data

from api.challenge import challenge_digest, challenge_typed_data
from ledger.challenges import UsedChallenges
from ledger.closure import takes
from ledger.errors import LedgerError
from ledger.grants import granted
from ledger.identifiers import lot_parts
from ledger.interfaces import LedgerView
from ledger.key_bodies import Passkey
from ledger.lots import Shipment
from ledger.statements import ReceiptBody
from ledger.webauthn import check_assertion, check_terms

CHALLENGE_S: Final = 300
TOKEN_S: Final = 3600
TIERS_UP: Final = 2
MAX_SHIPMENTS: Final = 2_000


@dataclass(eq=False)
class ChallengeError(LedgerError):
    """A sign-in challenge that can't be answered any more, or never was given."""

    problem: str
    sentence: ClassVar[str] = "The sign-in challenge is refused: {problem}. Ask for a new one."


@dataclass(eq=False)
class TokenError(LedgerError):
    """A bearer token that is wrong or over."""

    problem: str
    sentence: ClassVar[str] = "The access token is refused: {problem}. Sign in again."


@dataclass(eq=False)
class NotVisibleError(LedgerError):
    """What is asked for isn't there, or isn't for this viewer; both are answered alike."""

    what: str
    sentence: ClassVar[str] = (
        "There is no {what} here that you may see. Sign in, or use the link you were given."
    )


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads: an organization, or nobody in particular."""

    organization: str | None = None


def _check_signed(typed_data: dict[str, Any], address: str, signature: str) -> None:
    message = encode_typed_data(full_message=typed_data)
    try:
        signer = str(Account.recover_message(message, signature=signature)).lower()
    except Exception:  # noqa: BLE001 - eth-account has no one class for a malformed signature
        raise ChallengeError("the signature can't be read") from None
    if signer != address:
        raise ChallengeError(f"it was signed by {signer}, not by {address}")


def _check_passkey(typed_data: dict[str, Any], address: str, signature: str, passkey: Passkey) -> None:
    try:
        assertion = check_assertion(challenge_digest(typed_data), address, signature)
        check_terms(address, passkey, assertion)
    except LedgerError as error:
        raise ChallengeError(str(error).rstrip(".")) from None


class SignIn:
    """Gives challenges and tokens; both carry their own proof, so only used nonces are kept.

    Processes that share secret and `used` accept each other's challenges, and each challenge once.
    """

    def __init__(self, secret: bytes, log_id: str, used: UsedChallenges) -> None:
        self._secret = secret
        self._log_id = log_id
        self._used = used

    def challenge(self, host: str, address: str) -> dict[str, Any]:
        """Return the typed data to sign, with the proof that it was given here."""
        expires = int(time.time()) + CHALLENGE_S
        nonce = secrets.token_hex(16)
        proof = self._mac("challenge", host, address, nonce, str(expires))
        return {
            "typed_data": challenge_typed_data(self._log_id, host, address, nonce, expires),
            "nonce": nonce,
            "expires": expires,
            "proof": proof,
        }

    def answer(self, host: str, address: str, answer: dict[str, Any], passkey: Passkey | None = None) -> None:
        """Check a challenge that a key signed, a wallet's or a passkey, once.

        Raises:
            ChallengeError: not given here, over, used before, or not signed by this key.
        """
        nonce, expires = str(answer["nonce"]), int(answer["expires"])
        proof = self._mac("challenge", host, address, nonce, str(expires))
        if not _same(proof, str(answer["proof"])):
            raise ChallengeError("it was not given by this host for this key")
        if time.time() > expires:
            raise ChallengeError("its 5 minutes are over")
        typed_data = challenge_typed_data(self._log_id, host, address, nonce, expires)
        if passkey is None:
            _check_signed(typed_data, address, str(answer["signature"]))
        else:
            _check_passkey(typed_data, address, str(answer["signature"]), passkey)
        self._use(nonce, expires)

    def _use(self, nonce: str, expires: int) -> None:
        # Clocks of several processes may differ: kept for as long again.
        use = self._used.use_challenge(nonce, expires, int(time.time()) - CHALLENGE_S)
        if use == "used":
            raise ChallengeError("it was used before")
        if use == "full":
            raise ChallengeError("too many sign in at this moment")

    def token(self, organization: str) -> str:
        """Return a bearer token for an hour."""
        body = json.dumps({"org": organization, "until": int(time.time()) + TOKEN_S}).encode()
        encoded = base64.urlsafe_b64encode(body).decode().rstrip("=")
        return f"{encoded}.{self._mac('token', encoded)}"

    def viewer(self, token: str) -> Viewer:
        """Return whom a token belongs to.

        Raises:
            TokenError: it is wrong or over.
        """
        encoded, _, mac = token.partition(".")
        if not _same(self._mac("token", encoded), mac):
            raise TokenError("it was not given by this ledger")
        body = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        if time.time() > body["until"]:
            raise TokenError("its hour is over")
        return Viewer(body["org"])

    def link_secret(self, passport: str) -> str:
        """Return the 128-bit secret that a passport's QR code carries, as 32 hex digits."""
        return self._mac("link", passport)[:32]

    def _mac(self, *words: str) -> str:
        text = "\n".join(words).encode("utf-8", "replace")
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()


class Visibility:
    """Answers whether a viewer may see something."""

    def __init__(self, policy: Literal["demo", "members"], sign_in: SignIn) -> None:
        self._policy = policy
        self._sign_in = sign_in

    @property
    def open(self) -> bool:
        """Whether everything is shown to everybody."""
        return self._policy == "demo"

    def books_of(self, viewer: Viewer, organization: str) -> None:
        """Check that a viewer may see an organization's books.

        Raises:
            NotVisibleError: they are somebody else's.
        """
        if not self.open and viewer.organization != organization:
            raise NotVisibleError("organization")

    def passport(
        self, viewer: Viewer, shipment: Shipment | None, view: LedgerView, link: str | None
    ) -> Shipment:
        """Return a shipment whose passport a viewer may see.

        Raises:
            NotVisibleError: there is none, or it is not for this viewer.
        """
        if shipment is None:
            raise NotVisibleError("passport")
        if self.open or (link and _same(link, self._sign_in.link_secret(shipment.id))):
            return shipment
        who = viewer.organization
        if who and (who in _named(shipment) or shipment.id in _seen_behind(who, view)):
            return shipment
        if who and granted(view, shipment, who, bearer=False, now=datetime.now(UTC)).profile is not None:
            return shipment
        raise NotVisibleError("passport")

    def has_link(self, shipment: Shipment, link: str | None) -> bool:
        """Say whether somebody has a passport's link secret."""
        return bool(link) and _same(link or "", self._sign_in.link_secret(shipment.id))

    @staticmethod
    def is_party(viewer: Viewer, shipment: Shipment) -> bool:
        """Say whether a shipment names a viewer."""
        return viewer.organization in _named(shipment)


def _same(ours: str, theirs: str) -> bool:
    """Compare in a time that tells nothing; what a stranger wrote may hold any character."""
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))


def _named(shipment: Shipment) -> frozenset[str]:
    """Return whom a shipment names; a handling that nobody took over is only its handler's own claim."""
    accepted = (handled.handler for handled in shipment.handlings)
    return frozenset((shipment.sender, shipment.consignee, *shipment.handlers, *accepted))


def _seen_behind(organization: str, view: LedgerView) -> set[str]:
    """Return the shipments up to two tiers behind those that name an organization."""
    own = view.shipments(party=organization, limit=MAX_SHIPMENTS)
    tier = {shipment.id for shipment in own if organization in _named(shipment)}
    seen = set(tier)
    for _ in range(TIERS_UP):
        tier = {up for shipment in sorted(tier) for up in _behind(shipment, view)} - seen
        seen |= tier
    return seen


def _behind(shipment: str, view: LedgerView) -> Iterator[str]:
    """Yield the shipments that a shipment's goods came by, one tier up."""
    queue, seen = [shipment], set[str]()
    while queue and len(seen) < MAX_SHIPMENTS:
        digest = queue.pop()
        statement = None if digest in seen else view.statement(digest)
        seen.add(digest)
        if statement is None:
            continue
        if isinstance(statement.body, ReceiptBody):
            yield statement.body.takes_over.shipment
            continue
        taken = [take for said in (statement, *view.corrections(digest)) for take in takes(said)]
        queue += [lot_parts(take.lot)[0] for take in taken]
