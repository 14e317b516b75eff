"""Days of the calendar as stretches of time, in every zone, whatever the clocks do at midnight."""

from __future__ import annotations

import importlib.resources
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.body import Occurred
from ledger.forms import validated
from ledger.periods import BEGINNING, END, CivilDay, first_day, last_day, rules_of
from ledger.rules import FutureDateError, TooEarlyError, check_not_before, check_period
from ledger.wire import ZONES

ZONE = st.sampled_from(sorted(ZONES))
DAY = st.dates(date(1840, 1, 1), date(2040, 12, 31))
TICK = timedelta(microseconds=1)
YEAR_S = 31_556_952


def period(day: date | str, zone: str, *, start: date | str | None = None) -> Occurred:
    return validated(Occurred, {"from": str(start or day), "to": str(day), "zone": zone})


def civil(moment: datetime, zone: str) -> date:
    return moment.astimezone(rules_of(zone)).date()


@pytest.mark.parametrize(
    ("day", "zone", "begins", "ends"),
    [
        ("2026-06-30", "Asia/Shanghai", "2026-06-29T16:00", "2026-06-30T16:00"),
        ("2026-06-30", "Europe/Amsterdam", "2026-06-29T22:00", "2026-06-30T22:00"),
        ("2026-03-29", "Europe/Amsterdam", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("2026-10-25", "Europe/Amsterdam", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00", "2018-11-05T02:00"),  # no 00:00
        ("1972-01-07", "Africa/Monrovia", "1972-01-07T00:44:30", "1972-01-08T00:00"),  # no 00:00
        ("2024-11-03", "America/Havana", "2024-11-03T04:00", "2024-11-04T05:00"),  # 00:00 twice
        ("2024-11-02", "America/Havana", "2024-11-02T04:00", "2024-11-03T04:00"),
        ("2005-10-29", "America/St_Johns", "2005-10-29T02:30", "2005-10-30T03:30"),  # 00:01 back to 23:01
        ("2011-12-29", "Pacific/Apia", "2011-12-29T10:00", "2011-12-30T10:00"),
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00"),  # left out altogether
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00", "2011-12-31T10:00"),
    ],
)
def test_a_day_lasts_from_its_first_moment_to_its_last_where_it_was_stated(
    day: str, zone: str, begins: str, ends: str
) -> None:
    there = CivilDay(day, zone)
    assert there.begins() == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert there.ends() == datetime.fromisoformat(ends).replace(tzinfo=UTC)


@given(DAY, ZONE)
@example(date(2005, 10, 30), "America/St_Johns")
@example(date(2011, 12, 30), "Pacific/Apia")
@example(date(1993, 8, 21), "Pacific/Kwajalein")
def test_every_moment_with_a_days_date_lies_within_the_day(day: date, zone: str) -> None:
    there = CivilDay(day.isoformat(), zone)
    begins, ends = there.begins(), there.ends()
    assert begins <= ends
    assert civil(begins - TICK, zone) < day <= civil(begins, zone)
    assert civil(ends - TICK, zone) <= day < civil(ends, zone)
    around = (begins + timedelta(minutes=11 * step) for step in range(-300, 400))
    for moment in around:
        if civil(moment, zone) == day:
            assert begins <= moment < ends


@given(DAY, ZONE)
def test_nothing_lies_between_a_day_and_the_next(day: date, zone: str) -> None:
    after = CivilDay((day + timedelta(days=1)).isoformat(), zone)
    assert after.begins() <= CivilDay(day.isoformat(), zone).ends()


def test_the_first_and_last_day_that_can_be_written_have_moments_too() -> None:
    for zone in sorted(ZONES):
        assert CivilDay("0001-01-01", zone).begins() >= BEGINNING
        assert CivilDay("0001-01-01", zone).ends() < CivilDay("9999-12-31", zone).begins()
        assert CivilDay("9999-12-31", zone).ends() == END
    assert CivilDay("0001-01-01", "Asia/Shanghai").begins() == BEGINNING


def test_the_rules_of_a_zone_are_the_packages_whatever_the_machine_has(tmp_path: Path) -> None:
    lying = tmp_path / "Asia" / "Shanghai"
    lying.parent.mkdir()
    lying.write_bytes(importlib.resources.files("tzdata").joinpath("zoneinfo/Pacific/Honolulu").read_bytes())
    noon = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    try:
        rules_of.cache_clear()
        assert noon.astimezone(ZoneInfo.no_cache("Asia/Shanghai")).hour == 2
        assert noon.astimezone(rules_of("Asia/Shanghai")).hour == 20
    finally:
        zoneinfo.reset_tzpath()
    assert {rules_of(zone).key for zone in ZONES} == ZONES


def test_a_day_is_read_back_as_it_was_written_or_not_at_all() -> None:
    assert CivilDay.parse("2026-06-30", "Asia/Shanghai") == CivilDay("2026-06-30", "Asia/Shanghai")
    assert str(CivilDay("2026-06-30", "Asia/Shanghai")) == "2026-06-30 (Asia/Shanghai)"
    with pytest.raises(ValueError, match="never"):
        CivilDay.parse("never", "Asia/Shanghai")
    with pytest.raises(ValueError, match="Mars/Olympus"):
        CivilDay.parse("2026-06-30", "Mars/Olympus")


@given(DAY, ZONE, DAY, ZONE)
@example(date(2026, 6, 30), "Asia/Shanghai", date(2026, 6, 30), "Europe/Amsterdam")
@example(date(2026, 6, 30), "Europe/Amsterdam", date(2026, 6, 30), "Asia/Shanghai")
@example(date(2026, 7, 2), "Pacific/Auckland", date(2026, 7, 1), "Pacific/Honolulu")
@example(date(2026, 7, 3), "Pacific/Auckland", date(2026, 7, 1), "Pacific/Honolulu")
def test_what_can_be_true_is_never_refused_and_what_can_not_always_is(
    made: date, where: str, sent: date, whence: str
) -> None:
    lot, dispatch = first_day(period(made, where)), period(sent, whence)
    possible = last_day(dispatch).ends() > lot.begins()
    # The last moment that bears the date of the dispatch is the best that can be said for it.
    assert possible == (last_day(dispatch).ends() - TICK >= lot.begins())
    if possible:
        check_not_before("the dispatch", dispatch, "the lot's beginning", lot)
        return
    with pytest.raises(TooEarlyError) as caught:
        check_not_before("the dispatch", dispatch, "the lot's beginning", lot)
    assert (caught.value.date, caught.value.zone) == (sent.isoformat(), whence)
    assert (caught.value.before_date, caught.value.before_zone) == (made.isoformat(), where)


@given(DAY, DAY, ZONE)
def test_in_one_zone_the_calendar_decides(made: date, sent: date, zone: str) -> None:
    left_out = CivilDay(made.isoformat(), zone)
    if left_out.begins() == left_out.ends():
        return
    lot, dispatch = left_out, period(sent, zone)
    if last_day(dispatch).ends() <= lot.begins():
        assert sent < made
    elif sent < made:  # only where the clocks went back over midnight, so that both dates came twice
        assert last_day(dispatch).ends() - lot.begins() <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("sent", "received", "too_early"),
    [
        ("Asia/Shanghai", "Europe/Amsterdam", "2026-06-28"),  # the 29th still lasts when the 30th has begun
        ("Europe/Amsterdam", "Asia/Shanghai", "2026-06-29"),
    ],
)
def test_goods_between_shanghai_and_rotterdam_can_arrive_on_the_day_they_left(
    sent: str, received: str, too_early: str
) -> None:
    way = last_day(period("2026-06-30", sent, start="2026-06-29"))
    check_not_before("the receipt", period("2026-06-30", received), "its dispatch", way)
    next_day = (date.fromisoformat(too_early) + timedelta(days=1)).isoformat()
    check_not_before("the receipt", period(next_day, received), "its dispatch", way)
    with pytest.raises(TooEarlyError) as caught:
        check_not_before("the receipt", period(too_early, received), "its dispatch", way)
    assert (caught.value.zone, caught.value.before_zone) == (received, sent)


def test_goods_made_in_auckland_tomorrow_can_leave_honolulu_today() -> None:
    made = first_day(period("2026-07-02", "Pacific/Auckland"))
    check_not_before("the dispatch", period("2026-07-01", "Pacific/Honolulu"), "the lot's beginning", made)
    with pytest.raises(TooEarlyError) as caught:
        check_not_before("the dispatch", period("2026-06-30", "Pacific/Honolulu"), "its lot", made)
    assert str(caught.value) == (
        "the dispatch ends 2026-06-30 (Pacific/Honolulu), before its lot on 2026-07-02 (Pacific/Auckland). "
        "Correct the date."
    )


@given(st.integers(10 * YEAR_S, 70 * YEAR_S), ZONE)
def test_what_has_begun_a_day_from_now_where_it_happened_is_booked_and_nothing_later(
    seconds: int, zone: str
) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    newest = civil(at + timedelta(days=1), zone)
    check_period(period(newest, zone), at)
    later = newest + timedelta(days=1)
    if CivilDay(later.isoformat(), zone).begins() <= at + timedelta(days=1):
        return  # the zone leaves a day out, or its clocks went back over midnight
    with pytest.raises(FutureDateError) as caught:
        check_period(period(later, zone), at)
    assert (caught.value.occurred, caught.value.zone) == (later.isoformat(), zone)
    assert zone in str(caught.value)


def test_tomorrow_has_begun_in_kiritimati_before_it_has_in_honolulu() -> None:
    at = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    check_period(period("2026-07-02", "Pacific/Kiritimati"), at)
    with pytest.raises(FutureDateError):
        check_period(period("2026-07-02", "Pacific/Honolulu"), at)
    check_period(period("2026-07-02", "Pacific/Honolulu"), at + timedelta(hours=1))
    for day in ("9999-12-31", "2026-07-04"):
        with pytest.raises(FutureDateError):
            check_period(period(day, "Pacific/Kiritimati"), at)
