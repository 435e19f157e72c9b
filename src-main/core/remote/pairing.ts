import { randomInt } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { isSameSecret } from '../ports/same-secret.ts';

/** Crockford's base 32: nothing in it is taken for something else when it is read out or typed. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 40 bits. With five tries, one in two hundred thousand million. */
const LENGTH = 8;
const VALID_MS = 120_000;
const TRIES = 5;

export type Pairing = {
  /** A new code; the one before is worth nothing from then on. */
  readonly start: () => { readonly code: string; readonly expiresAtMs: number };
  readonly cancel: () => void;
  /** Whether this is the code. It is worth nothing afterwards, and after too many that were not. */
  readonly use: (code: string) => boolean;
  readonly present: () => { readonly expiresAtMs: number; readonly attemptsLeft: number } | undefined;
};

/** One code at a time, for one device, for two minutes and five tries. `onEnd`: there is none any more. */
export function createPairing(options: { readonly clock: Clock; readonly onEnd: () => void }): Pairing {
  const { clock } = options;
  let open:
    | { readonly code: string; readonly expiresAtMs: number; attemptsLeft: number; timer: Disposable }
    | undefined;

  function end(): void {
    if (open !== undefined) {
      open.timer[Symbol.dispose]();
      open = undefined;
      options.onEnd();
    }
  }

  return {
    start() {
      open?.timer[Symbol.dispose]();
      const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)] ?? '').join('');
      const expiresAtMs = clock.wallMs() + VALID_MS;
      open = { code, expiresAtMs, attemptsLeft: TRIES, timer: clock.after(VALID_MS, end) };
      return { code: `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`, expiresAtMs };
    },
    cancel: end,
    use(given) {
      if (open === undefined) {
        return false;
      }
      const isRight = isSameSecret(normal(given), open.code);
      open.attemptsLeft -= 1;
      if (isRight || open.attemptsLeft === 0) {
        end();
      }
      return isRight;
    },
    present: () => open && { expiresAtMs: open.expiresAtMs, attemptsLeft: open.attemptsLeft },
  };
}

/** As people type it: small letters, a hyphen or spaces in between, O for nought and I or L for one. */
function normal(code: string): string {
  return code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
}
