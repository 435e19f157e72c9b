import { missingDeviceError, noLoopbackError, permissionError } from './capture-errors.ts';
import { NO_DEVICES } from './device-facts.ts';
import type { FindDevicesOptions, FoundDevices } from './found-devices.ts';
import { listing } from './listing.ts';
import { parseAvfoundationDevices } from './parse-avfoundation.ts';

export async function findMacosDevices(options: FindDevicesOptions): Promise<FoundDevices> {
  const { binary, platform, readFailure, run, signal } = options;
  if (!binary.devices.has('avfoundation')) {
    const problem = missingDeviceError('screen', 'avfoundation', 'Name another ffmpeg in the settings.');
    return { facts: NO_DEVICES, problems: [problem] };
  }
  const args = ['-hide_banner', '-f', 'avfoundation', '-list_devices', 'true', '-i', ''];
  const lines = (await listing(run, binary.path, args, signal))?.lines ?? [];
  const facts = parseAvfoundationDevices(lines);
  return {
    facts,
    problems: [
      ...(readFailure(lines)?.reason === 'permission-denied'
        ? [permissionError('camera', 'the devices', platform)]
        : []),
      ...(facts.systemAudio.length === 0 ? [noLoopbackError(platform)] : []),
    ],
  };
}
