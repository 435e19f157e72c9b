/** What a token says, once its signature, issuer, audience and times are known to be right. */
export type TokenClaims = {
  /** The values of a claim, all as text; empty when it is not there. */
  readonly valuesOf: (type: string) => readonly string[];
  /** UTC in ms. */
  readonly expiresMs: number;
  /** What was signed. The same for every copy of a token, however its signature is written. */
  readonly signed: string;
};

/** What a token must have been made for. */
export type TokenTarget = { readonly issuer: string; readonly audience: string; readonly nowMs: number };
