"""How to speak with a chain: which one it must be, where its contracts are, and how long to wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """What an operator may set about a chain; the defaults suit a local one.

    Shapes: `chain_id` is the id that the chain must have, None takes the first that answers.
    `deployments` is the JSON file that remembers created contracts; None remembers nothing.
    `from_block` is where reading events begins if a contract's own block isn't known, and
    `blocks_at_once` the longest range asked for. A transaction is confirmed when its block and
    those after it are `confirmations` in number, and given up after `confirm_timeout_s`. Each
    request is tried `attempts` times, for `request_timeout_s` each. `payer` is the private key (32 bytes)
    of the account that pays for anchors; None lets the log's own key pay.
    `sent` is the JSON file that remembers what was sent and isn't confirmed. What is in no block after
    `replace_after_s` is sent again at a higher price, never above `maximum_wei_each` a unit of gas.
    `also` is a second RPC address of the same chain, to compare. A newest block older than `stale_after_s`
    is nobody's newest; None never asks. `forgetful` chains may lose their newest blocks, as a local one does.
    """

    chain_id: int | None = None
    deployments: Path | None = None
    from_block: int = 0
    blocks_at_once: int = 10_000
    confirmations: int = 1
    confirm_timeout_s: float = 60.0
    request_timeout_s: float = 10.0
    attempts: int = 3
    payer: bytes | None = field(default=None, repr=False)
    sent: Path | None = None
    replace_after_s: float = 30.0
    maximum_wei_each: int | None = None
    also: str | None = field(default=None, repr=False)
    stale_after_s: float | None = None
    forgetful: bool = True


LOCAL_CHAIN = ChainSettings()
