import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Frees now what nothing reaches, so that a test may measure memory or ask whether a thing is gone; no command-line flag is needed. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert(typeof collect === 'function');
  Reflect.apply(collect, undefined, []);
}
