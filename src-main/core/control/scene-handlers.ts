import type { SCENE_ROUTES } from '../../shared/api/scene-routes.ts';
import { sceneSpec, sketchQuery } from '../../shared/api/scenes.ts';
import type { Services } from '../ports/services.ts';
import { sendBytes, sendJson } from './answer.ts';
import type { JsonHandlers, JsonRoute, StreamHandler, StreamRoute } from './call.ts';
import { readBytes } from './read-bytes.ts';

const MOST_IMAGE_BYTES = 5 * 1024 * 1024;

export function createSceneHandlers({
  scenes,
  studio,
}: Pick<Services, 'scenes' | 'studio'>): Pick<JsonHandlers, JsonRoute & keyof typeof SCENE_ROUTES> {
  return {
    listScenes: () => scenes.state(),
    createScene: ({ body }) => scenes.create(body),
    async orderScenes({ body }) {
      await scenes.order(body.scenes);
      return scenes.state();
    },
    changeScene: ({ params, body }) => scenes.change(params.scene, body),
    async deleteScene({ params }) {
      await scenes.remove(params.scene);
      return undefined;
    },
    takeScene: ({ params }) => studio.setScene({ kind: 'scene', scene: params.scene }),
    createSceneCollection: ({ body }) => scenes.createCollection(body),
    useSceneCollection: ({ params }) => scenes.useCollection(params.collection),
    async deleteSceneCollection({ params }) {
      await scenes.removeCollection(params.collection);
      return undefined;
    },
    patchOverlays: ({ body }) => scenes.setOverlays(body),
    async deleteSceneImage({ params }) {
      await scenes.removeImage(params.image);
      return undefined;
    },
  };
}

const PNG = { 'Content-Type': 'image/png' };

export function createSceneStreams({
  scenes,
}: Pick<Services, 'scenes'>): Readonly<Record<StreamRoute & keyof typeof SCENE_ROUTES, StreamHandler>> {
  return {
    async getScenePicture({ params, query }, _request, response) {
      const { width } = sketchQuery.parse(query);
      sendBytes(response, 200, PNG, await scenes.picture(params['scene'] ?? '', width));
    },
    async sketchScene({ query, body }, _request, response) {
      const { width } = sketchQuery.parse(query);
      sendBytes(response, 200, PNG, await scenes.sketch(sceneSpec.parse(body), width));
    },
    async putSceneImage({ params }, request, response) {
      const bytes = await readBytes(request, MOST_IMAGE_BYTES);
      sendJson(response, 200, {}, await scenes.putImage(params['image'] ?? '', bytes));
    },
    async getSceneImage({ params }, _request, response) {
      const { type, bytes } = await scenes.image(params['image'] ?? '');
      sendBytes(response, 200, { 'Content-Type': `image/${type}` }, bytes);
    },
  };
}
