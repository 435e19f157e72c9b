import { systemClock } from '../../src-main/base/clock.ts';
import { openOrigin } from '../../src-main/core/origin/origin.ts';
import { createPackager } from '../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { PartRef, Presentation, Track, TrackWindow } from '../../src-main/core/ports/presentation.ts';
import { writeChunk } from '../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { joinLengthPrefixed } from '../../src-main/media/codecs/nal-units.ts';
import { type Ticks, ticks } from '../../src-main/media/time.ts';
import { AAC_CONFIG, AVC_CONFIG } from '../unit/media/sample-media.ts';
import {
  type FakePresentation,
  fakeAudio,
  fakePresentation,
  fakePublication,
  fakeVideo,
} from './fake-presentation.ts';

/** A broadcast in real time whose media are fragmented MP4 that can be read, though not decoded: it costs nothing to make. */
export type LiveStream = AsyncDisposable & {
  readonly fake: FakePresentation;
  /** `http://…/{locator}/stream.ism` */
  readonly base: string;
  readonly hls: string;
  readonly dash: string;
  /** The playlist of the best picture. */
  readonly playlist: string;
};

const FRAME_TICKS = 3000;
const SOUND_TICKS = 1024;
const CHUNK_MS = 200;
/** Chunks that are kept, of all tracks together. */
const KEPT = 1000;

const TRACKS: readonly Track[] = [
  fakeVideo(360, 600_000, { decoderConfig: AVC_CONFIG, codec: 'avc1.64001e' }),
  fakeVideo(180, 200_000, { decoderConfig: AVC_CONFIG, codec: 'avc1.64001e' }),
  fakeAudio(64_000, { decoderConfig: AAC_CONFIG }),
].map((track) => ({ ...track, init: writeInitSegment(track) }));

export async function openLiveStream(
  options: { readonly segmentSeconds?: number; readonly windowSeconds?: number } = {},
): Promise<LiveStream> {
  const { segmentSeconds = 1, windowSeconds = 10 } = options;
  const clock = systemClock();
  const chunks = (1000 * segmentSeconds) / CHUNK_MS;
  const past = windowSeconds / segmentSeconds + 4;
  const startMs = Math.floor(clock.wallMs() / 1000) * 1000 - past * segmentSeconds * 1000;
  const fake = fakePresentation({ tracks: TRACKS, segmentSeconds, windowSeconds, startMs });
  const presentation = withMedia(fake.presentation);
  fake.segments(past, chunks);
  const origin = await openOrigin({
    port: 0,
    host: '127.0.0.1',
    packager: createPackager({ clock }),
    findPublication: () => Promise.resolve(fakePublication(presentation)),
    watchFolder: undefined,
    clock,
    logger: silentLogger,
    version: 'test',
  });
  let made = 0;
  // By the clock and not by the count of ticks: a busy computer catches up.
  const ticking = setInterval(() => {
    while (fake.edgeMs() + CHUNK_MS <= clock.wallMs()) {
      fake.chunk();
      made += 1;
      if (made % chunks === 0) {
        fake.cut();
      }
    }
  }, CHUNK_MS / 4);
  const base = `${origin.url()}/00000000-0000-4000-8000-000000000000/stream.ism`;
  return {
    fake,
    base,
    hls: `${base}/manifest(format=m3u8-cmaf)`,
    dash: `${base}/manifest(format=mpd-time-cmaf)`,
    playlist: `${base}/QualityLevels(600000)/Manifest(video,format=m3u8-cmaf)`,
    async [Symbol.asyncDispose]() {
      clearInterval(ticking);
      await origin[Symbol.asyncDispose]();
    },
  };
}

/** The same with chunks that can be read, made of their times. */
export function withMedia(presentation: Presentation): Presentation {
  const known = new Map<string, Uint8Array>();

  function chunk({ track }: TrackWindow, sequence: number, part: PartRef): Uint8Array {
    const key = `${track.id} ${sequence} ${part.index}`;
    const bytes = known.get(key) ?? chunkOf(track, sequence, part);
    known.set(key, bytes);
    if (known.size > KEPT) {
      known.delete(known.keys().next().value ?? key);
    }
    return bytes;
  }

  const partsOf = (window: TrackWindow, sequence: number): readonly PartRef[] =>
    window.open?.sequence === sequence ? window.open.parts : window.partsOf(sequence);

  return {
    ...presentation,
    state: () => presentation.state(),
    async readSegment(window, sequence) {
      const parts = partsOf(window, sequence);
      if (parts.length > 0) {
        return await Promise.resolve(Buffer.concat(parts.map((part) => chunk(window, sequence, part))));
      }
      const { segments, track } = window;
      const { time, duration } = segments.at(sequence - segments.firstSequence);
      return Buffer.concat(halves(track, time, duration).map((part) => chunkOf(track, sequence, part)));
    },
    readPart(window, sequence, index) {
      const part = partsOf(window, sequence)[index];
      return part === undefined ? undefined : chunk(window, sequence, part);
    },
  };
}

/** A segment whose chunks nobody remembers, in two. */
function halves(track: Track, time: Ticks, duration: number): readonly PartRef[] {
  const frame = track.kind === 'video' ? FRAME_TICKS : SOUND_TICKS;
  const first = Math.ceil(duration / frame / 2) * frame;
  return [
    { index: 0, time, duration: first, size: 0, independent: true },
    { index: 1, time: ticks(time + BigInt(first)), duration: duration - first, size: 0, independent: false },
  ].filter((part) => part.duration > 0);
}

function chunkOf(track: Track, sequence: number, { index, time, duration, independent }: PartRef): Uint8Array {
  const frame = track.kind === 'video' ? FRAME_TICKS : SOUND_TICKS;
  const samples = Array.from({ length: duration / frame }, (_, sample): Sample => {
    const isKey = independent && (sample === 0 || track.kind === 'audio');
    return {
      decodeTime: ticks(time + BigInt(sample * frame)),
      duration: frame,
      compositionOffset: 0,
      sync: isKey,
      data: dataOf(track, isKey, sequence, index * 100 + sample),
    };
  });
  return writeChunk(samples, { sequenceNumber: (sequence % 1e5) * 100 + index, kind: track.kind }).bytes;
}

/** Different everywhere, so that nobody takes one for another. */
function dataOf({ kind, bitrate }: Track, isKey: boolean, sequence: number, number: number): Uint8Array {
  const body = Buffer.from(`${bitrate} ${sequence} ${number} `.repeat(4));
  return kind === 'audio' ? body : joinLengthPrefixed([Buffer.concat([Buffer.of(isKey ? 0x65 : 0x41), body])]);
}
