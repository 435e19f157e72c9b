import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Track } from '../../src-main/core/ports/presentation.ts';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { writeChunk } from '../../src-main/media/cmaf/chunk.ts';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { secondsToTicks, ticksToSeconds } from '../../src-main/media/time.ts';

/** One track of a ladder as it came out. */
export type Rung = { readonly track: Track; readonly samples: Sample[] };

export type Ladder = {
  /** `1280x720@29.97`, in the order of the multivariant playlist, each once. */
  readonly pictures: readonly string[];
  /** Addresses of their media playlists, best first, each once. */
  readonly video: readonly string[];
  readonly audio: readonly string[];
};

/** What a multivariant playlist offers; undefined while there is none. */
export async function ladderAt(hls: string): Promise<Ladder | undefined> {
  const answer = await fetch(hls);
  const text = await answer.text();
  if (!answer.ok) {
    return undefined;
  }
  const { variants, renditions } = parseMultivariantPlaylist(text);
  const addressOf = (uri: string): string => new URL(uri, hls).href;
  // A variant stands there once for each group of sounds.
  const byAddress = new Map(variants.map((variant) => [addressOf(variant.uri), variant]));
  return {
    pictures: [...byAddress.values()].map(
      ({ resolution, frameRate }) => `${resolution?.width ?? 0}x${resolution?.height ?? 0}@${frameRate ?? 0}`,
    ),
    video: [...byAddress.keys()],
    audio: [
      ...new Set(
        renditions.flatMap((one) => (one.type === 'AUDIO' && one.uri !== undefined ? [addressOf(one.uri)] : [])),
      ),
    ],
  };
}

/** Everything that a media playlist has now; where a computer that is too busy left a quality out it has gaps. */
async function fetchRung(playlist: string): Promise<Rung> {
  const all = parseMediaPlaylist(await (await fetch(playlist)).text()).segments;
  const segments = all.filter(({ gap }) => gap !== true);
  const [first] = all;
  assert(first?.map !== undefined, `${playlist} has segments with a header`);
  const reader = createFragmentReader();
  let track: Track | undefined;
  const samples: Sample[] = [];
  for (const uri of [first.map.uri, ...segments.map((segment) => segment.uri)]) {
    const answer = await fetch(new URL(uri, playlist));
    assert(answer.ok, `${uri} was answered ${answer.status}`);
    for (const event of reader.push(new Uint8Array(await answer.arrayBuffer()))) {
      if (event.kind === 'fragment') {
        samples.push(...event.samples);
      } else {
        const description = event.tracks[0]!.description;
        track ??= { ...description, id: playlist, name: description.kind, init: writeInitSegment(description) };
      }
    }
  }
  assert(track !== undefined);
  return { track, samples };
}

/** Everything of every track that a multivariant playlist offers, pictures first, each best first. */
export async function fetchLadder(hls: string): Promise<readonly Rung[]> {
  return await fetchRungs(await ladderAt(hls));
}

/** The same of what it offered earlier: a computer that is too busy offers less for a while. */
export async function fetchRungs(ladder: Ladder | undefined): Promise<readonly Rung[]> {
  return await Promise.all([...(ladder?.video ?? []), ...(ladder?.audio ?? [])].map(fetchRung));
}

/** Where samples do not follow each other; empty when the track is whole. */
export function holes({ samples }: Rung): readonly string[] {
  return samples.slice(1).flatMap((sample, index) => {
    const away = sample.decodeTime - samples[index]!.decodeTime - BigInt(samples[index]!.duration);
    return away === 0n ? [] : [`${away} ticks at sample ${index + 1}`];
  });
}

/** What came behind the last hole: a computer too busy to encode in real time leaves something out, and begins anew with a full buffer. */
export function sinceLastHole({ track, samples }: Rung): Rung {
  const from = samples.findLastIndex(
    ({ decodeTime, duration }, index) =>
      samples[index + 1]?.decodeTime !== decodeTime + BigInt(duration) && index + 1 < samples.length,
  );
  return { track, samples: samples.slice(from + 1) };
}

export function secondsOf({ track, samples }: Rung): number {
  return samples.reduce((sum, { duration }) => sum + duration, 0) / track.timescale;
}

/** Runs a program over a track as a file. */
function overFile<T>({ track, samples }: Rung, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'lectern-rung-'));
  try {
    const path = join(folder, 'rung.mp4');
    const chunks = samples.map((sample, index) =>
      writeChunk([sample], { sequenceNumber: index + 1, kind: track.kind }),
    );
    writeFileSync(path, Buffer.concat([track.init, ...chunks.map(({ bytes }) => bytes)]));
    return use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export type Look = { readonly at: number; readonly luma: number };

/** Mean luma of every picture, by media time in s. `crop` is a filter for a part of it. */
export function lumas(rung: Rung, crop = 'null'): readonly Look[] {
  const bytes = overFile(rung, (path) =>
    execFileSync(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'error', '-i', path, '-vf', `${crop},extractplanes=y,scale=1:1:flags=area`],
        ...['-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
      ],
      { maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );
  assert.equal(bytes.length, rung.samples.length, 'a picture for every sample');
  return rung.samples.map((sample, index) => ({
    at: ticksToSeconds(sample.decodeTime, rung.track.timescale),
    luma: bytes[index]!,
  }));
}

/** The loudest sample (0..1) of every 1024, by media time in s. */
export function levels(rung: Rung): readonly { readonly at: number; readonly peak: number }[] {
  const bytes = overFile(rung, (path) =>
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', path, '-ac', '1', '-f', 's16le', 'pipe:1'], {
      maxBuffer: 1e9,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const start = ticksToSeconds(rung.samples[0]!.decodeTime, rung.track.timescale);
  return Array.from({ length: Math.floor(bytes.length / 2048) }, (_, block) => {
    let peak = 0;
    for (let i = 0; i < 1024; i += 1) {
      peak = Math.max(peak, Math.abs(bytes.readInt16LE(block * 2048 + 2 * i)) / 32_768);
    }
    return { at: start + (block * 1024) / rung.track.timescale, peak };
  });
}

/** Bits per second of a track from `fromSeconds` behind its beginning on. */
export function bitrateOf({ track, samples }: Rung, fromSeconds = 0): number {
  const from = samples[0]!.decodeTime + secondsToTicks(fromSeconds, track.timescale);
  const counted = samples.filter((sample) => sample.decodeTime >= from);
  const bytes = counted.reduce((sum, { data }) => sum + data.length, 0);
  const duration = counted.reduce((sum, sample) => sum + sample.duration, 0);
  return (bytes * 8 * track.timescale) / duration;
}

/** Codec profile, size and rate of a video track, as ffprobe reads them. */
export function probed(rung: Rung): string {
  return overFile(rung, (path) =>
    execFileSync(
      'ffprobe',
      [
        ...['-v', 'error', '-select_streams', 'v', '-of', 'csv=p=0'],
        ...['-show_entries', 'stream=codec_name,profile,width,height,r_frame_rate', path],
      ],
      { encoding: 'utf8' },
    ).trim(),
  );
}
