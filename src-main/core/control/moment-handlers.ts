import type { MOMENT_ROUTES } from '../../shared/api/moment-routes.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Services } from '../ports/services.ts';
import type { JsonHandlers, JsonRoute } from './call.ts';

/** Panic, clips and markers. */
export function createMomentHandlers({
  studio,
  panic,
  clips,
  assets,
}: Pick<Services, 'studio' | 'panic' | 'clips' | 'assets'>): Pick<
  JsonHandlers,
  JsonRoute & keyof typeof MOMENT_ROUTES
> {
  return {
    panic: async ({ body }) => {
      await panic.panic(body?.seconds);
      return studio.state();
    },
    panicBack: async () => {
      await panic.back();
      return studio.state();
    },
    createStudioClip: async ({ body }) => {
      const { asset } = studio.state().session ?? {};
      if (asset === undefined) {
        throw new AppError(
          'live/not-live',
          'Nothing is live, so there is nothing to clip. Clip a recording in the archive.',
        );
      }
      return await clips.create(asset, { seconds: body?.seconds ?? 30, title: body?.title });
    },
    createClip: ({ params, body }) => clips.create(params.name, body),
    addMarker: ({ params, body }) => assets.addMarker(params.name, body?.time, body?.label ?? ''),
    patchMarker: ({ params, body }) => assets.updateMarker(params.name, params.id, body),
    deleteMarker: ({ params }) => {
      assets.deleteMarker(params.name, params.id);
      return undefined;
    },
  };
}
