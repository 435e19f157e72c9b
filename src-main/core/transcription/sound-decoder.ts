import type { Clock } from '../../base/clock.ts';
import { writeChunk } from '../../media/cmaf/chunk.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import { type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import type { Logger } from '../ports/logger.ts';
import type { Track } from '../ports/presentation.ts';
import type { Child, ChildSpec, SpawnChild } from '../ports/process.ts';
import { BYTES_PER_MS, SAMPLE_RATE } from './command.ts';
import type { Sound } from './sound-queue.ts';

/** Makes what a recogniser hears of the samples of a track. */
export type SoundDecoder = {
  /** Never throws and never waits. */
  push(samples: readonly Sample[]): void;
  /** What is still on its way is decoded. Idempotent. */
  end(): Promise<void>;
};

export type SoundDecoderOptions = {
  readonly spawn: SpawnChild;
  /** Path of the binary; may have to be looked for. */
  readonly ffmpeg: () => Promise<string>;
  readonly name: string;
  readonly track: Track;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onSound: (sound: Sound) => void;
};

/** Smaller holes ffmpeg fills with silence; at a larger one another one begins, so that nobody waits for an hour of it. */
const HOLE_SECONDS = 0.5;
const RETRY_MS = 2000;
/** Some seconds of the best sound: an ffmpeg that takes no more than that hangs. */
const MAX_WAITING_BYTES = 1024 * 1024;
const GRACE_MS = 2000;

/** One life of ffmpeg: sound without holes. */
type Run = {
  readonly base: Ticks;
  next: Ticks;
  sequence: number;
  child: Child | undefined;
  /** For a child that is not there yet. */
  readonly waiting: Uint8Array[];
  waitingBytes: number;
  decodedBytes: number;
  /** The first half of a sample. */
  rest: Uint8Array;
  isEnding: boolean;
  /** Resolves when nothing more comes of it. */
  over: Promise<void>;
};

export function createSoundDecoder(options: SoundDecoderOptions): SoundDecoder {
  const { track, clock, logger } = options;
  const runs = new Set<Run>();
  let current: Run | undefined;
  let retryAtMs = 0;
  let isEnded = false;

  function begin(base: Ticks): Run {
    const run: Run = {
      ...{ base, next: base, sequence: 0, child: undefined, waiting: [track.init], waitingBytes: 0 },
      ...{ decodedBytes: 0, rest: new Uint8Array(), isEnding: false },
      over: Promise.resolve(),
    };
    run.over = live(run);
    runs.add(run);
    return run;
  }

  async function live(run: Run): Promise<void> {
    try {
      const child = await options.spawn(decoderSpec(options.name, await options.ffmpeg()));
      run.child = child;
      child.stdout?.on('data', (bytes: Uint8Array) => take(run, bytes));
      for (const bytes of run.waiting.splice(0)) {
        child.stdin?.write(bytes);
      }
      if (run.isEnding) {
        child.stdin?.end();
      }
      const exit = await child.exited;
      if (!run.isEnding) {
        logger.warn({ track: track.id, lastLines: exit.lastLines }, 'the sound for transcription stopped');
      }
    } catch (error) {
      logger.error({ track: track.id, error }, 'the sound for transcription cannot be decoded');
    } finally {
      runs.delete(run);
      if (current === run) {
        current = undefined;
        retryAtMs = clock.monotonicMs() + RETRY_MS;
      }
    }
  }

  function take(run: Run, bytes: Uint8Array): void {
    const all = run.rest.length === 0 ? bytes : Buffer.concat([run.rest, bytes]);
    const whole = all.length - (all.length % 2);
    run.rest = all.subarray(whole);
    if (whole > 0) {
      const mediaMs = 1000 * ticksToSeconds(run.base, track.timescale) + run.decodedBytes / BYTES_PER_MS;
      run.decodedBytes += whole;
      options.onSound({ pcm: all.subarray(0, whole), mediaMs });
    }
  }

  function finish(run: Run): void {
    run.isEnding = true;
    run.child?.stdin?.end();
    if (current === run) {
      current = undefined;
    }
  }

  function write(run: Run, bytes: Uint8Array): void {
    if (run.child === undefined) {
      run.waiting.push(bytes);
      run.waitingBytes += bytes.length;
    } else {
      run.child.stdin?.write(bytes);
    }
    if (Math.max(run.waitingBytes, run.child?.stdin?.writableLength ?? 0) > MAX_WAITING_BYTES) {
      logger.warn({ track: track.id }, 'the decoder of the sound for transcription hangs and is ended');
      run.child?.kill();
      finish(run);
      retryAtMs = clock.monotonicMs() + RETRY_MS;
    }
  }

  function pushRow(row: readonly [Sample, ...Sample[]]): void {
    const [{ decodeTime, duration }] = row;
    const distance = current === undefined ? 0 : Number(decodeTime - current.next) / track.timescale;
    if (current !== undefined && Math.abs(distance) > HOLE_SECONDS) {
      finish(current);
    }
    if (current === undefined && clock.monotonicMs() < retryAtMs) {
      return;
    }
    current ??= begin(decodeTime);
    const run = current;
    const off = Number(decodeTime - run.next);
    // As on the timeline: what has been there is left out, and less than half a frame apart is not apart.
    if (off < -duration / 2) {
      return;
    }
    const base = off <= duration / 2 ? run.base + BigInt(off) : run.base;
    const samples = row.map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime - base) }));
    run.sequence += 1;
    const chunk = writeChunk(samples, { sequenceNumber: run.sequence, kind: 'audio' });
    run.next = ticks(run.base + chunk.decodeTime + BigInt(chunk.duration));
    write(run, chunk.bytes);
  }

  return {
    push(samples) {
      if (!isEnded) {
        rowsOf(samples).forEach(pushRow);
      }
    },
    async end() {
      isEnded = true;
      const left = [...runs];
      left.forEach(finish);
      const late = clock.after(GRACE_MS, () => left.forEach(({ child }) => child?.kill()));
      await Promise.all(left.map(({ over }) => over));
      late[Symbol.dispose]();
    },
  };
}

/** Samples that follow each other without a hole, as a chunk has them. */
function rowsOf(samples: readonly Sample[]): readonly (readonly [Sample, ...Sample[]])[] {
  const rows: [Sample, ...Sample[]][] = [];
  let next: bigint | undefined;
  for (const sample of samples) {
    const row = rows.at(-1);
    if (row !== undefined && sample.decodeTime === next) {
      row.push(sample);
    } else {
      rows.push([sample]);
    }
    next = sample.decodeTime + BigInt(sample.duration);
  }
  return rows;
}

/** What the header says is all that ffmpeg needs to know, and reading on would only be late. */
function decoderSpec(name: string, executable: string): ChildSpec {
  return {
    name,
    executable,
    args: [
      ...['-hide_banner', '-nostats', '-loglevel', 'warning'],
      ...['-probesize', '32', '-analyzeduration', '0', '-fflags', '+nobuffer'],
      ...['-f', 'mp4', '-i', 'pipe:0', '-map', '0:a:0'],
      // Small holes become silence, so that what comes out is as long as what went in.
      ...['-af', 'aresample=async=1:first_pts=0', '-ar', String(SAMPLE_RATE), '-ac', '1'],
      ...['-c:a', 'pcm_s16le', '-f', 's16le', '-flush_packets', '1', 'pipe:1'],
    ],
    stdin: 'pipe',
    stdout: 'pipe',
    pipes: [],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: GRACE_MS,
  };
}
