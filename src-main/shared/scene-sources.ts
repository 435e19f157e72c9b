import type { SceneSpec, SourceRef } from './api/scenes.ts';
import type { SourceKind } from './api/studio.ts';

type PictureSource = { readonly id: string; readonly kind: SourceKind };

const isGrabbed = ({ kind }: PictureSource): boolean => kind === 'screen' || kind === 'window';
const isCamera = ({ kind }: PictureSource): boolean => kind === 'camera';

/** Which source is meant, out of those that have a picture; undefined when there is none. */
export function resolveSource<T extends PictureSource>(ref: SourceRef, pictures: readonly T[]): T | undefined {
  const screen = pictures.find(isGrabbed) ?? pictures.find((source) => !isCamera(source)) ?? pictures[0];
  switch (ref) {
    case '@screen':
      return screen;
    case '@camera':
      return (
        pictures.find((source) => isCamera(source) && source !== screen) ??
        pictures.find((source) => source !== screen)
      );
    default:
      return pictures.find(({ id }) => id === ref);
  }
}

/** The sources that a scene names, each once. */
export function refsOf(spec: SceneSpec): readonly SourceRef[] {
  switch (spec.kind) {
    case 'picture-in-picture':
      return [...new Set([spec.background, spec.inset])];
    case 'side-by-side':
      return [...new Set([spec.left, spec.right])];
    case 'slate':
      return [];
    case 'custom':
      return [...new Set(spec.elements.flatMap((element) => (element.kind === 'source' ? [element.source] : [])))];
  }
}
