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
  const lots = about.flatMap((one) => takes(one).map((take) => take.lot));
  const shipments = about.filter((one) => one.kind === "dispatch/1").map((one) => one.digest);
  const named = (kind, ids) => [...new Set(ids)].sort().map((id) => ({ kind, id }));
  return [...named("keys", parties), ...named("lot", lots), ...named("passport", shipments)];
}

/**
 * Check the state entry and every record's proof, then what the records say.
 *
 * @returns {Promise<object[]>} three findings: about the shipments, about the keys, and about the lots
 */
export async function checkState({ bundle, statements, goods, head, terms, ownAddress, organizations, unknown }) {
  if (bundle.state === undefined) return [["unknown", "no-state-entries"]];
  const { root, size } = await stated(bundle.state.entry, head, terms, ownAddress);
  const asked = subjects(statements, goods);
  const { records } = bundle.state;
  const isAsked = (one, at) => one.subject === asked[at].kind && one.id === asked[at].id;
  const same = records.length === asked.length && records.every(isAsked);
  need(same, "state-records", "The bundle doesn't show the state of exactly what is in it.");
  const registrations = [...statements.values()].filter((one) => one.kind === "registration/1");
  const first = new Map(registrations.map((one) => [organizationId(one.digest), one]));
  for (const one of records) {
    checkRecord(one, root, terms.logId);
    const { position } = first.get(one.id) ?? statements.get(one.id.split(".")[0]);
    need(position >= size || one.record, "missing-from-state", `The state holds no ${one.subject} ${one.id}.`);
    need(position < size || !one.record, "state-before-entry", `The state knows ${one.id} too early.`);
  }
  const shipment = checkShipments(records, statements, bundle.passport, size);
  const keys = checkKeys(records, { statements, organizations, unknown, size });
  const unseen = await checkLots(bundle.state, statements, goods, size, terms.logId);
  return [shipment, keys, unseen ? ["unknown", "takes-not-shown"] : ["good", "ok"]];
}

async function stated({ position, entry, parts, hidden, proof }, head, terms, ownAddress) {
  const { envelope, signature } = entry;
  const { body, whole } = readBody(envelope, parts, hidden);
  need(envelope.kind === "state/1" && !whole, "state-kind", `${envelope.kind} is no state entry that is shown.`);
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

function checkShipments(records, statements, passport, size) {
  const shipments = records.filter((one) => one.subject === "passport" && one.record);
  for (const { id, record } of shipments) {
    const handled = [...record.handlings, ...record.claims, ...record.adjustments];
    for (const one of [...statements.values()].filter((logged) => logged.position < size)) {
      const answers = one.form === "receipt/1" && one.body.takes_over.shipment === id;
      need(!answers || record.receipt === one.digest, "unlisted-statement", `The state leaves out receipt ${one.digest}.`);
      const handles = one.form === "handling/1" && one.body.target.shipment === id;
      need(!handles || handled.includes(one.digest), "unlisted-statement", `The state leaves out handling ${one.digest}.`);
    }
  }
  const own = shipments.find((one) => one.id === passport);
  if (!own) return ["unknown", "newer-than-state"];
  const { receipt, handlings, adjustments, answers } = own.record;
  // What corrects a statement that hides what it books may be hidden with it.
  const hides = [...statements.values()].some((one) => one.form === "hidden");
  const away = (one) => !statements.has(one);
  for (const one of [...(receipt ? [receipt] : []), ...handlings, ...(hides ? [] : [...adjustments, ...answers])]) {
    need(!away(one), "withheld-statement", `${one} of shipment ${passport} is not in the bundle.`);
  }
  return [...adjustments, ...answers].some(away) ? ["unknown", "parts-hidden"] : ["good", "ok"];
}

/** Compare every key and role with what the bundle shows of it; say whether one that signed here was revoked since. */
function checkKeys(records, { statements, organizations, unknown, size }) {
  const used = new Set([...statements.values()].map((one) => `${one.issuer} ${one.signature.key}`));
  let [revoked, newer] = [false, false];
  for (const { id, record } of records.filter((one) => one.subject === "keys")) {
    if (!record) newer = true;
    else {
      const organization = unknown ? undefined : organizations.get(id);
      if (organization) {
        compareKeys(organization, record, size);
        compareRoles(organization, record, statements, size);
      }
      revoked ||= record.keys.some((life) => life.state === "revoked" && used.has(`${id} ${life.address}`));
    }
  }
  if (revoked) return ["unknown", "key-revoked-since"];
  return newer ? ["unknown", "newer-than-state"] : ["good", "ok"];
}

function compareKeys({ id, keys }, record, size) {
  const withheld = (holds, address) =>
    need(holds, "withheld-key-statement", `What became of key ${address} of ${id} is withheld.`);
  const here = keys.filter((key) => key.from < size);
  for (const { address } of [...here, ...record.keys]) {
    const [mine, theirs] = [here, record.keys].map((all) => all.findLast((one) => one.address === address));
    withheld(mine && theirs && mine.from === theirs.after, address);
    const ends = [mine.until, mine.distrustedAt].filter((end) => end !== undefined);
    if (ends.some((end) => end >= size)) continue;
    const until = mine.end === undefined ? null : new Date(mine.end).toISOString().replace(".000Z", "Z");
    const same =
      mine.state === theirs.state &&
      (mine.until ?? null) === theirs.until_entry &&
      until === theirs.until &&
      (mine.untrustedFrom ?? null) === theirs.untrusted_from &&
      (mine.distrustedAt ?? null) === theirs.distrusted_at;
    withheld(same, address);
  }
}

function compareRoles({ id, roles }, record, statements, size) {
  const attested = [...statements.values()].filter((one) => one.form === "attestation/1");
  if (attested.some((one) => one.hidden.length > 0)) return;
  const since = new Set(attested.filter((one) => one.position >= size).map((one) => one.body.withdraws));
  for (const { attestation, role } of [...roles, ...record.roles]) {
    const held = (all) => all.filter((one) => one.attestation === attestation && one.role === role).at(-1);
    const [mine, theirs] = [held(roles), held(record.roles)];
    const later = (statements.get(attestation)?.position ?? -1) >= size || since.has(attestation);
    const same = mine && theirs && mine.first === theirs.first && mine.last === theirs.last;
    need(same || later, "withheld-role", `What became of the role ${role} of ${id} is withheld.`);
  }
}

async function checkLots({ records, others }, statements, goods, size, logId) {
  const shown = await shownTakes(others, logId);
  const lots = records.filter((one) => one.subject === "lot" && one.record);
  const needed = new Set(lots.flatMap((one) => one.takers ?? []));
  for (const one of shown.keys()) {
    need(needed.has(one) && !statements.has(one), "needless-take", `The interval of ${one} doesn't belong here.`);
  }
  let unseen = 0;
  for (const { id, record, takers } of lots) {
    if (takers === null) unseen += record.count;
    else {
      checkTakers(id, record, takers, statements, goods, size);
      const maker = statements.get(id.split(".")[0]);
      const intervals = (one) => (statements.has(one) ? takes(statements.get(one)) : (shown.get(one) ?? []));
      unseen += layOut(id, begins(maker, Number(id.split(".")[1])), takers, intervals);
    }
  }
  return unseen;
}

/** Who took from a lot and is not in the bundle: the interval alone, by digest, each signed for this log. */
async function shownTakes(others, logId) {
  const shown = new Map();
  let before = "";
  for (const { envelope, signature, parts, hidden } of others) {
    const digests = parts.map((part) => digest([part.salt, part.path, part.value]));
    hidden.forEach((one, at) => {
      const inOrder = !digests.includes(one) && (at === 0 || hidden[at - 1] < one);
      need(inOrder, "hidden-order", `The hidden part ${one} is out of order.`);
    });
    const committed = digest([...digests, ...hidden].sort());
    need(committed === envelope.body_digest, "body-digest", "An interval is not what was signed.");
    need(envelope.log === logId, "foreign-log", "An interval was signed for another log.");
    await checkSignature({ envelope, signature });
    const name = digest(envelope);
    const isTake = parts.every((part) => /^\/(take|asset|inputs\/[0-9]+)$/.test(part.path));
    need(isTake && before < name, "needless-take", `The interval of ${name} is none, or out of order.`);
    before = name;
    shown.set(name, parts.map((part) => part.value));
  }
  return shown;
}

function checkTakers(lot, record, takers, statements, goods, size) {
  const chained = takers.reduce((found, one) => sha256(Buffer.concat([found, bytes(one)])), EMPTY);
  const counted = takers.length === record.count && chained.toString("hex") === record.takes;
  need(counted, "taker-list", `Who took from lot ${lot} is not whom the log counts.`);
  const took = (one) => goods.has(one.digest) && one.position < size && takes(one).some((take) => take.lot === lot);
  const here = [...statements.values()].filter(took).map((one) => one.digest);
  const listed = takers.filter((one) => here.includes(one));
  need(here.join() === listed.join(), "taker-list", `A statement here took from lot ${lot} and is not listed in its place.`);
}

/** What a lot begins with; null where that isn't shown, or isn't the maker's to say alone. */
function begins(maker, number) {
  const outputs = { "production/1": "outputs", "opening/1": "lots" }[maker?.form];
  const balance = outputs === undefined ? undefined : maker.body[outputs]?.[number]?.balance;
  return balance === undefined || balance.kind === "asset" ? null : BigInt(balance.quantity);
}

/** Lay the intervals of a lot end to end; return of how many statements they aren't shown. */
function layOut(lot, quantity, takers, intervals) {
  let unseen = 0;
  let place = quantity === null ? null : { basis: "", quantity, end: 0n };
  const known = new Map();
  for (const taker of takers) {
    const mine = intervals(taker).filter((take) => take.lot === lot);
    if (mine.length === 0) [unseen, place] = [unseen + 1, null];
    for (const take of mine) {
      const [from, to, stated] = [take.from, take.to, take.basis.quantity].map(BigInt);
      const basis = take.basis.statements.join();
      const once = (holds) => need(holds, "lot-handed-on-twice", `Lot ${lot} was handed on twice by ${taker}.`);
      for (const [start, end] of known.get(basis) ?? []) once(from >= end || start >= to);
      if (place !== null) {
        const same = place.basis === basis;
        const left = same ? place.quantity : place.quantity - place.end;
        const grows = quantity === null && !same;
        need(stated === left || grows, "lot-refilled", `${left} was left of lot ${lot}, not ${stated}.`);
        once(from === (same ? place.end : 0n));
      }
      place = { basis, quantity: stated, end: to };
      known.set(basis, [...(known.get(basis) ?? []), [from, to]]);
    }
  }
  return unseen;
}
