"""What happens to a removal later: carbon that goes back, and expectations that are written down.

Both are statements of their own about one line of an earlier one; that one stays as it was signed.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ledger.body import Body
from ledger.identifiers import Digest
from ledger.removals import Permanence, Reserve
from ledger.wire import ComponentMap, Text, Wire


class RemovalLine(Wire):
    """A line of a production, handling or correction that removes carbon: the statement, and its number."""

    statement: Digest
    line: Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,2})$")]


class Reversed(Wire):
    """How much of a removal went back, in mg by the removal's own components, and how that is known."""

    components: ComponentMap = Field(min_length=1)
    evidence: Literal["measured", "calculated"]


class ReversalBody(Body):
    """Carbon that was removed and stored has gone back into the air: a fire, trees grubbed up, a leak."""

    reverses: RemovalLine
    amount: Reversed
    cause: Literal["fire", "storm", "pest", "grubbing_up", "land_use", "leak", "other"]
    reason: Text | None = None


class Expectation(Wire):
    """What is now expected of a removal: for how long it stays, which share is held back for it."""

    permanence: Permanence | None = None
    reserve: Reserve | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.permanence is None and self.reserve is None:
            message = "state the permanence or the reserve that is now expected, or both"
            raise ValueError(message)
        return self


class ImpairmentBody(Body):
    """A removal's expected permanence, or the reserve behind it, is written down; nothing is emitted yet."""

    impairs: RemovalLine
    expectation: Expectation
    reason: Text | None = None
