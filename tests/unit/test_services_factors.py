"""What the ledger does with the factors that lines name: it asks once, for statements that are new."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.factors.errors import UnknownFactorError
from ledger.factors.gwp import gwp_table
from ledger.line_factors import LineAmountError
from ledger.lots import StaleLotError
from ledger.services import BatchError, Ledger
from ledger.signed import Statement
from scripts.vectors.handmade_log import LIBRARY, burnt
from tests.builders import Party, World, kg, output, take
from tests.unit.refusals import everything


class Shelf:
    """The factors of the tests, until they are taken off the shelf."""

    def __init__(self) -> None:
        self.known = dict(LIBRARY)
        self.asked = 0

    def by_digest(self, digest: str) -> Factor:
        """Return a factor, or say that it isn't there."""
        self.asked += 1
        if digest not in self.known:
            field = "factor digest"
            raise UnknownFactorError(field, digest)
        return self.known[digest]

    def gwp_table(self, gwp: str) -> Mapping[str, str]:
        """Return the shipped table."""
        return gwp_table(gwp)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def world(shelf: Shelf) -> World:
    return World(factors=shelf)


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def harvest(world: World, grower: Party, *milligrams: str | None) -> Statement:
    """Sign a production with a line for each amount, the right one where none is given."""
    lines = [burnt(3) for _ in milligrams]
    for line, mg in zip(lines, milligrams, strict=True):
        if mg is not None:
            line["amount"]["components"] = {"fossil.calculated": mg}
    outputs = [output("lychee", kg(1))]
    return world.sign(
        grower, "production/1", {"outputs": outputs, "lines": lines, "policy": {"id": "mass/1"}}
    )


def refused(world: World, *statements: Statement) -> tuple[int, LedgerError]:
    before = everything(world)
    with pytest.raises(BatchError) as caught:
        world.post(*statements)
    assert everything(world) == before
    return caught.value.index, caught.value.cause


def test_a_line_that_is_not_quantity_times_factor_is_refused_with_its_place(
    world: World, grower: Party
) -> None:
    good, bad = harvest(world, grower, None), harvest(world, grower, None, "7500001")
    index, cause = refused(world, good, bad)
    assert index == 1
    assert isinstance(cause, LineAmountError)
    assert (cause.statement, cause.line) == (bad.digest, "lines/1")
    assert (cause.stated, cause.expected) == (7500001, 7500000)
    assert world.post(good)[0].new


def test_the_first_statement_that_is_wrong_is_named_whatever_is_wrong_with_later_ones(
    world: World, grower: Party
) -> None:
    lot = world.produce(grower, "lychee", kg(2), lines=(burnt(3),))
    taken = world.sign(grower, "disposal/1", {"take": take(lot, kg(1)), "fate": "waste"})
    late = world.sign(grower, "disposal/1", {"take": take(lot, kg(1)), "fate": "waste"})
    wrong = harvest(world, grower, "1")
    world.post(taken)
    for batch, kind in (((late, wrong), StaleLotError), ((wrong, late), LineAmountError)):
        index, cause = refused(world, *batch)
        assert (index, type(cause)) == (0, kind)


def test_a_statement_sent_again_is_answered_as_before_when_its_factor_is_gone(
    world: World, grower: Party, shelf: Shelf
) -> None:
    logged = harvest(world, grower, None)
    first = world.post(logged)[0]
    shelf.known.clear()
    world.ledger = Ledger(world.store, world.signer, world.clock, shelf)
    again = world.post(logged)[0]
    assert (again.new, again.acknowledgement) == (False, first.acknowledgement)
    index, cause = refused(world, logged, harvest(world, grower, None))
    assert (index, type(cause)) == (1, UnknownFactorError)


def test_a_factor_is_asked_for_once_for_all_lines(world: World, grower: Party, shelf: Shelf) -> None:
    before = shelf.asked
    world.post(*(harvest(world, grower, None, None) for _ in range(5)))
    assert shelf.asked == before + 1
