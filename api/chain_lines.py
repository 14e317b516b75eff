"""The chains that a ledger anchors to, one a line: name, RPC address, and what else is to be said of it.

local
sepolia https://rpc.example/key confirmations=12 contract=0x…
gnosis https://one.example also=https://two.example chain_id=100 max_fee_gwei=5 mirror=yes
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from ledger.errors import LedgerError

LOCAL: Final = "local"
MAX_CHAINS: Final = 8
_NAME: Final = re.compile("[a-z][a-z0-9-]{0,31}")
_ADDRESS: Final = re.compile("0x[0-9a-f]{40}")
_COUNT: Final = re.compile("[1-9][0-9]{0,14}")
MAX_CONFIRMATIONS: Final = 1000


@dataclass(eq=False)
class ChainLineError(LedgerError):
    """A line of PASSPORT_CHAINS can't be used."""

    line: str
    remedy: str
    sentence: ClassVar[str] = "The line {line!r} of PASSPORT_CHAINS can't be used: {remedy}."


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A chain to anchor to.

    `rpc_url` None is the ledger's own local chain. An anchor counts when its block and those after it are
    `confirmations` in number. `also` is a second RPC address, to compare. `contract` is one that others have
    created; None creates one. `mirror` None leaves it to PASSPORT_MIRROR.
    """

    name: str
    rpc_url: str | None
    confirmations: int = 1
    contract: str | None = None
    chain_id: int | None = None
    also: str | None = None
    max_fee_gwei: int | None = None
    mirror: bool | None = None


def chain_lines(text: str) -> tuple[ChainLine, ...]:
    """Read the chains from a setting, one a line, `;` as good as a new line.

    Raises:
        ChainLineError: a line can't be used, a name stands twice, or there are more than 8.
    """
    found: dict[str, ChainLine] = {}
    for line in filter(None, map(str.strip, text.replace(";", "\n").splitlines())):
        chain = _chain(line)
        if chain.name in found:
            raise ChainLineError(_shown(line), "another line has this name")
        if len(found) == MAX_CHAINS:
            raise ChainLineError(_shown(line), f"name at most {MAX_CHAINS} chains")
        found[chain.name] = chain
    return tuple(found.values())


def _chain(line: str) -> ChainLine:
    name, *words = line.split()
    if not _NAME.fullmatch(name):
        raise ChainLineError(_shown(line), "begin it with a name of small letters, digits and hyphens")
    if name == LOCAL:
        chain = ChainLine(name, None)
    elif words and _is_address(words[0]):
        chain = ChainLine(name, words.pop(0))
    else:
        raise ChainLineError(_shown(line), "write the RPC address, http:// or https://, after the name")
    told: set[str] = set()
    for word in words:
        option, _, value = word.partition("=")
        if option in told or option not in _OPTIONS or (chain.rpc_url is None and option != "mirror"):
            known = ", ".join(_OPTIONS) if chain.rpc_url else "mirror"
            raise ChainLineError(_shown(line), f"write each of {known} once at most, with = and its value")
        told.add(option)
        try:
            chain = replace(chain, **{option: _OPTIONS[option](value)})
        except (KeyError, ValueError):
            raise ChainLineError(_shown(line), f"the value of {option} has another form") from None
    return chain


def _shown(line: str) -> str:
    """Return a line without the secrets that RPC addresses hold."""
    return re.sub(r"(https?://)(?:[^\s/@]*@)?([^\s/]*)\S*", r"\1\2", line)[:100]


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.fragment


def _matching(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError(text)
    return text


def _count(text: str) -> int:
    return int(_matching(_COUNT, text))


def _confirmations(text: str) -> int:
    number = _count(text)
    if number > MAX_CONFIRMATIONS:
        raise ValueError(text)
    return number


def _url(text: str) -> str:
    if not _is_address(text):
        raise ValueError(text)
    return text


def _yes(text: str) -> bool:
    return {"yes": True, "no": False}[text]


_OPTIONS: Final[dict[str, Callable[[str], Any]]] = {
    "confirmations": _confirmations,
    "contract": lambda text: _matching(_ADDRESS, text),
    "chain_id": _count,
    "also": _url,
    "max_fee_gwei": _count,
    "mirror": _yes,
}
