import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { FfmpegBinary, SpawnChild } from '../ports/process.ts';
import { type EncoderChoice, encoderCommand } from './encoder-args.ts';
import { feedEncoder, silenceBeside } from './feed-encoder.ts';
import { AUTO_LADDERS, SMALLEST_LADDER } from './ladder-presets.ts';
import { createMovingFrames } from './moving-frames.ts';
import { type LadderPlan, type PictureSize, resolveLadder } from './resolve-ladder.ts';
import type { TextCache } from './text-cache.ts';
import { VIDEO_CODECS } from './video-codecs.ts';

/**
 * What a ladder must reach while nothing else runs: captures, mixer, origin and the presenter's own programs need the rest (capturing and
 * mixing alone take a quarter to a third of a core, media-pipeline 4.3).
 */
const NEEDED_SPEED = 1.5;
/**
 * What the cheapest preset can be faster by than the dearest (measured 1.25 to 1.5): a ladder further away than that is not tried with
 * cheaper ones.
 */
const PRESET_GAIN = 1.6;
/** Long enough for the rate control to settle, short enough that four measurements, the most there are, are done in six seconds. */
const MEASURE_MS = 1100;
/** From spawn to the first fragment; a hardware encoder that needs longer counts as not working. */
const START_MS = 2000;

const speedMeasurement = z.strictObject({
  ladder: z.enum(AUTO_LADDERS),
  preset: z.string(),
  /** Seconds of video encoded per second; 0: it did not work at all. */
  speed: z.number().min(0),
});
type SpeedMeasurement = z.infer<typeof speedMeasurement>;

const ladderMeasurement = z.strictObject({
  /** The largest that fits; the smallest when none does. */
  ladder: z.enum(AUTO_LADDERS),
  fits: z.boolean(),
  /** The encoder's preset to begin with. */
  preset: z.string(),
  /** In the order in which they were measured, largest ladder first, as far as needed. */
  speeds: z.array(speedMeasurement),
});
export type LadderMeasurement = z.infer<typeof ladderMeasurement>;

export type MeasureLadderOptions = {
  /** Its presets are all tried, whichever it names. */
  readonly encoder: EncoderChoice;
  readonly ffmpeg: FfmpegBinary;
  /** Frames per second. 24..60. */
  readonly frameRate: number;
  readonly cores: number;
  readonly cpuModel: string;
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly cache: TextCache;
  /** Measure again although a result is known: the presenter asked. */
  readonly ignoreCache?: boolean | undefined;
  readonly log: Logger;
  /** What is encoded, over and over. Default: `createMovingFrames`. */
  readonly frames?: ((size: PictureSize) => readonly Uint8Array[]) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Finds the largest ladder that this computer encodes with room to spare, by encoding: the real command line, fed with moving and noisy
 * pictures as fast as it takes them. Loads all cores for two to six seconds, so never while live. Rejects with the signal's reason.
 */
export async function measureLadder(options: MeasureLadderOptions): Promise<LadderMeasurement> {
  const { encoder, ffmpeg, frameRate, log } = options;
  const key = `ladder:${ffmpeg.hash}:${options.cpuModel}:${options.cores}:${encoder.codec}:${frameRate}`;
  const { presets } = VIDEO_CODECS[encoder.codec];
  const known = options.ignoreCache === true ? undefined : readMeasurement(await options.cache.get(key), presets);
  if (known !== undefined) {
    return known;
  }
  const measurement = conclude(await measureDownwards(presets, options), presets);
  log.info({ ...measurement, encoder: encoder.codec, frameRate }, 'ladder measured');
  await options.cache.set(key, JSON.stringify(measurement));
  return measurement;
}

/**
 * From the largest ladder and dearest preset downwards until one fits. Cheaper presets come before smaller ladders: they cost two or three
 * VMAF points, fewer pixels cost legible text.
 */
async function measureDownwards(
  presets: readonly string[],
  options: MeasureLadderOptions,
): Promise<readonly SpeedMeasurement[]> {
  const speeds: SpeedMeasurement[] = [];
  for (const ladder of AUTO_LADDERS) {
    const plan = resolveLadder(
      { kind: 'preset', preset: ladder },
      { frameRate: options.frameRate, sourceSize: undefined, fits: undefined },
    );
    const frames = (options.frames ?? createMovingFrames)(plan.canvas);
    for (const preset of presets) {
      const speed = await measureSpeed(plan, preset, frames, options);
      speeds.push({ ladder, preset, speed });
      if (speed >= NEEDED_SPEED) {
        return speeds;
      }
      if (speed * PRESET_GAIN < NEEDED_SPEED) {
        break;
      }
    }
  }
  return speeds;
}

function conclude(
  speeds: readonly SpeedMeasurement[],
  presets: readonly [string, ...string[]],
): LadderMeasurement {
  const best = speeds.find(({ speed }) => speed >= NEEDED_SPEED);
  return {
    ladder: best?.ladder ?? SMALLEST_LADDER,
    fits: best !== undefined,
    preset: best?.preset ?? presets.at(-1) ?? presets[0],
    speeds: [...speeds],
  };
}

type MeasureSpeedOptions = Pick<
  MeasureLadderOptions,
  'encoder' | 'ffmpeg' | 'cores' | 'spawn' | 'clock' | 'log' | 'signal'
>;

/**
 * Seconds of a plan encoded per second, by the real command line at full speed; 0: it did not work at all. Loads all cores for one to three
 * seconds. Rejects with the signal's reason.
 */
export async function measureSpeed(
  plan: LadderPlan,
  preset: string,
  frames: readonly Uint8Array[],
  options: MeasureSpeedOptions,
): Promise<number> {
  const { clock, signal } = options;
  signal?.throwIfAborted();
  const { frameRate } = plan.canvas;
  const command = encoderCommand(plan, {
    binary: options.ffmpeg,
    encoder: { ...options.encoder, preset },
    cores: options.cores,
  });
  await using encoder = await feedEncoder(options.spawn, 'encoder:measure', command);
  using _timeout = clock.after(START_MS + MEASURE_MS, encoder.kill);
  signal?.addEventListener('abort', encoder.kill, { once: true });
  try {
    let start: { readonly atMs: number; readonly fragments: number } | undefined;
    for (let index = 0; ; index += 1) {
      const frame = frames[index % frames.length] ?? new Uint8Array();
      const running = await encoder.feed(frame, silenceBeside(index, frameRate));
      signal?.throwIfAborted();
      if (!running) {
        const exit = await encoder.exited;
        options.log.warn(
          { lines: exit.lastLines, canvas: plan.canvas },
          'the encoder ended while it was measured',
        );
        return 0;
      }
      const [nowMs, fragments] = [clock.monotonicMs(), encoder.fragments[0]?.length ?? 0];
      if (start !== undefined && nowMs - start.atMs >= MEASURE_MS) {
        const encodedSeconds = ((fragments - start.fragments) * frameRate.denominator) / frameRate.numerator;
        return (1000 * encodedSeconds) / (nowMs - start.atMs);
      }
      // Counted from the first output on: opening codecs and threads is no part of the speed.
      start ??= fragments > 0 ? { atMs: nowMs, fragments } : undefined;
    }
  } finally {
    signal?.removeEventListener('abort', encoder.kill);
  }
}

/** A kept measurement; what is not one any more, after an update or by other hands, is measured again. */
function readMeasurement(text: string | undefined, presets: readonly string[]): LadderMeasurement | undefined {
  try {
    const measurement = ladderMeasurement.parse(JSON.parse(text ?? ''));
    return presets.includes(measurement.preset) ? measurement : undefined;
  } catch {
    return undefined;
  }
}
