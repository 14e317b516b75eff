/** Roles: what accreditors attest, from one civil date to another, and take back. */
import { need } from "./refusal.mjs";

const ACCREDITED = new Set(["port", "carrier", "verifier"]);
const DAY = 86_400_000;

const dayBefore = (day) => new Date(Date.parse(`${day}T00:00:00Z`) - DAY).toISOString().slice(0, 10);

/** Take in an attestation: roles by an accreditor of this log, an opinion, or a withdrawal of either. */
export function attest(organizations, one, statements, before, terms) {
  const { subject, roles, opinion, withdraws, validity } = one.body;
  const stated = [roles?.length, opinion, withdraws].filter(Boolean).length;
  need(stated === 1, "attestation-content", "An attestation is on roles, or an opinion, or a withdrawal.");
  if (opinion !== undefined) {
    checkOpinion(one, statements);
    return;
  }
  const about = organizations.get(subject);
  if (roles?.length) {
    const [first] = organizations.get(one.issuer).keys;
    const named = terms.accreditors.includes(first.address);
    need(named, "not-accreditor", `Key ${first.address} is no accreditor of this log.`);
  }
  need(about, "unknown-organization", `${subject} is not registered.`);
  need(validity.from <= validity.to, "date-order", "Its validity ends before it begins.");
  if (withdraws === undefined) {
    const held = roles.map((role) => ({ attestation: one.digest, role, first: validity.from, last: validity.to }));
    about.roles.push(...held);
    return;
  }
  const found = before.get(withdraws);
  const own = found?.form === "attestation/1" && found.issuer === one.issuer && found.body.subject === subject;
  need(own && found.body.withdraws === undefined, "withdrawal", `${withdraws} is not its own to withdraw.`);
  const last = dayBefore(validity.from);
  about.roles = about.roles
    .map((role) => (role.attestation === withdraws && last < role.last ? { ...role, last } : role))
    .filter((role) => role.first <= role.last);
}

function checkOpinion({ issuer, body }, statements) {
  need(issuer !== body.subject, "own-opinion", `${issuer} gives an opinion on itself.`);
  const on = body.opinion.statements;
  need(new Set(on).size === on.length, "opinion-statement", "A statement is named twice.");
  for (const named of on.map((digest) => statements.get(digest)).filter(Boolean)) {
    need(named.issuer === body.subject, "opinion-statement", `${named.digest} is not ${body.subject}'s.`);
  }
}

/** Whether every carrier and port that handled a shipment behind the passport has its role from an accreditor. */
export function rolesHold(statements, goods, organizations) {
  const handlings = [...goods.keys()].map((key) => statements.get(key)).filter((one) => one.form === "handling/1");
  return handlings.every(({ issuer, body }) => {
    const own = (body.lines ?? []).some((line) => line.amount.gap === undefined);
    const organization = organizations.get(issuer);
    if (!organization || body.target.shipment === undefined || !own) return true;
    const asked = body.leg?.mode === "hub" ? ["port"] : ["carrier", "port"];
    const on = body.occurred.to;
    const held = ({ role, first, last }) => asked.includes(role) && first <= on && on <= last;
    return organization.roles.some((one) => ACCREDITED.has(one.role) && held(one));
  });
}
