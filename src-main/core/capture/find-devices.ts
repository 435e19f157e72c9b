import type { DeviceList } from '../../shared/api/studio.ts';
import { problemOf } from '../../shared/problem.ts';
import { NO_DEVICES, toDevices } from './device-facts.ts';
import { findLinuxDevices } from './find-linux.ts';
import { findMacosDevices } from './find-macos.ts';
import { findWindowsDevices } from './find-windows.ts';
import type { FindDevicesOptions, FoundDevices } from './found-devices.ts';

/** Everything that can be captured here. No program that is asked has more than three seconds; no camera and no microphone is opened. */
export async function findDevices(options: FindDevicesOptions): Promise<FoundDevices> {
  switch (options.platform) {
    case 'linux':
      return await findLinuxDevices(options);
    case 'darwin':
      return await findMacosDevices(options);
    case 'win32':
      return await findWindowsDevices(options);
    default:
      return { facts: NO_DEVICES, problems: [] };
  }
}

/** As the page lists them. */
export async function listDevices(options: FindDevicesOptions): Promise<DeviceList> {
  const { facts, problems } = await findDevices(options);
  return { value: [...toDevices(facts)], problems: problems.map(problemOf) };
}
