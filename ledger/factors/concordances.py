"""From one list of product codes to another, with how good each match is.

One ships: a NAICS-2017 code to the sector of the EPA's model (BEA) that stands for it. For every other pair
(HS, CN, CPC, ISIC, the 42 sectors of China) a company reads its own file, a CSV with the columns `from`,
`to`, `weight` and `match`: no official concordance of those with these sectors was at hand, none is guessed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final, get_args

from ledger.errors import LedgerError
from ledger.factors.gap import Match, SectorMatch
from ledger.factors.library import FactorLibrary
from ledger.quantities import decimal, decimal_text

MATCHES: Final[tuple[Match, ...]] = get_args(Match)
COLUMNS: Final = ("from", "to", "weight", "match")
MAX_ROWS: Final = 100_000
US_MODEL: Final = "epa-supply-chain"


@dataclass(eq=False)
class ConcordanceFileError(LedgerError):
    """A concordance file can't be read."""

    file: str
    line: int
    reason: str
    sentence: ClassVar[str] = (
        "{file}, line {line}: {reason}. Write a CSV with the columns from,to,weight,match, UTF-8."
    )


@dataclass(eq=False)
class ConcordanceWeightsError(LedgerError):
    """The weights of one code don't add up to 1."""

    file: str
    code: str
    total: str
    sentence: ClassVar[str] = (
        "{file}: the weights of {code!r} add up to {total}, not to 1. "
        "Correct them; what is missing isn't guessed."
    )


@dataclass(eq=False)
class NoCounterpartError(LedgerError):
    """A code has no counterpart in a concordance."""

    file: str
    code: str
    near: str
    sentence: ClassVar[str] = (
        "{file}: {code!r} has no counterpart; it isn't guessed. "
        "Add it to the file. The nearest codes are: {near}."
    )


class CodeConcordance:
    """A user's concordance, checked: every code's weights add up to 1."""

    def __init__(self, name: str, rows: Mapping[str, tuple[SectorMatch, ...]]) -> None:
        self.name = name
        self._rows = rows

    def of(self, code: str) -> tuple[SectorMatch, ...]:
        """Return the counterparts of a code, the largest share first.

        Raises:
            NoCounterpartError: it has none.
        """
        if code not in self._rows:
            near = sorted(self._rows, key=lambda one: (-_alike(one, code), one))[:5]
            raise NoCounterpartError(self.name, code[:40], ", ".join(near))
        return self._rows[code]


def read_concordance(content: bytes, name: str) -> CodeConcordance:
    """Read a user's concordance from the bytes of a CSV file.

    Raises:
        ConcordanceFileError: it is no such file, or a row is incomplete or twice there.
        ConcordanceWeightsError: the weights of a code don't add up to 1.
        AmountFormError: a weight is not a decimal amount in its one form.
    """
    rows: dict[str, list[SectorMatch]] = {}
    for line, row in _rows(content, name):
        match = next((one for one in MATCHES if one == row["match"]), None)
        if match is None:
            reason = f"match is {row['match'][:20]!r}, not one of {', '.join(MATCHES)}"
            raise ConcordanceFileError(name, line, reason)
        if not row["from"] or not row["to"]:
            raise ConcordanceFileError(name, line, "from or to is empty")
        others = rows.setdefault(row["from"], [])
        if row["to"] in {one.code for one in others}:
            raise ConcordanceFileError(name, line, f"{row['from']} to {row['to']} stands there twice")
        others.append(
            SectorMatch(code=row["to"], weight=_weight(row["weight"], line), match=match, source=name)
        )
    for code, found in rows.items():
        total = sum((Decimal(one.weight) for one in found), Decimal(0))
        if total != 1:
            raise ConcordanceWeightsError(name, code[:40], str(total))
    ordered = {
        code: tuple(sorted(found, key=lambda one: (-Decimal(one.weight), one.code)))
        for code, found in rows.items()
    }
    return CodeConcordance(name, ordered)


def _rows(content: bytes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        missing = [one for one in COLUMNS if one not in (reader.fieldnames or ())]
        if missing:
            raise ConcordanceFileError(name, 1, f"the column {missing[0]} is missing")
        for line, row in enumerate(reader, 2):
            if line > MAX_ROWS:
                raise ConcordanceFileError(name, line, f"there are more than {MAX_ROWS} rows")
            if None in row or None in row.values():
                raise ConcordanceFileError(name, line, "the row has too many or too few cells")
            yield line, {key: text.strip() for key, text in row.items()}
    except UnicodeDecodeError:
        raise ConcordanceFileError(name, 1, "it is not UTF-8") from None
    except csv.Error as error:
        raise ConcordanceFileError(name, 1, str(error)) from None


def shipped_counterparts(library: FactorLibrary, code: str) -> tuple[SectorMatch, ...]:
    """Return the BEA sector of a NAICS-2017 code, as the EPA's own file has it; nothing for other codes.

    `part` where several NAICS codes share the sector.

    Raises:
        FactorTableRowError, FactorTableError: a table can't be read.
    """
    found = library.also_of(US_MODEL, "US", code)
    if found is None:
        return ()
    sector, shared = found
    match: Match = "part" if shared > 1 else "same"
    source = "US EPA supply chain factors v1.3.0, column Reference USEEIO Code"
    return (SectorMatch(code=sector, weight="1", match=match, source=source),)


def _weight(text: str, line: int) -> str:
    return decimal_text(decimal(text, f"line {line}/weight"))


def _alike(one: str, other: str) -> int:
    """Return how many characters two codes begin with alike."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
