import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Banner, EmptyState } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { AssetCard } from './asset-card.tsx';
import { AssetDetail } from './asset-detail.tsx';
import { type ArchiveView, DEFAULT_VIEW, SORTS, tagsOf, visibleAssets } from './asset-list.ts';
import './archive.css';

export function ArchiveScreen(props: { readonly assetName: string | undefined }): ReactNode {
  const { assets } = useStores();
  const [view, setView] = useState(DEFAULT_VIEW);
  useEffect(() => assets.followRecordings(), [assets]);
  return props.assetName === undefined ? (
    <AssetList view={view} onView={setView} />
  ) : (
    <AssetDetail key={props.assetName} name={props.assetName} />
  );
}

function AssetList(props: {
  readonly view: ArchiveView;
  readonly onView: (view: ArchiveView) => void;
}): ReactNode {
  const { view, onView } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { assets } = useStores();
  const { items, status, problem } = useMirror(assets.list);
  const leaving = useStore(assets, (slice) => slice.leaving);
  const shown = useMemo(() => visibleAssets(items, view, (name) => leaving.has(name)), [items, view, leaving]);
  const tags = useMemo(() => tagsOf(items), [items]);
  const totalSize = items.reduce((sum, asset) => sum + asset.size, 0);

  return (
    <div className="page archive">
      <header className="page__head">
        <div>
          <h1 className="page__title">{t('archive.heading')}</h1>
          {items.length > 0 && (
            <p className="page__lead">
              {t('archive.summary', { count: items.length, size: format.bytes(totalSize) })}
            </p>
          )}
        </div>
        {items.length > 0 && (
          <div className="archive__tools">
            <label className="search">
              <span className="visually-hidden">{t('archive.search')}</span>
              <Icon name="search" size={18} />
              <input
                type="search"
                placeholder={t('archive.search')}
                value={view.search}
                onChange={(event) => onView({ ...view, search: event.target.value })}
              />
            </label>
            <Select
              label={t('archive.sort.label')}
              isLabelHidden
              value={view.sort}
              choices={SORTS.map((sort) => ({ value: sort, label: t(`archive.sort.${sort}`) }))}
              onChange={(sort) => onView({ ...view, sort })}
            />
          </div>
        )}
      </header>
      {tags.length > 0 && (
        <div className="archive__tags" role="group" aria-label={t('archive.tags')}>
          {tags.map((tag) => (
            <button
              key={tag}
              type="button"
              className="tag tag--button"
              aria-pressed={view.tags.includes(tag)}
              onClick={() =>
                onView({
                  ...view,
                  tags: view.tags.includes(tag) ? view.tags.filter((other) => other !== tag) : [...view.tags, tag],
                })
              }
            >
              {tag}
            </button>
          ))}
        </div>
      )}
      {status === 'loading' && <Waiting>{t('common.loading')}</Waiting>}
      {problem !== undefined && (
        <Banner
          tone="fault"
          title={problemText(t, problem).title}
          action={<Button onPress={() => void assets.list.refresh()}>{t('common.retry')}</Button>}
        >
          {problemText(t, problem).text}
        </Banner>
      )}
      {status === 'ready' && items.length === 0 && (
        <EmptyState
          icon="archive"
          title={t('archive.empty.title')}
          action={
            <a className="button button--primary button--large" href="#/studio">
              {t('archive.empty.action')}
            </a>
          }
        >
          {t('archive.empty.text')}
        </EmptyState>
      )}
      {items.length > 0 && shown.length === 0 && status === 'ready' && (
        <EmptyState
          icon="search"
          title={t('archive.nothing.title')}
          action={
            <Button onPress={() => onView({ ...DEFAULT_VIEW, sort: view.sort })}>
              {t('archive.nothing.action')}
            </Button>
          }
        >
          {t('archive.nothing.text')}
        </EmptyState>
      )}
      <ul className="archive__grid">
        {shown.map((asset) => (
          <AssetCard key={asset.name} asset={asset} />
        ))}
      </ul>
    </div>
  );
}
