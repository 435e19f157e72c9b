import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createChunkStores } from '../../src-main/core/archive/chunk-store.ts';
import { openRecording } from '../../src-main/core/archive/open-recording.ts';
import { describeRecording, writeRecordingJson } from '../../src-main/core/archive/recording-json.ts';
import { createSegmentReader } from '../../src-main/core/archive/segment-reader.ts';
import { createTimeline } from '../../src-main/core/live/timeline.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { Presentation, Track } from '../../src-main/core/ports/presentation.ts';
import type { SegmentReader } from '../../src-main/core/ports/store.ts';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { Sample, TrackDescription } from '../../src-main/media/cmaf/types.ts';
import { ticks } from '../../src-main/media/time.ts';

/** One encoded track, as an encoder's pipe would bring it. */
export type EncodedTrack = { readonly track: Track; readonly samples: readonly Sample[] };

export type EncodeOptions = {
  readonly seconds: number;
  /** Bits per second of each picture quality, best first. None: sound only. */
  readonly videoBitrates?: readonly number[];
  /** None: pictures only. */
  readonly audioBitrate?: number | undefined;
  readonly size?: string;
  readonly frameRate?: number;
  readonly bFrames?: number;
  readonly sampleRate?: number;
  readonly channels?: 1 | 2;
  /** Media time of the first picture. */
  readonly startSeconds?: number;
  /** Seconds from the first picture on; without it every two. */
  readonly keyFrames?: readonly number[];
};

/** Encodes a moving picture and a tone with ffmpeg. */
export async function encodeTracks(folder: string, options: EncodeOptions): Promise<readonly EncodedTrack[]> {
  const { seconds, videoBitrates = [400_000], size = '320x180', frameRate = 30, bFrames = 0 } = options;
  const { sampleRate = 48_000, channels = 2, startSeconds = 10, keyFrames } = options;
  const audioBitrate = 'audioBitrate' in options ? options.audioBitrate : 96_000;
  await mkdir(folder, { recursive: true });
  const tracks: EncodedTrack[] = [];
  const pictures = ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${frameRate}`];
  for (const bitrate of videoBitrates) {
    const rate = [`${bitrate}`, '-maxrate', `${bitrate}`, '-bufsize', `${bitrate}`];
    const gop = String(keyFrames === undefined ? 2 * frameRate : seconds * frameRate);
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-bf', String(bFrames)];
    const cuts = ['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-video_track_timescale', '90000'];
    const forced = keyFrames === undefined ? [] : ['-force_key_frames', keyFrames.join(',')];
    const args = [...pictures, ...codec, '-b:v', ...rate, ...cuts, ...forced];
    tracks.push(
      await encode(join(folder, `v${bitrate}.mp4`), args, { seconds, startSeconds, bitrate, name: 'video' }),
    );
  }
  if (audioBitrate !== undefined) {
    const tone = ['-f', 'lavfi', '-i', `sine=f=440:r=${sampleRate}`, '-ac', String(channels)];
    const args = [...tone, '-c:a', 'aac', '-b:a', String(audioBitrate)];
    tracks.push(
      await encode(join(folder, 'a.mp4'), args, { seconds, startSeconds, bitrate: audioBitrate, name: 'audio' }),
    );
  }
  return tracks;
}

async function encode(
  path: string,
  args: readonly string[],
  {
    seconds,
    startSeconds,
    bitrate,
    name,
  }: { seconds: number; startSeconds: number; bitrate: number; name: string },
): Promise<EncodedTrack> {
  const fragments = '+frag_keyframe+empty_moov+default_base_moof+frag_discont';
  const output = ['-f', 'mp4', '-movflags', fragments, '-avoid_negative_ts', 'disabled'];
  const times = ['-frag_duration', '200000', '-output_ts_offset', String(startSeconds)];
  execFileSync(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-y', ...args, '-t', String(seconds), ...output, ...times, path],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const samples: Sample[] = [];
  let description: TrackDescription | undefined;
  for (const event of createFragmentReader().push(await readFile(path))) {
    if (event.kind === 'header') {
      description = event.tracks[0]?.description;
    } else {
      samples.push(...event.samples);
    }
  }
  await rm(path);
  assert(description !== undefined);
  return { track: trackOf({ ...description, bitrate }, name), samples };
}

export function trackOf(description: TrackDescription, name: string): Track {
  const id = `${description.kind}_${description.bitrate}`;
  return { ...description, id, name, init: writeInitSegment(description) };
}

export type RecordingOptions = {
  /** The asset's folder; a spool is made beside it and removed. */
  readonly folder: string;
  readonly tracks: readonly EncodedTrack[];
  /** The tracks so many times one behind the other. */
  readonly repeat?: number;
  /** Whether a sample was recorded: what is left out is a gap. `seconds` of media time. */
  readonly isRecorded?: (track: Track, seconds: number) => boolean;
  readonly rollSeconds?: number;
  readonly title?: string;
};

/** Records through the timeline and the chunk store of the program, as a broadcast would, and writes `recording.json`. */
export async function makeRecording(options: RecordingOptions): Promise<void> {
  const { folder, tracks, repeat = 1, isRecorded = () => true, rollSeconds = 300, title = 'Recording' } = options;
  const faults: unknown[] = [];
  const openStore = createChunkStores({
    spoolFolder: `${folder}.spool`,
    mayWrite: () => true,
    onFault: (_, error) => void faults.push(error),
    logger: silentLogger,
  });
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  {
    await using store = openStore({ eventId: 'event', rollSeconds });
    const output = await store.openOutput(folder);
    timeline.attachStore(store);
    timeline.input.open(tracks.map(({ track }) => track));
    const period = periodSeconds(tracks);
    for (let round = 0; round < repeat; round += 1) {
      await pushRound(
        tracks,
        round * period,
        isRecorded,
        (id, samples) => timeline.input.push(id, samples),
        () => store.flushed(),
      );
    }
    timeline.end();
    await output.close();
  }
  await rm(`${folder}.spool`, { recursive: true, force: true });
  assert.deepEqual(faults, []);
  const created = '2030-01-01T00:00:00.000Z';
  await writeRecordingJson(folder, {
    ...describeRecording(
      { assetId: randomUUID(), name: 'recording', title, created },
      {
        manifestName: 'manifest',
        epochOffsetMs: Date.UTC(2030, 0, 1),
        segmentSeconds: 2,
        archiveSeconds: 90_000,
        firstSequence: 1,
        tracks: tracks.map(({ track }) => track),
      },
    ),
    lastSequence: timeline.newestSequence(),
  });
}

/** By whole GOPs, so that repeating joins without a gap in the pictures. */
function periodSeconds(tracks: readonly EncodedTrack[]): number {
  const [leader] = tracks;
  assert(leader !== undefined);
  return leader.samples.reduce((sum, { duration }) => sum + duration, 0) / leader.track.timescale;
}

async function pushRound(
  tracks: readonly EncodedTrack[],
  shiftSeconds: number,
  isRecorded: (track: Track, seconds: number) => boolean,
  push: (trackId: string, samples: readonly Sample[]) => void,
  flushed: () => Promise<void>,
): Promise<void> {
  const from = tracks.map(() => 0);
  const first = Math.min(...tracks.map(({ track, samples }) => Number(samples[0]?.decodeTime) / track.timescale));
  for (let until = first + 2; from.some((at, index) => at < (tracks[index]?.samples.length ?? 0)); until += 2) {
    for (const [index, { track, samples }] of tracks.entries()) {
      const shift = BigInt(Math.round(shiftSeconds * track.timescale));
      const batch: Sample[] = [];
      for (let at = from[index] ?? 0; at < samples.length; at += 1) {
        const sample = samples[at]!;
        if (Number(sample.decodeTime) / track.timescale >= until) {
          break;
        }
        from[index] = at + 1;
        const decodeTime = ticks(sample.decodeTime + shift);
        if (isRecorded(track, Number(decodeTime) / track.timescale)) {
          batch.push({ ...sample, decodeTime });
        }
      }
      push(track.id, batch);
    }
    await flushed();
  }
}

/** The recording in a folder as something that can be exported; dispose the reader. */
export async function openMadeRecording(
  folder: string,
): Promise<AsyncDisposable & { readonly presentation: Presentation; readonly reader: SegmentReader }> {
  const reader = createSegmentReader();
  const opened = await openRecording({ id: 'asset/made', folder, reader, repair: false });
  assert(opened !== undefined);
  assert.deepEqual(opened.damage, []);
  return {
    presentation: opened.presentation,
    reader,
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
