import { AppError } from '../../shared/app-error.ts';
import type { FfmpegBinary, RunToEnd } from '../ports/process.ts';
import {
  parseCodecs,
  parseFilters,
  parseInputDevices,
  parseMuxers,
  parseProtocols,
  parseVersion,
} from './parse-capabilities.ts';
import type { Capabilities, ProbeCache } from './probe-cache.ts';
import { toolSpec } from './run-to-end.ts';

/** The first run of a fresh binary may be held up by a virus scanner or by macOS, which looks at it first. */
const TIMEOUT_MS = 20_000;
/** The longest listing, of filters, is 40 kB. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * What the binary at `path` can do. It is run at least once, for its version: that proves that it runs here at all. Throws
 * `process/not-found` or `process/unusable` with the reason in words.
 */
export async function probeFfmpeg(
  { run, cache }: { readonly run: RunToEnd; readonly cache: ProbeCache },
  { path, origin }: Pick<FfmpegBinary, 'path' | 'origin'>,
): Promise<FfmpegBinary> {
  const list = async (option: string): Promise<string> => await listing(run, path, option);
  const banner = await list('-version');
  const version = parseVersion(banner, 'ffmpeg');
  if (version === undefined) {
    throw new AppError('process/unusable', `${path} is not ffmpeg.`, { details: { path } });
  }
  const hash = await hashOf(cache, path);
  const known = cache.find(hash);
  const found = known?.banner === banner ? known : await listCapabilities(list, banner);
  if (found !== known) {
    cache.keep(hash, found);
  }
  return {
    path,
    origin,
    hash,
    ...version,
    encoders: new Set(found.encoders),
    decoders: new Set(found.decoders),
    filters: new Set(found.filters),
    devices: new Set(found.devices),
    inputProtocols: new Set(found.inputProtocols),
    outputProtocols: new Set(found.outputProtocols),
    muxers: new Set(found.muxers),
  };
}

async function hashOf(cache: ProbeCache, path: string): Promise<string> {
  try {
    return await cache.hashOf(path);
  } catch (cause) {
    throw new AppError('process/unusable', `${path} may be run but not read.`, { details: { path }, cause });
  }
}

/** All at once: each run is mostly loading libraries. */
async function listCapabilities(list: (option: string) => Promise<string>, banner: string): Promise<Capabilities> {
  const [encoders, decoders, filters, devices, protocols, muxers] = await Promise.all([
    list('-encoders'),
    list('-decoders'),
    list('-filters'),
    list('-devices'),
    list('-protocols'),
    list('-muxers'),
  ]);
  const { input, output } = parseProtocols(protocols);
  return {
    banner,
    encoders: [...parseCodecs(encoders)],
    decoders: [...parseCodecs(decoders)],
    filters: [...parseFilters(filters)],
    devices: [...parseInputDevices(devices)],
    inputProtocols: [...input],
    outputProtocols: [...output],
    muxers: [...parseMuxers(muxers)],
  };
}

/** Whether the program at `path` is an ffprobe that runs. */
export async function isFfprobe(run: RunToEnd, path: string): Promise<boolean> {
  try {
    return parseVersion(await listing(run, path, '-version'), 'ffprobe') !== undefined;
  } catch {
    return false;
  }
}

async function listing(run: RunToEnd, path: string, option: string): Promise<string> {
  const { stdout } = await run(toolSpec(`probe ${option}`, path, ['-hide_banner', option]), {
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  return new TextDecoder().decode(stdout);
}
