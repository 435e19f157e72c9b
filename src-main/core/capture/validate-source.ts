import { stat } from 'node:fs/promises';
import type { SourceKind } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';
import type { FfmpegBinary, MediaProbe, ProbeMedia } from '../ports/process.ts';
import type { CapturedSpec, DeviceSpec, SpecOf } from './capture-context.ts';
import { captureError } from './capture-errors.ts';
import { boundsOf } from './desktop-area.ts';
import { type DeviceFacts, NO_DEVICES } from './device-facts.ts';
import type { FoundDevices } from './found-devices.ts';
import { type DeviceKind, knownDevice } from './known-device.ts';
import { mediaStreams } from './media-streams.ts';
import { parseStreamUrl } from './url-source.ts';

/** What was found out about a source while it was checked. */
export type SourceFacts = { readonly devices: DeviceFacts; readonly media: MediaProbe | undefined };

export type ValidateSourceOptions = {
  readonly platform: NodeJS.Platform;
  readonly binary: FfmpegBinary;
  readonly findDevices: () => Promise<FoundDevices>;
  readonly probe: ProbeMedia;
  readonly signal?: AbortSignal | undefined;
  /** The device need not be there now: it is one of the last time, and is waited for. */
  readonly mayBeAway?: boolean | undefined;
};

/**
 * Checks a source before anything is started: the file is there and has media, the device is connected, the region is on the screen. Throws
 * an `AppError` that names the field (in `details.field`) and the cure.
 */
export async function validateSource(spec: CapturedSpec, options: ValidateSourceOptions): Promise<SourceFacts> {
  if (spec.kind === 'file') {
    await checkFile(spec);
    return { devices: NO_DEVICES, media: await probeSource(spec, spec.path, options) };
  }
  if (spec.kind === 'url') {
    const { url } = parseStreamUrl(spec.url, options.binary);
    return { devices: NO_DEVICES, media: await probeSource(spec, url.href, options) };
  }
  if (spec.kind === 'browser') {
    return { devices: NO_DEVICES, media: undefined };
  }
  const { facts, problems } = await options.findDevices();
  if (options.mayBeAway !== true) {
    checkDevice(spec, facts, problems, options.platform);
  }
  if (spec.kind === 'screen') {
    checkRegion(spec, facts);
  }
  return { devices: facts, media: undefined };
}

async function checkFile({ path }: SpecOf<'file'>): Promise<void> {
  const fault = (problem: string): AppError =>
    captureError('capture/file-unreadable', `${path} ${problem}`, { kind: 'file', field: 'path', path });
  try {
    if (!(await stat(path)).isFile()) {
      throw fault('is no file. Choose a video or a sound file.');
    }
  } catch (error) {
    throw error instanceof AppError ? error : fault('is not there, or may not be read. Choose it again.');
  }
}

async function probeSource(
  spec: SpecOf<'file' | 'url'>,
  target: string,
  { probe, signal }: ValidateSourceOptions,
): Promise<MediaProbe> {
  const media = await probe(target, { signal });
  mediaStreams(media, spec);
  return media;
}

/** Kinds that fail for the same reasons: a display, a sound server, or its absence. */
const RELATED: Readonly<Partial<Record<SourceKind, readonly SourceKind[]>>> = {
  screen: ['screen', 'window'],
  window: ['screen', 'window'],
  camera: ['camera'],
  microphone: ['microphone', 'system-audio'],
  'system-audio': ['system-audio', 'microphone'],
};

function checkDevice(
  spec: DeviceSpec,
  facts: DeviceFacts,
  problems: readonly AppError[],
  platform: NodeJS.Platform,
): void {
  // All screens together are always there when there is a screen; without a list of them it is for the capture to try.
  if (spec.kind === 'screen' && spec.device === undefined && (facts.screens.length > 0 || platform === 'win32')) {
    return;
  }
  try {
    knownDevice(spec.kind, spec.device, facts);
  } catch (error) {
    // Why there is none of its kind says more than that this one is not there.
    const reason = (RELATED[spec.kind] ?? [])
      .map((kind) => problems.find(({ details }) => details['kind'] === kind))
      .find((problem) => problem !== undefined);
    throw isEmpty(spec.kind, facts) && reason !== undefined ? reason : error;
  }
}

function isEmpty(kind: DeviceKind, facts: DeviceFacts): boolean {
  const lists: Readonly<Record<DeviceKind, readonly unknown[]>> = {
    screen: facts.screens,
    window: facts.windows,
    camera: facts.cameras,
    microphone: facts.microphones,
    'system-audio': facts.systemAudio,
  };
  return lists[kind].length === 0;
}

function checkRegion({ device, region }: SpecOf<'screen'>, facts: DeviceFacts): void {
  const area = device === undefined ? boundsOf(facts.screens) : knownDevice('screen', device, facts).area;
  if (region === undefined || area === undefined) {
    return;
  }
  if (region.x + region.width > area.width || region.y + region.height > area.height) {
    throw new AppError(
      'request/invalid',
      `The region reaches to ${region.x + region.width} × ${region.y + region.height}, but the screen has only ` +
        `${area.width} × ${area.height} pixels. Choose a region inside it.`,
      { details: { field: 'region', kind: 'screen', width: area.width, height: area.height } },
    );
  }
}
