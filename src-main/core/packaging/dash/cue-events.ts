import type { EventStream, InbandEventStream } from '../../../manifest/dash/events.ts';
import { secondsToTicks, ticks } from '../../../media/time.ts';
import { CUE_TIMESCALE, type Cue, type PlacedCue } from '../../ports/cues.ts';
import type { Track } from '../../ports/presentation.ts';

/** Splices in an MPD (SCTE 214-1 §6.8.4), and the announcement of what stands in `emsg` boxes (23009-1 §5.10.3). */

const SPLICES_IN_MPD = 'urn:scte:scte35:2014:xml+bin';
const SCHEMES: readonly Cue['scheme'][] = ['urn:scte:scte35:2013:bin', 'https://aomedia.org/emsg/ID3'];

/** One stream for each value. `zeroSeconds`: media time at which the Period begins; what began before it begins with it. */
export function eventStreamsOf(cues: readonly PlacedCue[], zeroSeconds: number): readonly EventStream[] {
  const zero = secondsToTicks(zeroSeconds, CUE_TIMESCALE);
  return [...Map.groupBy(cues, ({ value }) => value)].map(([value, group]) => ({
    schemeIdUri: SPLICES_IN_MPD,
    value,
    timescale: CUE_TIMESCALE,
    events: group.map(({ number, time, duration, ended, message }) => {
      const start = time < zero ? zero : time;
      const end = ended?.time ?? (duration === undefined ? undefined : ticks(time + BigInt(duration)));
      return {
        presentationTime: ticks(start - zero),
        duration: end === undefined ? undefined : ticks(end < start ? 0n : end - start),
        id: number,
        content: { kind: 'splice', section: message },
      };
    }),
  }));
}

/**
 * Of the sets of one kind of track. A player looks only for what is announced, and Shaka Player only for what was when it began: so a broadcast announces both schemes before
 * anything comes. dash.js also wants the values.
 */
export function inbandStreamsOf(
  cues: readonly PlacedCue[],
  options: { readonly mayCome: boolean; readonly kind: Track['kind'] },
): readonly InbandEventStream[] | undefined {
  const carried = cues.filter(({ carriers }) => carriers === 'all' || carriers === options.kind);
  const streams = SCHEMES.flatMap((schemeIdUri): readonly InbandEventStream[] => {
    const values = new Set(carried.flatMap(({ scheme, value }) => (scheme === schemeIdUri ? [value] : [])));
    const isOpen = options.mayCome && values.size === 0;
    return isOpen ? [{ schemeIdUri }] : [...values].map((value) => ({ schemeIdUri, value }));
  });
  return streams.length === 0 ? undefined : streams;
}
