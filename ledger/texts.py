"""What a text may hold: characters that can be seen and that have one form.

A name with an invisible character in it looks like another name; a text in another Unicode form has
another digest. Both are refused, never repaired. The lists are frozen here, because a verdict must not
depend on the Unicode version of whoever verifies.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that turn the direction of their neighbours (Unicode Bidi_Control)."""

ZERO_WIDTH = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that can't be seen (Unicode 17 Default_Ignorable_Code_Point, U+FFF9 to U+FFFB)."""

CONTROL = "\x00-\x1f\x7f-\x9f\u2028\u2029"
"""Control characters, tabs and line breaks included."""

_CONTROL = re.compile(f"[{CONTROL}]")
_BIDI = re.compile(f"[{BIDI}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SUSPECT = re.compile(f"[{CONTROL}{BIDI}{ZERO_WIDTH}\ud800-\udfff]")


@dataclass(eq=False)
class CanonicalFormError(LedgerError):
    """The document isn't in the one form that is signed."""


@dataclass(eq=False)
class LoneSurrogateError(CanonicalFormError):
    """Half a character."""

    sentence: ClassVar[str] = "The text at {where} holds half a character (a lone surrogate): write it again."
    where: str


@dataclass(eq=False)
class NotNormalizedTextError(CanonicalFormError):
    """Text in another Unicode form than NFC."""

    sentence: ClassVar[str] = (
        "The text at {where} isn't in Unicode form NFC: {text!a}. Normalize it before signing."
    )
    where: str
    text: str


@dataclass(eq=False)
class ControlCharacterError(CanonicalFormError):
    """A control character in a text."""

    sentence: ClassVar[str] = "The text at {where} holds the control character {character}: remove it."
    where: str
    character: str


@dataclass(eq=False)
class BidiCharacterError(CanonicalFormError):
    """A character that turns the reading direction."""

    sentence: ClassVar[str] = (
        "The text at {where} holds {character}, which turns the reading direction: remove it."
    )
    where: str
    character: str


@dataclass(eq=False)
class ZeroWidthCharacterError(CanonicalFormError):
    """A character that can't be seen."""

    sentence: ClassVar[str] = "The text at {where} holds {character}, which can't be seen: remove it."
    where: str
    character: str


def check_text(text: str, where: str) -> str:
    """Let a text pass if everybody sees in it what its bytes say, and give it back unchanged.

    Args:
        text: the text.
        where: the field or path that the refusal names.

    Raises:
        LoneSurrogateError: half a character.
        ControlCharacterError: a control character, a tab or a line break.
        BidiCharacterError: a character that turns the reading direction.
        ZeroWidthCharacterError: a character that can't be seen.
        NotNormalizedTextError: another Unicode form than NFC.
    """
    if text.isascii() and not _CONTROL.search(text):
        return text
    if found := _SUSPECT.search(text):
        character = found.group()
        if _SURROGATE.match(character):
            raise LoneSurrogateError(where)
        shown = f"U+{ord(character):04X}"
        if _CONTROL.match(character):
            raise ControlCharacterError(where, shown)
        if _BIDI.match(character):
            raise BidiCharacterError(where, shown)
        raise ZeroWidthCharacterError(where, shown)
    if not unicodedata.is_normalized("NFC", text):
        raise NotNormalizedTextError(where, text[:80])
    return text


def is_plain(text: str) -> bool:
    """Tell quickly whether a text would pass `check_text`."""
    return not _SUSPECT.search(text) and (text.isascii() or unicodedata.is_normalized("NFC", text))
