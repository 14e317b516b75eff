"""The reports from the postings, written as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from ledger.components import NAMES
from ledger.lots import Lot
from ledger.reports.lot_ledger import LotPosting
from ledger.reports.period import (
    COLUMNS,
    OUTGOING,
    PRODUCT_COLUMNS,
    PeriodStatement,
    gross_mg,
    statement_json,
)
from ledger.reports.scopes import ScopeKey, ScopesReport
from ledger.reports.system import Closure, apart, total_of
from ledger.reports.tables import (
    Cell,
    Heading,
    Report,
    Row,
    Table,
    Term,
    component,
    measured_headings,
    measures,
)
from ledger.reports.trial_balance import TrialBalance, TrialRow

Names = Callable[[str], str]
"""Gives an organization's name by its id."""
SYSTEM: Final = "system"
BALANCES: Final = ("opening", "debit", "credit", "closing")


def period_facts(
    organization: str | None, names: Names, first: date | None, last: date | None
) -> dict[str, str]:
    """Return what a report is about: whose, from when to when; an open end is left out."""
    facts = {} if organization is None else {"organization": organization, "name": names(organization)}
    if first is not None:
        facts["from"] = first.isoformat()
    if last is not None:
        facts["to"] = last.isoformat()
    return facts


def statement_report(statement: PeriodStatement, names: Names) -> Report:
    """Write an E-liability statement: as a calculation, by product, and by component."""
    return Report(
        name="statement",
        facts=period_facts(statement.organization, names, statement.first, statement.last),
        tables=(_calculation(statement), _products(statement), _components(statement)),
        main="components",
        notes=("closes", "removals_apart"),
        more={"statement": statement_json(statement)},
    )


def _calculation(statement: PeriodStatement) -> Table:
    """Write the statement from top to bottom; what goes out has a minus, so that every column adds up."""
    rows = [Row((Term("line", "opening"), *measures(statement.opening)), is_sum=True)]
    for name in COLUMNS:
        column = statement.columns.get(name, {})
        if name == "start_up" and not any(column.values()):
            continue
        sign = -1 if name in OUTGOING else 1
        vector = {slot: sign * mg for slot, mg in column.items()}
        rows.append(Row((Term("line", name), *measures(vector))))
    rows.append(_sum((Term("line", "closing"),), measures(statement.closing), len(rows)))
    if any(statement.offered.values()):
        rows.append(Row((Term("line", "offered"), *measures(statement.offered))))
    return Table("calculation", (Heading("line", "text"), *measured_headings()), tuple(rows))


def _products(statement: PeriodStatement) -> Table:
    """Write gross emissions by product; what went from one product into another is `transformed`."""
    headings = (Heading("product", "text"), *map(Heading, ("opening", *PRODUCT_COLUMNS, "closing")))
    rows = []
    for product, flow in sorted(statement.products.items(), key=lambda item: (item[0] == "", item[0])):
        if not flow.empty():
            columns = (gross_mg(flow.columns.get(name, {})) for name in PRODUCT_COLUMNS)
            what = product or Term("line", "in_process")
            rows.append(_row((what,), (gross_mg(flow.opening), *columns, gross_mg(flow.closing))))
    columns = (gross_mg(statement.columns.get(name, {})) for name in PRODUCT_COLUMNS)
    amounts = (gross_mg(statement.opening), *columns, gross_mg(statement.closing))
    return Table("products", headings, (*rows, _sum((Term("line", "total"),), amounts, len(rows))))


def _row(named: tuple[Cell, ...], amounts: tuple[int, ...]) -> Row:
    return Row((*named, *amounts))


def _sum(named: tuple[Cell, ...], amounts: tuple[int, ...], rows: int) -> Row:
    """Return the sum of so many rows right above it."""
    return Row((*named, *amounts), is_sum=True, adds_up=rows)


def _components(statement: PeriodStatement) -> Table:
    headings = (Heading("component", "text"), *map(Heading, ("opening", *COLUMNS, "closing")))
    rows = []
    for slot in statement.slots():
        columns = (statement.columns.get(name, {}).get(slot, 0) for name in COLUMNS)
        opening, closing = statement.opening.get(slot, 0), statement.closing.get(slot, 0)
        rows.append(Row((component(slot), opening, *columns, closing)))
    return Table("components", headings, tuple(rows))


def trial_report(found: TrialBalance, names: Names) -> Report:
    """Write a trial balance: by kind of account, by account, and in files by component too."""
    return Report(
        name="trial-balance",
        facts=period_facts(found.organization, names, found.first, found.last),
        tables=(_kinds(found), _accounts(found, names), _account_components(found, names)),
        main="accounts_by_component",
        notes=("debit_and_credit", "zero"),
    )


def _kinds(found: TrialBalance) -> Table:
    kinds: dict[str, list[TrialRow]] = {}
    for row in found.rows:
        kinds.setdefault(row.kind, []).append(row)
    rows = [Row((Term("account", kind), *_sums(members))) for kind, members in kinds.items()]
    rows.append(_sum((Term("line", "total"),), _sums(found.rows), len(rows)))
    return Table("kinds", (Heading("account", "text"), *map(Heading, BALANCES)), tuple(rows))


def _sums(rows: Iterable[TrialRow]) -> tuple[int, ...]:
    found = list(rows)
    return (
        gross_mg(total_of(row.opening for row in found)),
        gross_mg(total_of(row.debit for row in found)),
        gross_mg(total_of(row.credit for row in found)),
        gross_mg(total_of(row.closing() for row in found)),
    )


def _account_headings() -> tuple[Heading, ...]:
    return (
        Heading("account", "text"),
        Heading("organization", "text"),
        Heading("product", "text"),
        Heading("ref", "code"),
    )


def _account_cells(row: TrialRow, names: Names) -> tuple[Cell, ...]:
    return (Term("account", row.kind), names(row.organization), row.product, row.ref)


def _accounts(found: TrialBalance, names: Names) -> Table:
    rows = [Row((*_account_cells(row, names), *_sums((row,)))) for row in found.rows]
    rows.append(_sum((Term("line", "total"), "", "", ""), _sums(found.rows), len(rows)))
    return Table("accounts", (*_account_headings(), *map(Heading, BALANCES)), tuple(rows))


def _account_components(found: TrialBalance, names: Names) -> Table:
    headings = (*_account_headings(), Heading("component", "text"), *map(Heading, BALANCES))
    rows = []
    for row in found.rows:
        closing = row.closing()
        for slot in row.slots():
            vectors = (row.opening, row.debit, row.credit, closing)
            amounts = (vector.get(slot, 0) for vector in vectors)
            rows.append(Row((*_account_cells(row, names), component(slot), *amounts)))
    return Table("accounts_by_component", headings, tuple(rows), in_files=True)


def lot_report(lot: Lot, postings: Iterable[LotPosting], names: Names) -> Report:
    """Write the ledger of a lot: gross with the balance after every posting, and by component."""
    found = list(postings)
    facts = {
        "organization": lot.holder,
        "name": names(lot.holder),
        "lot": lot.id,
        "product": lot.product,
        "batch": lot.batch,
        "quantity_left": str(lot.left),
        "quantity_original": str(lot.original_quantity),
        "unit": lot.unit,
    }
    return Report(
        name="lot",
        facts=facts,
        tables=(_postings(found, names), _running(found, names), _posting_components(found, names)),
        main="postings_by_component",
        notes=("running",),
    )


def _posting_headings() -> tuple[Heading, ...]:
    return (
        Heading("from", "text"),
        Heading("to", "text"),
        Heading("kind", "text"),
        Heading("counter_account", "text"),
        Heading("organization", "text"),
        Heading("statement", "code"),
    )


def _posting_cells(posting: LotPosting, names: Names) -> tuple[Cell, ...]:
    return (
        posting.occurred.start,
        posting.occurred.end,
        Term("kind", posting.kind),
        Term("account", posting.counter.kind),
        names(posting.counter.organization),
        posting.statement,
    )


def _postings(found: Iterable[LotPosting], names: Names) -> Table:
    headings = (*_posting_headings(), Heading("amount"), Heading("balance"))
    rows = [Row((*_posting_cells(one, names), gross_mg(one.amount), gross_mg(one.balance))) for one in found]
    return Table("postings", headings, tuple(rows))


def _running(found: list[LotPosting], names: Names) -> Table:
    """Write the balance of every component after each posting, a column each."""
    slots = sorted({slot for one in found for slot in one.amount})
    columns = (Heading(NAMES[slot], group="component") for slot in slots)
    headings = (Heading("to", "text"), Heading("kind", "text"), Heading("statement", "code"), *columns)
    rows = []
    for one in found:
        _first, last, kind, _counter, _name, statement = _posting_cells(one, names)
        rows.append(Row((last, kind, statement, *(one.balance.get(slot, 0) for slot in slots))))
    return Table("running", headings, tuple(rows))


def _posting_components(found: Iterable[LotPosting], names: Names) -> Table:
    headings = (*_posting_headings(), Heading("component", "text"), Heading("amount"), Heading("balance"))
    rows = [
        Row((*_posting_cells(one, names), component(slot), one.amount[slot], one.balance.get(slot, 0)))
        for one in found
        for slot in sorted(one.amount)
    ]
    return Table("postings_by_component", headings, tuple(rows), in_files=True)


def scopes_tables(found: ScopesReport, names: Names) -> Report:
    """Write the GHG Protocol view: scope by scope, with the categories of scope 3."""
    headings = (
        Heading("scope", "text"),
        Heading("category", "text"),
        Heading("method", "text"),
        Heading("origin", "text"),
        Heading("lines", "text"),
        *measured_headings(),
    )
    rows: list[Row] = []
    for scope in ("1", "2", "3", "untagged"):
        keys = sorted((key for key in found.rows if key.scope == scope), key=_category)
        rows += [_scope_row(found, key) for key in keys]
        if keys or scope != "untagged":
            total = Term("scope_total", scope)
            rows.append(_sum((total, "", "", "", ""), measures(found.scope(scope)), len(keys)))
    if any(found.markup.values()):
        rows.append(Row((Term("scope", "markup"), "", "", "", "", *measures(found.markup))))
    return Report(
        name="scopes",
        facts=period_facts(found.organization, names, found.first, found.last),
        tables=(Table("scopes", headings, tuple(rows)),),
        main="scopes",
        notes=("upstream_only", "biogenic_apart", "markup_apart"),
    )


def _category(key: ScopeKey) -> tuple[int, str, str]:
    return (int(key.category or 0), key.method, key.origin)


def _scope_row(found: ScopesReport, key: ScopeKey) -> Row:
    return Row(
        (
            Term("scope", key.scope),
            Term("category", key.category) if key.category else "",
            Term("method", key.method) if key.method else "",
            Term("origin", key.origin),
            str(found.lines.get(key, 0) or ""),
            *measures(found.rows[key]),
        )
    )


def system_report(found: Closure) -> Report:
    """Write the whole ledger: what was recorded and where it lies, signed and estimated in two columns."""
    headings = (
        Heading("account", "text"),
        Heading("signed"),
        Heading("may_overlap"),
        Heading("removals"),
        Heading("biogenic_co2_out"),
        Heading("biogenic_co2_uptake"),
        Heading("markup"),
    )
    tables = []
    for name, sides in (("recorded", found.recorded), ("accounted", found.accounted)):
        rows = [Row((Term("account", kind), *_signed(vector))) for kind, vector in sorted(sides.items())]
        rows.append(_sum((Term("line", "total"),), _signed(total_of(sides.values())), len(rows)))
        tables.append(Table(name, headings, tuple(rows)))
    return Report(
        name=SYSTEM,
        facts={},
        tables=tuple(tables),
        main="accounted",
        notes=("never_added", "recorded_is_accounted"),
    )


def _signed(vector: dict[int, int]) -> tuple[int, ...]:
    known, estimated = apart(vector)
    return (gross_mg(known), gross_mg(estimated), *measures(vector)[2:])
