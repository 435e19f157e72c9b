import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { PlayTokenService } from '../ports/services.ts';

/** A player asks for keys when it begins, when it seeks and when they rotate; its page fetches a new token meanwhile. */
const LIFE_MS = 10 * 60_000;

export type PlayTokens = PlayTokenService & {
  /** What a token lets its bearer play; undefined for one that is not from here or has ended. */
  readonly subjectOf: (token: string) => string | undefined;
};

/** Tokens for who has the control token, so that the studio plays what is protected from others; gone with the run. */
export function createPlayTokens(clock: Clock): PlayTokens {
  const issued = new Map<string, { readonly subject: string; readonly untilMs: number }>();

  function forgetEnded(): void {
    for (const [token, { untilMs }] of issued) {
      if (untilMs <= clock.wallMs()) {
        issued.delete(token);
      }
    }
  }

  return {
    issue(subject) {
      forgetEnded();
      const token = randomBytes(32).toString('base64url');
      const untilMs = clock.wallMs() + LIFE_MS;
      issued.set(token, { subject, untilMs });
      return { token, expiresAt: new Date(untilMs).toISOString() };
    },
    subjectOf(token) {
      const found = issued.get(token);
      return found !== undefined && clock.wallMs() < found.untilMs ? found.subject : undefined;
    },
  };
}
