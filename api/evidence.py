"""Evidence for an auditor as one ZIP: files from the ledger, reports, and a manifest with all digests."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Final

from api.report_files import csv_text, xlsx_bytes
from api.reporting import REPORTS, period_report, report_json
from api.ui.language import Writing
from ledger.factor import Factor
from ledger.interfaces import LedgerView
from ledger.reports.evidence import evidence_files, manifest

MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""Every file's date, so that the same evidence is the same archive."""
README: Final = """Evidence of an organization's E-liability books.

1. manifest.json lists every file with its SHA-256; compare them first.
2. checkpoint.txt is the log's signed head; log_key.txt is the key it is signed with. Compare that key
   with the one that you got from elsewhere.
3. proofs.ndjson leads from every statement (RFC 9162: SHA-256 of 0x00 and the entry's RFC 8785 form) to the
   checkpoint's root.
4. Each line of statements.ndjson has the signed entry and the parts of its body with their salts; their
   digests make up the entry's body_digest.
5. factors.ndjson holds the emission factors by the digests that the lines of the statements name.
6. reports/ follows from the statements: opening + what came in - what went out = closing, and every trial
   balance is zero.
"""


def evidence_zip(
    view: LedgerView,
    organization: str,
    period: tuple[date | None, date | None],
    factors: Callable[[str], Factor | None],
    log_key: str,
) -> bytes:
    """Return statements, proofs, checkpoint, factors and reports of a period in one archive.

    Raises:
        BundleTooLargeError: more than 200,000 statements are behind the period.
        NotCoveredError: no checkpoint covers all of them yet.
        MissingFactorRecordError: the record of a factor is not at hand.
        BooksDontCloseError, TrialBalanceError: the books contradict themselves.
    """
    files = [("README.txt", README.encode())]
    files += evidence_files(view, organization, period, factors, log_key)
    for asked in REPORTS:
        report = period_report(view, asked, organization, *period)
        name = report.name
        text = json.dumps(report_json(report), ensure_ascii=False, indent=2)
        files.append((f"reports/{name}.json", text.encode()))
        files += [(f"reports/{name}.{table.name}.csv", csv_text(table).encode()) for table in report.tables]
        files.append((f"reports/{name}.xlsx", xlsx_bytes(report, Writing("en"))))
    terms = view.terms()
    about = {
        "organization": organization,
        "from": period[0].isoformat() if period[0] else None,
        "to": period[1].isoformat() if period[1] else None,
        "log_id": terms.log_id,
        "origin": terms.origin,
    }
    files.append(("manifest.json", manifest(about, files)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()
