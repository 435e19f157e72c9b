/** What an engine could not get over by itself. */
export type Fault = 'network' | 'media' | 'other';

/** What to do about it: load on where it stopped, build the decoder anew, or tell the viewer. */
export type Remedy = 'load-again' | 'rebuild' | 'give-up';

/** So many times within so long; a stream that needs more is broken, and the page asks the service what has become of it. */
const MOST = 3;
const WITHIN_MS = 30_000;

const REMEDIES: Readonly<Record<Fault, Remedy>> = { network: 'load-again', media: 'rebuild', other: 'give-up' };

/** Bounded, because what fails at once and is begun at once goes round and round. */
export function createRecovery(nowMs: () => number): { readonly remedyFor: (fault: Fault) => Remedy } {
  let takenMs: readonly number[] = [];
  return {
    remedyFor(fault) {
      const remedy = REMEDIES[fault];
      const now = nowMs();
      takenMs = takenMs.filter((ms) => now - ms < WITHIN_MS);
      if (remedy === 'give-up' || takenMs.length >= MOST) {
        return 'give-up';
      }
      takenMs = [...takenMs, now];
      return remedy;
    },
  };
}
