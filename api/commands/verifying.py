"""`passport verify`: check a passport from its bundle, offline, in numbered steps."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ledger.answers import Answer
    from ledger.interfaces import Anchor
    from ledger.log.cosignature import WitnessPolicy
    from ledger.verification import Report
    from ledger.verification_steps.log_proofs import AnchorReader, ConsistencyReader

SIGNS = {"good": "✓", "bad": "✗", "unknown": "?"}
COLOURS = {"good": "green", "bad": "red", "unknown": "yellow"}
TIMEOUT_S = 10
ANCHOR_STEP = 7
"""The step that asks the chain."""


def verify(  # noqa: PLR0913, PLR0917 - the command has these options
    bundle: Annotated[Path, typer.Argument(help="The bundle file", exists=True, dir_okay=False)],
    rpc: Annotated[
        str | None, typer.Option(help="RPC address of an EVM chain that you trust, to read the anchor")
    ] = None,
    log_key: Annotated[
        str | None, typer.Option(help="The log's verifier key that you trust, name+id+base64")
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(help="Address of the ledger, asked for a proof where the chain has a later anchor only"),
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option("--witness", help="A witness's key that you trust; may be repeated")
    ] = None,
    witnesses_needed: Annotated[
        int | None,
        typer.Option("--witnesses-needed", min=1, help="How many of them must have cosigned; all without"),
    ] = None,
    receiver: Annotated[
        str | None, typer.Option(help="Your id, if you received the goods: all that you saw must be here")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for machines")] = False,
    require_anchor: Annotated[
        bool,
        typer.Option("--require-anchor", help="Exit code 1 too unless the chain confirmed the anchor"),
    ] = False,
) -> None:
    """Check who said what, that nothing was changed, and that the carbon adds up; exit code 0 or 1.

    What can't be known is no failure: a chain that doesn't answer is said loudly, and ends with 1 only with
    --require-anchor.
    """
    from ledger.answers import answers  # noqa: PLC0415 - starts fast without it
    from ledger.factors.gwp import gwp_table  # noqa: PLC0415
    from ledger.verification import verify as check  # noqa: PLC0415 - starts fast without it

    report = check(
        bundle.read_bytes(),
        trusted_log_key=log_key,
        anchor_reader=chain_reader(rpc, or_newest=log is not None) if rpc else None,
        consistency_reader=log_reader(log) if log else None,
        gwp_tables=gwp_table,
        receiver=receiver,
        witnesses=witness_policy(witness or [], witnesses_needed),
    )
    if as_json:
        plain = {**report.as_json(), "answers": [one.as_json() for one in answers(report)]}
        typer.echo(json.dumps(plain, ensure_ascii=False))
    else:
        _show(report)
        _show_answers(answers(report))
    missing = _unanchored(report)
    if missing and (rpc or require_anchor):
        typer.secho(f"passport: THE ANCHOR WAS NOT CHECKED. {missing}", fg="yellow", bold=True, err=True)
    unwatched = _unwatched(report)
    if unwatched:
        typer.secho(f"passport: TOO FEW WITNESSES. {unwatched}", fg="yellow", bold=True, err=True)
    if report.ok and report.figures is None:
        reasons = {verdict.reason for verdict in report.verdicts}
        hidden = "parts-hidden" in reasons and "kind-not-known" not in reasons
        why = "parts that are booked are hidden." if hidden else "something is of a kind not known here."
        said = f"THE CARBON COULD NOT BE CHECKED: behind this passport {why}"
        typer.secho(f"passport: {said}", fg="yellow", bold=True, err=True)
    sys.exit(0 if report.ok and not unwatched and not (missing and require_anchor) else 1)


def _unanchored(report: Report) -> str | None:
    """Return why the chain didn't confirm the anchor; None where it did, or found it wrong."""
    found = next(verdict for verdict in report.verdicts if verdict.step == ANCHOR_STEP)
    return found.detail if found.value == "unknown" else None


def _unwatched(report: Report) -> str | None:
    """Return why fewer witnesses cosigned than the reader asked for; None where enough did."""
    found = (one.detail for one in report.verdicts if one.name == "witnesses" and one.value == "unknown")
    return next(found, None)


def witness_policy(keys: Sequence[str], need: int | None) -> WitnessPolicy | None:
    """Return whose cosignatures are asked for; None where no witness is named.

    Raises:
        VerifierKeyFormError, VerifierKeyIdError: a key can't be read.
        WitnessPolicyError: more are needed than there are, or one is named twice.
    """
    from ledger.log.cosignature import WitnessKey, WitnessPolicy  # noqa: PLC0415 - starts fast without it

    if not keys and need is None:
        return None
    return WitnessPolicy(tuple(map(WitnessKey.parse, keys)), len(keys) if need is None else need)


def chain_reader(rpc: str, *, or_newest: bool) -> AnchorReader:
    """Return how a stated anchor is read on a chain.

    `or_newest` takes the log's newest anchor where the stated one is not there: a chain may have lost it, and
    the log can then prove that it grew into the newest.
    """
    from ledger.chain.errors import AnchorNotFoundError, NodeBehindError  # noqa: PLC0415 - web3 is slow
    from ledger.chain.reader import EvmAnchorReader, read_anchor  # noqa: PLC0415
    from ledger.chain.rpc import EvmRpc  # noqa: PLC0415

    def read(stated: Anchor) -> Anchor:
        try:
            return read_anchor(rpc, stated)
        except (AnchorNotFoundError, NodeBehindError):
            if not or_newest:
                raise
            connection = EvmRpc(rpc, timeout_s=TIMEOUT_S, attempts=2)
            try:
                newest = EvmAnchorReader(connection, stated.contract, stated.log_address).newest()
            finally:
                connection.close()
            if newest is None or newest.size < stated.size:
                raise
            return newest

    return read


def log_reader(address: str) -> ConsistencyReader:
    """Return how the log's server is asked for a consistency proof; the proof is checked, not believed."""
    import httpx2  # noqa: PLC0415 - only where it is asked for

    def read(first: int, second: int) -> Sequence[bytes]:
        url = f"{address.rstrip('/')}/v1/log/consistency"
        try:
            answer = httpx2.get(url, params={"first": first, "second": second}, timeout=TIMEOUT_S)
            answer.raise_for_status()
            return [bytes.fromhex(node) for node in answer.json()["proof"]]
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise OSError(str(error)) from error

    return read


def _show_answers(found: Sequence[Answer]) -> None:
    """Print the answers to a reader's questions, a line each, with as of when."""
    typer.echo("In short:")
    for one in found:
        mark = typer.style(f"{SIGNS[one.value]} {one.value:<7}", fg=COLOURS[one.value])
        when = "" if one.as_of is None else f", as of entry {one.as_of}" + (f", {one.at}" if one.at else "")
        typer.echo(f"   {mark} {one.question.replace('_', ' ')} [{one.reason}{when}]")


def _weighed(quantity: str) -> str:
    """Return a signed quantity as scales and papers show it: `16000000000 mg` as `16000 kg`."""
    from api.typed_amounts import quantity_text  # noqa: PLC0415 - starts fast without it

    amount, _, unit = quantity.partition(" ")
    return quantity_text(int(amount), unit) if unit else quantity


def _show(report: Report) -> None:
    """Print what can be compared with the goods, then the verdicts, a line a step."""
    typer.echo(f"Passport {report.passport}" if report.passport else "No passport could be read")
    if report.goods is not None:
        goods = {**report.goods, "quantity": _weighed(report.goods["quantity"])}
        typer.echo("Compare with the goods: " + ", ".join(f"{k} {v}" for k, v in goods.items()) + ".")
        typer.echo("A copied code doesn't make a passport that of the goods in front of you.")
    for verdict in report.verdicts:
        mark = typer.style(f"{SIGNS[verdict.value]} {verdict.value:<7}", fg=COLOURS[verdict.value])
        typer.echo(f"{verdict.step:>2} {mark} {verdict.name}: {verdict.detail} [{verdict.reason}]")
    if report.ok:
        typer.secho("No step failed. What reads unknown could not be known from these bytes.", fg="green")
    else:
        typer.secho("This passport does not hold.", fg="red", bold=True)
