// A registration of the log, by the protocol's words alone: salted parts, canonical JSON, SHA-256.
import { createHash } from "node:crypto";

const digestOf = (text) => createHash("sha256").update(text).digest("hex");

/** A registration that names a key: the organization's id, and what the registry wants to see of it. */
export const registrationOf = (address, { salt = "5a".repeat(16), alg = "eip712-secp256k1", path = "/key" } = {}) => {
  const part = JSON.stringify([salt, path, { address: address.toLowerCase(), alg }]);
  const other = JSON.stringify(["6b".repeat(16), "/name", "Packhouse"]);
  const digests = [part, other].map(digestOf).sort();
  const envelope = JSON.stringify({
    body_digest: digestOf(JSON.stringify(digests)),
    id: "01890a5d-ac96-774b-bcce-b302099a8057",
    issuer: "",
    kind: "registration/1",
    v: "1",
  });
  return {
    id: `0x${digestOf(envelope).slice(0, 40)}`,
    proof: {
      envelope: `0x${Buffer.from(envelope).toString("hex")}`,
      partDigests: digests.map((digest) => `0x${digest}`),
      salt: `0x${salt}`,
    },
  };
};
