import { type Clock, sleep } from '../../../base/clock.ts';
import type { AudioInput, MeterReading, SourceStatus } from '../../../shared/api/studio.ts';
import { AppError } from '../../../shared/app-error.ts';
import { ERROR_CODES, type ErrorCode } from '../../../shared/error-codes.ts';
import type { CheckResult } from './preflight.ts';

/** What the check of a source needs to see. */
type SourceView = {
  readonly status: () => SourceStatus | undefined;
  /** Its strip; undefined when it has no sound. */
  readonly input: () => AudioInput | undefined;
  /** Starts a capture that has given up: somebody may have allowed it meanwhile. */
  readonly retry: () => void;
  /** Programme pictures and levels, for as long as it is not disposed. */
  readonly watch: (told: {
    readonly onPicture: () => void;
    readonly onMeters: (readings: readonly MeterReading[]) => void;
  }) => Disposable;
  readonly clock: Clock;
};

/** A camera gives its first picture within a second, a stream from the network within three. */
export const SOURCE_LIMIT_MS = 6500;
const PICTURE_WITHIN_MS = 4000;
/** So much sound is listened to at least, and for so long a quiet room may say nothing before that is worth a word. */
const LEAST_READINGS = 2;
const SOUND_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 100;
/** As on the board: quieter than a connected microphone's own noise. */
const SIGNAL_DB = -70;

/**
 * Whether a source gives what it is there for, by what really comes: its state says that a whole picture, or sound, came within the last second,
 * and a programme picture since the check began says that the mixer that judges it is alive.
 */
export async function checkSource(view: SourceView, signal: AbortSignal): Promise<CheckResult> {
  const { clock } = view;
  const startedMs = clock.monotonicMs();
  const sinceMs = (): number => clock.monotonicMs() - startedMs;
  const id = view.status()?.spec.id;
  let pictures = 0;
  let readings = 0;
  let peakDb = -Infinity;
  using _watching = view.watch({
    onPicture: () => (pictures += 1),
    onMeters(levels) {
      const own = levels.find((reading) => reading.id === id);
      if (own !== undefined) {
        readings += 1;
        peakDb = Math.max(peakDb, own.peakDb);
      }
    },
  });

  let hasRetried = false;
  for (;;) {
    const status = view.status();
    if (status?.state === 'live' && pictures > 0) {
      break;
    }
    if (!hasRetried && (status?.state === 'failed' || status?.state === 'lost')) {
      hasRetried = true;
      view.retry();
    }
    if (sinceMs() > PICTURE_WITHIN_MS) {
      return {
        state: 'bad',
        finding: { code: 'source-nothing', seconds: PICTURE_WITHIN_MS / 1000 },
        error: errorOf(status),
      };
    }
    await sleep(clock, LOOK_EVERY_MS, signal);
  }

  const heardFromMs = sinceMs();
  const input = view.input();
  while (
    input?.muted === false &&
    (readings < LEAST_READINGS || peakDb < SIGNAL_DB) &&
    sinceMs() - heardFromMs < SOUND_WITHIN_MS
  ) {
    await sleep(clock, LOOK_EVERY_MS, signal);
  }

  const status = view.status();
  const error = errorOf(status);
  if (error !== undefined) {
    return { state: 'tight', finding: { code: 'source-poor' }, error };
  }
  if (input?.muted === true) {
    return { state: 'tight', finding: { code: 'source-muted' } };
  }
  if (input !== undefined && peakDb < SIGNAL_DB) {
    return { state: 'tight', finding: { code: 'source-silent', seconds: SOUND_WITHIN_MS / 1000 } };
  }
  return {
    state: 'good',
    finding: {
      code: 'source-works',
      ...(status?.hasVideo === true && status.frameRate !== undefined ? { frameRate: status.frameRate } : {}),
      ...(input === undefined ? {} : { peakDb }),
    },
  };
}

/** What the mixer complains of, as an error again. */
function errorOf(status: SourceStatus | undefined): AppError | undefined {
  const problem = status?.error;
  return problem === undefined || !isErrorCode(problem.code)
    ? undefined
    : new AppError(problem.code, problem.detail, { details: { source: status?.spec.id } });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
