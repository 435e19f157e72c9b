import {
  createElementaryWriter,
  type ElementaryWriter,
  neededDelay,
} from '../../../media/mpegts/elementary-writer.ts';
import type { StreamEncryption } from '../../../media/mpegts/sample-aes.ts';
import { type SegmentTrack, type TimedId3, writeTsSegment } from '../../../media/mpegts/segment-writer.ts';
import { rescale, type Ticks, ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import { CUE_TIMESCALE, type PlacedCue } from '../../ports/cues.ts';
import type { Presentation, Track } from '../../ports/presentation.ts';
import type { ContentKey } from '../../ports/protection.ts';
import { removalsOf } from '../../ports/removed-media.ts';
import { sampleCiphers } from '../encryption/ciphers.ts';
import { notFound } from '../media.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import type { Fragments } from './fragments.ts';
import type { Group } from './groups.ts';
import { createMadeCache } from './made-cache.ts';

/** Makes segments, and segments of one picture. */
export type Segments = {
  /** Of one track, or of pictures with their sound; the first is the one that the segment is addressed by. */
  segment(members: readonly ShownTrack[], group: Group): Promise<Uint8Array>;
  keyFrame(window: ShownTrack, sequence: number): Promise<Uint8Array>;
};

/** About a minute of a broadcast in one quality, or the newest segments of all. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** The least there can be of an ID3 tag: its header. */
const ID3_BYTES = 10;

export function createSegments(
  presentation: Presentation,
  options: {
    readonly fragments: Fragments;
    /** With SAMPLE-AES: the key of a segment of these tracks that begins with a fragment. */
    readonly keyOf: (members: readonly ShownTrack[], sequence: number) => ContentKey | undefined;
  },
): Segments {
  const { fragments } = options;
  const cache = createMadeCache(CACHE_BYTES);
  const writers = new WeakMap<
    ShownTrack,
    { readonly keyId: string | undefined; readonly writer: ElementaryWriter }
  >();
  const delays = new WeakMap<ShownTrack, bigint>();
  // A name may be used again for a track that was added, so windows are told apart by themselves.
  const keys = new WeakMap<ShownTrack, number>();
  let lastKey = 0;

  function keyOf(window: ShownTrack): number {
    const found = keys.get(window) ?? (lastKey += 1);
    keys.set(window, found);
    return found;
  }

  function writerOf(window: ShownTrack, key: ContentKey | undefined): ElementaryWriter {
    const found = writers.get(window);
    if (found !== undefined && found.keyId === key?.id) {
      return found.writer;
    }
    const writer = openWriter(window.track, key && { ciphers: sampleCiphers(key), iv: key.iv });
    writers.set(window, { keyId: key?.id, writer });
    return writer;
  }

  async function readTrack(
    window: ShownTrack,
    { start, end }: Group,
    key: ContentKey | undefined,
  ): Promise<SegmentTrack> {
    const writer = writerOf(window, key);
    const sequences = Array.from({ length: end - start }, (_, index) => start + index);
    const samples = (await Promise.all(sequences.map((sequence) => fragments.samples(window, sequence)))).flat();
    // Encoders reorder alike in all their GOPs, except in still ones: so what was needed once is kept.
    const needed = neededDelay(samples);
    const known = delays.get(window) ?? 0n;
    const delay = needed > known ? needed : known;
    delays.set(window, delay);
    return { kind: window.track.kind, writer, samples, delay };
  }

  async function makeSegment(members: readonly ShownTrack[], group: Group): Promise<Uint8Array> {
    const [leader] = members;
    const key = options.keyOf(members, group.start);
    const tracks = await Promise.all(members.map((window) => readTrack(window, group, key)));
    if (tracks.every(({ samples }) => samples.length === 0)) {
      throw notFound();
    }
    return writeTsSegment(tracks, leader !== undefined && hasTags(leader) ? tagsOf(leader, group) : undefined);
  }

  /** Tags stand with the pictures, or with the sound where there are none. */
  function hasTags({ track }: ShownTrack): boolean {
    return track.kind === 'video' || presentation.tracks().every((window) => window.track.kind === 'audio');
  }

  /** A tag is in the segment of its time, or in the first that nobody could have had when it came. */
  function tagsOf(window: ShownTrack, { start, end }: Group): readonly TimedId3[] {
    const first = fragments.row(window, start);
    const last = fragments.row(window, end - 1);
    if (first === undefined || last === undefined) {
      return [];
    }
    const scaled = (time: bigint): Ticks => rescale(ticks(time), window.track.timescale, CUE_TIMESCALE);
    const before = fragments.row(window, start - 1);
    const from = scaled(before === undefined ? first.time : before.time + BigInt(before.duration));
    const to = scaled(last.time + BigInt(last.duration));
    const isHere = ({ time, firstSequence, endSequence }: PlacedCue): boolean => {
      const carrier = Math.max(start, firstSequence);
      const isOfTime = time >= from && time < to && firstSequence < end;
      const isLate = time < from && firstSequence >= start && firstSequence < end;
      return (isOfTime || isLate) && carrier < (endSequence ?? Number.POSITIVE_INFINITY);
    };
    return presentation
      .cues()
      .filter((cue) => cue.kind === 'metadata' && cue.message.length >= ID3_BYTES && isHere(cue))
      .map(({ time, message, firstSequence }) => {
        const begin = scaled(fragments.row(window, Math.max(start, firstSequence))?.time ?? first.time);
        return { time: time > begin ? time : begin, tag: message };
      });
  }

  return {
    segment(members, group) {
      const key = `${removalsOf(presentation)} ${members.map(keyOf).join('+')} ${group.start}-${group.end}`;
      return cache.get(key, () => makeSegment(members, group));
    },
    keyFrame: (window, sequence) =>
      cache.get(`${removalsOf(presentation)} ${keyOf(window)} key ${sequence}`, async () => {
        const group = { start: sequence, end: sequence + 1 };
        const track = await readTrack(window, group, options.keyOf([window], sequence));
        const picture = track.samples.find(({ sync }) => sync);
        if (picture === undefined) {
          throw notFound();
        }
        return writeTsSegment([{ ...track, samples: [picture] }], undefined);
      }),
  };
}

/** Throws `MPE_FORMAT_NOT_SUPPORTED`. */
function openWriter(track: Track, encryption: StreamEncryption | undefined): ElementaryWriter {
  try {
    return createElementaryWriter(track, encryption);
  } catch (error) {
    if (error instanceof AppError) {
      throw new AppError(
        'MPE_FORMAT_NOT_SUPPORTED',
        `The track ${JSON.stringify(track.name)} cannot be carried in transport streams${encryption === undefined ? '' : ' that are encrypted by the sample'}.`,
        { cause: error },
      );
    }
    throw error;
  }
}
