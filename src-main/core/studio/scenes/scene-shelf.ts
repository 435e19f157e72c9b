import type { Overlays, OverlaysPatch, SceneItem, SceneSpec, StoredScenes } from '../../../shared/api/scenes.ts';
import { AppError } from '../../../shared/app-error.ts';

/** The scenes that were made and what lies on them, without any of how they are shown. */
export type SceneShelf = {
  /** In the order of their keys. */
  list(): readonly SceneItem[];
  has(id: string): boolean;
  /** Throws `resource/not-found`. */
  get(id: string): SceneItem;
  /** Throws `resource/quota`. */
  add(spec: SceneSpec): SceneItem;
  change(id: string, spec: SceneSpec): SceneItem;
  remove(id: string): void;
  /** Throws `request/invalid` unless each of them is named once. */
  order(ids: readonly string[]): void;
  overlays(): Overlays;
  setOverlays(patch: OverlaysPatch): Overlays;
  stored(): StoredScenes;
  restore(stored: StoredScenes): void;
};

const MOST_SCENES = 50;
const MOST_ID = 36;

/** What a studio begins with. */
const FIRST_SCENES: readonly SceneItem[] = [
  {
    id: 'picture-in-picture',
    spec: {
      kind: 'picture-in-picture',
      name: 'Picture in picture',
      background: '@screen',
      inset: '@camera',
      corner: 'bottom-right',
      size: 0.25,
      round: false,
    },
  },
  {
    id: 'side-by-side',
    spec: { kind: 'side-by-side', name: 'Side by side', left: '@screen', right: '@camera', fit: 'fit' },
  },
  {
    id: 'starting-soon',
    spec: {
      kind: 'slate',
      name: 'Starting soon',
      title: 'Starting soon',
      countdown: { kind: 'minutes', minutes: 5 },
    },
  },
  { id: 'back-soon', spec: { kind: 'slate', name: 'Back soon', title: 'Back soon' } },
  { id: 'ended', spec: { kind: 'slate', name: 'Ended', title: 'Thank you for watching' } },
];

const FIRST_OVERLAYS: Overlays = {
  logo: { on: false, corner: 'top-right', size: 0.12 },
  lowerThird: { on: false, title: '', subtitle: '', side: 'left' },
};

export function createSceneShelf(): SceneShelf {
  let scenes = FIRST_SCENES;
  let overlays = FIRST_OVERLAYS;

  function get(id: string): SceneItem {
    const found = scenes.find((scene) => scene.id === id);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no scene ${id}.`, { details: { scene: id } });
    }
    return found;
  }

  /** `picture-in-picture`, then `picture-in-picture-2`. */
  function freeId(name: string): string {
    const plain = name
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, MOST_ID)
      .replaceAll(/^-+|-+$/g, '');
    const base = plain === '' ? 'scene' : plain;
    const taken = new Set(scenes.map(({ id }) => id));
    let id = base;
    for (let count = 2; taken.has(id); count += 1) {
      id = `${base}-${count}`;
    }
    return id;
  }

  return {
    list: () => scenes,
    has: (id) => scenes.some((scene) => scene.id === id),
    get,
    add(spec) {
      if (scenes.length >= MOST_SCENES) {
        throw new AppError('resource/quota', `There are ${MOST_SCENES} scenes already. Delete one first.`, {
          details: { most: MOST_SCENES },
        });
      }
      const scene = { id: freeId(spec.name), spec };
      scenes = [...scenes, scene];
      return scene;
    },
    change(id, spec) {
      const before = get(id);
      const changed = { id, spec };
      scenes = scenes.map((scene) => (scene === before ? changed : scene));
      return changed;
    },
    remove(id) {
      const gone = get(id);
      scenes = scenes.filter((scene) => scene !== gone);
    },
    order(ids) {
      const isWhole = ids.length === scenes.length && new Set(ids).size === ids.length;
      if (!isWhole || !ids.every((id) => scenes.some((scene) => scene.id === id))) {
        throw new AppError('request/invalid', 'Every scene must be named once. Nothing was changed.', {
          details: { field: 'scenes' },
        });
      }
      scenes = ids.map(get);
    },
    overlays: () => overlays,
    setOverlays(patch) {
      const { image: before, ...logo } = overlays.logo;
      const { image = before, ...changes } = patch.logo ?? {};
      overlays = {
        logo: {
          ...logo,
          ...given(changes),
          // Without a picture there is nothing to switch on.
          ...(image === null || image === undefined ? { on: false } : { image }),
        },
        lowerThird: { ...overlays.lowerThird, ...given(patch.lowerThird) },
      };
      return overlays;
    },
    stored: () => ({ scenes: [...scenes], overlays }),
    restore(stored) {
      scenes = stored.scenes;
      overlays = stored.overlays;
    },
  };
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that only say `undefined`. */
function given<T extends object>(patch: T | undefined): Given<T> {
  // What is left has the values of `patch` and none that is undefined.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(patch ?? {}).filter(([, value]) => value !== undefined)) as Given<T>;
}
