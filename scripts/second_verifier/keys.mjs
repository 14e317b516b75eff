/** Which key spoke for whom at which entry: registrations, rotations and revocations, replayed from the bundle. */
import { digest } from "./canonical.mjs";
import { need } from "./refusal.mjs";
import { checkPossession } from "./signatures.mjs";

const DAY = 86_400_000;
const DEFAULT_GRACE_DAYS = 7;

/** An organization's id from the digest of its registration: base32 of the first 20 bytes. */
export function organizationId(registration) {
  const bits = [...Buffer.from(registration.slice(0, 40), "hex")].map((byte) => byte.toString(2).padStart(8, "0"));
  const letters = bits.join("").match(/.{5}/g).map((five) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(five, 2)]);
  return `org_${letters.join("")}`;
}

/** Replay who may speak for whom, in log order, and check every statement's key at its place and time. */
export async function checkSpeakers(statements, terms) {
  const organizations = new Map();
  const newer = new Set();
  for (const one of statements.values()) {
    if (one.kind === "log_open/1") continue;
    if (one.kind === "registration/1") {
      register(one, organizations);
      continue;
    }
    try {
      const organization = organizations.get(one.issuer);
      need(organization, "unknown-organization", `${one.issuer} is not registered.`);
      checkKey(organization, one.signature.key, one);
      if (one.kind === "key/1") await changeKey(organization, one, organizations, terms);
    } catch (error) {
      // A newer version of a key statement may have given or taken the key.
      if (!error.reason || !newer.has(one.issuer)) throw error;
    }
    if (one.kind === "attestation/1" && one.body.roles?.length) {
      const first = organizations.get(one.issuer).keys[0].address;
      need(terms.accreditors.includes(first), "not-accreditor", `Key ${first} is no accreditor of this log.`);
    }
    if (one.kind.startsWith("key/") && one.kind !== "key/1") newer.add(one.issuer);
    for (const party of one.parties) {
      need(party === one.issuer || organizations.has(party), "unknown-organization", `${party} is not registered.`);
    }
  }
  return newer.size === 0;
}

function register(one, organizations) {
  const { address } = one.body.key;
  need(one.signature.key === address, "registration-key", "A registration is signed by its own key.");
  checkFree(address, organizations);
  organizations.set(one.issuer, { id: one.issuer, keys: [{ address, from: one.position - 1, state: "active" }] });
}

function checkFree(address, organizations) {
  const taken = [...organizations.values()].some((one) => one.keys.some((key) => key.address === address));
  need(!taken, "key-taken", `Key ${address} belongs to somebody already.`);
}

function checkKey(organization, address, { position, at }) {
  const key = organization.keys.find((one) => one.address === address && one.from < position);
  need(key, "unknown-key", `Key ${address} never belonged to ${organization.id}.`);
  need(key.state !== "revoked" || position <= key.until, "revoked-key", `Key ${address} was revoked.`);
  const over = key.state === "rotated" && Date.parse(at) > key.end;
  need(!over, "rotated-key", `Key ${address} was rotated out.`);
}

async function changeKey(organization, one, organizations, terms) {
  const change = one.body.key;
  const signer = organization.keys.find((key) => key.address === one.signature.key);
  need(signer.state === "active", "rotated-key", "A key that was rotated out changes no keys.");
  if (change.action === "revoke") {
    const key = organization.keys.find((found) => found.address === change.address && found.state !== "revoked");
    need(key, "key-change", "A revocation names a key that is not revoked yet.");
    const left = organization.keys.some((other) => other !== key && other.state === "active");
    need(left, "last-key", "No key would be left.");
    Object.assign(key, { state: "revoked", until: one.position });
    return;
  }
  checkFree(change.address, organizations);
  need(change.proof, "key-change", `Key ${change.address} has no proof.`);
  await checkPossession(terms.logId, organization.id, change.address, change.proof);
  if (change.action === "rotate") {
    const old = organization.keys.find((key) => key.address === change.replaces && key.state === "active");
    need(old, "key-change", "A rotation replaces a key in use.");
    const grace = change.grace_days === undefined ? DEFAULT_GRACE_DAYS : Number(change.grace_days);
    Object.assign(old, { state: "rotated", end: Date.parse(one.at) + grace * DAY });
  }
  organization.keys.push({ address: change.address, from: one.position, state: "active" });
}

/** What a log's first entry fixes for ever. */
export function termsOf(opening) {
  const { origin, keys, accreditors } = opening.body;
  return { origin, keys, accreditors: accreditors ?? [], logId: digest({ accreditors: [], ...opening.body }) };
}
