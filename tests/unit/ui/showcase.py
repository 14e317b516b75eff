"""A shipment that fills every corner of the page: real factors, gaps, removals, a claim, an anchor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from fastapi import FastAPI
from starlette.requests import Request

from api.anchoring import Anchoring
from api.passports import checks_of
from api.settings import Settings
from api.ui.gap import GapPage
from api.ui.lists import PassportLine
from api.ui.organization import Profile
from api.ui.pages import Links
from api.ui.source import Shown
from api.viewers import NotVisibleError, SignIn, Visibility
from api.wiring import Wiring
from ledger.bundle import build, to_bytes
from ledger.challenges import InMemoryChallenges
from ledger.closure import closure
from ledger.factor import Factor, amount_mg, factor_digest
from ledger.factors.library import FactorLibrary
from ledger.identifiers import lot_id
from ledger.interfaces import Anchor
from ledger.mrio.library import TableLibrary
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from ledger.quality import INDICATORS
from ledger.terms import address_of_public_key
from ledger.verification import verify
from tests.builders import Line, Party, World, kg, output, own, take

GTIN = "06901234567892"
SSCC = "069012340000000016"
LINK = "0123456789abcdef0123456789abcdef"


def factor_of(digest: str) -> Factor | None:
    """Return a shipped factor by its digest."""
    return FactorLibrary.shipped().by_digest(digest)


def line(  # noqa: PLR0917 - a line has these facts
    factor_id: str,
    activity: str,
    quantity: str,
    unit: str,
    key: str | None = None,
    text: str = "",
    **tags: Any,
) -> Line:
    """Return a line by a shipped factor, a gap when it has a purchase key."""
    factor = FactorLibrary.shipped().get(factor_id)
    digest = factor_digest(factor)
    mg = amount_mg(quantity, unit, factor)
    amount: Line = {"components": {f"{factor.channel}.{factor.evidence}": str(mg)}, "gwp": factor.gwp}
    if key is not None:
        amount["gap"] = {"key": key, "reason": "no_passport", "factor": digest}
    source: Line = {
        "activity": activity,
        "quantity": quantity,
        "unit": unit,
        "factor": digest,
        "tags": {"scope": "3" if key else "1", "stage": factor.stage, **tags},
    }
    if text:
        source["text"] = text
    return {"amount": amount, "source": source}


def diesel(litres: str, key: str, **tags: Any) -> list[Line]:
    """Return diesel burnt, and its way from well to tank as a gap."""
    burnt = "desnz-2024.fuel.diesel-100-mineral-diesel.l"
    made = "desnz-2025.fuel.diesel-100-mineral-diesel.l.wtt"
    return [
        line(burnt, "diesel_burnt", litres, "L", text="Tractor and sprayer", **tags),
        line(made, "diesel_burnt", litres, "L", key, text="Diesel, well to tank", category="3"),
    ]


def spend(usd: str, key: str, text: str, **tags: Any) -> Line:
    """Return a purchase known by its price."""
    factor = next(f for f in FactorLibrary.shipped().search("fertilizer CN") if f.currency == "USD")
    flags = ["undeflated", "margins_unknown"]
    return line(factor.id, "purchase", usd, factor.per, key, text=text, category="1", flags=flags, **tags)


@dataclass(frozen=True)
class Show:
    """The world of the showcase and its passports: by sea, refused, plain, of nothing."""

    world: World
    sea: str
    refused: str
    plain: str
    empty: str


def _grid(kilowatt_hours: str, key: str) -> Line:
    return line(
        "china-grid.cn-gd.2023",
        "grid_electricity",
        kilowatt_hours,
        "kWh",
        key,
        text="Cold room and sorting line",
        method="location",
        flags=["co2_only", "upstream_not_covered"],
    )


def _scored(digits: str) -> dict[str, str]:
    return {"flow": "energy_materials", **dict(zip(INDICATORS, digits, strict=True))}


def _harvest(world: World, grower: Party) -> str:
    lines = [
        *diesel("930", "diesel-07"),
        _grid("5400", "kwh-farm"),
        spend("2100", "urea-07", "尿素与复合肥 Urea and compound fertiliser"),
        spend("640", "pesticide-03", "Pesticide <b>bought</b> & sprayed"),
        own(kg(310), "land_fossil.measured"),
        own(kg(58), "biogenic_non_co2.measured"),
        own(kg(240), "land_removal.measured"),
        own(kg(9000), "biogenic_co2_uptake.measured"),
    ]
    lines[5]["source"] |= {"activity": "soil_n2o_direct"}
    lines[6]["source"] |= {"activity": "prunings_burnt"}
    for one in lines[5:]:
        del one["source"]["factor"]
    for one in lines[:5]:
        one["quality"] = {"activity": _scored("21111"), "fit": _scored("23223")}
    lines[2]["quality"] = {"activity": _scored("11111")}
    lines[5]["quality"] = {"measured": {"relative_se": "0.3", "method": "chamber_survey"}}
    lines[7]["quality"] = {"measured": {"relative_se": "0.15", "method": "plot_inventory"}}
    body = (output("妃子笑荔枝 Feizixiao lychee", kg(14000), batch="FZX-0620"), output("culls", kg(800), 0))
    return lot_id(world.production(grower, body, lines=lines).digest, 0)


def _dispatch(world: World, party: Party, lot: str, quantity: int, **more: Any) -> str:
    with world.store.read() as view:
        held = view.lot(lot)
    assert held is not None
    goods = {"product": held.product, "quantity": str(quantity), "unit": "mg", **more.pop("goods", {})}
    to = more.pop("to")
    body = {
        "take": take(lot, quantity),
        "consignee": to.id if to else "outside",
        "handlers": [handler.id for handler in more.pop("handlers", ())],
        "goods": goods,
        **more,
    }
    return world.state(party, "dispatch/1", body).digest


def _leg(key: str, mode: str, kilometres: int, origin: str, destination: str) -> dict[str, Any]:
    moved = (
        {"distance_m": str(kilometres * 1000), "distance_basis": "shortest_feasible"} if kilometres else {}
    )
    return {
        "key": key,
        "mode": mode,
        "mass_mg": str(kg(6000)),
        **moved,
        "from": {"name": origin},
        "to": {"name": destination},
    }


def _carry(world: World, party: Party, shipment: str, leg: dict[str, Any], lines: Sequence[Line]) -> None:
    world.state(party, "handling/1", {"target": {"shipment": shipment}, "lines": list(lines), "leg": leg})


@lru_cache(maxsize=1)
def show() -> Show:
    """Play the showcase once."""
    world = World()
    grower = world.register("高州市根子镇仙进奉荔枝专业合作社", "farmer")
    cartons = world.register("Maoming Carton Works", "supplier")
    packhouse = world.register("Dianbai Cold Chain Packhouse Co.", "supplier")
    carrier, port = world.register("蓝帆物流 Blue Sail", "carrier"), world.register("Nansha Port", "port")
    forwarder = world.register("Unlisted Forwarding", "carrier")
    importer = world.register("Fruchthandel Hamburg GmbH", "buyer")
    world.attest(importer, "buyer")
    bulk_lot = _harvest(world, grower)
    bulk = world.receive(packhouse, world.dispatch(grower, bulk_lot, kg(9000), to=packhouse))
    made = world.produce(
        cartons, "carton", kg(400), lines=[_grid("1900", "kwh-carton"), *diesel("40", "d-c")]
    )
    boxes = world.receive(packhouse, world.dispatch(cartons, made, kg(400), to=packhouse))
    lines = [
        _grid("8200", "kwh-pack"),
        spend("1500", "foam-11", "Foam boxes and gel packs", of_which="packaging"),
        own(kg(61), "fossil.measured"),
    ]
    del lines[2]["source"]["factor"]
    lines[2]["source"] |= {"activity": "refrigerant_r404a_released", "text": "Refrigerant weighed"}
    name = "Frozen lychee 冷冻荔枝 IQF"
    packed = world.produce(
        packhouse,
        name,
        kg(8500),
        lines=lines,
        inputs=((bulk, kg(9000)), (boxes, kg(400))),
        batch="IQF-2026-07",
    )
    sea = _dispatch(
        world,
        packhouse,
        packed,
        kg(6000),
        to=importer,
        handlers=(carrier, port),
        goods={"gtin": GTIN, "batch": "IQF-2026-07", "container": "MSKU1234565", "sscc": SSCC},
        places={"from": {"name": "Dianbai"}, "to": {"name": "Hamburg", "locode": "DEHAM"}},
    )
    _carry(world, carrier, sea, _leg("lorry", "road", 390, "Dianbai", "Nansha"), diesel("170", "d-lorry"))
    _carry(world, port, sea, _leg("terminal", "hub", 0, "Nansha", "Nansha"), [_grid("340", "kwh-port")])
    ship = own(kg(1190), "fossil.measured")
    del ship["source"]["factor"]
    ship["source"] |= {"activity": "marine_fuel_oil_burnt", "text": "Vessel fuel by share of tkm"}
    _carry(world, carrier, sea, _leg("ship", "sea", 19879, "Nansha", "Hamburg"), [ship])
    claim = own(kg(7), "fossil.measured")
    del claim["source"]["factor"]
    world.handle(forwarder, (claim,), shipment=sea)
    world.receive(importer, sea)
    refused = _dispatch(world, packhouse, packed, kg(500), to=importer)
    world.receive(importer, refused, accepted=False)
    plain = _dispatch(world, packhouse, packed, kg(250), to=None, goods={"batch": "IQF-2026-07"})
    water = world.produce(grower, "Rain water", kg(10))
    empty = _dispatch(world, grower, water, kg(10), to=importer)
    with world.store.write() as writer:
        head = writer.checkpoint()
        assert head is not None
        address = address_of_public_key(bytes.fromhex(writer.terms().secp256k1))
        contract, transaction = "0x" + "cd" * 20, "0x" + "ef" * 32
        writer.keep_anchor(Anchor(31337, contract, address, head.size, head.root, transaction, 12, 45_000))
    return Show(world, sea, refused, plain, empty)


@lru_cache(maxsize=8)
def documents(identifier: str) -> tuple[Passport, ProvenanceDocument]:
    """Return a passport's documents as the API gives them, checked."""
    world = show().world
    with world.store.read() as view:
        shipment = view.shipment(identifier)
        assert shipment is not None
        statements = [logged.statement for logged in closure(view, identifier)]
        found = provenance(statements, identifier, factor_of)
        raw = to_bytes(build(view, identifier, factor_of))
        report = verify(raw, trusted_log_key=world.signer.verifier.text())
        document = passport(shipment, found, checks_of(report, view), organization=view.organization)
    return document, provenance_document(found, factor_of)


def links(identifier: str) -> Links:
    """Return links as the application makes them."""
    api = f"/v1/passports/{identifier}"
    return Links(
        page=f"/p/{identifier}",
        bundle=f"{api}/bundle",
        data=api,
        provenance=f"{api}/provenance",
        code=f"https://ledger.example/p/{identifier}",
    )


class ShowSource:
    """The showcase as a source of pages."""

    def passport(self, _request: Request, identifier: str, _link: str | None) -> Shown:
        """Return one of the passports."""
        if identifier not in (show().sea, show().refused, show().plain, show().empty):
            raise NotVisibleError("passport")
        return (*documents(identifier), links(identifier))

    def recent(self, _request: Request) -> Sequence[PassportLine] | None:
        """Return all of them."""
        return [row(documents(one)[0]) for one in (show().sea, show().refused, show().plain)]

    def organization(self, _request: Request, identifier: str) -> Profile:
        """Return one of the organizations with all passports."""
        with show().world.store.read() as view:
            found = view.organization(identifier)
        if found is None:
            raise NotVisibleError("organization")
        return Profile(found, self.recent(_request), "2026-07-01")

    def find(self, _request: Request, text: str) -> str | None:
        """Find the container."""
        return show().sea if text == "MSKU1234565" else None

    def atlas(self, _request: Request) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return no table: the showcase is about passports."""
        raise NotVisibleError("table")

    def gap(self, _request: Request) -> GapPage:
        """Return an empty form."""
        return GapPage({})

    def origin(self, _request: Request) -> str:
        """Return where the showcase is."""
        return "https://ledger.example"

    def resolve(self, _request: Request, _path: str, _query: Mapping[str, str]) -> str | None:
        """Find nothing."""
        return None


def row(document: Passport) -> PassportLine:
    """Return a passport as a line of a list."""
    return PassportLine(
        id=document.id,
        product=document.goods.product,
        quantity=document.goods.quantity,
        unit=document.goods.unit,
        status=document.status,
        sender=document.sender.name,
        per_unit=document.per_unit.gross,
        declared_unit=document.per_unit.unit,
        consignee=document.consignee.name if document.consignee else "",
        batch=document.goods.batch or "",
        made="2026",
        modes=tuple(stop.mode for stop in document.stops if stop.mode and stop.mode != "hub"),
        dispatched=document.dispatched.last,
    )


def wired(policy: str = "demo") -> FastAPI:
    """Return an application whose state holds the showcase's ledger, wired as the program wires it."""
    world = show().world
    settings = replace(Settings.from_environment({}), public_url="https://ledger.example")
    sign_in = SignIn(b"secret", world.log_id, InMemoryChallenges())
    app = FastAPI()
    app.state.wiring = Wiring(
        settings=settings,
        store=cast("Any", world.store),
        ledger=world.ledger,
        keys=cast("Any", None),
        factors=FactorLibrary.shipped(),
        tables=TableLibrary(settings.tables),
        sign_in=sign_in,
        visibility=Visibility(cast("Any", policy), sign_in),
        anchoring=Anchoring(world.store),
        pool=None,
        closing=ExitStack(),
    )
    return app
