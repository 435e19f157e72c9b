import type { FIRE_DRILL_ROUTES } from '../../shared/api/fire-drill.ts';
import type { PREFLIGHT_ROUTES } from '../../shared/api/preflight.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { Services } from '../ports/services.ts';
import type { JsonHandlers, JsonRoute } from './call.ts';

export function createPreflightHandlers({
  preflight,
  fireDrill,
}: Pick<Services, 'preflight' | 'fireDrill'>): Pick<
  JsonHandlers,
  JsonRoute & (keyof typeof PREFLIGHT_ROUTES | keyof typeof FIRE_DRILL_ROUTES)
> {
  return {
    startPreflight: ({ query }) => preflight.start({ waitMs: (parseIsoDuration(query.wait ?? '') ?? 0) * 1000 }),
    getPreflight: () => preflight.get(),
    cancelPreflight: () => preflight.cancel(),
    startFireDrill: ({ body }) => fireDrill.start(body),
    getFireDrill: () => fireDrill.get(),
    stopFireDrill: () => fireDrill.stop(),
  };
}
