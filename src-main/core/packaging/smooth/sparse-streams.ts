import type { StreamIndex } from '../../../manifest/smooth/stream-index.ts';
import { writeSmoothFragment } from '../../../media/smooth/fragment.ts';
import { smoothTime } from '../../../media/smooth/smooth-time.ts';
import { writeSparseCue } from '../../../media/smooth/sparse-cue.ts';
import { type Ticks, ticks } from '../../../media/time.ts';
import { CUE_TIMESCALE, type PlacedCue } from '../../ports/cues.ts';
import { shownCues } from '../cues/shown-cues.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * Splices as sparse tracks of text, the way they came from encoders (spec 2.8, 2.12): one for each name, each message in the manifest at the
 * time that it is of.
 */
export function sparseStreams(
  cues: readonly PlacedCue[],
  options: {
    readonly parent: string;
    readonly taken: readonly string[];
    readonly urlOf: (name: string) => string;
  },
): readonly StreamIndex[] {
  return [...Map.groupBy(cues, ({ value }) => value)].map(
    ([value, group]): StreamIndex => ({
      type: 'text',
      name: options.taken.includes(value) ? `${value} (cues)` : value,
      subtype: 'DATA',
      parentStream: options.parent,
      manifestOutput: true,
      url: options.urlOf(value),
      fragmentCount: group.length,
      qualities: [
        {
          index: 0,
          bitrate: SPARSE_BITRATE,
          fourCc: 'DATA',
          codecPrivateData: new Uint8Array(),
          customAttributes: new Map([['Scheme', group[0]?.scheme ?? '']]),
        },
      ],
      fragments: group.map((cue) => {
        const { start, end } = spanOf(cue);
        return { time: start, duration: Number(end - start), count: 1, content: cue.message };
      }),
    }),
  );
}

/** Of the address: sparse tracks have none (systemBitrate 0). */
export const SPARSE_BITRATE = 0;

/** The fragment of a sparse track, for who asks for it in spite of the manifest; undefined when there is none. */
export function sparseFragment(snapshot: Snapshot, name: string, time: Ticks): readonly Uint8Array[] | undefined {
  const cue = shownCues(snapshot).find((one) => one.value === name && spanOf(one).start === time);
  if (cue === undefined) {
    return undefined;
  }
  const { moof, mdat } = writeSmoothFragment(
    [
      {
        decodeTime: cue.time,
        duration: Math.max(1, Number(endOf(cue) - cue.time)),
        compositionOffset: 0,
        sync: true,
        data: writeSparseCue({ id: cue.number, presentationTimeDelta: 0, message: cue.message }),
      },
    ],
    { kind: 'text', timescale: CUE_TIMESCALE, sequenceNumber: cue.number, next: [] },
  );
  return [moof, ...mdat];
}

/** In ticks of Smooth Streaming; of no length when nobody knows when it ends. */
function spanOf(cue: Pick<PlacedCue, 'time' | 'duration' | 'ended'>): {
  readonly start: Ticks;
  readonly end: Ticks;
} {
  return { start: smoothTime(cue.time, CUE_TIMESCALE), end: smoothTime(endOf(cue), CUE_TIMESCALE) };
}

function endOf({ time, duration = 0, ended }: Pick<PlacedCue, 'time' | 'duration' | 'ended'>): Ticks {
  const end = ended?.time ?? ticks(time + BigInt(duration));
  return end < time ? time : end;
}
