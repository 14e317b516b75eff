"""One of a company's removals as it stands: what is still stored of it, and by which component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from api.company import Company
from api.correcting import read_statement
from ledger.closure import lines_stated
from ledger.components import NAMES
from ledger.errors import LedgerError
from ledger.reversing import removed_by


@dataclass(eq=False)
class NoSuchRemovalError(LedgerError):
    """A company has no removal in that line of that statement."""

    statement: str
    line: int
    sentence: ClassVar[str] = (
        "Line {line} of statement {statement} is none of your removals, or a correction took it back. "
        "passport removals lists yours."
    )


@dataclass(eq=False)
class WhichRemovalError(LedgerError):
    """A line removes carbon by several components."""

    components: str
    sentence: ClassVar[str] = "The line removes carbon as {components}. Say which with --component."


@dataclass(frozen=True, slots=True)
class OwnRemoval:
    """A removal of the company: the statement, its line, what is stored in mg, and its components."""

    statement: str
    line: int
    stored_mg: int
    components: tuple[str, ...]

    def named(self) -> dict[str, str]:
        """Return how a reversal or impairment names it."""
        return {"statement": self.statement, "line": str(self.line)}

    def component(self, asked: str | None) -> str:
        """Return the component that goes back: the only one, or the one that is asked for.

        Raises:
            WhichRemovalError: there are several, or none of that name.
        """
        if asked is None and len(self.components) == 1:
            return self.components[0]
        if asked not in self.components:
            raise WhichRemovalError(" and ".join(self.components))
        return asked


def own_removal(company: Company, given: str, line: int) -> OwnRemoval:
    """Return a removal of the company's by statement and line number.

    Raises:
        AmbiguousNameError, UnknownNameError: which statement.
        NoSuchRemovalError: the line removes nothing, or is gone.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
    """
    digest = company.names.statement(given)
    report = company.client.read(f"organizations/{company.organization}/removals")
    found: Mapping[str, Any] | None = next(
        (one for one in report["removals"] if (one["statement"], one["line"]) == (digest, line)), None
    )
    if found is None:
        raise NoSuchRemovalError(digest, line)
    stated = lines_stated(read_statement(company, digest))[line]
    names = tuple(NAMES[slot] for slot in removed_by(stated))
    return OwnRemoval(digest, line, int(found["stored_mg"]), names)
