import type { EventType } from '../../../src-main/shared/api/events.ts';
import type { Scene } from '../../../src-main/shared/api/studio.ts';
import { fakeScenes } from '../fake-scenes.ts';
import { Fault, type Handlers } from './handling.ts';

/** Scenes of the page's fake service. */
export function sceneHandlers(options: {
  readonly publish: (eventType: EventType, subject: string, data: unknown) => void;
  readonly scene: () => Scene;
  readonly setScene: (scene: Scene) => unknown;
}): Omit<Handlers, typeof Symbol.dispose> {
  const scenes = fakeScenes(() => options.publish('Lectern.ScenesChanged', 'studio', scenes.state()));
  return {
    listScenes: () => scenes.state(),
    createScene: ({ body }) => scenes.create(body),
    async orderScenes({ body }) {
      await scenes.order(body.scenes);
      return scenes.state();
    },
    changeScene: ({ params, body }) => scenes.change(params.scene, body),
    deleteScene({ params }) {
      const onAir = options.scene();
      if (onAir.kind === 'scene' && onAir.scene === params.scene) {
        throw new Fault('resource/in-use', 'It is on air.');
      }
      return scenes.remove(params.scene);
    },
    takeScene: ({ params }) => options.setScene({ kind: 'scene', scene: params.scene }),
    getScenePicture: ({ params, query }) => scenes.picture(params.scene, query.width),
    sketchScene: ({ body, query }) => scenes.sketch(body, query.width),
    createSceneCollection: ({ body }) => scenes.createCollection(body),
    useSceneCollection: ({ params }) => scenes.useCollection(params.collection),
    deleteSceneCollection: ({ params }) => scenes.removeCollection(params.collection),
    patchOverlays: ({ body }) => scenes.setOverlays(body),
    putSceneImage: ({ params }) => scenes.putImage(params.image, new Uint8Array()),
    deleteSceneImage: ({ params }) => scenes.removeImage(params.image),
  };
}
