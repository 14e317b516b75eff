"""What one row of each kind of record says, typed; `at` is where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.records.book_rows import BookRow
from ledger.records.cells import At
from ledger.wire import Gwp


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """A company introduces itself."""

    at: At
    organization: str
    name: str
    day: str
    timezone: str
    roles: tuple[str, ...] = ()
    contact: str | None = None
    site: str | None = None
    locode: str | None = None


@dataclass(frozen=True, slots=True)
class AttestationRow:
    """An accreditor gives a company its roles."""

    at: At
    subject: str
    roles: tuple[str, ...]
    valid_from: str
    valid_to: str
    day: str
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class ProductionRow:
    """A season, a packing run: when, and how its emissions are shared.

    Prices are in `currency`, averaged from `prices_from` to `prices_to`; energy is from `basis_source`. What
    no product was served by alone is shared by `common_by`. A crop of alternate years has failed below a
    share of the average, and carries what earlier seasons deferred.
    """

    at: At
    production: str
    start: str
    end: str
    policy: str
    currency: str | None = None
    prices_from: str | None = None
    prices_to: str | None = None
    basis_source: str | None = None
    site: str | None = None
    locode: str | None = None
    note: str | None = None
    common_by: str | None = None
    failed_below: Decimal | None = None
    brought_forward_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OutputRow:
    """A batch that came out of a production; waste, scrap and residues carry nothing on.

    `price` is per the unit of the quantity; heat is the lower heating value.
    """

    at: At
    record: str
    batch: str
    product: str
    quantity: Decimal
    unit: str
    role: str | None = None
    revenue: Decimal | None = None
    price: Decimal | None = None
    energy_mj: Decimal | None = None
    lhv_mj_per_kg: Decimal | None = None
    unit_mass_g: Decimal | None = None
    gtin: str | None = None


@dataclass(frozen=True, slots=True)
class InputRow:
    """A quantity of a batch in stock that went into a production, handling or correction.

    It may have served one batch alone; or it is what an earlier season deferred, brought forward.
    """

    at: At
    record: str
    batch: str
    quantity: Decimal
    unit: str
    serves: str | None = None
    brought_forward: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoCells:
    """What a row states beside its emissions: kg of C, m2·year of land, kg CO2e that are never added up."""

    carbon_fossil_kg: Decimal | None = None
    carbon_biogenic_kg: Decimal | None = None
    carbon_recycled_kg: Decimal | None = None
    carbon_packaging_kg: Decimal | None = None
    land_m2_year: Decimal | None = None
    indirect_luc_kg: Decimal | None = None
    radiative_forcing_kg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCells(MemoCells):
    """What a row states of its lines besides: how sure it is of its quantity, how well its factors fit.

    `error_percent` is a relative standard error; scores hold a flow and five scores (`quality.Pedigree`).
    `serves` is the batch that it served alone.
    """

    error_percent: Decimal | None = None
    error_method: str | None = None
    activity_scores: dict[str, str] | None = None
    fit_scores: dict[str, str] | None = None
    serves: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCells(LineCells):
    """What an activity of a handling says: what the whole vehicle used, what a hub used it for, cooling."""

    whole_quantity: Decimal | None = None
    hub_use: str | None = None
    reading: str | None = None
    cooling: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCells(UseCells):
    """The evidence of power by contract: of which kind, for how many kWh, from when to when."""

    instrument: str | None = None
    instrument_kwh: Decimal | None = None
    instrument_from: str | None = None
    instrument_to: str | None = None
    registry: str | None = None
    cancellation: str | None = None
    cancelled_on: str | None = None


@dataclass(frozen=True, slots=True)
class ActivityRow(PowerCells):
    """Something that was used, burnt, spread, leaked or thrown away, in physical units.

    With `footprint_kg` it was bought with a footprint from another system, in kg CO2e, instead; `service`
    names the service in which a provider, not the company, used the power.
    """

    at: At
    record: str
    activity: str
    quantity: Decimal
    unit: str
    purchase: str | None = None
    region: str | None = None
    month: str | None = None
    nitrogen_percent: Decimal | None = None
    climate: str | None = None
    purity_percent: Decimal | None = None
    power_kw: Decimal | None = None
    service: str | None = None
    footprint_kg: Decimal | None = None
    channel: str | None = None
    gwp: Gwp | None = None
    primary_share: Decimal | None = None
    of_which: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PurchaseRow(LineCells):
    """Something bought without a passport, known by what it cost."""

    at: At
    record: str
    purchase: str
    goods: str
    sector: str
    country: str
    amount: Decimal
    currency: str
    invoiced: str
    price_type: str
    vat_percent: Decimal
    of_which: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCells:
    """What a handling says of its leg or stay besides load and distance, each as the company recorded it.

    A hub shares by `share_basis`: `total_shared` TEU, TEU·h or moves are those of all goods.
    """

    actual_km: Decimal | None = None
    teu: Decimal | None = None
    temperature: str | None = None
    category: str | None = None
    vehicle: str | None = None
    contract: str | None = None
    hub_type: str | None = None
    load_factor: Decimal | None = None
    empty_share: Decimal | None = None
    running_over: str | None = None
    share_basis: str | None = None
    total_shared: int | None = None
    trip: str | None = None
    moves: int | None = None
    dwell_h: Decimal | None = None
    waiting_h: Decimal | None = None


@dataclass(frozen=True, slots=True)
class HandlingRow(LegCells):
    """A transport leg or a stay at a hub, for one delivery note or one batch in stock."""

    at: At
    handling: str
    leg: str
    mode: str
    load_kg: Decimal
    start: str
    end: str
    delivery_note: str | None = None
    batch: str | None = None
    distance_km: Decimal | None = None
    distance_basis: str | None = None
    origin: str | None = None
    origin_locode: str | None = None
    destination: str | None = None
    destination_locode: str | None = None
    own_tkm: Decimal | None = None
    total_tkm: Decimal | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """Goods leave for a consignee: a delivery note."""

    at: At
    delivery_note: str
    batch: str
    quantity: Decimal
    unit: str
    consignee: str
    day: str
    carriers: tuple[str, ...] = ()
    incoterm: str | None = None
    origin: str | None = None
    origin_locode: str | None = None
    destination: str | None = None
    destination_locode: str | None = None
    container: str | None = None
    sscc: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """Goods of a delivery note are accepted under a batch number, refused or lost, or some of each."""

    at: At
    delivery_note: str
    outcome: str
    day: str
    batch: str | None = None
    accepts: tuple[str, ...] = ()
    reason: str | None = None
    accepted: Decimal | None = None
    returned: Decimal | None = None
    lost: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class DisposalRow:
    """Goods leave the books: to consumers, as waste, for own use."""

    at: At
    disposal: str
    batch: str
    quantity: Decimal
    unit: str
    fate: str
    day: str
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A production is corrected: purchases that were gaps are dropped, inputs and lines come in."""

    at: At
    correction: str
    production: str
    day: str
    drop_purchases: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RemovalRow:
    """Carbon that a company took out of the air and keeps: measured kg CO2e, and how it is kept."""

    at: At
    record: str
    activity: str
    quantity: Decimal
    unit: str
    removed_kg: Decimal
    channel: str
    pool: str
    monitoring: str
    permanence: dict[str, str]
    reserve: Decimal
    text: str | None = None
    serves: str | None = None


Row = (
    OrganizationRow
    | AttestationRow
    | ProductionRow
    | OutputRow
    | InputRow
    | ActivityRow
    | PurchaseRow
    | RemovalRow
    | HandlingRow
    | DispatchRow
    | ReceiptRow
    | DisposalRow
    | CorrectionRow
    | BookRow
)
