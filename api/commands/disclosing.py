"""`passport disclose|grant|vouch`: show less of a passport, say who is shown what, attest what is hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from api.commands import asking, keys
from api.commands.asking import Asked

if TYPE_CHECKING:
    from ledger.bundle import Opened

Named = Literal["full", "amounts", "trade", "total"]
HANDED_ON: Final[tuple[Named, ...]] = ("trade", "total")
"""The profiles of which an auditor attests what they hide."""
SHOWN: Final[dict[Named, str]] = {
    "full": "all of it",
    "amounts": "its amounts without names",
    "trade": "suppliers' totals only",
    "total": "the total only",
}
"""What a profile shows, as a sentence says it."""
ProfileOption = Annotated[
    Named,
    typer.Option(
        "--profile", help="amounts: no names; trade: suppliers' totals only; total: all behind hidden"
    ),
]
SUM: Final = 8
"""The step that adds up."""
Bundle = Annotated[Path, typer.Argument(help="The bundle file", exists=True, dir_okay=False)]


def disclose(  # noqa: PLR0913, PLR0917 - one option each
    passport: Annotated[
        str, typer.Argument(help="A bundle file, or a shipment at the ledger: the beginning of its id")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write; it must be new")],
    profile: ProfileOption = "trade",
    ledger: Annotated[
        str | None, typer.Option("--ledger", envvar=asking.LEDGER, help="Where to fetch it from")
    ] = None,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """Write a bundle that shows less: of a file that you have, offline, or of what the ledger shows you."""
    from ledger.bundle import opened, to_bytes  # noqa: PLC0415 - starts fast without it
    from ledger.disclosure import disclosed  # noqa: PLC0415

    if Path(passport).is_file():
        raw = Path(passport).read_bytes()
    elif not ledger:
        raise typer.BadParameter(f"{passport} is no file; to fetch a shipment give --ledger")
    else:
        with asking.at_ledger(ledger, folder, name) as company:
            raw = company.client.bundle(company.names.shipment(passport))
    shown = disclosed(opened(raw).bundle, profile)
    raw = to_bytes(shown)
    with output.open("xb") as stream:
        stream.write(raw)
    hidden = sum(len(one.hidden or ()) for one in shown.statements)
    if as_json:
        answer = {"file": str(output), "profile": profile, "bytes": len(raw), "hidden_parts": hidden}
        typer.echo(json.dumps({**answer, "statements": len(shown.statements)}))
        return
    typer.echo(f"Wrote {output}: {len(shown.statements)} statements, {hidden} of their parts hidden.")
    typer.echo(f"Check it as its reader will: passport verify {output}")


@asking.states
def grant(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    to: Annotated[str, typer.Argument(help="Who may see it: name, id; bearer for whoever has the link")],
    until: Annotated[str, typer.Option(help="Until when, 2026-12-31 (the day's end, UTC)")],
    passport: Annotated[
        str | None, typer.Option(help="Of which shipment: the beginning of its id, or delivery note")
    ] = None,
    lot: Annotated[str | None, typer.Option(help="Or of all shipments of a lot of yours")] = None,
    profile: ProfileOption = "trade",
) -> None:
    """Say who is shown a passport of yours, how much of it, and until when; then your grants decide alone."""
    if (passport is None) == (lot is None):
        raise typer.BadParameter("give --passport or --lot, one of them")
    from api.adding_keys import day_end  # noqa: PLC0415 - the library loads slowly

    with asked.company() as company:
        given: dict[str, Any] = {
            "to": to if to == "bearer" else company.names.organization(to),
            "profile": profile,
            "until": day_end(until),
        }
        if passport is not None:
            given["passport"] = company.names.shipment(passport)
        else:
            given["lot"] = str(company.names.lot(str(lot))["id"])
        body = {"occurred": asked.occurred(company), "grant": given}
        stated, shown = asking.state(company, asking.meant(company, "grant/1", body), asked.way)
        who = "Whoever has the link" if to == "bearer" else to
        asking.tell(asked.way, stated, shown, [f"{who} is shown {SHOWN[profile]} until {given['until']}."])


@asking.states
def vouch(
    asked: Asked,
    bundle: Bundle,
    level: Annotated[Literal["limited", "reasonable"], typer.Option(help="How sure you are")] = "limited",
    method: Annotated[str | None, typer.Option(help="How you came to it")] = None,
) -> None:
    """Attest, as an auditor who has the whole bundle, that what may be hidden behind a passport adds up."""
    from ledger.bundle import opened  # noqa: PLC0415 - starts fast without it

    raw = bundle.read_bytes()
    check_whole(raw)
    found = opened(raw)
    with asked.company() as company:
        body: dict[str, Any] = {
            "occurred": asked.occurred(company),
            "passport": found.bundle.passport,
            "hands_on": handed_on_behind(found),
            "level": level,
        }
        if method is not None:
            body["method"] = method
        stated, shown = asking.state(company, asking.meant(company, "conservation/1", body), asked.way)
        count = len(body["hands_on"])
        asking.tell(asked.way, stated, shown, [f"You attest what {count} statements behind it hand on."])


def check_whole(raw: bytes) -> None:
    """Check that a bundle shows all and that all of it adds up, before somebody vouches for it.

    Raises:
        BadPassportError: it doesn't verify, or hides what would be attested.
    """
    from api.receiving import BadPassportError  # noqa: PLC0415 - the library loads slowly
    from ledger.factors.gwp import gwp_table  # noqa: PLC0415
    from ledger.verification import verify  # noqa: PLC0415

    report = verify(raw, gwp_tables=gwp_table)
    bad = report.failure() or next((one for one in report.verdicts if one.name == "hidden tiers"), None)
    if bad is not None or report.figures is None:
        bad = bad or next(one for one in report.verdicts if one.step == SUM)
        raise BadPassportError(report.passport or "", bad.step, bad.detail)


def handed_on_behind(found: Opened) -> list[dict[str, Any]]:
    """Return what each statement hands on behind which a profile hides something, each once, in log order."""
    from ledger.attested import handed_on  # noqa: PLC0415 - the library loads slowly
    from ledger.disclosure import shown_statements  # noqa: PLC0415
    from ledger.stand_ins import HiddenBody  # noqa: PLC0415
    from ledger.verification_steps.reading import read_contents  # noqa: PLC0415

    whole = read_contents(found)
    hidden = {
        digest
        for profile in HANDED_ON
        for digest, one in shown_statements(whole.statements.values(), found.bundle.passport, profile).items()
        if digest in whole.goods and isinstance(one.body, HiddenBody)
    }
    amounts = (
        (digest, handed_on(whole.statements[digest])) for digest in whole.statements if digest in hidden
    )
    return [{"statement": digest, "liability": mg.wire()} for digest, mg in amounts if mg is not None]
