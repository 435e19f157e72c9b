import type { Asset } from '../../../src-main/shared/api/assets.ts';

/** What an asset is called in a list to choose from. */
export function assetTitle({ title, name }: Pick<Asset, 'title' | 'name'>): string {
  return title === '' ? name : title;
}
