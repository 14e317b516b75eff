// A phone's fingerprint registers a company and signs statements. The page computes itself what it signs:
// digests of the parts, the line that is shown, the EIP-712 digest; the ledger's word is not taken for it.

const RATE = 136;
const ROUNDS = 24;
const WORD = (1n << 64n) - 1n;
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const DOMAIN = "EIP712Domain(string name,string version,bytes32 salt)";
const STATEMENT =
  "Statement(string v,bytes32 log,string kind,string id,string issuer,string signedAt,string summaryTemplate," +
  "string summary,bytes32 bodyDigest)";
const POSSESSION = "KeyPossession(bytes32 log,string organization,string key)";
const KEPT = "carbon-passport-passkey";
const utf8 = new TextEncoder();

function turned(word, by) {
  return by === 0n ? word : ((word << by) | (word >> (64n - by))) & WORD;
}

function constants() {
  // The round constants come from a shift register (FIPS 202, 3.2.5).
  const found = [];
  let register = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    let constant = 0n;
    for (let j = 0; j <= 6; j += 1) {
      if (register & 1) constant |= 1n << ((1n << BigInt(j)) - 1n);
      register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    }
    found.push(constant);
  }
  return found;
}

const CONSTANTS = constants();

function permuted(lanes) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const columns = [0, 1, 2, 3, 4].map((x) => [0, 5, 10, 15, 20].reduce((sum, y) => sum ^ lanes[x + y], 0n));
    for (let x = 0; x < 5; x += 1) {
      const mixed = columns[(x + 4) % 5] ^ turned(columns[(x + 1) % 5], 1n);
      for (let y = 0; y < 25; y += 5) lanes[x + y] ^= mixed;
    }
    let [x, y, held] = [1, 0, lanes[1]];
    for (let step = 0; step < ROUNDS; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const before = lanes[x + 5 * y];
      lanes[x + 5 * y] = turned(held, BigInt((((step + 1) * (step + 2)) / 2) % 64));
      held = before;
    }
    for (let row = 0; row < 25; row += 5) {
      const line = lanes.slice(row, row + 5);
      for (let i = 0; i < 5; i += 1) lanes[row + i] = line[i] ^ (~line[(i + 1) % 5] & WORD & line[(i + 2) % 5]);
    }
    lanes[0] ^= CONSTANTS[round];
  }
}

export function keccak256(bytes) {
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / RATE) * RATE);
  padded.set(bytes);
  padded[bytes.length] ^= 0x01;
  padded[padded.length - 1] ^= 0x80;
  const view = new DataView(padded.buffer);
  const lanes = new Array(25).fill(0n);
  for (let start = 0; start < padded.length; start += RATE) {
    for (let i = 0; i < RATE / 8; i += 1) lanes[i] ^= view.getBigUint64(start + 8 * i, true);
    permuted(lanes);
  }
  const out = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 4; i += 1) out.setBigUint64(8 * i, lanes[i], true);
  return new Uint8Array(out.buffer);
}

function joined(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function bytesOf(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

// The one form in which values are signed (RFC 8785); amounts are texts, so numbers are counts only.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

async function sha256(text) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(text))));
}

export async function bodyDigest(parts) {
  const digests = await Promise.all(parts.map((part) => sha256(canonical([part.salt, part.path, part.value]))));
  return sha256(canonical(digests.sort()));
}

const textHash = (text) => keccak256(utf8.encode(text));

function typedDigest(log, struct) {
  const names = joined(textHash(DOMAIN), textHash("Carbon Passport Ledger"), textHash("1"), bytesOf(log));
  return keccak256(joined(Uint8Array.of(0x19, 0x01), keccak256(names), keccak256(struct)));
}

export function statementDigest(envelope) {
  const struct = joined(
    textHash(STATEMENT),
    textHash(envelope.v),
    bytesOf(envelope.log),
    textHash(envelope.kind),
    textHash(envelope.id),
    textHash(envelope.issuer),
    textHash(envelope.signed_at),
    textHash(envelope.summary_template),
    bytesOf(envelope.summary_keccak),
    bytesOf(envelope.body_digest),
  );
  return typedDigest(envelope.log, struct);
}

export function possessionDigest(log, organization, address) {
  return typedDigest(log, joined(textHash(POSSESSION), bytesOf(log), textHash(organization), textHash(address)));
}

// A draft is what its own parts and line say, or it is not signed.
export async function checkDraft(draft) {
  const { envelope, parts } = draft.statement;
  if ((await bodyDigest(parts)) !== envelope.body_digest) throw new Error("body_digest");
  if (hex(textHash(draft.summary)) !== envelope.summary_keccak) throw new Error("summary_keccak");
}

// The authenticator writes r and s as DER; stated is r ‖ s with the lower of both values of s.
export function lowS(der) {
  const whole = (at) => {
    const length = der[at + 1];
    const digits = hex(der.slice(at + 2, at + 2 + length));
    return [BigInt(`0x${digits}`), at + 2 + length];
  };
  const [r, next] = whole(2);
  const [s] = whole(next);
  const low = s > P256_ORDER / 2n ? P256_ORDER - s : s;
  return bytesOf([r, low].map((number) => number.toString(16).padStart(64, "0")).join(""));
}

async function made(name) {
  const credential = await navigator.credentials.create({
    publicKey: {
      rp: { id: location.hostname, name: document.title },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      attestation: "none",
    },
  });
  // The last 64 bytes of the key's DER form are its point.
  const point = new Uint8Array(credential.response.getPublicKey()).slice(-64);
  return {
    id: base64url(new Uint8Array(credential.rawId)),
    address: `0x${hex(keccak256(point).slice(12))}`,
    passkey: {
      public_key: (point[63] % 2 ? "03" : "02") + hex(point.slice(0, 32)),
      rp_id: location.hostname,
      origins: [location.origin],
      user_verification: "required",
    },
    organization: "",
  };
}

// A browser that has just made a passkey may still be closing its own window.
async function patiently(wish) {
  for (let left = 20; ; left -= 1) {
    try {
      return await navigator.credentials.get(wish);
    } catch (error) {
      if (error.name !== "OperationError" || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function signed(key, challenge) {
  const { response } = await patiently({
    publicKey: {
      challenge,
      rpId: key.passkey.rp_id,
      allowCredentials: [{ type: "public-key", id: fromBase64url(key.id) }],
      userVerification: "required",
    },
  });
  const pieces = [
    bytesOf(key.passkey.public_key),
    new Uint8Array(response.authenticatorData),
    new Uint8Array(response.clientDataJSON),
    lowS(new Uint8Array(response.signature)),
  ];
  return pieces.map(base64url).join(".");
}

async function asked(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail ?? String(answer.status));
  return found;
}

async function post(key, draft) {
  await checkDraft(draft);
  const value = await signed(key, statementDigest(draft.statement.envelope));
  const signature = { alg: "webauthn-es256", key: key.address, value };
  return asked("/v1/statements", { ...draft.statement, signature });
}

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "null");
const keep = (key) => localStorage.setItem(KEPT, JSON.stringify(key));

function today() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date());
  return { from: day, to: day, zone };
}

// Every part that the user decided must stand in the draft as it was asked for, and nothing besides.
function checkAsked(draft, body) {
  for (const { path, value } of draft.statement.parts) {
    const name = path.slice(1);
    if (name !== "ref" && canonical(value) !== canonical(body[name] ?? null)) throw new Error(path);
  }
}

const ORGANIZATION_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

export function organizationId(digest) {
  let bits = BigInt(`0x${digest.slice(0, 40)}`);
  let letters = "";
  for (let i = 0; i < 32; i += 1) {
    letters = ORGANIZATION_LETTERS[Number(bits & 31n)] + letters;
    bits >>= 5n;
  }
  return `org_${letters}`;
}

export async function register(name, role, language) {
  const key = kept() ?? (await made(name));
  keep(key);
  const body = {
    occurred: today(),
    key: { alg: "webauthn-es256", address: key.address, passkey: key.passkey },
    roles_claimed: [role],
    name,
  };
  const draft = await asked("/v1/drafts/registration/1", { issuer: "", language, body });
  checkAsked(draft, body);
  const digest = await sha256(canonical(draft.statement.envelope));
  await post(key, draft);
  keep({ ...key, organization: organizationId(digest) });
  return organizationId(digest);
}

export async function join(organization, name) {
  const key = kept() ?? (await made(name));
  keep({ ...key, organization });
  const log = (await (await fetch("/v1/log")).json()).log_id;
  const proof = await signed(key, possessionDigest(log, organization, key.address));
  return { action: "add", address: key.address, proof, passkey: key.passkey };
}

export async function sign(draft) {
  const key = kept();
  if (key === null) throw new Error("passkey");
  return post(key, draft);
}

// What isn't a draft, or was changed since, is said in the reader's words, with the field that differs.
async function asDraft(text, sentence) {
  try {
    const draft = JSON.parse(text);
    await checkDraft(draft);
    return draft;
  } catch (error) {
    const formless = error instanceof SyntaxError || error instanceof TypeError;
    throw new Error(formless ? sentence : `${sentence} (${error.message})`, { cause: error });
  }
}

function start() {
  const page = document.getElementById("passkey");
  const say = (text, state) => {
    const status = document.getElementById("status");
    status.textContent = text;
    status.dataset.state = state;
  };
  const told = (form, work) =>
    document.getElementById(form).addEventListener("submit", async (event) => {
      event.preventDefault();
      say(page.dataset.waiting, "waiting");
      try {
        say(await work(new FormData(event.target)), "done");
      } catch (error) {
        say(`${page.dataset.failed} ${error.message}`, "failed");
      }
    });
  const written = document.querySelector("#sign textarea");
  written.addEventListener("input", () => {
    const lines = document.getElementById("line");
    try {
      lines.textContent = JSON.parse(written.value).summary;
    } catch {
      lines.textContent = "";
    }
  });
  told("register", async (form) => {
    const organization = await register(form.get("name"), form.get("role"), document.documentElement.lang);
    return `${page.dataset.registered} ${organization}`;
  });
  told("sign", async (form) => {
    const draft = await asDraft(form.get("draft"), page.dataset.draft);
    document.getElementById("line").textContent = draft.summary;
    const answer = await sign(draft);
    return `${page.dataset.posted} ${answer.position}`;
  });
  told("join", async (form) => JSON.stringify(await join(form.get("organization"), form.get("organization"))));
}

if (typeof document !== "undefined" && document.getElementById("passkey") !== null) start();
