import type { TFunction } from 'i18next';
import type { SceneItem } from '../../../../src-main/shared/api/scenes.ts';

/** Those that the studio begins with have a name in every language for as long as nobody has given them another. */
const FIRST_NAMES = {
  'picture-in-picture': 'Picture in picture',
  'side-by-side': 'Side by side',
  'starting-soon': 'Starting soon',
  'back-soon': 'Back soon',
  ended: 'Ended',
} as const;

export function sceneName(t: TFunction, { id, spec: { name } }: SceneItem): string {
  return isFirst(id) && FIRST_NAMES[id] === name ? t(`scenes.first.${id}`) : name;
}

function isFirst(id: string): id is keyof typeof FIRST_NAMES {
  return Object.hasOwn(FIRST_NAMES, id);
}
