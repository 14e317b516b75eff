"""What an operator can set, by environment variables that begin with PASSPORT_."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal, cast
from urllib.parse import urlsplit

from api.chain_lines import LOCAL, ChainLine, chain_lines
from ledger.errors import LedgerError

POLICIES: Final = ("demo", "members")
_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")


@dataclass(eq=False)
class SettingError(LedgerError):
    """An environment variable has a value that can't be used."""

    name: str
    value: str
    remedy: str
    sentence: ClassVar[str] = "{name}={value!r} can't be used: {remedy}."


@dataclass(frozen=True, slots=True)
class Settings:
    """How this ledger runs.

    `folder` holds database, log keys and the local chain's state; `database_url` and `chain_rpc_url` point
    elsewhere; times are in seconds. `tables` holds imported input-output tables. `chains` are several
    chains; where it is empty, `chain` and `chain_rpc_url` say which one.
    """

    folder: Path
    database_url: str
    origin: str
    gwp: str
    policy: Literal["demo", "members"]
    public_url: str
    chain_rpc_url: str | None
    chain: Literal["local", "url", "none"]
    anchor_every_statements: int
    anchor_every_s: float
    check_processes: int
    log_passphrase: str | None
    accreditors: tuple[str, ...]
    mirror: bool
    tables: Path
    witnesses: tuple[tuple[str, str], ...] = ()
    chains: tuple[ChainLine, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings, with defaults that start anywhere.

        Raises:
            SettingError, ChainLineError: a value can't be used; the message names variable and remedy.
        """
        env = os.environ if environment is None else environment
        folder = Path(env.get("PASSPORT_FOLDER", "var/ledger")).absolute()
        chain, url, chains = _chains(env)
        policy = env.get("PASSPORT_POLICY", "members")
        if policy not in POLICIES:
            raise SettingError("PASSPORT_POLICY", policy, "write demo or members")
        mirror = env.get("PASSPORT_MIRROR", "yes" if chain == "local" else "no")
        if mirror not in ("yes", "no"):
            raise SettingError("PASSPORT_MIRROR", mirror, "write yes or no")
        gwp = env.get("PASSPORT_GWP", "AR5")
        if gwp not in ("AR4", "AR5", "AR6"):
            raise SettingError("PASSPORT_GWP", gwp, "write AR4, AR5 or AR6")
        return cls(
            folder=folder,
            database_url=env.get("PASSPORT_DATABASE_URL", f"sqlite:///{folder / 'ledger.db'}"),
            origin=env.get("PASSPORT_ORIGIN", "localhost/carbon-passport"),
            gwp=gwp,
            policy=cast("Literal['demo', 'members']", policy),
            public_url=_public_url(env.get("PASSPORT_PUBLIC_URL", "")),
            chain_rpc_url=url,
            chain=chain,
            anchor_every_statements=_count(env, "PASSPORT_ANCHOR_EVERY_STATEMENTS", 1000),
            anchor_every_s=_number(env, "PASSPORT_ANCHOR_EVERY_S", 60),
            check_processes=_count(env, "PASSPORT_CHECK_PROCESSES", 0),
            log_passphrase=env.get("PASSPORT_LOG_PASSPHRASE"),
            accreditors=_accreditors(env.get("PASSPORT_ACCREDITORS", "")),
            mirror=mirror == "yes",
            tables=Path(env.get("PASSPORT_TABLES", folder / "mrio")).absolute(),
            witnesses=_witnesses(env.get("PASSPORT_WITNESSES", "")),
            chains=chains,
        )

    @property
    def anchored_chains(self) -> tuple[ChainLine, ...]:
        """The chains to anchor to, whichever way they were set."""
        if self.chains or self.chain == "none":
            return self.chains
        return (ChainLine(LOCAL, None) if self.chain == "local" else ChainLine("chain", self.chain_rpc_url),)


def _chains(
    env: Mapping[str, str],
) -> tuple[Literal["local", "url", "none"], str | None, tuple[ChainLine, ...]]:
    """Read which chains to anchor to: one by PASSPORT_CHAIN and its address, or several by lines."""
    url, chains = env.get("PASSPORT_CHAIN_RPC_URL"), chain_lines(env.get("PASSPORT_CHAINS", ""))
    if chains:
        if url or "PASSPORT_CHAIN" in env:
            remedy = (
                "leave PASSPORT_CHAIN and PASSPORT_CHAIN_RPC_URL out, and write a line for each chain here"
            )
            raise SettingError("PASSPORT_CHAINS", ", ".join(one.name for one in chains), remedy)
        return ("local" if any(one.rpc_url is None for one in chains) else "url"), None, chains
    chain = env.get("PASSPORT_CHAIN", "url" if url else "local")
    if chain not in ("local", "url", "none") or (chain == "url" and not url):
        raise SettingError("PASSPORT_CHAIN", chain, "write local, none, or set PASSPORT_CHAIN_RPC_URL")
    return cast("Literal['local', 'url', 'none']", chain), url, ()


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.netloc and not parts.query):
        raise SettingError("PASSPORT_PUBLIC_URL", text, "write an address like https://passports.example")
    return text.rstrip("/")


def _witnesses(text: str) -> tuple[tuple[str, str], ...]:
    """Read witnesses, each its key, a space and its address, with commas between."""
    found = []
    for pair in filter(None, map(str.strip, text.split(","))):
        key, _, url = pair.partition(" ")
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            remedy = "write each witness's key, a space and its address, with commas between"
            raise SettingError("PASSPORT_WITNESSES", pair, remedy)
        found.append((key, url.strip().rstrip("/")))
    return tuple(found)


def _accreditors(text: str) -> tuple[str, ...]:
    addresses = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            remedy = "write key addresses, 0x and 40 hex digits, with commas between"
            raise SettingError("PASSPORT_ACCREDITORS", address, remedy)
    return addresses


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    number = _number(env, name, default)
    if number != int(number):
        raise SettingError(name, env[name], "write a whole number")
    return int(number)


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        raise SettingError(name, text, "write a number") from None
    if not 0 <= number <= 1e9:
        raise SettingError(name, text, "write a number from 0 to 10^9")
    return number
