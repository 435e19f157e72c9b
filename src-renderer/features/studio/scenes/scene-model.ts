import type {
  SceneElement,
  SceneItem,
  SceneKind,
  SceneSpec,
  ScenesState,
} from '../../../../src-main/shared/api/scenes.ts';
import type { Scene, SourceStatus, StudioState } from '../../../../src-main/shared/api/studio.ts';
import { refsOf, resolveSource } from '../../../../src-main/shared/scene-sources.ts';

/** Something that can be taken on air: a source alone, or a scene. */
export type Shot =
  | { readonly key: string; readonly scene: Scene; readonly source: SourceStatus; readonly item?: undefined }
  | { readonly key: string; readonly scene: Scene; readonly item: SceneItem; readonly source?: undefined };

const NO_SOURCES: readonly SourceStatus[] = [];

export const selectPictures = (studio: StudioState | undefined): readonly SourceStatus[] =>
  studio?.sources.filter((source) => source.hasVideo) ?? NO_SOURCES;

/** In the order of their keys: the sources, then the scenes of which all sources are there. */
export function shotsOf(studio: StudioState | undefined, scenes: ScenesState | undefined): readonly Shot[] {
  const pictures = selectPictures(studio);
  const specs = pictures.map(({ spec }) => spec);
  return [
    ...pictures.map(
      (source): Shot => ({
        key: source.spec.id,
        scene: { kind: 'single', source: source.spec.id },
        source,
      }),
    ),
    ...(scenes?.scenes ?? [])
      .filter(({ spec }) => refsOf(spec).every((ref) => resolveSource(ref, specs) !== undefined))
      .map((item): Shot => ({ key: `scene:${item.id}`, scene: { kind: 'scene', scene: item.id }, item })),
  ];
}

export const SLATE_KEY = 'slate:';

export function keyOf(scene: Scene | undefined): string {
  switch (scene?.kind) {
    case 'single':
      return scene.source;
    case 'scene':
      return `scene:${scene.scene}`;
    case 'slate':
    case undefined:
      return SLATE_KEY;
  }
}

/** What a new scene begins as. */
export function newSpec(kind: SceneKind, name: string): SceneSpec {
  switch (kind) {
    case 'picture-in-picture':
      return {
        kind,
        name,
        background: '@screen',
        inset: '@camera',
        corner: 'bottom-right',
        size: 0.25,
        round: false,
      };
    case 'side-by-side':
      return { kind, name, left: '@screen', right: '@camera', fit: 'fit' };
    case 'slate':
      return { kind, name, title: name };
    case 'custom':
      return { kind, name, ground: '#10161c', elements: [newElement('source')] };
  }
}

export function newElement(kind: SceneElement['kind'], image = ''): SceneElement {
  switch (kind) {
    case 'source':
      return { kind, source: '@screen', x: 0, y: 0, width: 1, height: 1, fit: 'fit', radius: 0 };
    case 'image':
      return { kind, image, x: 0.05, y: 0.05, width: 0.25, height: 0.25, fit: 'fit' };
    case 'text':
      return {
        kind,
        text: '',
        x: 0.05,
        y: 0.8,
        width: 0.9,
        height: 0.12,
        colour: '#ffffff',
        align: 'left',
      };
    case 'countdown':
      return {
        kind,
        x: 0.25,
        y: 0.4,
        width: 0.5,
        height: 0.2,
        countdown: { kind: 'minutes', minutes: 5 },
        colour: '#ffffff',
      };
  }
}

/** The name of an image made from that of its file, which no other has. */
export function imageName(fileName: string, taken: ReadonlySet<string>): string {
  const plain = fileName
    .replace(/\.[^.]*$/, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
  const base = plain === '' ? 'picture' : plain;
  let name = base;
  for (let count = 2; taken.has(name); count += 1) {
    name = `${base}-${count}`;
  }
  return name;
}

/** One of a list moved by so many places. */
export function moved<T>(items: readonly T[], index: number, by: number): readonly T[] {
  const item = items[index];
  const to = index + by;
  if (item === undefined || to < 0 || to >= items.length) {
    return items;
  }
  return items.toSpliced(index, 1).toSpliced(to, 0, item);
}
