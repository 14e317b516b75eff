/** Who signed: EIP-712 typed data under the log's own domain, recovered to the key that the entry names. */
import { concat, keccak256, recoverAddress, stringToHex } from "viem";

import { digest } from "./canonical.mjs";
import { checkAssertion, checkPasskey, checkTerms, PASSKEY } from "./passkeys.mjs";
import { need } from "./refusal.mjs";

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const hash = (text) => keccak256(stringToHex(text));
const DOMAIN_TYPE = hash("EIP712Domain(string name,string version,bytes32 salt)");
const STATEMENT_TYPE = hash(
  "Statement(string v,bytes32 log,string kind,string id,string issuer,string signedAt," +
    "string summaryTemplate,string summary,bytes32 bodyDigest)",
);
const POSSESSION_TYPE = hash("KeyPossession(bytes32 log,string organization,string key)");

const struct = (...words) => keccak256(concat(words));
const domain = (log) => struct(DOMAIN_TYPE, hash("Carbon Passport Ledger"), hash("1"), `0x${log}`);
const typed = (log, message) => keccak256(concat(["0x1901", domain(log), message]));

function statementHash(envelope) {
  return typed(
    envelope.log,
    struct(
      STATEMENT_TYPE,
      hash(envelope.v),
      `0x${envelope.log}`,
      hash(envelope.kind),
      hash(envelope.id),
      hash(envelope.issuer),
      hash(envelope.signed_at),
      hash(envelope.summary_template),
      `0x${envelope.summary_keccak}`,
      `0x${envelope.body_digest}`,
    ),
  );
}

async function recovered(message, value) {
  need(value.length === 132, "signature-form", "A wallet's signature has 65 bytes.");
  const s = BigInt(`0x${value.slice(66, 130)}`);
  const r = BigInt(value.slice(0, 66));
  const v = Number.parseInt(value.slice(130), 16);
  need(v === 27 || v === 28, "signature-v", `v is ${v}, not 27 or 28.`);
  need(r > 0n && r < ORDER && s > 0n, "unrecoverable-signature", "r or s is out of range.");
  need(s <= HALF_ORDER, "high-s", "The signature's s is in the upper half: there is a second form of it.");
  try {
    return (await recoverAddress({ hash: message, signature: value })).toLowerCase();
  } catch {
    return need(false, "unrecoverable-signature", "No key gives this signature.");
  }
}

/** Check the signature of one statement. */
export async function checkSignature({ envelope, signature }) {
  const own = envelope.summary_template.startsWith(`${envelope.kind}/`);
  need(own, "summary-template", `The template ${envelope.summary_template} is of another kind.`);
  if (signature.alg === PASSKEY) {
    checkAssertion(statementHash(envelope), signature.key, signature.value);
    return;
  }
  const signer = await recovered(statementHash(envelope), signature.value);
  need(signer === signature.key, "wrong-key", `Signed by ${signer}, the entry names ${signature.key}.`);
}

/** Check a new key's own word that it joins an organization. */
export async function checkPossession(log, organization, address, proof, passkey) {
  const message = typed(log, struct(POSSESSION_TYPE, `0x${log}`, hash(organization), hash(address)));
  if (passkey !== undefined) {
    checkPasskey(address, passkey);
    checkAssertion(message, address, proof);
    checkTerms(address, passkey, proof);
    return;
  }
  const signer = await recovered(message, proof);
  need(signer === address, "key-proof", `The proof of key ${address} is by ${signer}.`);
}

/** The log's id: SHA-256 of its opening's canonical body. */
export const logId = (opening) => digest({ accreditors: [], ...opening.body });
