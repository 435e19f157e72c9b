import { readdir } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import type { Clock } from '../base/clock.ts';
import type { DeviceList } from '../shared/api/studio.ts';
import { AppError } from '../shared/app-error.ts';
import { problemOf } from '../shared/problem.ts';
import { toDevices } from './capture/device-facts.ts';
import { findDevices } from './capture/find-devices.ts';
import type { FoundDevices } from './capture/found-devices.ts';
import { prepareSource } from './capture/prepare-source.ts';
import {
  type ChooseEncoderOptions,
  type ChosenEncoder,
  chooseEncoder,
  tryEncoders,
} from './encode/choose-encoder.ts';
import { type LadderMeasurement, measureLadder, measureSpeed } from './encode/measure-ladder.ts';
import { createMovingFrames } from './encode/moving-frames.ts';
import type { LadderPlan } from './encode/resolve-ladder.ts';
import type { TextCache } from './encode/text-cache.ts';
import type { Logger } from './ports/logger.ts';
import type { ChildSpec, FfmpegTools, MediaProbe, Processes } from './ports/process.ts';
import type { EncoderTrial } from './ports/service.ts';
import type { SettingsService } from './ports/services.ts';
import { createProbeMedia } from './process/ffprobe.ts';
import { findFfmpeg } from './process/find-ffmpeg.ts';
import { readFfmpegFailure } from './process/parse-failure.ts';
import type { PrepareSource } from './studio/source-board.ts';

/** Everything that asks ffmpeg something before anything runs: what can be captured, what can be encoded, how fast, and with which binary. */
export type MediaTools = {
  /** Looked for at the first call; a failure is looked for again at the next. Throws `process/not-found` and `process/unusable`. */
  readonly tools: () => Promise<FfmpegTools>;
  readonly devices: () => Promise<DeviceList>;
  /** The same with all that is known of them. */
  readonly find: () => Promise<FoundDevices>;
  readonly prepare: PrepareSource;
  readonly encoder: (options: { readonly again: boolean }) => Promise<ChosenEncoder>;
  /** All that would be considered, each tried anew. */
  readonly encoderTrials: () => Promise<readonly EncoderTrial[]>;
  readonly measure: (options: {
    readonly again: boolean;
    readonly signal: AbortSignal;
  }) => Promise<LadderMeasurement>;
  /** Seconds of that plan encoded per second at full speed, with the preset, or else the encoder's own; 0 when it does not work. */
  readonly speedOf: (plan: LadderPlan, preset: string | undefined, signal: AbortSignal) => Promise<number>;
  readonly probe: (path: string) => Promise<MediaProbe>;
  /** JPEG of the first picture of a segment. */
  readonly drawPoster: (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;
  /** JPEG of an I420 picture, made smaller. */
  readonly drawFrame: (
    picture: { readonly width: number; readonly height: number; readonly bytes: Uint8Array },
    size: { readonly width: number; readonly height: number },
  ) => Promise<Uint8Array>;
};

const POSTER_TIMEOUT_MS = 10_000;
const POSTER_MAX_BYTES = 4 * 1024 * 1024;
const POSTER_WIDTH = 640;

export function createMediaTools(options: {
  readonly processes: Processes;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cache: TextCache;
  readonly cacheFolder: string;
  readonly resourcesFolder: string | undefined;
  /** Where what the page of a browser sends is fetched; without it there are no such sources. */
  readonly browserFeed?: (source: string) => Promise<URL>;
}): MediaTools {
  const { processes, settings, clock, logger, cache } = options;
  const { platform, env: environment } = process;
  let finding: Promise<FfmpegTools> | undefined;

  async function tools(): Promise<FfmpegTools> {
    finding ??= findFfmpeg({
      run: processes.runToEnd,
      logger,
      platform,
      environment,
      settings: settings.get().ffmpeg,
      resourcesFolder: options.resourcesFolder,
      cacheFolder: options.cacheFolder,
    });
    try {
      return await finding;
    } catch (error) {
      finding = undefined;
      throw error;
    }
  }

  async function encoderOptions(again: boolean): Promise<ChooseEncoderOptions> {
    const { ffmpeg } = await tools();
    const renderNodes = platform === 'linux' ? await findRenderNodes() : [];
    return {
      setting: settings.get().encoding.encoder,
      platform,
      ffmpeg,
      cores: cpus().length,
      machine: [platform, release(), ...renderNodes].join(' '),
      renderNodes,
      spawn: processes.spawn,
      clock,
      cache,
      ignoreCache: again,
      log: logger,
    };
  }

  const encoder: MediaTools['encoder'] = async ({ again }) => await chooseEncoder(await encoderOptions(again));

  async function find(): Promise<FoundDevices> {
    const { capture } = await tools();
    return await findDevices({
      platform,
      environment,
      binary: capture,
      run: processes.runToEnd,
      readFailure: readFfmpegFailure,
    });
  }

  return {
    tools,
    encoder,
    async encoderTrials() {
      const tried = await tryEncoders(await encoderOptions(true));
      return tried.map(({ codec, refusal }) => ({
        name: codec,
        works: refusal === undefined,
        detail: refusal ?? 'encodes, with key frames where they belong',
      }));
    },
    find,
    async devices() {
      const { facts, problems } = await find();
      return { value: [...toDevices(facts)], problems: problems.map(problemOf) };
    },
    async prepare(spec, how) {
      const found = await tools();
      return await prepareSource(spec, {
        platform,
        environment,
        binary: found.capture,
        findDevices: find,
        probe: createProbeMedia(found, processes.runToEnd),
        mayBeAway: how?.mayBeAway,
        browserFeed: options.browserFeed,
      });
    },
    async measure({ again, signal }) {
      const [{ ffmpeg }, chosen] = [await tools(), await encoder({ again: false })];
      return await measureLadder({
        encoder: chosen,
        ffmpeg,
        frameRate: settings.get().encoding.frameRate,
        cores: cpus().length,
        cpuModel: cpus()[0]?.model ?? 'unknown',
        spawn: processes.spawn,
        clock,
        cache,
        ignoreCache: again,
        log: logger,
        signal,
      });
    },
    async speedOf(plan, preset, signal) {
      const [{ ffmpeg }, chosen] = [await tools(), await encoder({ again: false })];
      signal.throwIfAborted();
      return await measureSpeed(plan, preset ?? chosen.preset, createMovingFrames(plan.canvas), {
        encoder: chosen,
        ffmpeg,
        cores: cpus().length,
        spawn: processes.spawn,
        clock,
        log: logger,
        signal,
      });
    },
    async probe(path) {
      return await createProbeMedia(await tools(), processes.runToEnd)(path);
    },
    async drawFrame({ width, height, bytes }, size) {
      const { ffmpeg } = await tools();
      const { stdout } = await processes.runToEnd(
        jpegSpec('frame', ffmpeg.path, [
          ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${width}x${height}`, '-i', 'pipe:0'],
          ...['-vf', `scale=${size.width}:${size.height}:out_range=full`],
        ]),
        { timeoutMs: POSTER_TIMEOUT_MS, maxOutputBytes: POSTER_MAX_BYTES, stdin: bytes },
      );
      return stdout;
    },
    async drawPoster(init, segment) {
      const { ffmpeg } = await tools();
      const { stdout } = await processes.runToEnd(
        jpegSpec('poster', ffmpeg.path, ['-f', 'mp4', '-i', 'pipe:0', '-vf', `scale=${POSTER_WIDTH}:-2`]),
        { timeoutMs: POSTER_TIMEOUT_MS, maxOutputBytes: POSTER_MAX_BYTES, stdin: Buffer.concat([init, segment]) },
      );
      if (stdout.length === 0) {
        throw new AppError('archive/empty', 'The recording has no picture that can be shown.');
      }
      return stdout;
    },
  };
}

/** One picture of what comes in on stdin, as JPEG on stdout. */
function jpegSpec(name: string, executable: string, input: readonly string[]): ChildSpec {
  return {
    name,
    executable,
    args: [
      ...['-hide_banner', '-loglevel', 'error', ...input],
      ...['-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '4', '-f', 'image2pipe', 'pipe:1'],
    ],
    stdin: 'pipe',
    stdout: 'pipe',
    pipes: [],
    priority: 'low',
    secrets: [],
    quit: 'term',
    graceMs: 1000,
  };
}

/** The graphics cards of Linux, in the order of the kernel; none where there is no folder of them. */
async function findRenderNodes(): Promise<readonly string[]> {
  const names = await readdir('/dev/dri').catch((): string[] => []);
  return names
    .filter((name) => name.startsWith('renderD'))
    .toSorted()
    .map((name) => `/dev/dri/${name}`);
}
