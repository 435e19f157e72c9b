import { dirname, join } from 'node:path';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { FfmpegBinary, FfmpegTools, RunToEnd } from '../ports/process.ts';
import { type Candidate, candidatesFor, existingProgram } from './find-candidates.ts';
import { openProbeCache } from './probe-cache.ts';
import { isFfprobe, probeFfmpeg } from './probe-ffmpeg.ts';

export type FindFfmpegOptions = {
  readonly run: RunToEnd;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Paths from the settings; empty means look elsewhere. */
  readonly settings: { readonly ffmpegPath: string; readonly ffprobePath: string };
  /** The packaged app's resources folder, which has an `ffmpeg` folder in it; undefined from a checkout. */
  readonly resourcesFolder: string | undefined;
  /** Where the results of probing are kept from start to start. */
  readonly cacheFolder: string;
  /** The path that the optional package ffmpeg-static brings along. Default: asks the package. */
  readonly bundledPath?: () => Promise<string | undefined>;
};

/** What does the encoding for us, besides AAC; any one of them will do here, whether it works is found out by a trial. */
const H264_ENCODERS = [
  'libx264',
  'h264_videotoolbox',
  'h264_nvenc',
  'h264_qsv',
  'h264_amf',
  'h264_vaapi',
  'h264_mf',
];
const NEEDED_MUXERS = ['mp4', 'flv'];

/** Input devices of each system, the fullest set first: a static Linux build has alsa and no pulse, where a desktop's sound is. */
const CAPTURE_DEVICES: Partial<Record<NodeJS.Platform, readonly (readonly string[])[]>> = {
  linux: [['x11grab', 'pulse'], ['x11grab', 'alsa'], ['x11grab'], ['pulse'], ['alsa']],
  darwin: [['avfoundation']],
  win32: [['gdigrab', 'dshow'], ['dshow'], ['gdigrab']],
};

const HOW_TO_INSTALL: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'Install it with “sudo apt-get install ffmpeg”, or with the package manager of your system.',
  darwin: 'Install it with “brew install ffmpeg”.',
  win32: 'Install it with “winget install Gyan.FFmpeg” and start Lectern again.',
};

/**
 * Finds the ffmpeg that encodes, the one that captures (mostly the same) and ffprobe. The first candidate that is fit is taken; one that
 * somebody named and that is not fit is told in the log, and the search goes on.
 * Throws `process/not-found` when there is no ffmpeg at all and `process/unusable` when none of them is fit (details: refused).
 */
export async function findFfmpeg(options: FindFfmpegOptions): Promise<FfmpegTools> {
  const { platform, environment, resourcesFolder, settings } = options;
  const bundled = await (options.bundledPath ?? staticPackagePath)();
  const deviceSets = CAPTURE_DEVICES[platform] ?? [];
  const candidates = candidatesFor('ffmpeg', {
    platform,
    environment,
    resourcesFolder,
    bundled,
    setting: settings.ffmpegPath,
  });
  const { ffmpeg, probed, refused } = await probeInOrder(candidates, deviceSets[0] ?? [], options);
  if (ffmpeg === undefined) {
    throw nothingUsable(platform, refused);
  }
  return {
    ffmpeg,
    capture: bestForCapture(ffmpeg, probed, deviceSets),
    ffprobe: await findFfprobe(options, ffmpeg.path),
  };
}

type Search = {
  /** The first that is fit. */
  readonly ffmpeg: FfmpegBinary | undefined;
  /** All that run here, the unfit ones too: they may capture. */
  readonly probed: readonly FfmpegBinary[];
  /** Which were not fit, and why, for people. */
  readonly refused: readonly string[];
};

/** Looks until there is one that is fit and one, mostly the same, that has all of `devices`. */
async function probeInOrder(
  candidates: readonly Candidate[],
  devices: readonly string[],
  { run, platform, cacheFolder, logger }: FindFfmpegOptions,
): Promise<Search> {
  const cache = await openProbeCache(join(cacheFolder, 'ffmpeg-probes.json'), logger);
  const probed: FfmpegBinary[] = [];
  const refused: string[] = [];
  const seen = new Set<string>();
  let ffmpeg: FfmpegBinary | undefined;

  function refuse({ path, named, origin }: Candidate, why: string): void {
    refused.push(`${path}: ${why}`);
    if (named) {
      logger.warn({ path, origin, why }, 'the ffmpeg that was named cannot be used; looking for another');
    }
  }

  for (const candidate of candidates) {
    const program = await existingProgram('ffmpeg', candidate, platform);
    if (program === undefined) {
      if (candidate.named) {
        refuse(candidate, 'there is no program there');
      }
      continue;
    }
    if (seen.has(program.realPath)) {
      continue;
    }
    seen.add(program.realPath);
    const outcome = await tryProbe({ run, cache }, { path: program.path, origin: candidate.origin });
    if (outcome instanceof AppError) {
      refuse(candidate, outcome.message);
      continue;
    }
    probed.push(outcome);
    const missing = missingIn(outcome);
    if (missing.length > 0) {
      refuse(candidate, `it cannot do ${missing.join(' and ')}`);
    } else {
      ffmpeg ??= outcome;
    }
    if (ffmpeg !== undefined && probed.some((binary) => hasAll(binary.devices, devices))) {
      break;
    }
  }
  await cache.save();
  return { ffmpeg, probed, refused };
}

async function tryProbe(...args: Parameters<typeof probeFfmpeg>): Promise<FfmpegBinary | AppError> {
  try {
    return await probeFfmpeg(...args);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'service/closing') {
      return error;
    }
    throw error;
  }
}

function missingIn(binary: FfmpegBinary): string[] {
  return [
    ...(H264_ENCODERS.some((encoder) => binary.encoders.has(encoder)) ? [] : ['H.264']),
    ...(binary.encoders.has('aac') ? [] : ['AAC']),
    ...NEEDED_MUXERS.filter((muxer) => !binary.muxers.has(muxer)),
  ];
}

/** Of those with the fullest set of devices the one that encodes, so that there is one binary when one will do. */
function bestForCapture(
  ffmpeg: FfmpegBinary,
  probed: readonly FfmpegBinary[],
  deviceSets: readonly (readonly string[])[],
): FfmpegBinary {
  for (const devices of deviceSets) {
    const fit = [ffmpeg, ...probed].find((binary) => hasAll(binary.devices, devices));
    if (fit !== undefined) {
      return fit;
    }
  }
  return ffmpeg;
}

async function findFfprobe(options: FindFfmpegOptions, ffmpegPath: string): Promise<string | undefined> {
  const { platform, environment, resourcesFolder, settings } = options;
  const beside: Candidate = {
    path: join(dirname(ffmpegPath), platform === 'win32' ? 'ffprobe.exe' : 'ffprobe'),
    origin: 'path',
    named: false,
  };
  const candidates = candidatesFor('ffprobe', {
    platform,
    environment,
    resourcesFolder,
    bundled: undefined,
    setting: settings.ffprobePath,
  });
  const named = candidates.filter((candidate) => candidate.named);
  const others = candidates.filter((candidate) => !candidate.named);
  // The one beside the chosen ffmpeg is of the same version.
  for (const candidate of [...named, beside, ...others]) {
    const program = await existingProgram('ffprobe', candidate, platform);
    if (program !== undefined && (await isFfprobe(options.run, program.path))) {
      return program.path;
    }
    if (candidate.named) {
      const { path, origin } = candidate;
      options.logger.warn({ path, origin }, 'the ffprobe that was named cannot be used; looking for another');
    }
  }
  return undefined;
}

function nothingUsable(platform: NodeJS.Platform, refused: readonly string[]): AppError {
  const cure = HOW_TO_INSTALL[platform] ?? 'Install FFmpeg from ffmpeg.org.';
  return refused.length === 0
    ? new AppError('process/not-found', `Lectern needs ffmpeg, and there is none on this computer. ${cure}`)
    : new AppError(
        'process/unusable',
        `Lectern found no ffmpeg that it can use (${refused.join('; ')}). ${cure}`,
        {
          details: { refused },
        },
      );
}

function hasAll(set: ReadonlySet<string>, names: readonly string[]): boolean {
  return names.every((name) => set.has(name));
}

/** The package is optional: not installed, or installed without its binary, is normal. */
async function staticPackagePath(): Promise<string | undefined> {
  // Not a literal, which would make the compiler and the layer rules insist on the package being there.
  const name = ['ffmpeg', 'static'].join('-');
  try {
    const imported: unknown = await import(name);
    const path =
      typeof imported === 'object' && imported !== null && 'default' in imported ? imported.default : undefined;
    return typeof path === 'string' ? path : undefined;
  } catch {
    return undefined;
  }
}
