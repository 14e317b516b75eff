"""What a lot is made of, as whoever makes or opens it names it."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from ledger.identifiers import Gtin
from ledger.wire import Name, Whole, Wire


class Product(Wire):
    """What a lot is made of."""

    name: Name
    gtin: Gtin | None = None
    batch: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,20}$")] | None = None
    unit_mass_mg: Whole | None = None
