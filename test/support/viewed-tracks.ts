import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import { until } from './studio-stage.ts';

/** One picture, or one frame of sound, where viewers have it. In ms of UTC, as the playlist maps media time to it. */
export type ViewedSample = { readonly timeMs: number; readonly durationMs: number };

/** A track as the origin gave it to viewers. */
export type ViewedTrack = {
  /** Its init section and its segments, for ffmpeg. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly samples: readonly ViewedSample[];
  /** What the clock said at a media time of 0, as far as whole ms tell: players put tracks together by media time and know nothing of the clock. */
  readonly epochMs: number;
  /** What a player has to begin anew at: discontinuities, other init sections, holes, and places where samples do not follow each other. */
  readonly breaks: readonly string[];
};

export type Viewed = { readonly video: ViewedTrack; readonly audio: ViewedTrack };

/** Of a stream that goes on: all segments that have any of it. ms of UTC. */
export type Stretch = { readonly fromMs: number; readonly toMs: number };

/** The best picture and the sound of a stretch of a live stream, as soon as viewers can have all of it. */
export async function viewedTracks(hls: string, stretch: Stretch, folder: string): Promise<Viewed> {
  const master = parseMultivariantPlaylist(await (await fetch(hls)).text());
  const picture = master.variants[0]?.uri ?? '';
  const sound = master.renditions.find((rendition) => rendition.type === 'AUDIO')?.uri ?? '';
  const [video, audio] = await Promise.all([
    viewedTrack(new URL(picture, hls).href, stretch, join(folder, 'picture.mp4')),
    viewedTrack(new URL(sound, hls).href, stretch, join(folder, 'sound.mp4')),
  ]);
  return { video, audio };
}

async function viewedTrack(playlist: string, { fromMs, toMs }: Stretch, file: string): Promise<ViewedTrack> {
  const wanted = await until(`${playlist} has what was asked for`, async () => {
    const { segments } = parseMediaPlaylist(await (await fetch(playlist)).text());
    // What is said once holds for the segments behind it.
    let map = segments[0]?.map;
    let startMs = 0;
    const placed = segments.map((segment) => {
      map = segment.map ?? map;
      startMs = segment.programDateTimeMs ?? startMs;
      const endMs = startMs + segment.durationSeconds * 1000;
      const placedSegment = { ...segment, map, startMs, endMs };
      startMs = endMs;
      return placedSegment;
    });
    return startMs >= toMs ? placed.filter(({ endMs }) => endMs > fromMs) : undefined;
  });
  const [first] = wanted;
  assert(first?.map !== undefined, `${playlist} has nothing of that time`);
  const inits = new Set(wanted.map(({ map }) => map?.uri));
  const media = await Promise.all(
    [first.map.uri, ...wanted.flatMap(({ uri, gap }) => (gap === true ? [] : [uri]))].map(async (uri) => {
      const answer = await fetch(new URL(uri, playlist));
      assert.equal(answer.status, 200, uri);
      return await answer.bytes();
    }),
  );
  await writeFile(file, Buffer.concat(media));

  const ticks: { readonly time: bigint; readonly duration: number }[] = [];
  let [timescale, width, height] = [1, 0, 0];
  const reader = createFragmentReader();
  for (const event of media.flatMap((bytes) => [...reader.push(bytes)])) {
    if (event.kind === 'header') {
      const description = event.tracks[0]?.description;
      timescale = description?.timescale ?? 1;
      [width, height] = description?.kind === 'video' ? [description.width, description.height] : [0, 0];
    } else {
      ticks.push(...event.samples.map(({ decodeTime, duration }) => ({ time: decodeTime, duration })));
    }
  }
  const start = ticks[0]?.time ?? 0n;
  const msOf = (time: number): number => (time * 1000) / timescale;
  const away = ticks.flatMap(({ time }, index) => {
    const before = ticks[index - 1];
    const by = before === undefined ? 0 : Number(time - before.time) - before.duration;
    return by === 0 ? [] : [`${by} ticks at sample ${index}`];
  });
  return {
    file,
    width,
    height,
    samples: ticks.map(({ time, duration }) => ({
      timeMs: first.startMs + msOf(Number(time - start)),
      durationMs: msOf(duration),
    })),
    epochMs: first.startMs - msOf(Number(start)),
    breaks: [
      ...(inits.size > 1 ? [`${inits.size} init sections`] : []),
      // The first has no segment before it here.
      ...wanted
        .slice(1)
        .flatMap(({ discontinuity, uri }) => (discontinuity === true ? [`discontinuity at ${uri}`] : [])),
      ...wanted.flatMap(({ gap, uri }) => (gap === true ? [`hole at ${uri}`] : [])),
      ...away,
    ],
  };
}

/** A decoded picture, I420, valid until the next one, as it comes out of the decoder: nothing is shown twice or left out to keep a rate. */
export type ViewedPicture = {
  readonly timeMs: number;
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
};

/** A point of a picture, 0…1 from the left and the top. */
export type Point = readonly [across: number, down: number];

export function pixelAt(
  { bytes, width, height }: ViewedPicture,
  [across, down]: Point,
): { readonly y: number; readonly u: number; readonly v: number } {
  const [x, y] = [Math.floor(across * width), Math.floor(down * height)];
  const chroma = (y >> 1) * (width / 2) + (x >> 1);
  return {
    y: bytes[y * width + x] ?? 0,
    u: bytes[width * height + chroma] ?? 0,
    v: bytes[(width * height * 5) / 4 + chroma] ?? 0,
  };
}

/** Of all of its pixels, 0…255. */
export function meanLuma({ bytes, width, height }: ViewedPicture): number {
  let sum = 0;
  for (let at = 0; at < width * height; at += 1) {
    sum += bytes[at] ?? 0;
  }
  return sum / (width * height);
}

/** What `look` makes of each picture of a track, in order. They are looked at one by one: together they are hundreds of megabytes. */
export async function eachPicture<T>(
  { file, width, height, samples }: ViewedTrack,
  look: (picture: ViewedPicture) => T,
): Promise<readonly T[]> {
  const seen = await eachFrame({ file, width, height }, (bytes, index) =>
    look({ timeMs: samples[index]?.timeMs ?? NaN, bytes, width, height }),
  );
  assert.equal(seen.length, samples.length, 'each picture can be decoded');
  return seen;
}

/** What `look` makes of the I420 of each picture of a file, which is valid until the next one. Rejects when the decoder complains. */
export async function eachFrame<T>(
  { file, width, height }: { readonly file: string; readonly width: number; readonly height: number },
  look: (bytes: Buffer, index: number) => T,
): Promise<readonly T[]> {
  const raw = ['-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-'];
  const decoder = spawn('ffmpeg', ['-nostdin', '-v', 'warning', '-i', file, '-map', '0:v:0', ...raw], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = text(decoder.stderr);
  const bytes = Buffer.alloc((width * height * 3) / 2);
  const seen: T[] = [];
  let filled = 0;
  for await (const chunk of decoder.stdout as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.copy(bytes, filled, at);
      at += taken;
      filled += taken;
      if (filled === bytes.length) {
        seen.push(look(bytes, seen.length));
        filled = 0;
      }
    }
  }
  assert.equal(await words, '', 'the decoder has nothing to complain of');
  return seen;
}

/** Of decoded sound, in Hz. */
export const SOUND_RATE = 48_000;

/** The left channel of a track, −1…1, and when its first sample is, in ms of UTC. */
export async function viewedSound({
  file,
  samples,
}: ViewedTrack): Promise<{ readonly startMs: number; readonly pcm: Float32Array }> {
  // Samples that an edit list or a priming count hides would shift the others.
  const args = ['-v', 'warning', '-flags2', '+skip_manual', '-ignore_editlist', '1', '-i', file];
  const decoder = spawn('ffmpeg', ['-nostdin', ...args, '-f', 'f32le', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [bytes, words] = await Promise.all([buffer(decoder.stdout), text(decoder.stderr)]);
  assert.equal(words, '', 'the decoder has nothing to complain of');
  const pcm = Float32Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readFloatLE(8 * index));
  assert.equal(pcm.length, samples.length * 1024, 'each frame of sound can be decoded');
  return { startMs: samples[0]?.timeMs ?? NaN, pcm };
}
