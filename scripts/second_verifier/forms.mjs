/** The form of a bundle: every field that must be there, none besides, each in its one form. */
import { z } from "zod/v4";

import { need } from "./refusal.mjs";
import { parseNote } from "./note.mjs";
import { digest } from "./canonical.mjs";

export const FORMAT = "carbon-passport-bundle/1";
const MAX_STATEMENTS = 10_000;
const MAX_FACTORS = 10_000;

const hex = (digits) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const address = z.string().regex(/^0x[0-9a-f]{40}$/);
const organization = z.string().regex(/^org_[a-z2-7]{32}$/);
const utc = z
  .string()
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/)
  .refine((text) => {
    const moment = new Date(text);
    return !Number.isNaN(moment.getTime()) && moment.toISOString() === text.replace("Z", ".000Z");
  });
const kind = "[a-z]+(_[a-z]+)*/[1-9][0-9]{0,2}";
const line = z.string().min(1).max(400);
const decimal = z.string().regex(/^(0|[1-9][0-9]{0,17})(\.[0-9]{0,29}[1-9])?$/);
const slug = z.string().max(120).regex(/^[a-z0-9]+([-.][a-z0-9]+)*$/);
const year = z.number().int().min(1900).max(2100);

const envelope = z.strictObject({
  v: z.literal("1"),
  log: hex(64),
  kind: z.string().max(40).regex(new RegExp(`^${kind}$`)),
  id: z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  issuer: z.union([organization, z.literal("")]),
  signed_at: utc,
  summary_template: z.string().max(48).regex(new RegExp(`^${kind}/(en|zh-Hans|zh-Hant)$`)),
  summary_keccak: hex(64),
  body_digest: hex(64),
});

const signature = z.strictObject({
  alg: z.enum(["eip712-secp256k1", "webauthn-es256"]),
  key: address,
  value: z
    .string()
    .max(2400)
    .regex(/^(0x[0-9a-f]{130}|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){3})$/),
});

const part = z.strictObject({ salt: hex(32), path: z.string(), value: z.unknown() });

const statement = z.strictObject({
  position: count,
  entry: z.strictObject({
    v: z.literal("1"),
    at: utc.refine((text) => Number(text.slice(0, 4)) < 9000),
    envelope,
    signature,
  }),
  parts: z.array(part),
  hidden: z.array(hex(64)).min(1).max(2000).optional(),
  proof: z.array(hex(64)),
});

const UNITS =
  "Wh kWh MWh GWh MJ mg g kg t g.N kg.N t.N mL L m3 kg·km kg.km t.km TEU.km TEU m km m2 ha s min h d piece";
const CHANNELS =
  "fossil aircraft land_fossil luc land_biogenic_co2 biogenic_non_co2 biogenic_co2_out biogenic_co2_uptake " +
  "land_removal tech_removal ccs_capture";
const COVERS =
  "co2_only upstream_not_covered no_land_use_change second_hand gases_do_not_add_up hfc_pfc_gwp_not_stated " +
  "no_radiative_forcing transport_to_site_included clustered gas_origin_not_stated margins_included " +
  "margins_not_included boundary_not_stated gwp_not_stated zero_in_source radiative_forcing_included " +
  "average_of_inputs soil_carbon_not_covered";
const oneOf = (words) => z.enum(words.split(" "));
const isCurrency = (text) => /^[A-Z]{3}$/.test(text);

const factor = z
  .strictObject({
    id: slug,
    name: line,
    name_zh: line.optional(),
    value: decimal,
    per: z.string().refine((unit) => UNITS.split(" ").includes(unit) || isCurrency(unit)),
    gases: z.record(z.string().regex(/^[a-z0-9]+(_[a-z0-9]+)*$/), decimal).optional(),
    basis: oneOf("gases total"),
    gwp: oneOf("AR4 AR5 AR6"),
    source: line,
    dataset: slug,
    dataset_version: line,
    data_year: year,
    region: line,
    sector: line.optional(),
    currency: z.string().optional(),
    currency_year: year.optional(),
    price_type: oneOf("purchaser producer basic").optional(),
    uncertainty: z
      .strictObject({
        kind: oneOf("range geometric_sd"),
        low: decimal.optional(),
        high: decimal.optional(),
        geometric_sd: decimal.optional(),
        source: line,
      })
      .refine(isWholeUncertainty)
      .optional(),
    licence: line,
    channel: oneOf(CHANNELS),
    stage: oneOf("operation energy_provision"),
    evidence: oneOf("measured calculated imported secondary spend markup"),
    covers: z.array(oneOf(COVERS)),
    cluster_size: z.number().int().min(1).optional(),
  })
  .refine(isWholeFactor);

function isWholeUncertainty(one) {
  const isRange = one.kind === "range";
  if ((one.low !== undefined) !== isRange || (one.high !== undefined) !== isRange) return false;
  if ((one.geometric_sd === undefined) !== isRange) return false;
  return isRange ? Number(one.low) <= Number(one.high) : Number(one.geometric_sd) >= 1;
}

function isWholeFactor(one) {
  const money = [one.currency, one.currency_year, one.price_type].filter((part) => part !== undefined).length;
  if (money !== 0 && money !== 3) return false;
  if (one.currency !== undefined && one.currency !== one.per) return false;
  if (isCurrency(one.per) && !UNITS.split(" ").includes(one.per) && money === 0) return false;
  return one.basis !== "gases" || Object.keys(one.gases ?? {}).length > 0;
}

const life = z.strictObject({
  address,
  after: count,
  state: z.enum(["active", "rotated", "revoked"]),
  until_entry: count.nullable(),
  until: utc.nullable(),
  untrusted_from: count.nullable(),
  distrusted_at: count.nullable(),
});
const digests = z.array(hex(64));
const day = z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/);
const role = z.strictObject({
  attestation: hex(64),
  role: slug,
  first: day,
  last: day,
});
const record = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("keys"), keys: z.array(life), roles: z.array(role) }),
  z.strictObject({ kind: z.literal("lot"), changes: digests, claims: digests, count, takes: hex(64) }),
  z.strictObject({
    kind: z.literal("passport"),
    status: z.enum(["open", "received", "refused", "lost", "outside"]),
    handlings: digests,
    claims: digests,
    receipt: hex(64).nullable(),
    adjustments: digests,
    answers: digests,
    totals: hex(64),
  }),
]);
const state = z.strictObject({
  entry: statement,
  records: z
    .array(
      z.strictObject({
        subject: z.enum(["keys", "lot", "passport"]),
        id: z.string().min(1).max(80),
        record: record.nullable(),
        other: z.strictObject({ key: hex(64), value: hex(64) }).nullable(),
        siblings: z.array(hex(64)).max(256),
        takers: z.array(hex(64)).max(MAX_STATEMENTS).nullable(),
      }),
    )
    .max(3 * MAX_STATEMENTS),
  others: z
    .array(z.strictObject({ envelope, signature, parts: z.array(part).min(1), hidden: z.array(hex(64)).max(2000) }))
    .max(500),
});

const bundle = z.strictObject({
  format: z.literal(FORMAT),
  passport: hex(64),
  statements: z.array(statement).min(1).max(MAX_STATEMENTS),
  factors: z.array(factor).max(MAX_FACTORS),
  checkpoint: z.array(z.string()).max(64),
  anchor: z
    .strictObject({
      chain_id: count,
      contract: address,
      log_address: address,
      size: count,
      root: hex(64),
      transaction: z.string().regex(/^0x[0-9a-f]{64}$/),
      block: count,
      consistency: z.array(hex(64)),
    })
    .nullable(),
  state: state.optional(),
});

/** Check the form of a bundle that was read; return its checkpoint and its factors by digest. */
export function checkForm(value) {
  need(value !== null && typeof value === "object" && value.format === FORMAT, "bundle-format", "No bundle.");
  const read = bundle.safeParse(value);
  if (!read.success) {
    const [first] = read.error.issues;
    const missing = first.code === "invalid_type" && first.message.endsWith("received undefined");
    const reason = first.code === "unrecognized_keys" ? "unknown-field" : missing ? "missing-field" : "field-form";
    need(false, reason, `${first.path.join("/")}: ${first.message}.`);
  }
  inOrder("Statement", value.statements.map((one) => one.position));
  const factors = new Map(value.factors.map((one) => [digest(one), one]));
  inOrder("Factor", value.factors.map((one) => digest(one)));
  return { note: parseNote(value.checkpoint), factors };
}

function inOrder(what, keys) {
  keys.slice(1).forEach((key, at) => {
    need(keys[at] < key, "bundle-order", `${what} ${at + 1} isn't behind the one before it.`);
  });
}
