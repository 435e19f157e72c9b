import type { Asset } from '../../../src-main/shared/api/assets.ts';
import { isSlate } from '../../stores/slates-store.ts';

export const SORTS = ['newest', 'oldest', 'title', 'longest', 'largest'] as const;
export type Sort = (typeof SORTS)[number];

export type ArchiveView = {
  readonly search: string;
  readonly sort: Sort;
  /** All of them must be on a recording. */
  readonly tags: readonly string[];
};

export const DEFAULT_VIEW: ArchiveView = { search: '', sort: 'newest', tags: [] };

/** The recordings that a search, a choice of tags and an order leave, without those that are leaving, and without slates. */
export function visibleAssets(
  assets: readonly Asset[],
  view: ArchiveView,
  isLeaving: (name: string) => boolean,
): readonly Asset[] {
  const words = view.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return assets
    .filter((asset) => !isLeaving(asset.name) && !isSlate(asset))
    .filter((asset) => view.tags.every((tag) => asset.tags.includes(tag)))
    .filter((asset) => {
      const text = [titleOf(asset), asset.description, ...asset.tags].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort(ORDERS[view.sort]);
}

const ORDERS: Readonly<Record<Sort, (one: Asset, other: Asset) => number>> = {
  newest: (one, other) => dateOf(other).localeCompare(dateOf(one)),
  oldest: (one, other) => dateOf(one).localeCompare(dateOf(other)),
  title: (one, other) => titleOf(one).localeCompare(titleOf(other)),
  longest: (one, other) => other.duration - one.duration,
  largest: (one, other) => other.size - one.size,
};

export function titleOf(asset: Asset): string {
  return asset.title === '' ? asset.name : asset.title;
}

export function dateOf(asset: Asset): string {
  return asset.recordedAt ?? asset.created;
}

/** Every tag in use, the most used first. */
export function tagsOf(assets: readonly Asset[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const tag of assets.flatMap((asset) => asset.tags)) {
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts]
    .sort(([one, oneCount], [other, otherCount]) => otherCount - oneCount || one.localeCompare(other))
    .map(([tag]) => tag);
}

/** How long a recording is from its start to its end, gaps counted: the axis of its seek bar. */
export function spanOf(asset: Pick<Asset, 'duration' | 'gaps'>): number {
  return asset.duration + asset.gaps.reduce((sum, gap) => sum + gap.duration, 0);
}
