"""Which sign-in challenges were answered: each is good for one answer, whichever process gets it."""

from __future__ import annotations

import threading
from typing import Final, Literal, Protocol

Use = Literal["new", "used", "full"]
"""A challenge was answered now, was answered before, or can't be taken in at this moment."""
MAX_USED: Final = 100_000
"""Answers kept at a time: over 160 sign-ins a second, as each is kept for 10 minutes."""


class UsedChallenges(Protocol):
    """Where answered challenges are kept until their time is over."""

    def use_challenge(self, nonce: str, expires_s: int, forget_before_s: int) -> Use:
        """Keep that a challenge was answered; times are in seconds of Unix time.

        Of any number of answers at once, one is `new`. What expired before `forget_before_s` is forgotten.
        """
        ...


class InMemoryChallenges:
    """Answered challenges of one process, forgotten when it ends."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def use_challenge(self, nonce: str, expires_s: int, forget_before_s: int) -> Use:
        """Keep that a challenge was answered."""
        with self._lock:
            self._used = {one: until for one, until in self._used.items() if until >= forget_before_s}
            if nonce in self._used:
                return "used"
            if len(self._used) >= MAX_USED:
                return "full"
            self._used[nonce] = expires_s
        return "new"
