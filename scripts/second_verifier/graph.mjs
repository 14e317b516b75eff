/** What refers to what: everything behind a passport is there, and nothing besides. */
import { IDENTITY, KINDS } from "./kinds.mjs";
import { need } from "./refusal.mjs";

const MAX_TIERS = 100;
const isKnown = (one) => one.kind in KINDS;
const maker = (lot) => lot.split(".")[0];

/** The intervals of lots that a statement took. */
export function takes({ form, body }) {
  if (form === "production/1" || form === "handling/1") return body.inputs ?? [];
  if (form === "correction/1") return body.change.add_inputs ?? [];
  if (form === "dispatch/1" || form === "disposal/1") return [body.take];
  return form === "reestimate/1" ? [body.asset] : [];
}

function texts(value) {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}

/** The digests that a statement of an unknown kind names: some may be of other things than statements. */
export const mentions = (one) =>
  one.body.unknown.flatMap(texts).flatMap((text) => {
    const found = /^([0-9a-f]{64})(\.(0|[1-9][0-9]{0,2}))?$/.exec(text);
    return found ? [found[1]] : [];
  });

/** The digests that a statement refers to. */
export function references(one) {
  if (!isKnown(one)) return [...new Set(mentions(one))];
  const { form, body } = one;
  const found = takes(one).flatMap((take) => [maker(take.lot), ...take.basis.statements]);
  if (form === "receipt/1") found.push(body.takes_over.shipment, ...body.takes_over.handlings);
  if (form === "correction/1") found.push(body.corrects);
  if (form === "acceptance/1" && body.answer) found.push(body.answer.cause, body.answer.target);
  if (form === "handling/1" && body.target.shipment) found.push(body.target.shipment);
  if (form === "handling/1" && body.target.lot) found.push(maker(body.target.lot));
  if (form === "reversal/1") found.push(body.reverses.statement);
  if (form === "impairment/1") found.push(body.impairs.statement);
  if (form === "conservation/1") found.push(body.passport);
  if (form === "attestation/1") found.push(...(body.opinion?.statements ?? []));
  if (form === "attestation/1" && body.withdraws) found.push(body.withdraws);
  return [...new Set(found)];
}

/** The organizations that a statement names: its issuer, and those it is about. */
export function parties(one) {
  const { form, body } = one;
  const found = one.issuer ? [one.issuer] : [];
  if (form === "dispatch/1") found.push(...[body.consignee, ...(body.handlers ?? [])].filter((p) => p !== "outside"));
  if (["production/1", "receipt/1", "opening/1"].includes(form)) found.push(...(body.handlers ?? []));
  if (form === "attestation/1") found.push(body.subject);
  if (!isKnown(one)) found.push(...body.unknown.flatMap(texts).filter((text) => /^org_[a-z2-7]{32}$/.test(text)));
  return found;
}

export const isIdentity = (one) =>
  IDENTITY.has(one.kind) || (one.form === "acceptance/1" && one.body.standing !== undefined);
const handled = (one) => (one?.form === "handling/1" ? one.body.target.shipment : undefined);

/** What a statement may have changed after the fact. */
function changedBy(one, statements, received) {
  if (!isKnown(one)) return mentions(one);
  if (one.form === "correction/1") return [one.body.corrects];
  if (one.form === "conservation/1") return [one.body.passport];
  if (one.form === "reversal/1" || one.form === "impairment/1") return [references(one)[0]];
  if (one.form === "acceptance/1" && one.body.answer) {
    const { target } = one.body.answer;
    return [target, handled(statements.get(target))].filter(Boolean);
  }
  const late = handled(one) !== undefined && (received.get(handled(one)) ?? Infinity) < one.position;
  return late ? [handled(one)] : [];
}

function answers(statements, passport) {
  const all = [...statements.values()];
  const receipts = all.filter((one) => one.form === "receipt/1" && one.body.takes_over.shipment === passport);
  const handlings = all.filter((one) => handled(one) === passport);
  return (receipts.length ? receipts : handlings).map((one) => one.digest);
}

/** Every statement about goods behind a passport, with what is to be followed from it. */
export function goodsBehind(statements, passport) {
  const head = statements.get(passport);
  need(!head || head.form === "dispatch/1", "passport-kind", `A passport is a dispatch, not ${head?.kind}.`);
  const received = new Map();
  for (const one of statements.values()) {
    if (one.form === "receipt/1" && !received.has(one.body.takes_over.shipment)) {
      received.set(one.body.takes_over.shipment, one.position);
    }
  }
  const naming = new Map();
  for (const one of statements.values()) {
    for (const named of changedBy(one, statements, received)) {
      naming.set(named, [...(naming.get(named) ?? []), one.digest]);
    }
  }
  const goods = new Map();
  const queue = [passport, ...answers(statements, passport)];
  for (let at = 0; at < queue.length; at += 1) {
    if (goods.has(queue[at])) continue;
    const one = statements.get(queue[at]);
    need(one, "missing-reference", `${queue[at]} is referred to and missing.`);
    goods.set(one.digest, followed(one, statements));
    queue.push(...goods.get(one.digest), ...(naming.get(one.digest) ?? []));
  }
  return goods;
}

function followed(one, statements) {
  if (isKnown(one)) return references(one);
  return references(one).filter((named) => {
    const there = statements.get(named);
    return there && !IDENTITY.has(there.kind) && there.kind !== "log_open/1";
  });
}

function identified(one) {
  const name = one.kind.split("/")[0];
  if (!isKnown(one)) return [...IDENTITY].some((kind) => kind.split("/")[0] === name) ? parties(one) : [];
  if (!isIdentity(one)) return [];
  return [one.form === "attestation/1" ? one.body.subject : one.issuer];
}

function travels(one, statements, goods) {
  if (one.form === "countersignature/1") return statements.has(one.body.statement);
  if (one.form !== "attestation/1") return true;
  if (one.body.opinion) return one.body.opinion.statements.some((named) => goods.has(named));
  return !one.body.withdraws || statements.has(one.body.withdraws);
}

/** Registrations, keys, policies and attestations of all parties. */
export function identitiesBehind(statements, goods) {
  const byParty = new Map();
  for (const one of statements.values()) {
    for (const party of identified(one)) byParty.set(party, [...(byParty.get(party) ?? []), one]);
  }
  const queue = [...goods.keys()].flatMap((key) => {
    const one = statements.get(key);
    const named = isKnown(one) ? [] : mentions(one).flatMap((m) => (statements.has(m) ? identified(statements.get(m)) : []));
    return [...parties(one), ...named];
  });
  const seen = new Set();
  const found = new Set();
  for (let at = 0; at < queue.length; at += 1) {
    if (seen.has(queue[at])) continue;
    seen.add(queue[at]);
    for (const one of byParty.get(queue[at]) ?? []) {
      if (!travels(one, statements, goods)) continue;
      found.add(one.digest);
      queue.push(...parties(one));
    }
  }
  return found;
}

/** Check that what a passport needs is there and nothing else; return its goods. */
export function checkReferences(statements, passport) {
  const goods = goodsBehind(statements, passport);
  checkTiers(statements, goods);
  const opening = [...statements.values()].find((one) => one.kind === "log_open/1");
  need(opening, "missing-log-opening", "The log's first entry is missing.");
  const needed = new Set([opening.digest, ...goods.keys(), ...identitiesBehind(statements, goods)]);
  for (const one of statements.values()) {
    need(needed.has(one.digest), "unreferenced-statement", `Nothing refers to ${one.kind} ${one.digest}.`);
  }
  return goods;
}

function checkTiers(statements, goods) {
  const waits = new Map([...goods].map(([key, named]) => [key, named.length]));
  const above = new Map([...goods.keys()].map((key) => [key, []]));
  for (const [key, named] of goods) named.forEach((one) => above.get(one).push(key));
  const depth = new Map([...goods.keys()].map((key) => [key, 0]));
  const ready = [...goods.keys()].filter((key) => waits.get(key) === 0);
  for (let at = 0; at < ready.length; at += 1) {
    const key = ready[at];
    if (statements.get(key).kind === "dispatch/1") depth.set(key, depth.get(key) + 1);
    need(depth.get(key) <= MAX_TIERS, "bundle-too-large", "Over 100 tiers.");
    for (const one of above.get(key)) {
      depth.set(one, Math.max(depth.get(one), depth.get(key)));
      waits.set(one, waits.get(one) - 1);
      if (waits.get(one) === 0) ready.push(one);
    }
  }
}

const lines = ({ form, body }) =>
  form === "correction/1"
    ? (body.change.add_lines ?? [])
    : form === "production/1" || form === "handling/1"
      ? (body.lines ?? [])
      : [];

/** Check that the factors are exactly those that lines name. */
export function checkFactors(statements, factors) {
  const named = new Set();
  for (const one of statements.values()) {
    for (const line of lines(one)) {
      for (const factor of [line.source?.factor, line.amount?.gap?.factor]) {
        if (factor === undefined || factor === null) continue;
        need(factors.has(factor), "missing-factor", `The record of factor ${factor} is missing.`);
        named.add(factor);
      }
    }
    if (!isKnown(one)) mentions(one).forEach((mention) => named.add(mention));
    if (one.form === "opening/1") texts(one.body).forEach((text) => named.add(text));
  }
  for (const factor of factors.keys()) {
    need(named.has(factor), "unreferenced-factor", `No line names factor ${factor}.`);
  }
}
