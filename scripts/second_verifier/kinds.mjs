/** The kinds of statements and their parts; `*` is a number, `?` marks what may be absent. */
const LINES = (must) => [
  `/lines/*/amount${must}`,
  `/lines/*/source${must}`,
  "/lines/*/price?",
  "/lines/*/memo?",
  "/lines/*/quality?",
  "/lines/*/removal?",
  "/lines/*/instrument?",
];

export const KINDS = {
  "log_open/1": ["/origin", "/keys", "/gwp", "/units", "/components", "/accreditors?"],
  "registration/1": ["/key", "/roles_claimed", "/name", "/contact?", "/sites/*?"],
  "key/1": ["/key", "/name?", "/contact?", "/sites/*?"],
  "production/1": [
    "/inputs/*?",
    ...LINES("?"),
    "/outputs/*/balance",
    "/outputs/*/product",
    "/policy",
    "/handlers?",
    "/site?",
  ],
  "handling/1": ["/target", "/inputs/*?", ...LINES(""), "/leg?", "/share?"],
  "dispatch/1": ["/take", "/liability", "/consignee", "/handlers?", "/terms?", "/goods", "/places?"],
  "receipt/1": ["/takes_over", "/outcome", "/liability", "/quantities?", "/handlers?", "/disclosed?", "/reason?"],
  "disposal/1": ["/take", "/liability", "/fate", "/customer?"],
  "correction/1": ["/corrects", "/change", "/reason?"],
  "attestation/1": ["/subject", "/roles?", "/opinion?", "/withdraws?", "/validity", "/evidence?"],
  "accounting_policy/1": ["/policy"],
  "countersignature/1": ["/statement"],
  "opening/1": ["/lots/*/balance", "/lots/*/product", "/lots/*/evidence", "/handlers?"],
  "period_close/1": ["/closing"],
  "reversal/1": ["/reverses", "/amount", "/cause", "/reason?"],
  "impairment/1": ["/impairs", "/expectation", "/reason?"],
  "conservation/1": ["/passport", "/hands_on", "/level", "/method?"],
  "grant/1": ["/grant", "/reason?"],
  "acceptance/1": ["/answer?", "/standing?", "/reason?"],
  "reestimate/1": ["/asset", "/quantity_left", "/reason?"],
  "state/1": ["/map", "/size", "/root"],
};

export const IDENTITY = new Set([
  "registration/1",
  "key/1",
  "attestation/1",
  "accounting_policy/1",
  "countersignature/1",
]);
