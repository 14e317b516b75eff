"""What the passport page shows, ready to be written: rows of texts, charts, tables.

Everything comes from the two documents of the API, so that the page can't know more than they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from api.ui import charts
from api.ui.charts import Frame, Part
from api.ui.language import Writing
from api.ui.memos import memo_rows
from api.ui.verdict_rows import AnswerRow, VerdictRow, answer_row, verdict_row
from ledger.components import BIOGENIC_CHANNELS, EMISSION_CHANNELS, ESTIMATED, EVIDENCES, REMOVAL_CHANNELS
from ledger.passport import Party, Passport
from ledger.provenance_document import GapShown, ProvenanceDocument
from ledger.quantities import EXACT
from ledger.shown import Share, share_text

TOP_ROWS: Final = 7
FACT_COLUMNS: Final = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled fact; `code` marks numbers that are compared sign by sign, `link` leads to more."""

    label: str
    text: str
    note: str = ""
    code: bool = False
    link: str = ""

    @property
    def wide(self) -> bool:
        """Whether it needs two columns on a phone."""
        return len(self.text) > FACT_COLUMNS


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table or legend."""

    cells: tuple[str, ...]
    swatch: Markup = field(default_factory=Markup)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with the table behind it."""

    title: str
    drawing: Markup
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    legend: bool = False


@dataclass(frozen=True, slots=True)
class Meter:
    """A share with its rule."""

    label: str
    value: str
    rule: str
    kind: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """A gap: what was bought, how much of it is in here, why, and the factor in its place."""

    title: str
    amount: str
    share: str
    booked_by: str
    reason: str
    facts: tuple[Fact, ...]
    flags: tuple[str, ...]


class PassportView:
    """The passport page's content in one language.

    Args:
        passport: what `GET /v1/passports/{id}` returns, with its checks.
        graph: what `/provenance` returns.
        write: the language.
    """

    def __init__(self, passport: Passport, graph: ProvenanceDocument, write: Writing) -> None:
        self.passport = passport
        self.graph = graph
        self.write = write

    @property
    def unit(self) -> str:
        """The declared unit in words."""
        return self.write.named("unit", self.passport.per_unit.unit)

    def goods(self) -> list[Fact]:
        """Return what can be compared with the goods, in the order of a label."""
        write, goods = self.write, self.passport.goods
        facts = [Fact(write("goods.quantity"), write.quantity(goods.quantity, goods.unit))]
        for key, code in (
            ("batch", goods.batch),
            ("container", goods.container),
            ("sscc", goods.sscc),
            ("gtin", goods.gtin),
        ):
            if code:
                facts.append(Fact(write(f"goods.{key}"), code, code=True))
        return facts

    def parties(self) -> list[Fact]:
        """Return who handed on what to whom, when and where."""
        write, passport = self.write, self.passport
        facts = [self._party("goods.sender", passport.sender)]
        if passport.consignee is None:
            facts.append(Fact(write("goods.consignee"), write("party.outside")))
        else:
            facts.append(self._party("goods.consignee", passport.consignee))
        when = passport.dispatched
        facts.append(Fact(write("goods.dispatched"), write.period(when.first, when.last), when.zone))
        for key, place in (("from", passport.origin), ("to", passport.destination)):
            if place:
                facts.append(Fact(write(f"goods.{key}"), place))
        return facts

    def _party(self, label: str, party: Party) -> Fact:
        return Fact(self.write(label), self.name(party), self.standing(party), link=f"/o/{party.id}")

    def name(self, party: Party) -> str:
        """Return an organization's name, its id where it isn't known."""
        return party.name or party.id

    def standing(self, party: Party) -> str:
        """Say which roles an accreditor attests, or that none does."""
        if not party.accredited_roles:
            return self.write("party.unverified")
        roles = [self.write(f"role.{role}") for role in party.accredited_roles]
        return self.write("party.accredited", roles=self.write.listed(roles))

    def channels(self) -> Chart:
        """Return the gross figure by kind of emission."""
        write = self.write
        sums = self._sums(0)
        parts = [
            Part(f"channel-{name}", write(f"channel.{name}"), write.amount(sums[name]), sums[name])
            for name in EMISSION_CHANNELS
            if sums.get(name)
        ]
        return self._stacked("channels", parts)

    def evidence(self) -> Chart:
        """Return the gross figure by how we know it; estimated parts are hatched."""
        write = self.write
        sums = self._sums(1)
        parts = [
            Part(
                f"evidence-{name}",
                write(f"evidence.{name}"),
                write.amount(sums[name]),
                sums[name],
                estimated=name in ESTIMATED,
            )
            for name in EVIDENCES
            if sums.get(name)
        ]
        return self._stacked("evidence", parts)

    def activities(self) -> Chart:
        """Return the largest activities, the rest in one row."""
        top = self._top([(self.write.named("activity", s.name), s) for s in self.graph.activities])
        return self._rows("made.activities", top, self.write("table.what"))

    def organizations(self) -> Chart:
        """Return the gross figure by organization."""
        shares = [
            (
                self.name(one.organization),
                Share(name=one.organization.id, gross_mg=one.reaches.gross_mg, share=one.share),
            )
            for one in self.graph.organizations
        ]
        return self._rows("tiers.who", self._top(shares), self.write("table.who"))

    def tiers(self) -> Chart:
        """Return the gross figure by tier."""
        shares = [
            (
                self.write("tiers.tier", tier=tier.tier),
                Share(name=str(tier.tier), gross_mg=tier.reaches.gross_mg, share=tier.share),
            )
            for tier in self.graph.tiers
        ]
        return self._rows("tiers", shares, self.write("table.tier"))

    def components(self) -> list[Row]:
        """Return every component of the registry with its amount, to the milligram."""
        rows = []
        for one in self.graph.components:
            channel, _, evidence = one.component.partition(".")
            names = (self.write(f"channel.{channel}"), self.write(f"evidence.{evidence}"))
            rows.append(
                Row((*names, self.write.number(Decimal(one.mg).scaleb(-6), 6), self.write.percent(one.share)))
            )
        return rows

    def memo(self) -> str:
        """Name what stands beside the gross figure: uptake and release of plants, removals."""
        sums = self._sums(0)
        beside = [
            f"{self.write(f'channel.{name}')} {self.write.amount(sums[name])}"
            for name in (*BIOGENIC_CHANNELS, *REMOVAL_CHANNELS)
            if sums.get(name)
        ]
        return self.write("made.memo", list=self.write.listed(beside)) if beside else ""

    def memos(self) -> list[Row]:
        """Return what is stated beside the footprint and is no part of it, in all and per declared unit."""
        return [Row(cells) for cells in memo_rows(self.passport.memos, self.write)]

    def meters(self) -> list[Meter]:
        """Return primary, estimated and flagged share, each with its rule."""
        write, passport = self.write, self.passport
        flagged = "quality.flagged.rule" if passport.flags else "quality.flagged.none"
        return [
            Meter(
                write("quality.primary"),
                write.percent(passport.primary_share),
                write("quality.primary.rule"),
                "good",
            ),
            Meter(
                write("quality.estimated"),
                write.percent(passport.estimated_share),
                write("quality.estimated.rule"),
                "estimated",
            ),
            Meter(write("quality.flagged"), write.percent(passport.flagged_share), write(flagged), "flagged"),
        ]

    def flags(self) -> list[Row]:
        """Return every flag with its share."""
        write = self.write
        return [Row((write.named("flag", f.name), write.percent(f.share))) for f in self.passport.flags]

    def gwp(self) -> str:
        """Name the GWP sets used with their shares."""
        return self.write.listed([f"{s.name} {self.write.percent(s.share)}" for s in self.passport.gwp])

    def stages(self) -> str:
        """Say how much of the gross arose in operation, how much in making and bringing fuels and power."""
        shares = {one.name: one.share for one in self.graph.stages}
        return self.write(
            "quality.stages",
            operation=self.write.percent(shares.get("operation", "0")),
            provision=self.write.percent(shares.get("energy_provision", "0")),
        )

    def gaps(self) -> list[GapRow]:
        """Return every gap, the largest first."""
        return [self._gap(gap) for gap in self.graph.gaps]

    def _gap(self, gap: GapShown) -> GapRow:
        write = self.write
        named = write.named("activity", gap.activity)
        booked = write("gaps.booked_by", name=self.name(gap.organization), tier=gap.tier)
        return GapRow(
            title=f"{gap.text} · {named}" if gap.text else named,
            amount=write.amount(gap.reaches.gross_mg),
            share=write("gaps.share", share=write.percent(gap.share)),
            booked_by=booked,
            reason=write.named("gap_reason", gap.reason),
            facts=tuple(self._factor(gap)),
            flags=tuple(write.named("flag", flag) for flag in gap.flags),
        )

    def _factor(self, gap: GapShown) -> list[Fact]:
        write, factor = self.write, gap.factor
        if factor is None:
            return [
                Fact(write("gaps.factor"), write("gaps.factor.unknown", digest=gap.factor_digest[:16] + "…"))
            ]
        chinese = write.language != "en"
        name = factor.name_zh if chinese and factor.name_zh else factor.name
        return [
            Fact(
                write("gaps.factor"),
                f"{name}: {write.significant(factor.value)} kg CO₂e / {factor.per}, {gap.gwp}",
            ),
            Fact(
                write("gaps.source"),
                f"{factor.source} ({write('gaps.year', year=factor.data_year, region=factor.region)})",
            ),
            Fact(write("gaps.licence"), factor.licence),
        ]

    def verdicts(self) -> list[VerdictRow]:
        """Return the verifier's steps in their order."""
        return [verdict_row(one, self.write) for one in self.passport.checks.verdicts]

    def answers(self) -> list[AnswerRow]:
        """Return the answers to a reader's questions, in their order."""
        return [answer_row(one, self.write) for one in self.passport.checks.answers]

    def verdict_count(self) -> str:
        """Say how many of the answers that the page shows are good, bad and unknown."""
        checks = self.passport.checks
        values = [one.value for one in checks.answers or checks.verdicts]
        return self.write("checks.count", **{name: values.count(name) for name in ("good", "bad", "unknown")})

    def _sums(self, half: int) -> dict[str, int]:
        """Add up the components by channel (0) or, for emissions only, by evidence (1)."""
        sums: dict[str, int] = {}
        for name, mg in self.passport.footprint.components.items():
            halves = name.split(".")
            if half == 0 or halves[0] in EMISSION_CHANNELS:
                sums[halves[half]] = sums.get(halves[half], 0) + int(mg)
        return sums

    def _share(self, mg: int) -> str:
        return self.write.percent(_portion(mg, self.passport.footprint.gross_mg))

    def _stacked(self, key: str, parts: Sequence[Part]) -> Chart:
        write = self.write
        frame = Frame(key, write(f"made.{key}"), write(f"made.{key}.desc"))
        rows = [
            Row((part.label, write.kilograms(part.size), self._share(part.size)), charts.swatch(part))
            for part in parts
        ]
        head = (write("table.part"), write("table.amount"), write("table.share"))
        return Chart(frame.title, charts.stacked_bar(frame, parts), head, tuple(rows), legend=True)

    def _top(self, shares: Sequence[tuple[str, Share]]) -> list[tuple[str, Share]]:
        """Return the largest rows and one for the others."""
        shown = [pair for pair in shares if int(pair[1].gross_mg)]
        if len(shown) <= TOP_ROWS + 1:
            return shown
        rest = shown[TOP_ROWS:]
        mg = sum(int(share.gross_mg) for _, share in rest)
        other = Share(name="", gross_mg=str(mg), share=_portion(mg, self.passport.footprint.gross_mg))
        return [*shown[:TOP_ROWS], (self.write("made.other", count=len(rest)), other)]

    def _rows(self, key: str, shares: Sequence[tuple[str, Share]], first: str) -> Chart:
        write = self.write
        title = write(f"{key}.title") if write.has(f"{key}.title") else write(key)
        parts = [
            Part(
                "rest" if share.name == "" else "plain",
                label,
                f"{write.kilograms(share.gross_mg)} · {write.percent(share.share)}",
                int(share.gross_mg),
            )
            for label, share in shares
        ]
        rows = [
            Row((label, write.kilograms(share.gross_mg), write.percent(share.share)))
            for label, share in shares
        ]
        frame = Frame(key.replace(".", "-"), title, write(f"{key}.desc"))
        head = (first, write("table.amount"), write("table.share"))
        return Chart(title, charts.bar_rows(frame, parts), head, tuple(rows))


def _portion(mg: int, gross_mg: str) -> str | None:
    gross = Decimal(gross_mg)
    return share_text(EXACT.divide(Decimal(mg), gross)) if gross else None
