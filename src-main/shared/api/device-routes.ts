import { sourceTest, sourceTestResult } from './devices.ts';
import type { Route } from './route.ts';
import { deviceList } from './studio.ts';

/** What this computer can capture. */
export const DEVICE_ROUTES = {
  getDevices: {
    method: 'GET',
    path: '/studio/devices',
    summary:
      'Screens, windows, cameras, microphones and system sound. From the first call on, changes are told as `Lectern.DevicesChanged`.',
    response: deviceList,
  },
  testDevice: {
    method: 'POST',
    path: '/studio/devices/test',
    summary:
      'Really captures a picture and 200 ms of sound of a source, within a few seconds, or says what to do.',
    body: sourceTest,
    response: sourceTestResult,
  },
} as const satisfies Record<string, Route>;
