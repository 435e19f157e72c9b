import { createStore } from 'zustand/vanilla';
import type {
  Overlays,
  OverlaysPatch,
  SceneCollectionCreate,
  SceneItem,
  SceneSpec,
  ScenesState,
} from '../../src-main/shared/api/scenes.ts';
import type { Scene } from '../../src-main/shared/api/studio.ts';
import type { Api } from '../api/client.ts';
import type { NoticesStore } from './notices-store.ts';

export type ScenesSlice = {
  /** What the service last said. */
  readonly scenes: ScenesState | undefined;
  /** A scene is looked at before it is taken on air. */
  readonly looksFirst: boolean;
  readonly looked: Scene | undefined;
};

/** Scenes of the studio. What is on air is the studio's; what is looked at before is each page's own. */
export function createScenesStore(api: Api, notices: Pick<NoticesStore, 'attempt'>) {
  const store = createStore<ScenesSlice>(() => ({ scenes: undefined, looksFirst: false, looked: undefined }));

  function mirror(scenes: ScenesState): void {
    const { looked } = store.getState();
    const isGone = looked?.kind === 'scene' && !scenes.scenes.some(({ id }) => id === looked.scene);
    store.setState({ scenes, ...(isGone ? { looked: undefined } : {}) });
  }

  async function refresh(): Promise<void> {
    try {
      mirror(await api.call('listScenes'));
    } catch {
      // The studio's own snapshot fails with it and says why.
    }
  }

  return {
    ...store,
    mirror,
    refresh,
    look: (looked: Scene | undefined) => store.setState({ looked }),
    /** Puts it on air. */
    async takeLooked(setScene: (scene: Scene) => Promise<unknown>): Promise<void> {
      const { looked } = store.getState();
      if (looked !== undefined) {
        store.setState({ looked: undefined });
        await setScene(looked);
      }
    },
    /** On when it is off, off when it is on; one that has nothing to show stays off. */
    async switchOverlay(overlay: 'logo' | 'lowerThird'): Promise<void> {
      const overlays = store.getState().scenes?.overlays;
      if (overlays !== undefined && hasContent(overlays, overlay)) {
        await notices.attempt(() =>
          api.call('patchOverlays', { body: { [overlay]: { on: !overlays[overlay].on } } }),
        );
      }
    },
    setLooksFirst: (looksFirst: boolean) => store.setState({ looksFirst, looked: undefined }),

    /** These throw, because the form that asked shows the answer. */
    create: (spec: SceneSpec): Promise<SceneItem> => api.call('createScene', { body: spec }),
    change: (scene: string, spec: SceneSpec): Promise<SceneItem> =>
      api.call('changeScene', { params: { scene }, body: spec }),
    async addImage(image: string, file: Blob): Promise<void> {
      await api.open('putSceneImage', {
        params: { image },
        headers: { 'Content-Type': 'application/octet-stream' },
        body: file,
      });
      await refresh();
    },
    removeImage: (image: string): Promise<void> => api.call('deleteSceneImage', { params: { image } }),
    remove: (scene: string): Promise<void> => api.call('deleteScene', { params: { scene } }),

    async createCollection(create: SceneCollectionCreate): Promise<void> {
      mirror(await api.call('createSceneCollection', { body: create }));
    },
    async useCollection(collection: string): Promise<void> {
      mirror(await api.call('useSceneCollection', { params: { collection } }));
    },
    async removeCollection(collection: string): Promise<void> {
      await api.call('deleteSceneCollection', { params: { collection } });
      await refresh();
    },

    order: (scenes: readonly string[]) =>
      notices.attempt(async () => mirror(await api.call('orderScenes', { body: { scenes: [...scenes] } }))),
    setOverlays: (patch: OverlaysPatch) => notices.attempt(() => api.call('patchOverlays', { body: patch })),

    /** How it would look on air at this moment. */
    async picture(scene: Scene, width: number, signal: AbortSignal): Promise<Blob> {
      const query = { width };
      const answer =
        scene.kind === 'scene'
          ? await api.open('getScenePicture', { params: { scene: scene.scene }, query, signal })
          : await openSketch(specOf(scene), width, signal);
      return await answer.blob();
    },
    async sketch(spec: SceneSpec, width: number, signal: AbortSignal): Promise<Blob> {
      return await (await openSketch(spec, width, signal)).blob();
    },
    async image(image: string): Promise<Blob> {
      return await (await api.open('getSceneImage', { params: { image } })).blob();
    },
  };

  function openSketch(spec: SceneSpec, width: number, signal: AbortSignal): Promise<Response> {
    return api.open('sketchScene', {
      query: { width },
      headers: { 'Content-Type': 'application/json' },
      body: new Blob([JSON.stringify(spec)], { type: 'application/json' }),
      signal,
    });
  }
}

export function hasContent({ logo, lowerThird }: Overlays, overlay: 'logo' | 'lowerThird'): boolean {
  return overlay === 'logo' ? logo.image !== undefined : lowerThird.title !== '' || lowerThird.subtitle !== '';
}

/** One source alone, or nothing, said as a scene. */
function specOf(scene: Exclude<Scene, { kind: 'scene' }>): SceneSpec {
  const whole = { x: 0, y: 0, width: 1, height: 1 };
  return scene.kind === 'slate'
    ? { kind: 'slate', name: 'Slate', title: '' }
    : {
        kind: 'custom',
        name: 'Source',
        ground: '#000000',
        elements: [{ kind: 'source', source: scene.source, ...whole, fit: 'fit', radius: 0 }],
      };
}
