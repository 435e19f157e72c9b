import type { SceneService } from '../../src-main/core/ports/services.ts';
import { createSceneShelf } from '../../src-main/core/studio/scenes/scene-shelf.ts';
import { writePng } from '../../src-main/core/studio/scenes/write-png.ts';
import type { SceneImage, ScenesState } from '../../src-main/shared/api/scenes.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

/** Scenes as they are kept; what they would look like is grey. */
export function fakeScenes(onChange: () => void = () => undefined): SceneService {
  const shelf = createSceneShelf();
  const images = new Map<string, SceneImage & { readonly bytes: Uint8Array }>();

  async function changed<T>(value: T): Promise<T> {
    onChange();
    return await Promise.resolve(value);
  }

  const state = (): ScenesState => ({
    collection: shelf.collection(),
    collections: [...shelf.collections()],
    scenes: [...shelf.list()],
    overlays: shelf.overlays(),
    images: [...images.values()].map(({ id, width, height }) => ({ id, width, height })),
  });

  return {
    state,
    async createCollection(create) {
      shelf.addCollection(create);
      return await changed(state());
    },
    async useCollection(name) {
      shelf.useCollection(name);
      return await changed(state());
    },
    async removeCollection(name) {
      shelf.removeCollection(name);
      await changed(undefined);
    },
    create: async (spec) => await changed(shelf.add(spec)),
    change: async (id, spec) => await changed(shelf.change(id, spec)),
    async remove(id) {
      shelf.remove(id);
      await changed(undefined);
    },
    async order(ids) {
      shelf.order(ids);
      await changed(undefined);
    },
    setOverlays: async (patch) => await changed(shelf.setOverlays(patch)),
    putImage: async (id, bytes) => {
      images.set(id, { id, width: 64, height: 64, bytes });
      return await changed({ id, width: 64, height: 64 });
    },
    removeImage: async (id) => {
      images.delete(id);
      await changed(undefined);
    },
    async image(id) {
      const image = images.get(id);
      if (image === undefined) {
        throw new AppError('resource/not-found', `There is no picture ${id}.`);
      }
      return await Promise.resolve({ type: 'png', bytes: image.bytes });
    },
    picture: async (id, width) => await Promise.resolve((shelf.get(id), aPng(width))),
    sketch: async (_spec, width) => await Promise.resolve(aPng(width)),
  };
}

function aPng(width = 320): Uint8Array {
  const wide = Math.floor(width / 4) * 4;
  const height = Math.round((wide * 9) / 16 / 2) * 2;
  return writePng(new Uint8Array((wide * height * 3) / 2).fill(128), wide, height);
}
