"""What the commands of every day share: their options, the question before signing, the answer after."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Concatenate, Final, Literal, ParamSpec
from zoneinfo import ZoneInfo

import typer

from api.commands import keys
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from api.company import Company
    from api.stating import Drafted, Stated
    from api.tables import Screen
    from ledger.records.intents import Intent

LEDGER: Final = "PASSPORT_LEDGER"
MOVED: Final = ("stale-lot", "stale-shipment", "stale-books", "stale-offer")
"""What the ledger refuses because the books moved between draft and post."""
MAX_FRESH: Final = 3
_PLACE: Final = re.compile(r"(?P<name>.+?)(?: \((?P<locode>[A-Z]{2}[A-Z2-9]{3})\))?")

Ledger = Annotated[str, typer.Option("--ledger", envvar=LEDGER, help="Address of the ledger")]
PerhapsLedger = Annotated[
    str | None, typer.Option("--ledger", envvar=LEDGER, help="Address of the ledger, unless it isn't asked")
]
As = Annotated[
    str | None,
    typer.Option("--as", envvar="PASSPORT_AS", help="Whose key, where several companies' are here"),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Sign without being asked")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only look: nothing is signed")]
Date = Annotated[str | None, typer.Option("--date", help="The day it happened, 2026-06-18; today without")]
Zone = Annotated[
    str | None,
    typer.Option("--zone", envvar="PASSPORT_ZONE", help="IANA zone of the date; as you registered without"),
]
Language = Annotated[
    Literal["en", "zh-Hans", "zh-Hant"], typer.Option("--language", help="Of the line that is signed")
]


P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Way:
    """How a command is carried out: for programs, without being asked, only looking, in which language."""

    as_json: bool = False
    yes: bool = False
    dry_run: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked by the options that commands share: which ledger, whose key, when, in what way."""

    ledger: str
    folder: Path
    name: str | None
    date: str | None
    zone: str | None
    way: Way

    def company(self) -> AbstractContextManager[Company]:
        """Open the company's place at its ledger."""
        return at_ledger(self.ledger, self.folder, self.name)

    def occurred(self, company: Company) -> dict[str, str]:
        """Return the day on which it happened, as `occurred` does."""
        return occurred(company, self.date, self.zone)


_STATING: Final[tuple[tuple[str, Any, Any], ...]] = (
    ("ledger", Ledger, ...),
    ("date", Date, None),
    ("zone", Zone, None),
    ("language", Language, "en"),
    ("yes", Yes, False),
    ("dry_run", DryRun, False),
    ("as_json", AsJson, False),
    ("folder", keys.Folder, keys.DEFAULT),
    ("name", As, None),
)
"""The options of every command that states something: name, what it takes, what it is without."""


Command = Callable[Concatenate[Asked, P], None]


def states(command: Command[P]) -> Callable[..., None]:
    """Give a command the options that all have that state something; it takes them as its first argument."""
    return _with_options(command, _STATING)


def states_of_a_period(command: Command[P]) -> Callable[..., None]:
    """Give a command these options but for the day, where it names its days itself."""
    return _with_options(command, tuple(one for one in _STATING if one[0] != "date"))


def _with_options(command: Command[P], shared: Sequence[tuple[str, Any, Any]]) -> Callable[..., None]:
    _asked, *own = inspect.signature(command, eval_str=True).parameters.values()
    named = {parameter.name for parameter in own}
    # By keyword only, so that one that must be given may follow one that need not.
    only = inspect.Parameter.KEYWORD_ONLY
    parameters = [one.replace(kind=only) for one in own]
    for name, takes, without in shared:
        default = inspect.Parameter.empty if without is ... else without
        parameters.append(inspect.Parameter(name, only, annotation=takes, default=default))
    plain: Callable[..., None] = command

    def run(**given: Any) -> None:
        options = {name: given.get(name, without) for name, _, without in _STATING}
        way = Way(*(options[name] for name in ("as_json", "yes", "dry_run", "language")))
        asked = Asked(
            ledger=options["ledger"],
            folder=options["folder"],
            name=options["name"],
            date=options["date"],
            zone=options["zone"],
            way=way,
        )
        plain(asked, **{name: value for name, value in given.items() if name in named})

    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


@dataclass(eq=False)
class NotConfirmedError(LedgerError):
    """Nobody is there to say yes."""

    summary: str
    sentence: ClassVar[str] = (
        "Nothing was signed, for nobody was there to be asked: {summary} Add --yes to sign it, or --dry-run "
        "to look at what will be booked."
    )


@dataclass(eq=False)
class DeclinedError(LedgerError):
    """The answer was no."""

    sentence: ClassVar[str] = "Nothing was signed, nothing was posted."


@dataclass(eq=False)
class WhichZoneError(LedgerError):
    """Nobody says in which time zone a date is."""

    sentence: ClassVar[str] = "In which time zone is the date? Add --zone, such as --zone Asia/Shanghai."


@contextmanager
def at_ledger(url: str, folder: Path, name: str | None) -> Iterator[Company]:
    """Open the company's place at its ledger, asking for the passphrase where no variable has it."""
    from api.company import company_at  # noqa: PLC0415 - starts fast without it

    with company_at(url, folder, name, keys.passphrase) as company:
        yield company


def occurred(company: Company, day: str | None, zone: str | None) -> dict[str, str]:
    """Return when it happened: one civil day in a zone, the company's own and today where none is given.

    Raises:
        WhichZoneError: neither option nor register says in which zone.
        UnknownZoneError: the zone is none.
    """
    from api.importing import MAX_ZONE, UnknownZoneError  # noqa: PLC0415
    from ledger.records.cells import nearest  # noqa: PLC0415
    from ledger.wire import ZONES  # noqa: PLC0415

    zone = zone or company.zone
    if zone is None:
        raise WhichZoneError
    if zone not in ZONES:
        raise UnknownZoneError(zone[:MAX_ZONE], ", ".join(nearest(zone, sorted(ZONES))))
    day = day or datetime.now(ZoneInfo(zone)).date().isoformat()
    return {"from": day, "to": day, "zone": zone}


def meant(
    company: Company, kind: str, body: Mapping[str, Any], gives: Mapping[str, str] | None = None
) -> Intent:
    """Return what a command means to state, as records would."""
    from ledger.records.cells import At  # noqa: PLC0415 - starts fast without it
    from ledger.records.intents import Intent  # noqa: PLC0415

    at = At("the command", 1)
    return Intent(at, company.name, kind, kind, str(body["occurred"]["to"]), body, gives or {})


def state(
    company: Company,
    intent: Intent,
    way: Way,
    look: Callable[[Drafted, Screen], dict[str, Any]] | None = None,
) -> tuple[Stated | None, dict[str, Any]]:
    """Draft, show what will be booked, ask, sign and post; return what was stated and what was shown.

    None is stated with `--dry-run`. `look` shows more before the preview and returns it as plain values.
    Where the books moved between draft and post, a fresh draft is shown and asked for, a few times.

    Raises:
        NotConfirmedError, DeclinedError: nobody said yes.
        UnfinishedStatementError: something signed earlier came first.
        ReferenceTakenError: a reference that it would make known is taken.
        LedgerError: the draft is not what was asked, or the ledger refuses.
    """
    from api.client import ServerRefusedError  # noqa: PLC0415 - starts fast without it

    if not way.dry_run:
        company.finish()
    company.check_free(intent.gives)
    for fresh in range(MAX_FRESH, -1, -1):
        drafted = company.desk.draft(intent, way.language)
        shown = _shown(company, drafted, way, look)
        if way.dry_run:
            break
        if not way.yes:
            _ask(drafted.summary)
        try:
            return company.desk.sign(drafted, company.private_key), shown
        except ServerRefusedError as error:
            if error.problem not in MOVED or not fresh:
                raise
            typer.echo("passport: The books moved meanwhile, nothing was stated. A fresh draft:", err=True)
    return None, shown


def _shown(
    company: Company,
    drafted: Drafted,
    way: Way,
    look: Callable[[Drafted, Screen], dict[str, Any]] | None,
) -> dict[str, Any]:
    """Show a draft, where somebody looks, and return what is shown as plain values."""
    from api.previews import preview_json, show_preview  # noqa: PLC0415 - starts fast without it
    from api.tables import Screen  # noqa: PLC0415

    nobody = way.as_json and (way.dry_run or way.yes)
    screen = Screen(to_error=way.as_json, quiet=nobody)
    shown = look(drafted, screen) if look else {}
    if not nobody:
        show_preview(drafted, company.names, screen, company.organization)
    return {**preview_json(drafted), **shown}


def _ask(summary: str) -> None:
    if not sys.stdin.isatty():
        raise NotConfirmedError(summary)
    if not typer.confirm("Sign and post this?", err=True):
        raise DeclinedError


def told(stated: Stated | None, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return how it went as plain values."""
    answer = {"stated": stated is not None, **shown}
    if stated is not None:
        answer |= {"digest": stated.digest, "acknowledgement": stated.acknowledgement}
    return answer


def tell(
    way: Way,
    stated: Stated | None,
    shown: Mapping[str, Any],
    lines: list[str],
    more: Mapping[str, Any] | None = None,
) -> None:
    """Print how it went: one JSON object, or a few lines with the next step last."""
    if way.as_json:
        typer.echo(json.dumps({**told(stated, shown), **(more or {})}, ensure_ascii=False))
    elif stated is None:
        typer.echo("Nothing was signed. Leave --dry-run out to sign and post it.")
    else:
        typer.echo(f"Stated as {stated.digest}.")
        for line in lines:
            typer.echo(line)


def place_of(text: str) -> dict[str, str]:
    """Return a place as it is signed: `Nansha (CNNSA)` is a name with a UN/LOCODE."""
    found = _PLACE.fullmatch(text)
    parts = found.groupdict() if found else {"name": text}
    return {name: value for name, value in parts.items() if value}
