"""Every way in which the ledger says no: one class per cause, facts as attributes.

A class names its facts as fields and writes its own sentence: what was asked, with both numbers
where there are two, and what to do next. Nothing here knows of HTTP; `api/problems.py` gives each
class its status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(eq=False)
class LedgerError(Exception):
    """The base of every refusal; `str(error)` is a sentence that a user can act on."""

    sentence: ClassVar[str] = "The ledger refuses this."

    def __str__(self) -> str:
        """Write the sentence with this error's facts."""
        return self.sentence.format(**self.facts())

    @classmethod
    def problem_type(cls) -> str:
        """Return the stable name of the cause in lower-case words, `overdrawn-lot`."""
        name = cls.__name__.removesuffix("Error")
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()

    def facts(self) -> dict[str, Any]:
        """Return the facts by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __reduce__(self) -> tuple[type[LedgerError], tuple[Any, ...]]:
        """Let an error travel between processes with its facts."""
        return type(self), tuple(self.facts().values())
