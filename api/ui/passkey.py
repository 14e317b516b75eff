"""The page on which a phone's fingerprint registers a company and signs statements.

It is the one page with a script, its own and served from here, and it talks to nobody but this ledger.
"""

from __future__ import annotations

from typing import Final

from api.ui.language import Language, Writing
from api.ui.pages import SECURITY_HEADERS, render, static
from ledger.wire import ROLES

PATH: Final = "/passkey"
SCRIPT: Final = "passkey.js"
HEADERS: Final = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}
"""As on all pages, but for the page's own script, which asks this ledger only."""


def render_passkey(language: Language) -> str:
    """Return the page."""
    script = f"/static/{SCRIPT}?v={static(SCRIPT)[2]}"
    return render("passkey.html", Writing(language), PATH, script=script, roles=ROLES)
