"""The form of an acceptance: the answer to one adjustment, or which ones are accepted from now on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ledger.body import Body, Validity
from ledger.identifiers import Digest, OrganizationId
from ledger.wire import ComponentMap, Text, Whole, Wire


class Answer(Wire):
    """What is accepted or refused: the difference that `cause` made to what `target` hands on.

    `cause` is a correction, or a handling that came late or unlisted; `target` the dispatch or handling
    that carries the difference; `increase` and `decrease` are the difference, as the books offer it.
    """

    cause: Digest
    target: Digest
    outcome: Literal["accepted", "refused"]
    increase: ComponentMap
    decrease: ComponentMap


class Standing(Wire):
    """Adjustments that are accepted by themselves: from one sender or `any`, up to so many mg each."""

    sender: OrganizationId | Literal["any"] = Field(alias="from")
    limit_mg: Whole
    validity: Validity


class AcceptanceBody(Body):
    """A receiver answers an adjustment, or says which ones it accepts from now on."""

    answer: Answer | None = None
    standing: Standing | None = None
    reason: Text | None = None
