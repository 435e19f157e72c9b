import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Asset, AssetState } from '../../../src-main/shared/api/assets.ts';
import { clockTime } from '../../i18n/format.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { EXPORT_ENDED, jobsOf } from '../../stores/assets-store.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { publishedOf } from '../../stores/publishing-store.ts';
import { Icon } from '../../ui/icon.tsx';
import { Chip, type Tone } from '../../ui/parts.tsx';
import { dateOf, titleOf } from './asset-list.ts';
import { Poster } from './poster.tsx';

export const ASSET_TONES: Readonly<Record<AssetState, Tone>> = {
  empty: 'neutral',
  recording: 'air',
  finalising: 'neutral',
  ready: 'good',
  damaged: 'fault',
};

export function AssetCard({ asset }: { readonly asset: Asset }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { exports, locators } = useStores();
  const jobs = useStore(exports, (slice) => slice.jobs);
  const { items } = useMirror(locators);
  const isExporting = useMemo(
    () => jobsOf(jobs, asset.name).some((job) => !EXPORT_ENDED.has(job.state)),
    [jobs, asset.name],
  );
  const isPublished = publishedOf(items, asset.name).length > 0;
  const title = titleOf(asset);

  return (
    <li className="asset-card">
      <a className="asset-card__link" href={`#/archive/${encodeURIComponent(asset.name)}`}>
        <span className="asset-card__body">
          <strong className="asset-card__title">{title}</strong>
          <span className="asset-card__meta">
            {format.dateAndTime(dateOf(asset))} · {format.bytes(asset.size)}
          </span>
          <span className="asset-card__chips">
            {isExporting ? (
              <Chip tone="neutral" icon="download">
                {t('archive.state.exporting')}
              </Chip>
            ) : (
              <Chip tone={ASSET_TONES[asset.state]} hasDot>
                {t(`archive.state.${asset.state}`)}
              </Chip>
            )}
            {asset.clipOf !== undefined && (
              <Chip tone="neutral" icon="trim">
                {t('moments.clip.chip')}
              </Chip>
            )}
            {isPublished && (
              <span className="asset-card__mark" title={t('archive.published')}>
                <Icon name="link" size={16} />
                <span className="visually-hidden">{t('archive.published')}</span>
              </span>
            )}
            {asset.tags.map((tag) => (
              <span key={tag} className="tag trim">
                {tag}
              </span>
            ))}
          </span>
        </span>
        {/* Read aloud, it comes behind the title. */}
        <span className="asset-card__picture">
          <Poster asset={asset} />
          <span className="asset-card__length">{clockTime(asset.duration)}</span>
        </span>
      </a>
    </li>
  );
}
