"""Why a proof from the state map is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError


@dataclass(eq=False)
class MapProofLengthError(LedgerError):
    """A proof has more steps than a map is deep."""

    key: str
    steps: int
    limit: int
    sentence: ClassVar[str] = (
        "The proof for key {key} of the state map has {steps} steps; the map is {limit} deep."
    )


@dataclass(eq=False)
class MapProofKeyError(LedgerError):
    """A proof ends at a key that doesn't lie on the way."""

    key: str
    found: str
    steps: int
    sentence: ClassVar[str] = (
        "The proof for key {key} ends after {steps} steps at key {found}, which is not on that way."
    )


@dataclass(eq=False)
class MapProofError(LedgerError):
    """A proof leads to another root than the one that was signed."""

    key: str
    root: str
    computed: str
    sentence: ClassVar[str] = (
        "The proof for key {key} leads to the state root {computed}, but {root} was signed: one was changed."
    )


@dataclass(eq=False)
class MapKeyAbsentError(LedgerError):
    """Something is said to be in the map that isn't, or with another value."""

    key: str
    stated: str
    proved: str
    sentence: ClassVar[str] = "Key {key} of the state map is said to be {stated}; the proof shows {proved}."


@dataclass(eq=False)
class MapPageError(LedgerError):
    """A stored page of the map can't be what was written."""

    prefix: str
    problem: str
    sentence: ClassVar[str] = (
        "Page {prefix!r} of the state map is damaged: {problem}. Make the map anew with the next state entry."
    )
