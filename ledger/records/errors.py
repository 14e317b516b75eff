"""Every way in which a company's records are refused: file, row, column, value, and what to write instead.

Row numbers are those of a spreadsheet: the header is row 1. All refusals of an import are collected
(`RecordsRefusedError`) so that a file is corrected once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.errors import LedgerError

MAX_SHOWN: Final = 50
"""How many refusals one import lists; the rest is counted."""


@dataclass(eq=False)
class RecordError(LedgerError):
    """The base of every refusal of a record: where it stands, and its value."""

    file: str
    row: int
    column: str
    value: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} is refused."


@dataclass(eq=False)
class RecordsFileError(RecordError):
    """A file can't be read as a table."""

    problem: str
    sentence: ClassVar[str] = "{file}: {problem}. Save it as CSV in UTF-8 with a header row."


@dataclass(eq=False)
class UnknownRecordFormError(RecordError):
    """The header fits none of the record forms."""

    nearest: str
    missing: str
    sentence: ClassVar[str] = (
        "{file}: the columns {value} fit no kind of record. "
        "The nearest is {nearest!r}, which lacks: {missing}."
    )


@dataclass(eq=False)
class UnknownColumnError(RecordError):
    """The header has a column that the form doesn't know."""

    form: str
    known: str
    sentence: ClassVar[str] = (
        "{file}, row 1: {value!r} is no column of {form}. Remove it or rename it to one of: {known}."
    )


@dataclass(eq=False)
class RepeatedColumnError(RecordError):
    """The header names a column twice, perhaps once in each language."""

    sentence: ClassVar[str] = "{file}, row 1: the column {value!r} stands there twice. Keep one."


@dataclass(eq=False)
class RaggedRowError(RecordError):
    """A row has more or fewer cells than the header."""

    cells: int
    expected: int
    sentence: ClassVar[str] = (
        "{file}, row {row}: {cells} cells under {expected} columns. Put texts with commas into quotes."
    )


@dataclass(eq=False)
class EmptyCellError(RecordError):
    """A cell that must be filled is empty."""

    sentence: ClassVar[str] = "{file}, row {row}, {column}: the cell is empty. Fill it; nothing is assumed."


@dataclass(eq=False)
class RecordNumberError(RecordError):
    """A number is not plain ASCII digits."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} is no plain number. Write digits and, if needed, a point, "
        "such as 1250.5: no exponent, leading zero, thousands comma, space or sign."
    )


@dataclass(eq=False)
class NegativeRecordError(RecordError):
    """A number is negative."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} is negative. A return or mistake is a correction, "
        "not a negative amount."
    )


@dataclass(eq=False)
class ZeroRecordError(RecordError):
    """A quantity is 0, or comes to 0 mg."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} comes to nothing. Leave the row out, or correct the quantity."
    )


@dataclass(eq=False)
class RecordRangeError(RecordError):
    """A number is beyond what it can be."""

    limit: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} is more than {limit}. Correct it."


@dataclass(eq=False)
class FractionRecordError(RecordError):
    """A quantity is finer than the books' smallest unit."""

    unit: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} is not a whole number of {unit}. Give fewer decimal places."
    )


@dataclass(eq=False)
class RecordDateError(RecordError):
    """A date is in another form, or on no calendar."""

    form: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} is no date. Write it as {form}."


@dataclass(eq=False)
class RecordPeriodError(RecordError):
    """A period ends before it begins."""

    start: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value} is before the beginning {start}. Swap or correct the dates."
    )


@dataclass(eq=False)
class RecordUnitError(RecordError):
    """A unit is missing from the table of units, or is of the wrong kind here."""

    known: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} is no unit here. Write one of: {known}."


@dataclass(eq=False)
class RecordChoiceError(RecordError):
    """A word is none of those that the column takes."""

    known: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} is not known. Write one of: {known}."


@dataclass(eq=False)
class FormulaCellError(RecordError):
    """A text begins like a spreadsheet formula."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} begins like a formula. "
        "Write the text without = + - @ in front."
    )


@dataclass(eq=False)
class RecordTextError(RecordError):
    """A text is too long, has hidden characters, or blanks at its ends."""

    problem: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} is refused: {problem}."


@dataclass(eq=False)
class RepeatedReferenceError(RecordError):
    """A reference names two things."""

    first: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} is used already in {first}. Give each its own reference."
    )


@dataclass(eq=False)
class UnknownRecordError(RecordError):
    """A row belongs to a record that is in none of the files."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: no production, handling or correction {value!r} is in these files. "
        "Import it together with its record."
    )


@dataclass(eq=False)
class BareRecordError(RecordError):
    """A statement lacks the rows that make it one."""

    lacks: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} has no {lacks}. Add at least one row."


@dataclass(eq=False)
class RecordActivityError(RecordError):
    """No factor is known for an activity."""

    problem: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r}: {problem}"


@dataclass(eq=False)
class UnknownRecordActivityError(RecordError):
    """An activity's code is none that has a factor."""

    near: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: no activity is called {value!r}. Near it are: {near}. "
        "Write one of these codes, or what was paid into a file of purchases."
    )


@dataclass(eq=False)
class NeededCellError(RecordError):
    """A cell that may be empty elsewhere is needed by this activity."""

    activity: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {activity} needs it. Fill the cell."


@dataclass(eq=False)
class LegWorkError(RecordError):
    """Transport work is not load times distance of its leg."""

    expected: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value} t.km, but the leg's load times distance is {expected} t.km. "
        "Correct the one that is wrong."
    )


@dataclass(eq=False)
class HandledGoodsError(RecordError):
    """A handling names neither delivery note nor batch, or both."""

    sentence: ClassVar[str] = (
        "{file}, row {row}: handling {value!r} needs a delivery_note or a batch, not both. Fill one of them."
    )


@dataclass(eq=False)
class RecordsRefusedError(LedgerError):
    """Records were refused; nothing was made of any of them."""

    errors: tuple[LedgerError, ...]
    count: int
    sentence: ClassVar[str] = "{problems} in the records{part}; nothing was imported.\n{listed}"

    def __str__(self) -> str:
        """List the refusals, one a line."""
        shown = len(self.errors)
        return self.sentence.format(
            problems=counted(self.count, "problem"),
            part="" if shown == self.count else f", of which the first {shown} are listed",
            listed="\n".join(str(error) for error in self.errors),
        )


def counted(number: int, noun: str) -> str:
    """Write a count with its noun: 1 problem, 2 problems."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Findings:
    """Collects the refusals of one import; the first 50 are kept, all are counted.

    `partial` are the company's numbers of records of which a row was refused: that such a record lacks
    something is no problem of its own.
    """

    def __init__(self) -> None:
        self.errors: list[LedgerError] = []
        self.count = 0
        self.partial: set[str] = set()

    def add(self, error: LedgerError) -> None:
        """Note one refusal; the same again is not told twice."""
        if any(str(error) == str(known) for known in self.errors):
            return
        self.count += 1
        if len(self.errors) < MAX_SHOWN:
            self.errors.append(error)

    def stop(self) -> None:
        """End the import if anything was refused.

        Raises:
            RecordsRefusedError: something was.
        """
        if self.count:
            raise RecordsRefusedError(tuple(self.errors), self.count)


@dataclass(eq=False)
class UnresolvedReferenceError(LedgerError):
    """A reference of the company is not in its register yet."""

    kind: str
    reference: str
    needed_by: str
    sentence: ClassVar[str] = (
        "{needed_by} needs the {kind} {reference!r}, which is not in the register. "
        "Post the record that makes it first, or write its id."
    )


@dataclass(eq=False)
class RegisterFileError(LedgerError):
    """The register file is damaged."""

    path: str
    problem: str
    sentence: ClassVar[str] = "The register {path} can't be used: {problem}. Restore it from your copy."


@dataclass(eq=False)
class RegisterConflictError(LedgerError):
    """A reference stands for something else already."""

    key: str
    held: str
    given: str
    sentence: ClassVar[str] = (
        "{key} stands for {held} in the register already, not for {given}. Use a fresh reference."
    )
