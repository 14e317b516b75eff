"""Beside step 6: whether others watched the log grow, as many of them as the reader asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from ledger.log import checkpoint
from ledger.log.cosignature import WitnessPolicy, cosigners
from ledger.verification_steps.log_proofs import Finding

TOO_FEW: Final = "too-few-witnesses"


def check_witnesses(note: str, policy: WitnessPolicy) -> Finding:
    """Say which of the reader's witnesses cosigned the checkpoint, and since when.

    A cosignature that is missing is no sign of fraud: a witness may have been away. It reads unknown.

    Raises:
        CosignatureFormError, CosignatureError: a signature in a witness's name is not its own.
    """
    found = cosigners(checkpoint.parse(note), policy.keys)
    if len(found) < policy.need:
        detail = (
            f"{len(found)} of the {policy.need} witnesses asked for cosigned the checkpoint: whether the log "
            "shows others another history can't be known from it. Ask for a fresh bundle."
        )
        return Finding("unknown", TOO_FEW, detail)
    names = ", ".join(f"{one.key.name} at {_moment(one.time_s)}" for one in found)
    return Finding(
        "good", "ok", f"Cosigned by {len(found)} of {len(policy.keys)} trusted witnesses: {names}."
    )


def _moment(time_s: int) -> str:
    try:
        return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"second {time_s}"
