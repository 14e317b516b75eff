/**
 * The log's state: a sparse Merkle map under a root that the log signs. Every organization, lot and shipment of
 * a bundle has a record with a proof, or the proof that there is none yet; and what the records say is here.
 */
import { canonical, digest, sha256 } from "./canonical.mjs";
import { takes } from "./graph.mjs";
import { organizationId } from "./keys.mjs";
import { checkInclusion, leafHash } from "./merkle.mjs";
import { readBody } from "./parts.mjs";
import { need } from "./refusal.mjs";
import { checkSignature } from "./signatures.mjs";

const EMPTY = Buffer.alloc(32);
const bytes = (hex) => Buffer.from(hex, "hex");
const leafOf = (key, value) => sha256(Buffer.concat([Buffer.of(0), key, value]));
const joined = (left, right) => sha256(Buffer.concat([Buffer.of(1), left, right]));
const bit = (key, depth) => (key[depth >> 3] >> (7 - (depth & 7))) & 1;

/** Follow a proof to its root; return the value under the key, null where the map doesn't hold it. */
function proved(root, key, siblings, leaf) {
  need(siblings.length <= 256, "map-proof-length", "The proof is longer than a key.");
  if (leaf) {
    const onTheWay = siblings.every((_, depth) => bit(leaf.key, depth) === bit(key, depth));
    need(onTheWay, "map-proof-key", "The proof ends at a key that is not on the way.");
  }
  let found = leaf ? leafOf(leaf.key, leaf.value) : EMPTY;
  for (let depth = siblings.length - 1; depth >= 0; depth -= 1) {
    const sibling = bytes(siblings[depth]);
    found = bit(key, depth) ? joined(sibling, found) : joined(found, sibling);
  }
  need(found.equals(root), "map-proof", "The proof leads to another root.");
  return leaf && leaf.key.equals(key) ? leaf.value : null;
}

function subjects(statements, goods) {
  const all = [...statements.values()];
  const parties = all.filter((one) => one.kind === "registration/1").map((one) => organizationId(one.digest));
  const about = all.filter((one) => goods.has(one.digest));
  const lots = about.flatMap((one) => (one.body.unknown ? [] : takes(one).map((take) => take.lot)));
  const shipments = about.filter((one) => one.kind === "dispatch/1").map((one) => one.digest);
  const named = (kind, ids) => [...new Set(ids)].sort().map((id) => ({ kind, id }));
  return [...named("keys", parties), ...named("lot", lots), ...named("passport", shipments)];
}

/** Check the state entry and every record's proof, then what the records say. */
export async function checkState({ bundle, statements, goods, head, terms, ownAddress }) {
  if (bundle.state === undefined) return ["unknown", "no-state-entries"];
  const { root, size } = await stated(bundle.state.entry, head, terms, ownAddress);
  const asked = subjects(statements, goods);
  const { records } = bundle.state;
  const same = records.length === asked.length && records.every((one, at) => one.subject === asked[at].kind && one.id === asked[at].id);
  need(same, "state-records", "The bundle doesn't show the state of exactly what is in it.");
  const organizations = new Map([...statements.values()].map((one) => [organizationId(one.digest), one]));
  for (const one of records) {
    checkRecord(one, root, terms.logId);
    const first = organizations.get(one.id) ?? statements.get(one.id.split(".")[0]);
    if (first === undefined) continue;
    need(first.position >= size || one.record, "missing-from-state", `The state holds no ${one.subject} ${one.id}.`);
    need(first.position < size || !one.record, "state-before-entry", `The state knows ${one.id} too early.`);
  }
  checkShipment(records.find((one) => one.id === bundle.passport).record, statements, bundle.passport);
  const hidden = await checkLots(bundle.state, statements, goods, size, terms.logId);
  if (!statements.has(bundle.passport) || statements.get(bundle.passport).position >= size) return ["unknown", "newer-than-state"];
  return hidden ? ["unknown", "takes-not-shown"] : undefined;
}

async function stated({ position, entry, parts, proof }, head, terms, ownAddress) {
  const { envelope, signature } = entry;
  need(envelope.kind === "state/1", "state-kind", `A statement of kind ${envelope.kind} is no state entry.`);
  const body = readBody(envelope, parts);
  need(envelope.log === terms.logId, "foreign-log", "The state entry is of another log.");
  await checkSignature({ envelope, signature });
  need(signature.key === ownAddress && envelope.issuer === "", "state-signer", "The log itself didn't sign its state.");
  need(body.size === String(position) && body.map === "state-map/1", "state-size", "It doesn't cover all before it.");
  const leaf = leafHash(Buffer.from(canonical(entry)));
  checkInclusion(leaf, position, head.size, proof.map(bytes), head.root);
  return { root: bytes(body.root), size: position };
}

function checkRecord({ subject, id, record, other, siblings }, root, logId) {
  const key = sha256(Buffer.from(["carbon-passport-state/1", logId, subject, id].join("\n")));
  const value = record ? bytes(digest(record)) : null;
  const there = value && { key, value };
  const found = proved(root, key, siblings, other ? { key: bytes(other.key), value: bytes(other.value) } : there);
  const holds = value === null ? found === null : found !== null && found.equals(value);
  need(holds && (!record || record.kind === subject), "map-key-absent", `The map holds another record of ${id}.`);
}

function checkShipment(record, statements, passport) {
  if (!record) return;
  const named = [record.receipt, ...record.handlings, ...record.adjustments, ...record.answers];
  for (const one of named.filter((one) => one !== null)) {
    need(statements.has(one), "withheld-statement", `${one} of shipment ${passport} is not in the bundle.`);
  }
}

async function checkLots({ records, others }, statements, goods, size, logId) {
  const shown = new Map();
  for (const { envelope, signature, parts, hidden } of others) {
    const digests = [...parts.map((part) => digest([part.salt, part.path, part.value])), ...hidden].sort();
    need(digest(digests) === envelope.body_digest, "body-digest", "An interval is not what was signed.");
    need(envelope.log === logId, "foreign-log", "An interval was signed for another log.");
    await checkSignature({ envelope, signature });
    shown.set(digest(envelope), parts.map((part) => part.value));
  }
  let unseen = 0;
  for (const { id, record, takers } of records.filter((one) => one.subject === "lot" && one.record)) {
    if (takers === null) unseen += record.count;
    else {
      checkTakers(id, record, takers, statements, goods, size);
      unseen += layOut(id, takers, (one) => (statements.has(one) ? takes(statements.get(one)) : (shown.get(one) ?? [])));
    }
  }
  return unseen;
}

function checkTakers(lot, record, takers, statements, goods, size) {
  const chained = takers.reduce((found, one) => sha256(Buffer.concat([found, bytes(one)])), EMPTY);
  const counted = takers.length === record.count && chained.toString("hex") === record.takes;
  need(counted, "taker-list", `Who took from lot ${lot} is not whom the log counts.`);
  for (const one of statements.values()) {
    const took = goods.has(one.digest) && !one.body.unknown && one.position < size && takes(one).some((take) => take.lot === lot);
    need(!took || takers.includes(one.digest), "taker-list", `${one.digest} took from lot ${lot} and is not listed.`);
  }
}

/** Lay the intervals of a lot end to end; return of how many statements they aren't shown. */
function layOut(lot, takers, intervals) {
  let unseen = 0;
  let place = null;
  for (const digestOfTaker of takers) {
    const mine = intervals(digestOfTaker).filter((take) => take.lot === lot);
    if (mine.length === 0) [unseen, place] = [unseen + 1, null];
    for (const take of mine) {
      const basis = take.basis.statements.join();
      const due = place && place.basis === basis ? place.end : 0n;
      const end = BigInt(take.to);
      if (place) need(BigInt(take.from) === due, "lot-handed-on-twice", `Lot ${lot} was handed on twice by ${digestOfTaker}.`);
      place = { basis, end };
    }
  }
  return unseen;
}
