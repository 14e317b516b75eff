"""A crop of alternate years: an off-year defers part of its emissions, never the other way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ui.language import Writing
from api.ui.sharing import shared_productions
from ledger.allocation.bearing_cycle_1 import season, weights
from ledger.allocation.errors import (
    PolicyInputMissingError,
    PolicyInputNumberError,
    PolicyInputSumError,
    PolicyOutputKindError,
    PolicySeasonError,
    PolicyUnitError,
)
from ledger.allocation.given import Made
from ledger.allocation.inputs import BearingCycle, PolicyInputs
from ledger.closure import closure
from ledger.identifiers import lot_id
from ledger.provenance import provenance
from ledger.provenance_document import provenance_document
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.builders import Line, World, kg, output, own
from tests.bundle_worlds import bundle_bytes
from tests.unit.balances import held, kept


def cycle(seasons: list[tuple[int, int]], brought: int = 0, **more: Any) -> dict[str, Any]:
    stated = [
        {"year": str(2020 + number), "emissions_mg": str(emissions), "mass_mg": str(mass)}
        for number, (emissions, mass) in enumerate(seasons)
    ]
    first = {"mg": str(brought), "inputs": ["0"] if brought else []}
    return {"seasons": stated, "brought_forward": first, "deferred": "1", "failed_below": "0.2", **more}


def policy(stated: dict[str, Any]) -> dict[str, Any]:
    return {"id": "bearing-cycle/1", "inputs": {"bearing_cycle": stated}}


def crop(quantity: int, *, lost: bool = False) -> list[Line]:
    rest = [
        {"balance": {"quantity": "1", "unit": "piece", "kind": "in_process"}, "product": named("deferred")}
    ]
    if lost:
        rest.append(
            {
                "balance": {"quantity": "1", "unit": "piece", "kind": "abnormal_loss"},
                "product": named("crop failure"),
            }
        )
    fruit = output("lychee", quantity)
    del fruit["balance"]["weight"]
    return [fruit, *rest]


def named(name: str) -> dict[str, str]:
    return {"name": name, "unit_mass_mg": "1"}


def share(stated: dict[str, Any], *quantities: tuple[int, str]) -> dict[int, int]:
    made = [Made(number, quantity, unit) for number, (quantity, unit) in enumerate(quantities)]
    return weights(made, PolicyInputs.model_validate({"bearing_cycle": stated}))


def test_an_off_year_defers_and_the_next_on_year_bears_it() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    before = [(kg(900), kg(1000)), (kg(900), kg(500))]
    off = [*before, (kg(900), kg(300))]
    made = world.production(farm, crop(kg(300)), lines=(own(kg(900)),), policy=policy(cycle(off)))
    deferred = lot_id(made.digest, 1)
    assert kept(world, lot_id(made.digest, 0)).total.gross_mg() == kg(450)
    assert held(world, "goods_in_process", farm, deferred).gross_mg() == kg(450)
    stated = cycle([*before[1:], off[-1], (kg(900), kg(1000))], brought=kg(450))
    on = world.production(
        farm, crop(kg(1000)), lines=(own(kg(900)),), inputs=((deferred, 1),), policy=policy(stated)
    )
    assert kept(world, lot_id(on.digest, 0)).total.gross_mg() == kg(1350)
    assert kept(world, lot_id(on.digest, 1)).total.gross_mg() == 0


def test_a_crop_failure_is_abnormal_loss_and_not_deferred() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    stated = cycle([(kg(900), kg(1000)), (kg(900), kg(800)), (kg(900), kg(100))], lost="2")
    made = world.production(farm, crop(kg(100), lost=True), lines=(own(kg(900)),), policy=policy(stated))
    charge = kg(2700) * 100 // 1900
    assert kept(world, lot_id(made.digest, 0)).total.gross_mg() == charge
    assert kept(world, lot_id(made.digest, 1)).total.gross_mg() == 0
    assert held(world, "abnormal_loss", farm, lot_id(made.digest, 2)).gross_mg() == kg(900) - charge


def test_a_correction_moves_the_charge_and_what_was_deferred_together() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    off = [(kg(900), kg(1000)), (kg(900), kg(500)), (kg(900), kg(300))]
    made = world.production(farm, crop(kg(300)), lines=(own(kg(900)),), policy=policy(cycle(off)))
    world.correct(farm, made.digest, drop=(0,), add=(own(kg(450)),))
    assert [kept(world, lot_id(made.digest, number)).total.gross_mg() for number in (0, 1)] == [
        kg(225),
        kg(225),
    ]


def test_a_passport_of_a_smoothed_crop_verifies() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    trial = kept(world, world.produce(farm, "trial", kg(1), lines=(burnt(480),)))
    emitted = trial.total.gross_mg()
    stated = cycle([(emitted, kg(10)), (emitted, kg(10)), (emitted, kg(4))])
    made = world.production(farm, crop(kg(4)), lines=(burnt(480),), policy=policy(stated))
    shipment = world.dispatch(farm, lot_id(made.digest, 0), kg(4), to=None)
    assert verify(bundle_bytes(world, shipment)).ok


def test_the_actual_figure_stands_beside_the_smoothed_one() -> None:
    found = season(BearingCycle.model_validate(cycle([(900, 1000), (900, 500), (900, 300)])))
    assert (found.actual(), found.smoothed()) == (Decimal(3), Decimal("1.5"))


@pytest.mark.parametrize(
    ("stated", "error", "field"),
    [
        (cycle([(9, 9), (9, 9), (kg(8), kg(3))]), PolicySeasonError, "seasons/2/emissions_mg"),
        (cycle([(9, 9), (9, 9), (kg(9), kg(4))]), PolicySeasonError, "seasons/2/mass_mg"),
        (
            cycle([(9, 9), (9, 9), (kg(9), kg(3))], brought=7),
            PolicyInputNumberError,
            "brought_forward/inputs",
        ),
        (
            {**cycle([(9, 9), (9, 9), (kg(9), kg(3))]), "brought_forward": {"mg": "7", "inputs": []}},
            PolicySeasonError,
            "brought_forward/mg",
        ),
        (cycle([(9, 9), (kg(9), kg(3))]), PolicyInputMissingError, "seasons"),
        (cycle([(9, 0), (9, 0), (kg(9), kg(3))]), PolicyInputSumError, "seasons"),
        (cycle([(9, 9), (9, 9), (kg(9), kg(3))], deferred="7"), PolicyInputNumberError, "bearing_cycle"),
        (cycle([(9, 9), (9, 9), (kg(9), kg(3))], lost="1"), PolicyInputNumberError, "lost"),
        (cycle([(9, kg(90)), (9, kg(90)), (kg(9), kg(3))]), PolicyInputMissingError, "lost"),
    ],
)
def test_a_cycle_that_is_not_this_production_is_refused(
    stated: dict[str, Any], error: type[Any], field: str
) -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    with pytest.raises(error) as caught:
        world.production(farm, crop(kg(3)), lines=(own(kg(9)),), policy=policy(stated))
    assert caught.value.field.endswith(field)


def test_what_is_deferred_is_kept_in_process() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    outputs = crop(kg(3))
    del outputs[1]["balance"]["kind"]
    stated = cycle([(9, 9), (9, 9), (kg(9), kg(3))])
    with pytest.raises(PolicyOutputKindError) as caught:
        world.production(farm, outputs, lines=(own(kg(9)),), policy=policy(stated))
    assert (caught.value.output, caught.value.kind, caught.value.expected) == (1, "product", "in_process")


def test_a_crop_is_counted_by_its_mass_and_the_seasons_are_stated() -> None:
    with pytest.raises(PolicyUnitError):
        share(cycle([(9, 9), (9, 9), (9, 3)]), (3, "piece"), (1, "piece"))
    with pytest.raises(PolicyInputMissingError):
        weights([Made(0, 3, "mg")], PolicyInputs())


amounts = st.integers(0, 10**12)


@given(st.lists(st.tuples(amounts, st.integers(1, 10**12)), min_size=3, max_size=5), amounts)
def test_a_charge_is_never_more_than_there_is_and_at_most_one_season_stays(
    seasons: list[tuple[int, int]], brought: int
) -> None:
    stated = BearingCycle.model_validate(cycle(seasons, brought))
    found = season(stated)
    assert 0 <= found.rest_mg <= found.emissions_mg
    assert 0 <= found.charge_mg <= found.emissions_mg + brought


@pytest.mark.parametrize(
    ("mass_kg", "words"), [(4, "deferred to the next season"), (1, "the crop failed")], ids=["off", "failed"]
)
def test_the_page_shows_the_seasons_actual_beside_the_smoothed_figure(mass_kg: int, words: str) -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    emitted = kept(world, world.produce(farm, "trial", kg(1), lines=(burnt(480),))).total.gross_mg()
    stated = cycle([(emitted, kg(10)), (emitted, kg(10)), (emitted, kg(mass_kg))], lost="2")
    fruit = crop(kg(mass_kg), lost=True)
    made = world.production(farm, fruit, lines=(burnt(480),), policy=policy(stated))
    sent = world.dispatch(farm, lot_id(made.digest, 0), kg(mass_kg), to=None)
    with world.store.read() as view:
        found = provenance([logged.statement for logged in closure(view, sent)], sent)
    document = provenance_document(found, lambda _digest: None)
    node = next(one for one in document.nodes if one.season is not None)
    assert node.season is not None
    assert Decimal(node.season.actual) > Decimal(node.season.smoothed)
    for language in ("en", "zh-Hans", "zh-Hant"):
        rows = [row for row in shared_productions(document, Writing(language)) if row.season]
        assert not rows[0].outputs[0].kind
        assert all(output.kind for output in rows[0].outputs[1:])
        assert language != "en" or words in rows[0].season
