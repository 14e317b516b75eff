"""What carriers and ports state of a leg or stay: category, distances, running, use of power, shares.

A handling's leg is a transport chain element (ISO 14083): a transport leg with a transport operation
category (TOC), or a hub stay with a hub operation category (HOC). Everything here is a form; what may be
said together is in `checks.py`, what a passport flags in `flags.py`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.wire import CivilDate, DecimalText, Many, Name, ShareText, Whole, Wire

COOLING: Final = "reefer_cooling"
"""The flag by which a carrier marks lines of a reefer's cooling, apart from carriage; it is no weakness."""
OwnName = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""A name out of the company's own records: of a leg, a category, a trip."""
Mode = Literal["road", "rail", "sea", "air", "inland_waterway", "hub"]
DistanceBasis = Literal["shortest_feasible", "great_circle", "planned", "actual"]
ShareBasis = Literal["tkm", "mass", "teu_km", "teu", "teu_s", "moves"]


class Category(Wire):
    """The operation category of a leg: journeys, or stays, that are alike and averaged together.

    A transport operation category has a `vehicle` and says whether it was filled by one customer; a hub
    operation category has a kind of `hub` (the GLEC Framework's kinds).
    """

    id: OwnName
    vehicle: Name | None = None
    contract: Literal["dedicated", "shared"] | None = None
    hub: (
        Literal[
            "transshipment",
            "storage_transshipment",
            "warehouse",
            "liquid_bulk_terminal",
            "container_terminal",
        ]
        | None
    ) = None


class Running(Wire):
    """How full and how often empty a vehicle runs: the carrier's own figures, and over what they are taken.

    `load_factor` is load over capacity on laden kilometres, `empty_share` empty over all kilometres.
    """

    over: Literal["trip", "month", "year"]
    load_factor: ShareText | None = None
    empty_share: ShareText | None = None


class ContractPeriod(Wire):
    """From when to when power is delivered under a contract, both days included."""

    start: CivilDate = Field(alias="from")
    end: CivilDate = Field(alias="to")


class PowerContract(Wire):
    """The evidence of power by contract: certificate, volume in Wh, period, day of cancellation."""

    certificate: Name
    volume_wh: Whole
    period: ContractPeriod
    cancelled_on: CivilDate


class HubUse(Wire):
    """What a hub did for the goods, and which lines of the statement book it.

    Plugged-in reefers and ships say how their power is known: `metered`, or `nameplate` x `seconds`.
    Without a contract power is from the grid.
    """

    use: Literal["reefer_plug", "shore_power", "cranes", "yard_vehicles", "tugs", "other"]
    lines: Annotated[Many[Whole], Field(min_length=1)]
    reading: Literal["metered", "nameplate"] | None = None
    seconds: Whole | None = None
    power_w: Whole | None = None
    contract: PowerContract | None = None


class Stay(Wire):
    """A stay at a hub: moves, time in the yard, time spent waiting, what was used."""

    moves: Whole | None = None
    dwell_s: Whole | None = None
    waiting_s: Whole | None = None
    uses: Many[HubUse] = ()


class Element(Wire):
    """A transport chain element: who carries or keeps which mass, how far, in what category.

    Transport activity (t·km) counts `distance_m` by its basis; `actual_m` are the kilometres really driven,
    empty ones included: evidence of the energy used, never of the activity (ISO 14083).
    """

    key: OwnName
    mode: Mode
    mass_mg: Whole
    teu: DecimalText | None = None
    distance_m: Whole | None = None
    distance_basis: DistanceBasis | None = None
    actual_m: Whole | None = None
    temperature: Literal["ambient", "refrigerated"] | None = None
    category: Category | None = None
    running: Running | None = None
    stay: Stay | None = None


class WholeQuantity(Wire):
    """What the whole vehicle used of what a line books a share of, in the line's own unit."""

    line: Whole
    quantity: DecimalText


class Share(Wire):
    """These goods' part of a shared vehicle or hub, and what the whole of it used.

    `own` and `total` are whole kg·km (`tkm`), mg (`mass`) or TEU·km (`teu_km`); at a hub also TEU (`teu`),
    TEU x seconds in the yard (`teu_s`) or `moves`. A line in `whole` books quantity x own / total, rounded
    once, half to even, at nine places. Shares of one `trip` add up to its total or less.
    """

    own: Whole
    total: Whole
    basis: ShareBasis
    trip: OwnName | None = None
    whole: Annotated[Many[WholeQuantity], Field(min_length=1)]
