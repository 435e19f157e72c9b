import {
  FIRST_COLLECTION,
  type Overlays,
  type OverlaysPatch,
  type SceneCollectionCreate,
  type SceneItem,
  type SceneSpec,
  type StoredScenes,
} from '../../../shared/api/scenes.ts';
import { AppError } from '../../../shared/app-error.ts';

/** A collection: the scenes of an event, and what lies on them. */
type Collection = { readonly scenes: readonly SceneItem[]; readonly overlays: Overlays };

/** The scenes that were made and what lies on them, without any of how they are shown. All but the collections is of the one in use. */
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
  /** The name of the collection in use. */
  collection(): string;
  /** All names, in their order. */
  collections(): readonly string[];
  /** Scenes and overlays of all collections, those in use first. */
  everything(): readonly Collection[];
  /** Throws `resource/not-found`. */
  inCollection(name: string): Collection;
  /** Makes one and changes to it. Throws `resource/exists`, `resource/quota`. */
  addCollection(create: SceneCollectionCreate): void;
  useCollection(name: string): void;
  /** Throws `resource/in-use` for the one in use. */
  removeCollection(name: string): void;
  stored(): StoredScenes;
  restore(stored: StoredScenes): void;
};

const MOST_SCENES = 50;
const MOST_COLLECTIONS = 100;
const MOST_ID = 36;

/** What a studio begins with. */
export const FIRST_SCENES: readonly SceneItem[] = [
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
  let collection: string = FIRST_COLLECTION;
  /** Those that are not in use. */
  const others = new Map<string, Collection>();

  function inCollection(name: string): Collection {
    const found = name === collection ? { scenes, overlays } : others.get(name);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no collection of scenes ${name}.`, {
        details: { collection: name },
      });
    }
    return found;
  }

  function changeTo(name: string, { scenes: newScenes, overlays: newOverlays }: Collection): void {
    others.set(collection, { scenes, overlays });
    others.delete(name);
    collection = name;
    scenes = newScenes;
    overlays = newOverlays;
  }

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
    collection: () => collection,
    collections: () => [collection, ...others.keys()].toSorted((one, other) => one.localeCompare(other)),
    everything: () => [{ scenes, overlays }, ...others.values()],
    inCollection,
    addCollection({ name, from }) {
      if (name === collection || others.has(name)) {
        throw new AppError('resource/exists', `There is a collection of scenes ${name} already.`, {
          details: { field: 'name', collection: name },
        });
      }
      if (others.size + 1 >= MOST_COLLECTIONS) {
        throw new AppError(
          'resource/quota',
          `There are ${MOST_COLLECTIONS} collections of scenes already. Delete one first.`,
          { details: { most: MOST_COLLECTIONS } },
        );
      }
      changeTo(name, from === 'first' ? { scenes: FIRST_SCENES, overlays: FIRST_OVERLAYS } : { scenes, overlays });
    },
    useCollection: (name) => changeTo(name, inCollection(name)),
    removeCollection(name) {
      inCollection(name);
      if (name === collection) {
        throw new AppError('resource/in-use', `The collection ${name} is in use. Change to another one first.`, {
          details: { collection: name },
        });
      }
      others.delete(name);
    },
    stored: () => ({
      scenes: [...scenes],
      overlays,
      collection,
      others: [...others].map(([name, kept]) => ({ name, scenes: [...kept.scenes], overlays: kept.overlays })),
    }),
    restore(stored) {
      ({ scenes, overlays, collection } = stored);
      others.clear();
      stored.others.forEach(({ name, ...kept }) => others.set(name, kept));
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
