"""`passport books` and `passport evidence`: a company's reports, on the screen or as files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlencode

import typer

from api.commands import asking, keys
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from api.company import Company
    from api.tables import Sheet

ReportChoice = Literal["statement", "trial-balance", "scopes", "studies", "lot", "study", "closure"]
OF_A_PERIOD: Final = ("statement", "trial-balance", "scopes", "studies")
WIDE: Final = 4
"""Columns of amounts beside the words of a row, that a screen of 80 characters holds."""
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write", dir_okay=False)]
First = Annotated[str | None, typer.Option("--from", help="First day, 2026-01-01; open without")]
Last = Annotated[str | None, typer.Option("--to", help="Last day, 2026-12-31; open without")]


@dataclass(eq=False)
class NeedsOutputError(LedgerError):
    """A workbook can't be shown on a terminal."""

    form: str
    sentence: ClassVar[str] = "A file of the form {form} needs a name: add --output FILE."


@dataclass(eq=False)
class WhichLedgerError(LedgerError):
    """Nobody says which ledger is asked."""

    sentence: ClassVar[str] = "Which ledger? Name its address with --ledger or PASSPORT_LEDGER."


@dataclass(eq=False)
class WhichGoodsError(LedgerError):
    """The report is about a lot or a passport, and none is named."""

    report: str
    option: str
    sentence: ClassVar[str] = "The report {report} is about certain goods: name them with {option}."


def books(  # noqa: PLR0913, PLR0917 - one option each
    ledger: asking.Ledger,
    report: Annotated[ReportChoice, typer.Option("--report", help="Which report")] = "statement",
    form: Annotated[
        Literal["table", "json", "csv", "xlsx"], typer.Option("--format", help="On the screen, or a file")
    ] = "table",
    output: Output = None,
    first: First = None,
    last: Last = None,
    lot: Annotated[
        str | None, typer.Option("--lot", help="The lot: the beginning of its id, or its batch")
    ] = None,
    passport: Annotated[str | None, typer.Option("--passport", help="The passport's id")] = None,
    table: Annotated[str | None, typer.Option("--table", help="Which table of it, as CSV")] = None,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """Show your books: E-liability statement, trial balance, scopes, studies by product, a lot, the whole."""
    if form == "xlsx" and output is None:
        raise NeedsOutputError(form)
    with asking.at_ledger(ledger, folder, name) as company:
        path = _path(company, report, lot, passport)
        asked = {"report": report, "from": first, "to": last} if report in OF_A_PERIOD else {}
        query = {key: text for key, text in asked.items() if text}
        if form == "table":
            _show(company.client.read(f"{path}?{urlencode(query)}"))
            return
        query |= {"format": form, **({"table": table} if table else {})}
        _write(company.client.file(f"{path}?{urlencode(query)}"), output)


def evidence(  # noqa: PLR0913, PLR0917 - one option each
    output: Annotated[Path, typer.Argument(help="The ZIP file to write, or to check", dir_okay=False)],
    ledger: asking.PerhapsLedger = None,
    first: First = None,
    last: Last = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check the file offline instead; exit code 1 if anything differs")
    ] = False,
    log_key: Annotated[
        str | None, typer.Option(help="With --check: the log's verifier key that you trust")
    ] = None,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """Write everything behind your books of a period to one ZIP, for an auditor; or check such a file."""
    if check:
        _check(output, log_key, as_json=as_json)
        return
    if ledger is None:
        raise WhichLedgerError
    with asking.at_ledger(ledger, folder, name) as company:
        asked = {key: text for key, text in {"from": first, "to": last}.items() if text}
        path = f"organizations/{company.organization}/evidence?{urlencode(asked)}"
        _write(company.client.file(path), output)


def _check(archive: Path, log_key: str | None, *, as_json: bool) -> None:
    from api.checking_evidence import check_evidence  # noqa: PLC0415 - the library loads slowly
    from api.tables import Screen, Sheet  # noqa: PLC0415

    verdicts = check_evidence(archive.read_bytes(), log_key)
    bad = any(one.value == "bad" for one in verdicts)
    if as_json:
        steps = [
            {"step": one.step, "name": one.name, "value": one.value, "detail": one.detail} for one in verdicts
        ]
        typer.echo(json.dumps({"good": not bad, "steps": steps}, ensure_ascii=False))
    else:
        sheet = Sheet(f"Evidence in {archive.name}", (">", "What", "", "Found"))
        for one in verdicts:
            sheet.rows.append((str(one.step), one.name, one.value, one.detail))
        screen = Screen()
        screen.show(sheet)
        said = "Something differs." if bad else "Nothing differs. What reads unknown these bytes can't show."
        screen.say(said, style="bold red" if bad else "green")
    sys.exit(1 if bad else 0)


def _path(company: Company, report: str, lot: str | None, passport: str | None) -> str:
    """Return where the ledger has a report.

    Raises:
        WhichGoodsError: it is about goods that nobody named.
        LedgerError: the goods named are not there.
    """
    if report == "lot":
        if lot is None:
            raise WhichGoodsError(report, "--lot")
        return f"lots/{company.names.lot(lot)['id']}/ledger"
    if report == "study":
        if passport is None:
            raise WhichGoodsError(report, "--passport")
        return f"passports/{company.names.shipment(passport)}/study"
    return "closure" if report == "closure" else f"organizations/{company.organization}/books"


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    output.write_bytes(content)
    typer.echo(f"{len(content)} bytes are in {output}.")


def _show(report: dict[str, Any]) -> None:
    """Print a report's tables; what only files hold is left out."""
    from api.tables import Screen  # noqa: PLC0415 - the library loads slowly

    screen = Screen()
    about = (report.get(fact) for fact in ("name", "product", "from", "to"))
    screen.say(" · ".join(str(fact) for fact in about if fact) or "The whole ledger", style="bold")
    for sheet in sheets(report):
        screen.show(sheet)
    screen.say("Kilograms CO2e, exact to the milligram.")


def sheets(report: dict[str, Any]) -> Iterator[Sheet]:
    """Yield the tables of a report's JSON for a screen, without columns in which every amount is 0.

    A table with more amounts than a screen is wide has a line for each of them.
    """
    from api.tables import RIGHT, Sheet  # noqa: PLC0415 - the library loads slowly

    for name, rows in report["tables"].items():
        forms = report["columns"][name]
        if name in report["in_files"]:
            continue
        shown = [one for one, form in forms.items() if form != "mg" or any(row[one] != "0" for row in rows)]
        if sum(forms[one] == "mg" for one in shown) > WIDE:
            yield Sheet(_words(name).capitalize(), ("", "", f"{RIGHT}kg CO2e"), [*_one_by_one(rows, forms)])
            continue
        headings = [f"{RIGHT}{_words(one)}" if forms[one] == "mg" else _words(one) for one in shown]
        texts = [tuple(_cell(row[one], forms[one]) for one in shown) for row in rows]
        yield Sheet(_words(name).capitalize(), headings, [*texts])


def _one_by_one(rows: list[dict[str, Any]], forms: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what a row is about, and each of its amounts that isn't 0 in a line of its own."""
    for row in rows:
        about = " ".join(filter(None, (_cell(row[one], form) for one, form in forms.items() if form != "mg")))
        amounts = [one for one, form in forms.items() if form == "mg" and row[one] != "0"]
        for number, one in enumerate(amounts):
            yield (about if number == 0 else "", _words(one), _cell(row[one], "mg"))


def _cell(value: str | None, form: str) -> str:
    from api.tables import short  # noqa: PLC0415 - the library loads slowly
    from ledger.quantities import kilograms_text  # noqa: PLC0415

    if value is None:
        return ""
    if form == "mg":
        return kilograms_text(int(value))
    return short(value) if form == "code" else _words(value)


def _words(code: str) -> str:
    return code.replace("_", " ")
