import type { DEVICE_ROUTES } from '../../shared/api/device-routes.ts';
import type { Services } from '../ports/services.ts';
import type { JsonHandlers, JsonRoute } from './call.ts';

export function createDeviceHandlers({
  devices,
}: Pick<Services, 'devices'>): Pick<JsonHandlers, JsonRoute & keyof typeof DEVICE_ROUTES> {
  return {
    getDevices: () => devices.list(),
    testDevice: ({ body }) => devices.test(body.source),
  };
}
