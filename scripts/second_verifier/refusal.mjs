/** Why a bundle is refused: the step that found it, a fixed reason, and a sentence with the facts. */
export class Refusal extends Error {
  /**
   * @param {string} reason a fixed code, as the ledger's own verifier names it where both have it
   * @param {string} detail one sentence
   */
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}

/** Refuse unless something holds. */
export function need(holds, reason, detail) {
  if (!holds) throw new Refusal(reason, typeof detail === "function" ? detail() : detail);
}
