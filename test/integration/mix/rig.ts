import { randomInt } from 'node:crypto';
import { systemClock } from '../../../src-main/base/clock.ts';
import { classifyCaptureExit } from '../../../src-main/core/capture/classify-capture-exit.ts';
import { lackError } from '../../../src-main/core/capture/lack-error.ts';
import { encoderCommand } from '../../../src-main/core/encode/encoder-args.ts';
import type { LadderPlan } from '../../../src-main/core/encode/resolve-ladder.ts';
import { createMixerCore, type MixerCore } from '../../../src-main/core/mix/mixer.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Canvas, EncoderCommand, MixerEvent, MixerSource } from '../../../src-main/core/ports/mixer.ts';
import type { Child, Processes } from '../../../src-main/core/ports/process.ts';
import { createProcesses } from '../../../src-main/core/process/create-processes.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { createFragmentReader, type FragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';

export const TEST_SOURCE: MixerSource = {
  id: 'test',
  label: 'Test picture',
  hasVideo: true,
  hasAudio: true,
  input: { kind: 'test' },
  rejectBlack: false,
};

export type Rung = { readonly width: number; readonly height: number; readonly kbps: number };

/** The product's own command line for x264. */
export function ladder(canvas: Canvas, rungs: readonly Rung[], preset = 'superfast'): EncoderCommand {
  const plan: LadderPlan = {
    canvas,
    video: rungs.map(({ width, height, kbps }) => ({ width, height, bitrate: kbps * 1000 })),
    audio: { bitrate: 128_000, sampleRate: 48_000, channels: 2 },
  };
  return encoderCommand(plan, {
    binary: { path: 'ffmpeg', major: 5 },
    encoder: { codec: 'libx264', preset },
    cores: 2,
  });
}

/** One sample on the media timeline, in ticks of its track since 1970. */
export type PlacedSample = {
  readonly run: number;
  readonly time: number;
  readonly duration: number;
  readonly sync: boolean;
};

export type Rig = AsyncDisposable & {
  readonly core: MixerCore;
  readonly events: MixerEvent[];
  /** Every process that was started, by the name in its spec. */
  readonly children: { readonly name: string; readonly child: Child }[];
  /** Samples of a track in the order in which they were told. */
  readonly samples: (track: number) => readonly PlacedSample[];
  /** Bytes of a track of one run, as they came. */
  readonly bytes: (run: number, track: number) => Buffer;
  readonly pictures: { readonly width: number; readonly wallMs: number; readonly bytes: Buffer }[];
  until(condition: () => boolean, what: string, withinMs?: number): Promise<void>;
  wait(ms: number): Promise<void>;
};

/** A mixer with the real clock and real processes, without its socket. */
export function openRig(): Rig {
  const clock = systemClock();
  const processes = createProcesses({
    clock,
    random: () => randomInt(1000) / 1000,
    logger: silentLogger,
    platform: process.platform,
  });
  const events: MixerEvent[] = [];
  const children: { name: string; child: Child }[] = [];
  const pictures: { width: number; wallMs: number; bytes: Buffer }[] = [];
  const placed = new Map<number, PlacedSample[]>();
  const chunks = new Map<string, Buffer[]>();
  type Reading = { readonly reader: FragmentReader; timescale: number };
  const readers = new Map<string, Reading>();

  const spawn: Processes['spawn'] = async (spec) => {
    const child = await processes.spawn(spec);
    children.push({ name: spec.name, child });
    return child;
  };
  const supervise: Processes['supervise'] = (options) =>
    processes.supervise({
      ...options,
      onStart(child) {
        children.push({ name: 'capture', child });
        options.onStart(child);
      },
    });

  function onEncoded(run: number, track: number, bytes: Uint8Array): void {
    const key = `${run}/${track}`;
    chunks.set(key, [...(chunks.get(key) ?? []), Buffer.from(bytes)]);
    const reading = readers.get(key) ?? { reader: createFragmentReader(), timescale: 1 };
    readers.set(key, reading);
    for (const event of reading.reader.push(bytes)) {
      if (event.kind === 'header') {
        reading.timescale = event.tracks[0]!.description.timescale;
        continue;
      }
      const start = events.find((candidate) => candidate.type === 'encoder-run' && candidate.run === run);
      if (start?.type !== 'encoder-run') {
        throw new Error(`bytes of run ${run} before its announcement`);
      }
      const origin = Number(reading.timescale === 90_000 ? start.videoStart : start.audioStart);
      for (const sample of event.samples) {
        const time = origin + Number(sample.decodeTime) - 10 * reading.timescale;
        placed.set(track, [
          ...(placed.get(track) ?? []),
          { run, time, duration: sample.duration, sync: sample.sync },
        ]);
      }
    }
  }

  const core = createMixerCore({
    processes: { spawn, supervise },
    words: {
      ended: (exit, source) =>
        classifyCaptureExit(exit, source, { platform: process.platform, readFailure: readFfmpegFailure }),
      lacks: (lack, source) => lackError(lack, source, process.platform),
    },
    clock,
    logger: silentLogger,
    onEvent: (event) => void events.push(event),
    onEncoded,
    onPicture(width, wallMs, bytes, onFlushed) {
      pictures.push({ width, wallMs, bytes: Buffer.from(bytes) });
      onFlushed();
    },
  });

  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  return {
    core,
    events,
    children,
    pictures,
    samples: (track) => placed.get(track) ?? [],
    bytes: (run, track) => Buffer.concat(chunks.get(`${run}/${track}`) ?? []),
    wait,
    async until(condition, what, withinMs = 8000) {
      const deadline = performance.now() + withinMs;
      while (!condition()) {
        if (performance.now() > deadline) {
          throw new Error(`waited ${withinMs} ms in vain: ${what}`);
        }
        await wait(20);
      }
    },
    async [Symbol.asyncDispose]() {
      await core[Symbol.asyncDispose]();
      await processes[Symbol.asyncDispose]();
    },
  };
}

/** Differences between where samples should follow each other and where they do; empty when the row has no gap and no overlap. */
export function breaks(samples: readonly PlacedSample[]): readonly string[] {
  return samples.slice(1).flatMap((sample, index) => {
    const before = samples[index]!;
    const away = sample.time - (before.time + before.duration);
    return away === 0 ? [] : [`run ${before.run} → ${sample.run} at sample ${index + 1}: ${away} ticks`];
  });
}

/** What is left of a sound track when samples that are there already are passed over, as the timeline does. */
export function withoutOverlap(samples: readonly PlacedSample[]): readonly PlacedSample[] {
  const kept: PlacedSample[] = [];
  for (const sample of samples) {
    const last = kept.at(-1);
    if (last === undefined || sample.time >= last.time + last.duration) {
      kept.push(sample);
    }
  }
  return kept;
}
