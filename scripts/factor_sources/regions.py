"""Which region of the import factors stands for a country: our own assignment, since the table names none.

The European Union's 27 members are EU; Canada, China, Japan and Mexico are themselves; East, South-East and
South Asia and Oceania are APAC; all others are ROW. Countries are those of ISO 3166-1, from `tzdata`.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

COLUMNS: Final = ("country", "name", "region")
_EU: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_APAC: Final = (
    "AU NZ KR TW HK MO IN ID MY SG TH VN PH KH LA MM BN TL BD LK NP BT MV PK MN KP FJ PG SB VU NC PF WS TO "
    "KI TV NR PW FM MH CK NU"
)
EU: Final = frozenset(_EU.split())
APAC: Final = frozenset(_APAC.split())
OWN: Final = ("CA", "CN", "JP", "MX")


def rows() -> list[dict[str, str]]:
    """Return a row per country, in the order of their codes."""
    text = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8")
    pairs = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [{"country": code, "name": name, "region": _region(code)} for code, name in sorted(pairs)]


def _region(code: str) -> str:
    if code in OWN:
        return code
    if code in EU:
        return "EU"
    return "APAC" if code in APAC else "US" if code == "US" else "ROW"
