import { encryptionTagsOf } from '../../src-main/core/ports/choose-encryption.ts';
import type { Track } from '../../src-main/core/ports/presentation.ts';
import type { EncryptionScheme } from '../../src-main/core/ports/protection.ts';
import {
  type EncryptionTag,
  STREAMING_FORMATS,
  type StreamingFormat,
} from '../../src-main/core/ports/streaming-format.ts';
import type { SegmentRef } from '../../src-main/media/cmaf/segment-table.ts';
import { smoothTime } from '../../src-main/media/smooth/smooth-time.ts';

export const EVERY_SCHEME: readonly EncryptionScheme[] = [
  'EnvelopeEncryption',
  'CommonEncryptionCenc',
  'CommonEncryptionCbcs',
];

type Shape = {
  readonly word?: 'FragmentInfo' | 'KeyFrames';
  readonly clock?: 'smooth';
  readonly suffix?: '.mp4' | '.ts';
  readonly picturesOnly?: true;
};

const SMOOTH: readonly Shape[] = [
  { clock: 'smooth' },
  { clock: 'smooth', word: 'FragmentInfo' },
  { clock: 'smooth', word: 'KeyFrames', picturesOnly: true },
];
const SHAPES: Readonly<Record<Exclude<StreamingFormat, 'f4m-f4f'>, readonly Shape[]>> = {
  smooth: SMOOTH,
  'fmp4-v20': SMOOTH,
  'm3u8-aapl-v3': [{ suffix: '.ts' }],
  'm3u8-aapl': [{ suffix: '.ts' }, { suffix: '.ts', word: 'KeyFrames', picturesOnly: true }],
  'm3u8-cmaf': [{}, { suffix: '.mp4' }, { suffix: '.mp4', word: 'KeyFrames', picturesOnly: true }],
  'mpd-time-csf': [{}],
  'mpd-time-cmaf': [{}],
};

/** Every address that leads to the media of one segment, clear and in every encryption. `base`: from what HDS counts. */
export function mediaAddresses(track: Track, { sequence, time }: SegmentRef, base: number): readonly string[] {
  const quality = `QualityLevels(${track.bitrate})`;
  return STREAMING_FORMATS.flatMap((format) => {
    if (format === 'f4m-f4f') {
      return [`${quality}/Fragments(${track.name}=${base},format=${format})Seg1-Frag${sequence - base + 1}`];
    }
    const shapes = SHAPES[format].filter(({ picturesOnly }) => picturesOnly !== true || track.kind === 'video');
    return viewsOf(format).flatMap((view) =>
      shapes.map(({ word = 'Fragments', clock, suffix = '' }) => {
        const at = clock === 'smooth' ? smoothTime(time, track.timescale) : time;
        return `${quality}/${word}(${track.name}=${at}${view})${suffix}`;
      }),
    );
  });
}

/** What stands in an address of a format, for each way it can be encrypted; the clear one first. */
export function viewsOf(format: StreamingFormat): readonly string[] {
  const named = format === 'smooth' ? '' : `,format=${format}`;
  const tags: readonly (EncryptionTag | undefined)[] = [undefined, ...encryptionTagsOf(format, EVERY_SCHEME)];
  return tags.map((tag) => (tag === undefined ? named : `${named},encryption=${tag}`));
}
