"""Assets that serve for long: written down into what they serve, estimated anew, lost."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.assets import EstimateTakesError, NotAssetError, SameEstimateError
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.lots import StaleLotError, ZeroQuantityError
from ledger.rules import NotHolderError, UnknownLotError
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.builders import Line, Party, World, kg, output, own
from tests.bundle_worlds import bundle_bytes
from tests.unit.balances import fossil, held, kept
from tests.unit.refusals import as_stated, refused


class Orchard:
    """A farm whose orchard took 1,000 kg CO2e to establish and is expected to give 10 t of fruit."""

    def __init__(self, line: Line | None = None) -> None:
        self.line = line or own(kg(7))
        self.world = World()
        self.farm = self.world.register("Farm", "farmer")
        self.made = self.world.production(
            self.farm, (kind(output("orchard", kg(10_000)), "asset"),), lines=(line or own(kg(1000)),)
        )
        self.trees = lot_id(self.made.digest, 0)

    def season(self, fruit_kg: int) -> str:
        return self.world.produce(
            self.farm, "lychee", kg(fruit_kg), lines=(self.line,), inputs=((self.trees, kg(fruit_kg)),)
        )

    def expect(self, quantity: int) -> Any:
        return self.world.state(self.farm, "reestimate/1", estimate(self.trees, quantity))


def kind(made: Any, name: str) -> Any:
    made["balance"]["kind"] = name
    return made


def estimate(lot: str, quantity: int) -> dict[str, Any]:
    return {"asset": lot, "quantity_left": str(quantity), "reason": "Frost damage"}


@pytest.fixture
def orchard() -> Orchard:
    return Orchard()


def refusal(world: World, party: Party, body: dict[str, Any], error: type[LedgerError]) -> Any:
    with pytest.raises(error) as caught:
        world.sign(party, "reestimate/1", body)
    return caught.value


def test_each_season_is_charged_by_its_kilograms_of_the_expected_ones(orchard: Orchard) -> None:
    first = kept(orchard.world, orchard.season(2500))
    assert first.total.gross_mg() == kg(250) + kg(7)
    assert kept(orchard.world, orchard.trees).balance().gross_mg() == kg(750)
    with orchard.world.store.read() as view:
        trees = kept(orchard.world, orchard.trees)
        assert trees.account.kind == "asset"
        assert view.balance(trees.account) == dict(trees.balance())


def test_a_new_estimate_changes_later_charges_and_no_earlier_one(orchard: Orchard) -> None:
    first = orchard.season(2500)
    orchard.expect(kg(3000))
    second = orchard.season(1000)
    assert kept(orchard.world, first).total.gross_mg() == kg(257)
    assert kept(orchard.world, second).total.gross_mg() == kg(257)
    assert kept(orchard.world, orchard.trees).balance().gross_mg() == kg(500)


def test_more_may_be_expected_than_there_ever_was(orchard: Orchard) -> None:
    orchard.season(5000)
    orchard.expect(kg(50_000))
    assert kept(orchard.world, orchard.season(25_000)).total.gross_mg() == kg(257)
    assert kept(orchard.world, orchard.trees).left == kg(25_000)


def test_what_the_establishment_is_corrected_by_reaches_every_season_by_its_own_estimate(
    orchard: Orchard,
) -> None:
    first = orchard.season(2500)
    orchard.expect(kg(3000))
    second = orchard.season(1000)
    orchard.world.correct(orchard.farm, orchard.made.digest, add=(own(kg(400)),))
    assert kept(orchard.world, first).total.gross_mg() == kg(357)
    assert kept(orchard.world, second).total.gross_mg() == kg(357)
    assert kept(orchard.world, orchard.trees).balance().gross_mg() == kg(700)


def test_a_passport_of_fruit_verifies_with_the_new_estimate_behind_it() -> None:
    orchard = Orchard(burnt(480))
    orchard.season(2500)
    orchard.world.handle(orchard.farm, (burnt(1),), lot=orchard.trees)
    orchard.season(500)
    orchard.expect(kg(3000))
    orchard.season(10)
    lot = orchard.season(1000)
    report = verify(bundle_bytes(orchard.world, orchard.world.dispatch(orchard.farm, lot, kg(10), to=None)))
    assert report.ok


def test_an_impaired_asset_goes_to_abnormal_loss(orchard: Orchard) -> None:
    orchard.world.dispose(orchard.farm, orchard.trees, kg(4000), fate="abnormal_loss")
    assert kept(orchard.world, orchard.trees).balance().gross_mg() == kg(600)
    assert held(orchard.world, "abnormal_loss", orchard.farm) == fossil(kg(400), "calculated")


def test_a_cold_store_is_written_down_over_its_seconds(orchard: Orchard) -> None:
    year_s = 365 * 24 * 3600
    store = {"balance": {"quantity": str(20 * year_s), "unit": "s", "kind": "asset"}}
    built = orchard.world.production(
        orchard.farm,
        ({**store, "product": {"name": "cold store"}},),
        lines=(own(kg(2000)),),
        policy={"id": "sole/1"},
    )
    lot = orchard.world.produce(
        orchard.farm, "cooled lychee", kg(5), inputs=((lot_id(built.digest, 0), year_s),)
    )
    assert kept(orchard.world, lot).total.gross_mg() == kg(100)


def test_only_assets_are_estimated_anew_and_only_by_their_holder(orchard: Orchard) -> None:
    world, farm = orchard.world, orchard.farm
    fruit = orchard.season(10)
    error = refusal(world, farm, estimate(fruit, kg(9)), NotAssetError)
    assert (error.lot, error.kept_as) == (fruit, "lot")
    stranger = world.register("Stranger", "farmer")
    refusal(world, stranger, estimate(orchard.trees, kg(9)), NotHolderError)
    refusal(world, farm, estimate("0" * 64 + ".0", kg(9)), UnknownLotError)


def test_a_new_estimate_says_something_new(orchard: Orchard) -> None:
    world, farm = orchard.world, orchard.farm
    error = refusal(world, farm, estimate(orchard.trees, kg(10_000)), SameEstimateError)
    assert (error.quantity, error.unit) == (kg(10_000), "mg")
    refusal(world, farm, estimate(orchard.trees, 0), ZeroQuantityError)
    orchard.season(10_000)
    refusal(world, farm, estimate(orchard.trees, kg(1)), ZeroQuantityError)


def test_a_new_estimate_takes_nothing_and_stands_where_the_asset_stands(orchard: Orchard) -> None:
    world, farm = orchard.world, orchard.farm
    standing = kept(world, orchard.trees).standing()
    body = {**estimate(orchard.trees, kg(9)), "asset": {**standing, "to": "5"}}
    error = refused(world, as_stated(world, farm, "reestimate/1", body), EstimateTakesError)
    assert (error.start, error.end) == (0, 5)
    orchard.season(1)
    body["asset"] = standing
    refused(world, as_stated(world, farm, "reestimate/1", body), StaleLotError)


def test_a_lost_output_makes_no_goods_and_follows_corrections() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    outputs = (output("lychee", kg(90)), kind(output("lychee, hail", kg(10)), "abnormal_loss"))
    made = world.production(farm, outputs, lines=(own(kg(100)),))
    lost = lot_id(made.digest, 1)
    assert held(world, "abnormal_loss", farm, lost) == fossil(kg(10), "calculated")
    assert kept(world, lost).left == 0
    world.correct(farm, made.digest, add=(own(kg(50)),))
    assert held(world, "abnormal_loss", farm, lost) == fossil(kg(15), "calculated")
    assert kept(world, lot_id(made.digest, 0)).total.gross_mg() == kg(135)


def test_goods_in_process_lie_over_the_end_of_a_period_and_become_goods() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    made = world.production(farm, (kind(output("wine in cask", kg(10)), "in_process"),), lines=(own(kg(5)),))
    cask = lot_id(made.digest, 0)
    assert held(world, "goods_in_process", farm, cask) == fossil(kg(5), "calculated")
    wine = world.produce(farm, "wine", kg(9), lines=(own(kg(1)),), inputs=((cask, kg(10)),))
    assert held(world, "goods_in_process", farm, cask) == fossil(0)
    assert kept(world, wine).total.gross_mg() == kg(6)


def test_a_lot_is_blended_split_and_reworked_without_loss() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    one = world.produce(farm, "juice", kg(3), lines=(own(kg(1), "luc.calculated"),))
    other = world.produce(farm, "juice", kg(4), lines=(own(kg(2)),))
    blend = world.produce(farm, "blend", kg(7), inputs=((one, kg(3)), (other, kg(4))))
    parts = world.production(farm, (output("small", kg(2)), output("large", kg(5))), inputs=((blend, kg(7)),))
    total = kept(world, one).total + kept(world, other).total
    small, large = (kept(world, lot_id(parts.digest, number)) for number in (0, 1))
    assert small.total + large.total == total
    reworked = world.produce(farm, "small", kg(2), inputs=((small.id, kg(2)),), lines=(own(kg(1)),))
    assert kept(world, reworked).total.gross_mg() == small.total.gross_mg() + kg(1)
