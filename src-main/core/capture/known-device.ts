import { deviceNotFoundError } from './capture-errors.ts';
import type { CameraFacts, DeviceFacts, ScreenFacts, SoundFacts, WindowFacts } from './device-facts.ts';

type FactsByKind = {
  readonly screen: ScreenFacts;
  readonly window: WindowFacts;
  readonly camera: CameraFacts;
  readonly microphone: SoundFacts;
  readonly 'system-audio': SoundFacts;
};
export type DeviceKind = keyof FactsByKind;

/**
 * The device that a source names by id; for `default` and without one the system's default, else the first. Never another device than the
 * one that was asked for: a headset that is gone must not become the laptop's microphone unasked.
 */
export function findDevice<K extends DeviceKind>(
  kind: K,
  id: string | undefined,
  devices: DeviceFacts,
): FactsByKind[K] | undefined {
  const listed = devicesOf(kind, devices);
  return id === undefined || id === 'default'
    ? (listed.find((device) => 'isDefault' in device && device.isDefault) ?? listed[0])
    : (listed.find((device) => device.id === id) ?? listed.find(({ aliases }) => aliases?.includes(id) === true));
}

/** The same for one that has to be there. Throws `capture/device-not-found`. */
export function knownDevice<K extends DeviceKind>(
  kind: K,
  id: string | undefined,
  devices: DeviceFacts,
): FactsByKind[K] {
  const found = findDevice(kind, id, devices);
  if (found === undefined) {
    throw deviceNotFoundError(kind, id ?? 'default');
  }
  return found;
}

function devicesOf<K extends DeviceKind>(kind: K, devices: DeviceFacts): readonly FactsByKind[K][] {
  const lists: { readonly [Kind in DeviceKind]: readonly FactsByKind[Kind][] } = {
    screen: devices.screens,
    window: devices.windows,
    camera: devices.cameras,
    microphone: devices.microphones,
    'system-audio': devices.systemAudio,
  };
  return lists[kind];
}
