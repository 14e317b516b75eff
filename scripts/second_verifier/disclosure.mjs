/**
 * What a receiver says that it was shown: the parts that a profile shows of all that its goods refer to.
 *
 * Whoever holds more hides the rest first, by the same profile, so that the same digest comes out at any later time.
 */
import { digest } from "./canonical.mjs";
import { goodsBehind, identitiesBehind, parties } from "./graph.mjs";
import { IDENTITY, KINDS } from "./kinds.mjs";
import { patternOf, readBody, SIGNED_FOR } from "./parts.mjs";
import { need } from "./refusal.mjs";

const OCCURRED = "/occurred";
/** What profile `amounts` shows of tiers 2 and up: what the books are made of, and what checks them. */
const BOOKED = new Set(
  (
    "/occurred /key /roles_claimed /policy /handlers /inputs/* /lines/*/amount /outputs/*/balance /target /take " +
    "/liability /consignee /terms /fate /takes_over /outcome /quantities /corrects /change /lots/*/balance /subject " +
    "/roles /opinion /withdraws /validity /statement /closing /reverses /amount /cause /impairs /expectation /answer " +
    "/standing /asset /quantity_left /attests /lines/*/removal"
  ).split(" "),
);
const HAND_OVER = new Set([OCCURRED, "/liability", "/consignee"]);
/** What is shown of an organization that nothing names that is shown whole. */
const NAMELESS = new Set("/occurred /key /roles_claimed /subject /roles /withdraws /validity /statement".split(" "));

const everything = () => true;
const only = (patterns) => (path) => patterns.has(patternOf(path));

/**
 * Compare what a bundle shows with what its receiver says that it was shown.
 *
 * @returns {string[] | undefined} a finding; undefined where no receipt says anything
 */
export function checkDisclosures({ statements, goods, passport }, receiver) {
  const answers = (one) => one.form === "receipt/1" && one.body.takes_over.shipment === passport;
  const receipt = [...goods.keys()].map((key) => statements.get(key)).find((one) => answers(one) && one.body.disclosed);
  if (receipt === undefined) return undefined;
  const { profile, parts, digest: committed } = receipt.body.disclosed;
  const after = profile === "full" ? statements : shownBy(statements, goods, passport, profile);
  const found = shownDigests(after, goodsBehind(after, passport), passport);
  if (String(found.length) === parts && digest(found.sort()) === committed) return ["good", "ok"];
  need(receiver !== receipt.issuer, "disclosures-withheld", `Its receiver was shown ${parts} parts, not all of these.`);
  return ["unknown", "disclosures-withheld"];
}

/** The digests of the parts shown of all that a dispatch refers to, and of who issued that. */
function shownDigests(statements, goods, passport) {
  const there = new Set([passport]);
  for (const one of there) goods.get(one).forEach((up) => there.add(up));
  const issuers = new Set([...there].map((key) => statements.get(key).issuer));
  const registered = [...statements.values()].filter((one) => one.kind === "registration/1" && issuers.has(one.issuer));
  return [...[...there].map((key) => statements.get(key)), ...registered].flatMap((one) => one.parts.map(digestOf));
}

const digestOf = (part) => digest([part.salt, part.path, part.value]);

/** What a profile shows of statements, by digest, in the same order. */
function shownBy(statements, goods, passport, profile) {
  const shows = plan(statements, goods, passport, profile);
  const after = new Map();
  for (const one of statements.values()) {
    const shown = shows(one);
    if (shown !== null) after.set(one.digest, hide(one, shown));
  }
  const left = goodsBehind(after, passport);
  const needed = new Set([...left.keys(), ...identitiesBehind(after, left)]);
  return new Map([...after].filter(([key, one]) => needed.has(key) || one.kind === "log_open/1"));
}

/** A statement that shows only these of its parts; with the name goes the random part that would let it be guessed. */
function hide(one, shown) {
  let kept = one.parts.filter((part) => shown(part.path));
  const gone = one.parts.filter((part) => !kept.includes(part)).map((part) => patternOf(part.path));
  const named = gone.some((path) => (SIGNED_FOR[one.kind] ?? []).includes(path));
  if (named || (gone.length > 0 && !(one.kind in KINDS))) kept = kept.filter((part) => part.path !== "/ref");
  const fresh = one.parts.filter((part) => !kept.includes(part)).map(digestOf);
  const hidden = [...one.hidden, ...fresh].sort();
  if (hidden.length === 0) return one;
  const { body, whole } = readBody(one.envelope, kept, hidden);
  return { ...one, parts: kept, hidden, body, form: whole ? "hidden" : one.kind };
}

function plan(statements, goods, passport, profile) {
  const open = profile === "total" ? 0 : 1;
  const near = new Set([...tiers(statements, goods, passport)].filter(([, tier]) => tier <= open).map(([key]) => key));
  const attesters = [...statements.values()].filter((one) => one.form === "attestation/1").map((one) => one.issuer);
  const named = new Set([...[...near].flatMap((key) => parties(statements.get(key))), ...attesters]);
  const policies = new Set([...NAMELESS, ...(profile === "amounts" ? ["/policy"] : [])]);
  const identity = (one) => {
    const nameless = only(one.form === "attestation/1" ? NAMELESS : policies);
    if (one.form !== "attestation/1") return named.has(one.issuer) ? everything : nameless;
    if (one.body.opinion) return one.body.opinion.statements.every((key) => near.has(key)) ? everything : null;
    return named.has(one.body.subject) ? everything : nameless;
  };
  return (one) => {
    if (one.kind === "log_open/1" || one.kind === "conservation/1" || near.has(one.digest)) return everything;
    if (IDENTITY.has(one.kind)) return identity(one);
    if (profile === "amounts") return amounts(one);
    return only(profile === "trade" && one.kind === "dispatch/1" ? HAND_OVER : new Set([OCCURRED]));
  };
}

function amounts(one) {
  const tells = one.form === "correction/1" && (one.body.change.add_lines ?? []).length > 0;
  if (tells || !(one.kind in KINDS)) return only(new Set([OCCURRED]));
  return only(one.form === "hidden" ? HAND_OVER : BOOKED);
}

/** By statement about goods, how many companies up it stands: 0 for the passport and what was said about it. */
function tiers(statements, goods, passport) {
  const order = new Map([...statements.keys()].map((key, at) => [key, at]));
  const later = new Map();
  for (const [key, named] of goods) named.forEach((one) => later.set(one, [...(later.get(one) ?? []), key]));
  const found = new Map();
  const waiting = [about(statements, goods, passport)];
  for (let tier = 0; tier < waiting.length; tier += 1) {
    const queue = waiting[tier] ?? [];
    for (let at = 0; at < queue.length; at += 1) {
      const key = queue[at];
      if (found.has(key)) continue;
      found.set(key, tier);
      for (const up of goods.get(key)) {
        (waiting[Math.max(1, tier + stepUp(statements, key, up, passport))] ??= []).push(up);
      }
      const told = (one) => one.form === "correction/1" && one.body.corrects === key;
      const since = (later.get(key) ?? []).filter((one) => order.get(one) > order.get(key) && told(statements.get(one)));
      queue.push(...since);
    }
  }
  const farthest = Math.max(...found.values());
  for (const key of goods.keys()) if (!found.has(key)) found.set(key, farthest);
  return found;
}

function about(statements, goods, passport) {
  const said = [...goods.keys()].map((key) => statements.get(key)).filter((one) => {
    const target = one.form === "handling/1" ? one.body.target.shipment : undefined;
    const taken = one.form === "receipt/1" ? one.body.takes_over.shipment : undefined;
    return target === passport || taken === passport || one.kind === "conservation/1";
  });
  return [passport, ...said.map((one) => one.digest)];
}

function stepUp(statements, key, up, passport) {
  const [one, other] = [statements.get(key), statements.get(up)];
  const onLot = other.form === "handling/1" && other.body.target.lot !== undefined;
  return one.issuer !== other.issuer && !onLot && key !== passport ? 1 : 0;
}
