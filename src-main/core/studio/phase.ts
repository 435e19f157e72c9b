import type { StudioPhase } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';

/** What happens to the presenter's session. */
export type StudioEvent =
  | 'rehearse'
  | 'go-live'
  | 'first-chunk'
  | 'no-chunks'
  | 'chunks-again'
  | 'end'
  | 'undo-end'
  | 'ended';

/**
 * The presenter's session, as one pure function; undefined where the event changes nothing or is not possible.
 *
 *     off-air ──rehearse──▶ rehearsing ──go-live──▶ starting ──first-chunk──▶ live ◀──▶ reconnecting
 *        │                   │                       ▲  │                      │           │
 *        │                   └──ended──▶ off-air     │  └──────── end ─────────┴── end ────┘
 *        └────────────────── go-live ────────────────┘             ▼
 *                                                       ending ──ended──▶ off-air; ──undo-end──▶ live
 */
const TRANSITIONS: Readonly<Record<StudioPhase, Partial<Record<StudioEvent, StudioPhase>>>> = {
  'off-air': { rehearse: 'rehearsing', 'go-live': 'starting' },
  rehearsing: { 'go-live': 'starting', ended: 'off-air' },
  starting: { 'first-chunk': 'live', end: 'ending', ended: 'off-air' },
  live: { 'no-chunks': 'reconnecting', end: 'ending', ended: 'off-air' },
  reconnecting: { 'chunks-again': 'live', end: 'ending', ended: 'off-air' },
  ending: { 'undo-end': 'live', ended: 'off-air' },
};

export function nextPhase(phase: StudioPhase, event: StudioEvent): StudioPhase | undefined {
  return TRANSITIONS[phase][event];
}

/** Something a presenter asked for that the phase does not allow, in words. */
export function refusal(phase: StudioPhase, event: StudioEvent): AppError {
  switch (event) {
    case 'rehearse':
    case 'go-live':
      return phase === 'ending'
        ? new AppError(
            'live/already-live',
            'The broadcast is ending. Undo the end to go on with it, or wait a moment.',
            {
              details: { phase },
            },
          )
        : new AppError('live/already-live', `You are ${phase} already.`, { details: { phase } });
    case 'undo-end':
      return new AppError('live/nothing-to-undo', 'There is no end to undo: nothing is about to end.', {
        details: { phase },
      });
    default:
      return new AppError('live/not-live', 'Nothing is live.', { details: { phase } });
  }
}

export function isOnAir(phase: StudioPhase): boolean {
  return phase !== 'off-air' && phase !== 'rehearsing';
}
