import { remoteDevice, remoteDevicePatch, remotePairing, remoteStatus } from './remote.ts';
import { none, type Route } from './route.ts';

/** Which phones may help, and how they are let in. The remote itself has a port of its own. */
export const REMOTE_ROUTES = {
  getRemote: {
    method: 'GET',
    path: '/remote',
    summary: 'Whether the remote is on, where its page is, and which devices are let in.',
    response: remoteStatus,
  },
  startPairing: {
    method: 'POST',
    path: '/remote/pairing',
    summary:
      'A new code that lets one device in, within two minutes and five tries. One that was good before is so no longer.',
    body: none,
    response: remotePairing,
    status: 201,
  },
  cancelPairing: {
    method: 'DELETE',
    path: '/remote/pairing',
    summary: 'Makes the code worthless.',
  },
  patchRemoteDevice: {
    method: 'PATCH',
    path: '/remote/devices/{id}',
    summary: 'Gives a device another name.',
    body: remoteDevicePatch,
    response: remoteDevice,
  },
  deleteRemoteDevice: {
    method: 'DELETE',
    path: '/remote/devices/{id}',
    summary: 'Lets a device in no more, from this moment on; what it has open is closed.',
  },
} as const satisfies Record<string, Route>;
