"""The one readable line that a wallet shows before its owner signs.

A template is frozen with its name (`dispatch/1/en`): a better wording is a new version. The line is
made from the parts marked S in PROTOCOL and the random reference, so that it can be computed again
and checked, and can't be guessed from its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ledger import signing
from ledger.bodies import UnknownBody
from ledger.body import Body
from ledger.components import Components
from ledger.disclosure_bodies import ConservationBody, GrantBody
from ledger.errors import LedgerError
from ledger.quantities import MG_PER_KG, kilograms_text
from ledger.state.body import StateBody
from ledger.stated import CountersignatureBody, OpeningBody, PeriodCloseBody
from ledger.statements import AttestationBody, DispatchBody, ProductionBody, RegistrationBody
from ledger.wire import Envelope

LANGUAGES: Final = ("en", "zh-Hans", "zh-Hant")
TEMPLATES: Final[dict[str, str]] = {
    "log_open/1/en": "Open a carbon passport log on {start}. Reference {ref}",
    "log_open/1/zh-Hans": "于 {start} 开启碳排护照日志。编号 {ref}",
    "log_open/1/zh-Hant": "於 {start} 開啟碳排護照日誌。編號 {ref}",
    "registration/1/en": "Register the organization {name} on {start}. Reference {ref}",
    "registration/1/zh-Hans": "于 {start} 注册机构“{name}”。编号 {ref}",
    "registration/1/zh-Hant": "於 {start} 註冊機構「{name}」。編號 {ref}",
    "key/1/en": "Change a signing key on {start}. Reference {ref}",
    "key/1/zh-Hans": "于 {start} 变更签名密钥。编号 {ref}",
    "key/1/zh-Hant": "於 {start} 變更簽名密鑰。編號 {ref}",
    "production/1/en": "Record the production of {products}, {start} to {end}. Reference {ref}",
    "production/1/zh-Hans": "记录生产：{products}，{start} 至 {end}。编号 {ref}",
    "production/1/zh-Hant": "記錄生產：{products}，{start} 至 {end}。編號 {ref}",
    "handling/1/en": "Append transport or handling emissions, {start} to {end}. Reference {ref}",
    "handling/1/zh-Hans": "追加运输或装卸排放，{start} 至 {end}。编号 {ref}",
    "handling/1/zh-Hant": "追加運輸或裝卸排放，{start} 至 {end}。編號 {ref}",
    "dispatch/1/en": "Hand on {quantity} of {product} with {gross} kg CO2e, {start}. Reference {ref}",
    "dispatch/1/zh-Hans": "移交 {product} {quantity}，碳排 {gross} kg CO2e，{start}。编号 {ref}",
    "dispatch/1/zh-Hant": "移交 {product} {quantity}，碳排 {gross} kg CO2e，{start}。編號 {ref}",
    "receipt/1/en": "Answer a shipment (accepted, refused, lost or shared) on {end}. Reference {ref}",
    "receipt/1/zh-Hans": "于 {end} 答复货运批（签收、拒收、灭失或部分）。编号 {ref}",
    "receipt/1/zh-Hant": "於 {end} 答覆貨運批（簽收、拒收、滅失或部分）。編號 {ref}",
    "disposal/1/en": "Record goods that leave the books on {end}. Reference {ref}",
    "disposal/1/zh-Hans": "于 {end} 记录离账货物。编号 {ref}",
    "disposal/1/zh-Hant": "於 {end} 記錄離帳貨物。編號 {ref}",
    "correction/1/en": "Correct an earlier statement on {end}. Reference {ref}",
    "correction/1/zh-Hans": "于 {end} 更正先前的声明。编号 {ref}",
    "correction/1/zh-Hant": "於 {end} 更正先前的聲明。編號 {ref}",
    "attestation/1/en": "Attest {attested} on {start}. Reference {ref}",
    "attestation/1/zh-Hans": "于 {start} {attested}。编号 {ref}",
    "attestation/1/zh-Hant": "於 {start} {attested}。編號 {ref}",
    "accounting_policy/1/en": "Keep the books by these accounting policies from {start} on. Reference {ref}",
    "accounting_policy/1/zh-Hans": "自 {start} 起按所述会计政策记账。编号 {ref}",
    "accounting_policy/1/zh-Hant": "自 {start} 起按所述會計政策記帳。編號 {ref}",
    "countersignature/1/en": "Agree, as a second key, to statement {statement}. Reference {ref}",
    "countersignature/1/zh-Hans": "作为第二密钥同意声明 {statement}。编号 {ref}",
    "countersignature/1/zh-Hant": "作為第二密鑰同意聲明 {statement}。編號 {ref}",
    "opening/1/en": "Begin the books with {products}, {gross} kg CO2e, on {end}. Reference {ref}",
    "opening/1/zh-Hans": "于 {end} 以期初余额建账：{products}，碳排 {gross} kg CO2e。编号 {ref}",
    "opening/1/zh-Hant": "於 {end} 以期初餘額建帳：{products}，碳排 {gross} kg CO2e。編號 {ref}",
    "period_close/1/en": "Close the books of {start} to {end} with {gross} kg CO2e. Reference {ref}",
    "period_close/1/zh-Hans": "结账：{start} 至 {end}，期末碳排 {gross} kg CO2e。编号 {ref}",
    "period_close/1/zh-Hant": "結帳：{start} 至 {end}，期末碳排 {gross} kg CO2e。編號 {ref}",
    "acceptance/1/en": "Answer an adjustment, or allow some in advance, on {end}. Reference {ref}",
    "acceptance/1/zh-Hans": "于 {end} 答复调整（接受、拒绝或预先同意）。编号 {ref}",
    "acceptance/1/zh-Hant": "於 {end} 答覆調整（接受、拒絕或預先同意）。編號 {ref}",
    "reestimate/1/en": "Estimate anew what an asset still has in it, on {end}. Reference {ref}",
    "reestimate/1/zh-Hans": "于 {end} 重新估计资产的剩余寿命或产量。编号 {ref}",
    "reestimate/1/zh-Hant": "於 {end} 重新估計資產的剩餘壽命或產量。編號 {ref}",
    "state/1/en": "State what {size} entries of the log come to, on {end}. Reference {ref}",
    "state/1/zh-Hans": "于 {end} 声明日志前 {size} 条记录的状态。编号 {ref}",
    "state/1/zh-Hant": "於 {end} 聲明日誌前 {size} 條記錄的狀態。編號 {ref}",
    "reversal/1/en": "Record that carbon which was removed has gone back, {start} to {end}. Reference {ref}",
    "reversal/1/zh-Hans": "记录已移除的碳重新排放，{start} 至 {end}。编号 {ref}",
    "reversal/1/zh-Hant": "記錄已移除的碳重新排放，{start} 至 {end}。編號 {ref}",
    "conservation/1/en": (
        "Attest that what stands behind a passport adds up ({level}), {end}. Reference {ref}"
    ),
    "conservation/1/zh-Hans": "于 {end} 证明护照背后的碳排前后相符（{level}）。编号 {ref}",
    "conservation/1/zh-Hant": "於 {end} 證明護照背後的碳排前後相符（{level}）。編號 {ref}",
    "grant/1/en": "Show {profile} of a passport to {to} until {until}. Reference {ref}",
    "grant/1/zh-Hans": "向 {to} 披露护照（{profile}），至 {until}。编号 {ref}",
    "grant/1/zh-Hant": "向 {to} 揭露護照（{profile}），至 {until}。編號 {ref}",
    "impairment/1/en": "Expect a removal to last less, or hold less back for it, {end}. Reference {ref}",
    "impairment/1/zh-Hans": "于 {end} 调低碳移除的预期持久性或准备。编号 {ref}",
    "impairment/1/zh-Hant": "於 {end} 調低碳移除的預期持久性或準備。編號 {ref}",
}

ATTESTED: Final[dict[str, dict[str, str]]] = {
    "en": {
        "roles": "the roles of an organization",
        "opinion": "an opinion on statements",
        "withdraws": "that an earlier attestation is withdrawn",
    },
    "zh-Hans": {"roles": "认证机构角色", "opinion": "对声明发表核查意见", "withdraws": "撤回先前的认证"},
    "zh-Hant": {"roles": "認證機構角色", "opinion": "對聲明發表核查意見", "withdraws": "撤回先前的認證"},
}
"""By language, what an attestation attests: part of its templates, and frozen with them."""


@dataclass(eq=False)
class SummaryTemplateError(LedgerError):
    """The envelope names a summary template of another kind."""

    template: str
    kind: str
    sentence: ClassVar[str] = "The summary template {template} does not belong to {kind}."


@dataclass(eq=False)
class ChangedSummaryError(LedgerError):
    """The line that was shown for signing is not the one that the body gives."""

    template: str
    expected: str
    sentence: ClassVar[str] = (
        "The signed summary differs from what the body says by {template}: {expected!r}. Make a fresh draft."
    )


def summary(template: str, body: Body) -> str:
    """Return the line that this body is shown as.

    Raises:
        SummaryTemplateError: there is no such template.
    """
    text = TEMPLATES.get(template)
    if text is None:
        raise SummaryTemplateError(template, "any kind")
    facts = {"start": body.occurred.start, "end": body.occurred.end, "ref": body.ref}
    if isinstance(body, AttestationBody):
        facts["attested"] = ATTESTED[template.rpartition("/")[2]][_attested(body)]
    return text.format(**facts, **_facts(body))


def _facts(body: Body) -> dict[str, str]:  # noqa: PLR0911 - one return a kind
    """Return what the line says of a kind besides its period and reference."""
    match body:
        case RegistrationBody():
            return {"name": body.name}
        case ProductionBody():
            return {"products": ", ".join(output.product.name for output in body.outputs)}
        case OpeningBody():
            opened = Components.total_of(Components.parse(lot.balance.liability) for lot in body.lots)
            products = ", ".join(lot.product.name for lot in body.lots)
            return {"products": products, "gross": _kg(opened.gross_mg())}
        case StateBody():
            return {"size": body.size}
        case GrantBody():
            return {"to": body.grant.to, "profile": body.grant.profile, "until": body.grant.until}
        case ConservationBody():
            return {"level": body.level}
        case CountersignatureBody():
            return {"statement": body.statement}
        case PeriodCloseBody():
            return {"gross": _kg(Components.parse(body.closing).gross_mg())}
        case DispatchBody():
            return _dispatched(body)
        case _:
            return {}


def _dispatched(body: DispatchBody) -> dict[str, str]:
    goods = body.goods
    kilograms = goods.unit == "mg"
    quantity = f"{_kg(int(goods.quantity))} kg" if kilograms else f"{goods.quantity} {goods.unit}"
    gross = _kg(Components.parse(body.liability).gross_mg())
    return {"quantity": quantity, "product": goods.product, "gross": gross}


def check_summary(envelope: Envelope, body: Body) -> None:
    """Check that the line shown for signing is the one that the body gives.

    For a kind that this version doesn't know that stays open: its templates are not here.

    Raises:
        SummaryTemplateError: the template is of another kind.
        ChangedSummaryError: another line was signed.
    """
    if not envelope.summary_template.startswith(f"{envelope.kind}/"):
        raise SummaryTemplateError(envelope.summary_template, envelope.kind)
    if isinstance(body, UnknownBody):
        return
    line = summary(envelope.summary_template, body)
    if signing.summary_keccak(line) != envelope.summary_keccak:
        raise ChangedSummaryError(envelope.summary_template, line)


def _attested(body: AttestationBody) -> str:
    return "opinion" if body.opinion is not None else "withdraws" if body.withdraws is not None else "roles"


def _kg(milligrams: int) -> str:
    text = kilograms_text(milligrams)
    return text.rstrip("0").rstrip(".") if milligrams % MG_PER_KG == 0 else text
