"""Reports from the postings and the tags of lines; nothing in them is written by hand."""

from ledger.reports.period import COLUMNS, PeriodStatement, period_statement, statement_json
from ledger.reports.system import Conservation, conservation

__all__ = [
    "COLUMNS",
    "Conservation",
    "PeriodStatement",
    "conservation",
    "period_statement",
    "statement_json",
]
