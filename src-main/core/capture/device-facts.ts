import type { Device } from '../../shared/api/studio.ts';

/** What is known of the devices of this computer: more than the page is told, enough to write a command line. */
export type DeviceFacts = {
  readonly screens: readonly ScreenFacts[];
  readonly windows: readonly WindowFacts[];
  readonly cameras: readonly CameraFacts[];
  readonly microphones: readonly SoundFacts[];
  readonly systemAudio: readonly SoundFacts[];
};

export const NO_DEVICES: DeviceFacts = { screens: [], windows: [], cameras: [], microphones: [], systemAudio: [] };

type Named = {
  /** Stays the same as long as the device is the same, if the system allows; what a source names it by. */
  readonly id: string;
  /** A name people know, unlike every other of its kind. */
  readonly label: string;
  /** What ffmpeg is told to open. */
  readonly input: string;
  /** Other names that it is found by: what it was called before there were two of its kind. */
  readonly aliases?: readonly string[] | undefined;
};

export type Area = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

export type ScreenFacts = Named & {
  readonly isDefault: boolean;
  /** On the whole desktop, in pixels; undefined where the system does not say. */
  readonly area: Area | undefined;
};

export type WindowFacts = Named & {
  readonly size: { readonly width: number; readonly height: number } | undefined;
};

export type CameraFacts = Named & {
  readonly isDefault: boolean;
  /** Empty where they are not known before it is opened. */
  readonly modes: readonly CameraMode[];
};

export type CameraMode = {
  readonly width: number;
  readonly height: number;
  /** Raw formats cost bandwidth on the bus, compressed ones some processor time. */
  readonly format: string;
  readonly isCompressed: boolean;
  /** The highest of this size and format; undefined when unknown. */
  readonly frameRate: number | undefined;
};

export type SoundFacts = Named & { readonly isDefault: boolean };

/** As the page lists them. */
export function toDevices(facts: DeviceFacts): readonly Device[] {
  const sound =
    (kind: 'microphone' | 'system-audio') =>
    ({ id, label, isDefault }: SoundFacts): Device => ({
      kind,
      id,
      label,
      isDefault,
    });
  return [
    ...facts.screens.map(
      ({ id, label, isDefault, area }): Device => ({ kind: 'screen', id, label, isDefault, ...sizeOf(area) }),
    ),
    ...facts.windows.map(
      ({ id, label, size }): Device => ({ kind: 'window', id, label, isDefault: false, ...sizeOf(size) }),
    ),
    ...facts.cameras.map(
      ({ id, label, isDefault, modes }): Device => ({
        kind: 'camera',
        id,
        label,
        isDefault,
        ...sizeOf(modes.toSorted((a, b) => b.width * b.height - a.width * a.height)[0]),
      }),
    ),
    ...facts.microphones.map(sound('microphone')),
    ...facts.systemAudio.map(sound('system-audio')),
  ];
}

function sizeOf(size: { readonly width: number; readonly height: number } | undefined) {
  return size === undefined ? {} : { width: size.width, height: size.height };
}

/**
 * Tells those of the same name apart: by the socket each is in where all of them are known to be in one (`Camera (USB 3)`), which stays when
 * they are plugged in in another order; else `Camera`, `Camera (2)`, in the order of the list.
 */
export function withDistinctLabels<T extends { readonly label: string }>(
  devices: readonly T[],
  socketOf: (device: T) => string | undefined = () => undefined,
): readonly T[] {
  const taken = new Set<string>();
  return devices.map((device) => {
    const named = devices.filter(({ label }) => label === device.label);
    const sockets = new Set(named.map(socketOf));
    const socket = socketOf(device);
    const isPlain = named.length === 1 || sockets.size < named.length || sockets.has(undefined);
    const wanted = isPlain || socket === undefined ? device.label : `${device.label} (${socket})`;
    let label = wanted;
    for (let number = 2; taken.has(label); number += 1) {
      label = `${wanted} (${number})`;
    }
    taken.add(label);
    return { ...device, label };
  });
}
