import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/app-error.ts';
import {
  deviceBusyError,
  missingDeviceError,
  noDisplayError,
  noSoundServerError,
  permissionError,
  waylandError,
} from './capture-errors.ts';
import {
  type CameraFacts,
  type ScreenFacts,
  type SoundFacts,
  type WindowFacts,
  withDistinctLabels,
} from './device-facts.ts';
import type { FindDevicesOptions, FoundDevices } from './found-devices.ts';
import { ALSA_PREFIX, isWaylandSession } from './linux.ts';
import { LISTING_TIMEOUT_MS, listing } from './listing.ts';
import { type ListedSource, parseSources } from './parse-sources.ts';
import { isNoCamera, parseV4l2Formats } from './parse-v4l2.ts';
import type { XDesktop } from './x11/describe-desktop.ts';
import { openDesktop } from './x11/open-desktop.ts';

type Found<T> = { readonly devices: readonly T[]; readonly problems: readonly AppError[] };

export async function findLinuxDevices(options: FindDevicesOptions): Promise<FoundDevices> {
  const [desktop, cameras, sound] = await Promise.all([
    findDesktop(options),
    findCameras(options),
    findSound(options),
  ]);
  return {
    facts: { ...desktop.facts, cameras: cameras.devices, ...sound.facts },
    problems: [...desktop.problems, ...cameras.problems, ...sound.problems],
  };
}

async function findDesktop(options: FindDevicesOptions): Promise<{
  readonly facts: { readonly screens: readonly ScreenFacts[]; readonly windows: readonly WindowFacts[] };
  readonly problems: readonly AppError[];
}> {
  const { binary, environment, signal } = options;
  const without = (...problems: AppError[]) => ({ facts: { screens: [], windows: [] }, problems });
  if (isWaylandSession(options)) {
    return without(waylandError('screen'));
  }
  if ((environment['DISPLAY'] ?? '') === '') {
    return without(noDisplayError('screen', 'DISPLAY is not set'));
  }
  if (!binary.devices.has('x11grab')) {
    return without(missingDeviceError('screen', 'x11grab', 'Install the ffmpeg of your distribution.'));
  }
  const timeout = AbortSignal.timeout(LISTING_TIMEOUT_MS);
  try {
    const desktop = await openDesktop(
      environment,
      signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    );
    return desktop.isXwayland ? without(waylandError('screen')) : { facts: desktopFacts(desktop), problems: [] };
  } catch (error) {
    signal?.throwIfAborted();
    return without(noDisplayError('screen', error instanceof Error ? error.message : 'it does not answer'));
  }
}

function desktopFacts({ screens, windows }: XDesktop) {
  const primary = screens.find(({ isPrimary }) => isPrimary) ?? screens[0];
  return {
    screens: withDistinctLabels(
      screens.map(
        ({ name, isPrimary: _, ...area }, index): ScreenFacts => ({
          id: name,
          label: `${screens.length === 1 ? 'Screen' : name} (${area.width} × ${area.height})`,
          input: name,
          isDefault: screens[index] === primary,
          area,
        }),
      ),
    ),
    windows: withDistinctLabels(
      windows.map(
        ({ id, title, width, height }): WindowFacts => ({
          id: `0x${id.toString(16)}`,
          label: title,
          input: `0x${id.toString(16)}`,
          size: { width, height },
        }),
      ),
    ),
  };
}

/** Cameras as the kernel lists them; each is asked for its formats, which does not switch it on. */
async function findCameras(options: FindDevicesOptions): Promise<Found<CameraFacts>> {
  const { binary, root = '/', run, readFailure, signal } = options;
  const folder = join(root, 'sys/class/video4linux');
  const nodes = (await readdirOrNothing(folder)).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (nodes.length > 0 && !binary.devices.has('v4l2') && !binary.devices.has('video4linux2')) {
    const problem = missingDeviceError('camera', 'v4l2', 'Install the ffmpeg of your distribution.');
    return { devices: [], problems: [problem] };
  }
  const links = await findLinks(root);
  const problems: AppError[] = [];
  const found = await Promise.all(
    nodes.map(async (node) => {
      const path = `/dev/${node}`;
      const label = (await readTextOrNothing(join(folder, node, 'name'))) || node;
      const told = await listing(
        run,
        binary.path,
        ['-hide_banner', '-f', 'v4l2', '-list_formats', 'all', '-i', path],
        signal,
      );
      const modes = parseV4l2Formats(told?.lines ?? []);
      if (told === undefined || isNoCamera(told.lines)) {
        return undefined;
      }
      const failure = modes.length === 0 ? readFailure(told.lines) : undefined;
      if (failure?.reason === 'permission-denied') {
        problems.push(permissionError('camera', label, 'linux'));
        return undefined;
      }
      if (failure?.reason === 'device-busy') {
        problems.push(deviceBusyError('camera', label));
      }
      return { path, label: tidyName(label), modes };
    }),
  );
  const cameras = found.filter((camera) => camera !== undefined);
  const named = cameras.map(({ path, label, modes }) => {
    const namesakes = cameras.filter((camera) => camera.label === label);
    return {
      label,
      modes,
      ...stableName(
        path,
        namesakes.map((camera) => camera.path),
        links,
      ),
    };
  });
  const distinct = withDistinctLabels(named, ({ socket }) => socket);
  return {
    devices: distinct.map(({ socket: _, ...camera }, index) => ({ ...camera, isDefault: index === 0 })),
    problems,
  };
}

type Links = { readonly byId: ReadonlyMap<string, string>; readonly byPath: ReadonlyMap<string, string> };

/**
 * A name that stays with a camera over replugging and restarts: maker, model and serial number, else the socket it is in. Cameras of one model
 * without serial numbers share the name by id, which leads to the one that was plugged in last: then all of them go by their sockets.
 */
function stableName(path: string, namesakes: readonly string[], { byId, byPath }: Links) {
  const id = byId.get(path);
  const place = byPath.get(path);
  const isShared = namesakes.some((other) => !byId.has(other)) && namesakes.every((other) => byPath.has(other));
  const name = (isShared ? place : (id ?? place)) ?? path;
  return {
    id: name,
    input: name,
    aliases: [id, place, path].flatMap((other) => (other === undefined || other === name ? [] : [other])),
    socket: socketIn(place),
  };
}

/** `pci-0000:00:14.0-usb-0:3.2:1.0-video-index0` → `USB 3.2`: the number of the port, and that of a hub behind it. */
function socketIn(place: string | undefined): string | undefined {
  const port = /-usb(?:v\d)?-\d+:([\d.]+):/.exec(place ?? '')?.[1];
  return port === undefined ? undefined : `USB ${port}`;
}

async function findLinks(root: string): Promise<Links> {
  const [byId, byPath] = await Promise.all(['by-id', 'by-path'].map((kind) => linksIn(root, kind)));
  return { byId: byId ?? new Map(), byPath: byPath ?? new Map() };
}

/** Links by what they lead to. */
async function linksIn(root: string, kind: string): Promise<ReadonlyMap<string, string>> {
  const folder = join('/dev/v4l', kind);
  const links = new Map<string, string>();
  for (const name of await readdirOrNothing(join(root, folder))) {
    const target = await realpathOrNothing(join(root, folder, name));
    if (target !== undefined) {
      links.set(target.slice(root === '/' ? 0 : root.length), join(folder, name));
    }
  }
  return links;
}

/** Product and interface, which mostly say the same, cut to 31 bytes: `Integrated_Webcam_HD: Integrate`. */
function tidyName(name: string): string {
  const [product = name, port] = name.split(': ');
  return port !== undefined && product.startsWith(port) ? product : name;
}

async function findSound(options: FindDevicesOptions): Promise<{
  readonly facts: { readonly microphones: readonly SoundFacts[]; readonly systemAudio: readonly SoundFacts[] };
  readonly problems: readonly AppError[];
}> {
  const { binary } = options;
  const listed = async (
    which: '-sources' | '-sinks',
    format: string,
  ): Promise<readonly ListedSource[] | undefined> => {
    if (!binary.devices.has(format)) {
      return undefined;
    }
    const told = await listing(options.run, binary.path, ['-hide_banner', which, format], options.signal);
    return told === undefined ? undefined : parseSources(told.output);
  };
  const [sources, sinks] = await Promise.all([listed('-sources', 'pulse'), listed('-sinks', 'pulse')]);
  if (sources !== undefined) {
    return { facts: pulseFacts(sources, sinks ?? []), problems: [] };
  }
  const problem = binary.devices.has('pulse')
    ? noSoundServerError('microphone')
    : missingDeviceError('system-audio', 'PulseAudio', 'Install the ffmpeg of your distribution.');
  const alsa = (await listed('-sources', 'alsa')) ?? [];
  return { facts: { microphones: alsaFacts(alsa), systemAudio: [] }, problems: [problem] };
}

const MONITOR = '.monitor';

function pulseFacts(sources: readonly ListedSource[], sinks: readonly ListedSource[]) {
  const defaultMonitor = `${sinks.find(({ isDefault }) => isDefault)?.name ?? ''}${MONITOR}`;
  const toFacts = ({ name, description, isDefault }: ListedSource): SoundFacts => ({
    id: name,
    label: description === '' ? name : description,
    input: name,
    isDefault,
  });
  return {
    microphones: withDistinctLabels(sources.filter(({ name }) => !name.endsWith(MONITOR)).map(toFacts)),
    systemAudio: withDistinctLabels(
      sources
        .filter(({ name }) => name.endsWith(MONITOR))
        .map((source) => ({
          ...toFacts(source),
          // Monitors are called after the output whose sound they give.
          label: source.description.replace(/^Monitor of /, '') || source.name,
          isDefault: source.name === defaultMonitor,
        })),
    ),
  };
}

/** Of ALSA's list the devices that are one: `default` and the cards; the rest are plug-ins. */
function alsaFacts(sources: readonly ListedSource[]): readonly SoundFacts[] {
  return withDistinctLabels(
    sources
      .filter(({ name }) => name === 'default' || /^(?:sysdefault|plughw):/.test(name))
      .map(({ name, description }) => ({
        id: `${ALSA_PREFIX}${name}`,
        label: name === 'default' ? 'Default' : (description.split('\n')[0] ?? name),
        input: name,
        isDefault: name === 'default',
      })),
  );
}

async function readdirOrNothing(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function readTextOrNothing(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return '';
  }
}

async function realpathOrNothing(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}
