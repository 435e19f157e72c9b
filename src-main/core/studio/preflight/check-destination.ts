import type { Clock } from '../../../base/clock.ts';
import type { VideoLayer } from '../../../shared/api/ladder.ts';
import type { Destination } from '../../../shared/api/publishing.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import type { LadderPlan } from '../../encode/resolve-ladder.ts';
import type { CheckResult } from './preflight.ts';
import type { Throughput } from './throughput.ts';

export type DestinationView = {
  readonly destination: Destination;
  readonly plan: LadderPlan;
  /** What it took the last time. */
  readonly last: Throughput | undefined;
  /** Connects and greets without publishing; resolves with the milliseconds that it took. */
  readonly reach: (url: string, signal: AbortSignal) => Promise<number>;
  readonly clock: Clock;
};

/** Kinds of address that can be greeted without publishing. */
const GREETED: ReadonlySet<string> = new Set(['rtmp', 'rtmps', 'srt']);
/** Both addresses, one after the other. */
export const DESTINATION_LIMIT_MS = 9000;
const ADDRESS_LIMIT_MS = 4000;
/** Less room than this and the first hiccup of a network is seen. */
const COMFORTABLE_UPLOAD = 1.5;

/**
 * Whether a destination can be reached, by a real connection and greeting. How much it takes cannot be known without publishing, so that what it
 * took the last time is said, as what it is.
 */
export async function checkDestination(view: DestinationView, signal: AbortSignal): Promise<CheckResult> {
  const { destination, last } = view;
  const scheme = destination.url.slice(0, destination.url.indexOf(':')).toLowerCase();
  if (!GREETED.has(scheme)) {
    return { state: 'unknown', finding: { code: 'destination-untried', scheme } };
  }
  let milliseconds: number;
  try {
    milliseconds = await reachWithin(view, destination.url, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (destination.backupUrl === undefined) {
      throw error;
    }
    const backupMs = await reachWithin(view, destination.backupUrl, signal);
    return {
      state: 'tight',
      finding: { code: 'destination-backup', milliseconds: backupMs },
      error: toAppError(error),
    };
  }
  const neededBitrate = bitrateFor(destination.quality, view.plan);
  const finding = {
    code: 'destination-answers',
    milliseconds,
    neededBitrate,
    ...(last === undefined ? {} : { last: { at: last.at, bitrate: last.bitrate, limited: last.limited } }),
  } as const;
  if (last?.limited !== true) {
    return { state: 'good', finding };
  }
  const ratio = last.bitrate / neededBitrate;
  return {
    state: ratio >= COMFORTABLE_UPLOAD ? 'good' : ratio >= 1 ? 'tight' : 'bad',
    finding,
    margin: ratio / COMFORTABLE_UPLOAD,
  };
}

async function reachWithin({ reach, clock }: DestinationView, url: string, signal: AbortSignal): Promise<number> {
  const limit = new AbortController();
  using _timer = clock.after(ADDRESS_LIMIT_MS, () => limit.abort());
  try {
    return await reach(url, AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    if (!signal.aborted && limit.signal.aborted) {
      const server = new URL(url).host;
      throw new AppError('publish/unreachable', `${server} does not answer.`, { details: { server } });
    }
    throw error;
  }
}

/** Bits per second that are sent to it: the layer that its quality (kbit/s) chooses, and the sound. */
function bitrateFor(quality: Destination['quality'], plan: LadderPlan): number {
  const fitting = (layer: VideoLayer): boolean => quality === 'top' || layer.bitrate <= quality * 1000;
  const layer = plan.video.find(fitting) ?? plan.video.at(-1);
  return (layer?.bitrate ?? 0) + plan.audio.bitrate;
}
