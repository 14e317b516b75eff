"""The pages as HTML: passport, start page, what was not found. Pure functions of what they show."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.ui import charts, journey
from api.ui.adjusted import adjusted_parts
from api.ui.language import LANGUAGES, Language, Writing
from api.ui.lists import PassportLine
from api.ui.organization import OrganizationView, Profile
from api.ui.passport_view import PassportView
from api.ui.removals import ROWS_SHOWN, netting, removal_rows
from api.ui.sharing import shared_productions
from api.ui.sureness import sureness
from api.ui.transport import transport_rows
from api.ui.vouching import distrusted_lines, opinion_lines, rests_on
from ledger.passport import Passport
from ledger.provenance_document import ProvenanceDocument
from ledger.stand_ins import SHOWN_AS

HERE: Final = Path(__file__).parent
SCRIPTS: Final = dict.fromkeys(
    ("passkey.js", "atlas.js", "atlas_company.js", "atlas_tools.js", "echarts.min.js"),
    "text/javascript; charset=utf-8",
)
STATIC: Final = {"passport.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml", **SCRIPTS}
GAPS_SHOWN: Final = 6
PRODUCTIONS_SHOWN: Final = 3
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""No script, nothing from elsewhere; the link secret of a page's address is told to nobody."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a passport's page leads: the page itself, bundle and data, and the address in its QR code."""

    page: str
    bundle: str
    data: str
    provenance: str
    code: str

    @property
    def study(self) -> str:
        """The address of the study summary; the link secret goes with it."""
        page, mark, secret = self.page.partition("?")
        return f"{page}/study{mark}{secret}"


@dataclass(frozen=True, slots=True)
class Found:
    """What the start page shows: the newest passports, and what was searched without success."""

    recent: Sequence[PassportLine] | None = None
    query: str = ""


def render_passport(passport: Passport, graph: ProvenanceDocument, language: Language, links: Links) -> str:
    """Return the passport page.

    `passport` carries the verifier's checks; `recent` lists and numbers are written in `language`.
    """
    write = Writing(language)
    view = PassportView(passport, graph, write)
    stops = journey.stops(passport, graph, write)
    return render(
        "passport.html",
        write,
        links.page,
        passport=passport,
        graph=graph,
        view=view,
        links=links,
        stops=stops,
        journey=journey.drawing(stops, write),
        qr=_code(links.code),
        patterns=charts.PATTERNS,
        gaps_shown=GAPS_SHOWN,
        productions=shared_productions(graph, write),
        sureness=sureness(passport, write),
        rests_on=rests_on(passport, graph, write),
        opinions=opinion_lines(passport.opinions, write),
        distrusted=distrusted_lines(passport.distrusted, write),
        transport=transport_rows(passport, graph, write),
        removals=removal_rows(passport.removals, write),
        removals_shown=ROWS_SHOWN,
        netting=netting(passport.footprint, write),
        **adjusted_parts(passport, write),
        productions_shown=PRODUCTIONS_SHOWN,
    )


def render_start(found: Found, language: Language) -> str:
    """Return the start page: what this is, search, and the newest passports where all may see them."""
    return render("start.html", Writing(language), "/", found=found)


def render_organization(profile: Profile, language: Language) -> str:
    """Return an organization's page: who it says it is, who vouches for it, its keys and passports."""
    write = Writing(language)
    organization = profile.organization
    view = OrganizationView(profile, write)
    page = f"/o/{organization.id}"
    return render(
        "organization.html",
        write,
        page,
        organization=organization,
        passports=profile.passports,
        view=view,
        books=profile.books,
    )


def render_error(status: int, language: Language, page: str = "/") -> str:
    """Return the page of a refusal: 404, 422, anything else as our fault."""
    known = status if status in (404, 422) else 500
    return render("error.html", Writing(language), page, status=status, known=known)


@lru_cache(maxsize=len(STATIC))
def static(name: str) -> tuple[bytes, str, str]:
    """Return a static file with its type and fingerprint; a name that isn't listed is a KeyError."""
    kind = STATIC[name]
    content = (HERE / "static" / name).read_bytes()
    return content, kind, hashlib.sha256(content).hexdigest()[:16]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, write: Writing, page: str, **content: Any) -> str:
    """Return a template as a page; `page` is its own address, for the switch of languages."""
    joint = "&" if "?" in page else "?"
    switch = [
        (language, write(f"language.{language}"), f"{page}{joint}lang={language}") for language in LANGUAGES
    ]
    stylesheet = f"/static/passport.css?v={static('passport.css')[2]}"
    written: str = (
        _environment()
        .get_template(template)
        .render(t=write, language=write.language, switch=switch, stylesheet=stylesheet, **content)
    )
    return written.replace(SHOWN_AS, f"[{write('hidden.name')}]")


def _code(address: str) -> Markup:
    """Draw the QR code of an address, error correction M, with its quiet zone."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - a path of modules; the address isn't in it as text
