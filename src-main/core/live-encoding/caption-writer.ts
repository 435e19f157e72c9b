import type { Sample } from '../../media/cmaf/types.ts';
import { CAPTION_PAIR_BYTES, isFilling } from '../../media/codecs/captions.ts';
import { MOST_CAPTION_PAIRS, withCaptions } from '../../media/codecs/write-captions.ts';
import { ticksToSeconds } from '../../media/time.ts';
import type { TimelineInput } from '../ports/timeline.ts';

/**
 * Puts the captions of the incoming pictures into every quality, into the pictures that show them. Behind the encoder, because raw pictures
 * go into it, and because so it makes no difference which encoder it is: those in hardware take no captions at all.
 */
export type CaptionWriter = {
  /** In front of the timeline. */
  readonly input: TimelineInput;
  /** The programme frame at that UTC shows for the first time what these belong to. To be called before that frame comes out encoded. */
  shown(wallMs: number, pairs: readonly Uint8Array[]): void;
};

type Quality = {
  readonly timescale: number;
  /** Everything until then has been written into it. */
  untilMs: number;
  /** What did not fit. */
  left: readonly Uint8Array[];
};

/** A frame is at least 16 ms; this is for the rounding of its time in ticks. */
const ROUNDING_MS = 2;
/** A quality that was left out for a while does not catch up on what has been said meanwhile. */
const OLDEST_MS = 2000;
/** A process that starts has up to 3 s of frames in front of it; nobody asks for more. */
const KEPT_MS = 15_000;
/** More than a second of characters waits only where something is wrong. */
const MOST_LEFT = 600;

export function createCaptionWriter(output: TimelineInput): CaptionWriter {
  const qualities = new Map<string, Quality>();
  let shown: { readonly wallMs: number; readonly pairs: Uint8Array }[] = [];

  function write(quality: Quality, sample: Sample): Sample {
    const { timescale } = quality;
    const showMs =
      1000 * (ticksToSeconds(sample.decodeTime, timescale) + sample.compositionOffset / timescale) + ROUNDING_MS;
    const fromMs = Math.max(quality.untilMs, showMs - OLDEST_MS);
    const due = shown.filter(({ wallMs }) => wallMs > fromMs && wallMs <= showMs).map(({ pairs }) => pairs);
    quality.untilMs = Math.max(quality.untilMs, showMs);
    const { now, later } = share([...quality.left, ...due]);
    quality.left = later;
    return now.length === 0 ? sample : { ...sample, data: withCaptions(sample.data, Buffer.concat(now)) };
  }

  return {
    input: {
      open(tracks) {
        for (const { kind, id, timescale } of tracks) {
          if (kind === 'video') {
            qualities.set(id, { timescale, untilMs: -Infinity, left: [] });
          }
        }
        output.open(tracks);
      },
      push(trackId, samples) {
        const quality = qualities.get(trackId);
        const isPlain = quality === undefined || (shown.length === 0 && quality.left.length === 0);
        output.push(trackId, isPlain ? samples : samples.map((sample) => write(quality, sample)));
      },
    },
    shown(wallMs, pairs) {
      if (pairs.length > 0) {
        shown = shown.filter((one) => one.wallMs > wallMs - KEPT_MS);
        shown.push({ wallMs, pairs: Buffer.concat(pairs) });
      }
    },
  };
}

/** As they are when they fit into one picture, which those of two do that became one. Else without filling, and the rest with the next. */
function share(pairs: readonly Uint8Array[]): {
  readonly now: readonly Uint8Array[];
  readonly later: readonly Uint8Array[];
} {
  const all = pairs.flatMap((one) =>
    Array.from({ length: one.length / CAPTION_PAIR_BYTES }, (_, index) =>
      one.subarray(index * CAPTION_PAIR_BYTES, (index + 1) * CAPTION_PAIR_BYTES),
    ),
  );
  if (all.length <= MOST_CAPTION_PAIRS) {
    return { now: all, later: [] };
  }
  const said = all.filter((pair) => !isFilling(pair));
  return { now: said.slice(0, MOST_CAPTION_PAIRS), later: said.slice(MOST_CAPTION_PAIRS).slice(-MOST_LEFT) };
}
