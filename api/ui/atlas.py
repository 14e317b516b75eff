"""The atlas: who carries the carbon, by province and sector, and which links matter.

The page works without its script: then it shows the baseline as a table. With it, charts come from ECharts,
an npm package that is served from here, and every chart has its numbers in a table below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from api.ui.language import Language, Writing, words
from api.ui.pages import SECURITY_HEADERS, render, static
from ledger.mrio.adapters.concordance import china_provinces, china_sectors

PATH: Final = "/atlas"
SCRIPTS: Final = ("echarts.min.js", "atlas.js", "atlas_company.js", "atlas_tools.js")
HEADERS: Final = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data: blob:; script-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
"""As on all pages, but for its own scripts, which ask this ledger only, and the pictures that they make."""
INDICATORS: Final = ("per_output", "per_value_added", "carried", "emissions", "output")
_PREFIX: Final = "atlas."


@lru_cache(maxsize=3)
def names(language: Language) -> dict[str, str]:
    """Return how provinces and sectors of China are called in a language, by the English names of tables."""
    if language == "en":
        return {}
    at = {"zh-Hans": "hans", "zh-Hant": "hant"}[language]
    found = {name: str(getattr(place, at)) for name, place in china_provinces().items()}
    for scheme in ("china-42-2012", "china-42-2017"):
        found |= china_sectors(scheme)
    return found


def said(language: Language) -> dict[str, str]:
    """Return the page's own words, by key without `atlas.`, for its script."""
    return {
        key.removeprefix(_PREFIX): text for key, text in words(language).items() if key.startswith(_PREFIX)
    }


def render_atlas(
    language: Language, tables: Sequence[Mapping[str, Any]], baseline: Sequence[Mapping[str, Any]], page: str
) -> str:
    """Return the page.

    Args:
        language: the reader's.
        tables: as `/v1/mrio/tables` lists them; the first is shown.
        baseline: its rows by region, for readers without scripts.
        page: the page's own address.
    """
    places = {name: [place.column, place.row] for name, place in china_provinces().items()}
    called = names(language)
    setting = {"words": said(language), "names": called, "places": places, "tables": list(tables)}
    rows = [{**row, "name": called.get(str(row["region"]), row["region"])} for row in baseline]
    scripts = [f"/static/{name}?v={static(name)[2]}" for name in SCRIPTS]
    return render(
        "atlas.html",
        Writing(language),
        page,
        scripts=scripts,
        setting=setting,
        tables=tables,
        rows=rows,
        indicators=INDICATORS,
    )
