import { captureError, missingDeviceError, noLoopbackError, permissionError } from './capture-errors.ts';
import { type CameraFacts, type SoundFacts, withDistinctLabels } from './device-facts.ts';
import type { FindDevicesOptions, FoundDevices } from './found-devices.ts';
import { listing } from './listing.ts';
import { isLoopback } from './loopback.ts';
import { type DshowDevice, parseDshowDevices, parseDshowModes } from './parse-dshow.ts';
import { parseWindowsDesktop, WINDOWS_DESKTOP_ARGS } from './windows-desktop.ts';

export async function findWindowsDevices(options: FindDevicesOptions): Promise<FoundDevices> {
  const { binary, platform, readFailure, run, signal } = options;
  const hasDshow = binary.devices.has('dshow');
  const dshow = (...args: string[]) => listing(run, binary.path, ['-hide_banner', '-f', 'dshow', ...args], signal);
  const [desktop, listed] = await Promise.all([
    listing(run, 'powershell.exe', WINDOWS_DESKTOP_ARGS, signal),
    hasDshow ? dshow('-list_devices', 'true', '-i', 'dummy') : undefined,
  ]);
  const lines = listed?.lines ?? [];
  const devices = parseDshowDevices(lines);
  const seen = parseWindowsDesktop(desktop?.output ?? '');
  const cameras = await Promise.all(
    withDistinctLabels(devices.filter(({ kind }) => kind === 'video').map(toNamed)).map(
      async (camera, index): Promise<CameraFacts> => {
        const told = await dshow('-list_options', 'true', '-i', `video=${camera.input}`);
        return { ...camera, isDefault: index === 0, modes: parseDshowModes(told?.lines ?? []) };
      },
    ),
  );
  const sound = withDistinctLabels(devices.filter(({ kind }) => kind === 'audio').map(toNamed));
  const systemAudio = markFirst(sound.filter(({ label }) => isLoopback(label)));
  return {
    facts: {
      screens: seen?.screens ?? [],
      windows: seen?.windows ?? [],
      cameras,
      microphones: markFirst(sound.filter(({ label }) => !isLoopback(label))),
      systemAudio,
    },
    problems: [
      ...(seen === undefined ? [unlistedDesktopError()] : []),
      ...(hasDshow ? [] : [missingDeviceError('camera', 'dshow', 'Name another ffmpeg in the settings.')]),
      ...(readFailure(lines)?.reason === 'permission-denied'
        ? [permissionError('camera', 'the devices', platform)]
        : []),
      ...(systemAudio.length === 0 ? [noLoopbackError(platform)] : []),
    ],
  };
}

/** By Windows' own path where it is known: it tells two of the same name apart and stays the same. */
function toNamed({ name, path }: DshowDevice) {
  return { id: path ?? name, label: name, input: path ?? name };
}

function markFirst(devices: readonly Omit<SoundFacts, 'isDefault'>[]): readonly SoundFacts[] {
  return devices.map((device, index) => ({ ...device, isDefault: index === 0 }));
}

/** PowerShell is switched off or slow: the whole desktop can still be shown. */
function unlistedDesktopError() {
  return captureError(
    'capture/unsupported',
    'Windows does not say which screens and windows there are, so only the whole desktop can be captured. Check that PowerShell runs.',
    { kind: 'window' },
  );
}
