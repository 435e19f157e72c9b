import type { Client } from './client.ts';
import type { Rule, RuleCount } from './ledger.ts';

/** A stream that cannot be checked at all: nothing there, another format. */
export class NotAStream extends Error {}

export type CheckOptions = {
  readonly url: string;
  /** For how long it is followed; less when it ends. */
  readonly seconds: number;
  readonly client: Client;
  /** Ends the run early; what was seen until then is reported. */
  readonly signal: AbortSignal;
  /** Resolves when the time is over or the signal comes. */
  readonly wait: (ms: number) => Promise<void>;
  readonly tell: (words: string) => void;
  /** Told of each rule the first time that it does not hold. */
  readonly onBroken: (rule: Rule, finding: string) => void;
};

export type CheckedStream = {
  readonly counts: readonly RuleCount[];
  /** How much was looked at. */
  readonly summary: string;
};
