import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Asset, Marker } from '../../../src-main/shared/api/assets.ts';
import { clockTime } from '../../i18n/format.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Banner, Chip, EmptyState } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { ASSET_TONES } from './asset-card.tsx';
import { AssetFacts } from './asset-facts.tsx';
import { dateOf, titleOf } from './asset-list.ts';
import { CertificateCard } from './certificate-card.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { ExportList } from './export-list.tsx';
import { MarkerList } from './marker-list.tsx';
import { PublishPanel } from './publish-panel.tsx';
import { type Playback, PlayerPicture, usePlayback } from './recording-player.tsx';
import { Timeline } from './timeline.tsx';
import { isWhole, type SnappedRange } from './trim.ts';
import { usePlayerKeys } from './use-player-keys.ts';
import { useTrim } from './use-trim.ts';

export function AssetDetail({ name }: { readonly name: string }): ReactNode {
  const { t } = useTranslation();
  const { assets } = useStores();
  const { items, status } = useMirror(assets.list);
  const isLeaving = useStore(assets, ({ leaving }) => leaving.has(name));
  const asset = items.find((candidate) => candidate.name === name);
  if (asset === undefined || isLeaving) {
    return (
      <div className="page">
        <BackLink />
        {status === 'loading' ? (
          <Waiting>{t('common.loading')}</Waiting>
        ) : (
          <EmptyState icon="archive" title={t('archive.gone.title')}>
            {t('archive.gone.text')}
          </EmptyState>
        )}
      </div>
    );
  }
  return <Detail key={name} asset={asset} />;
}

function BackLink(): ReactNode {
  const { t } = useTranslation();
  return (
    <a className="back-link" href="#/archive">
      <Icon name="back" size={18} />
      {t('archive.back')}
    </a>
  );
}

const NO_MARKERS: readonly Marker[] = [];

function Detail({ asset }: { readonly asset: Asset }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { assets, exports } = useStores();
  const { name } = asset;
  const playback = usePlayback(asset);
  const markers = useStore(assets, (slice) => slice.markers.get(name) ?? NO_MARKERS);
  const [exporting, setExporting] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const { trim, range, wanted } = useTrim(asset, playback);

  useEffect(() => {
    void assets.loadMarkers(name);
    void exports.load(name);
  }, [assets, exports, name]);

  const setStart = (): void => trim.set('start', playback.seconds);
  const setEnd = (): void => trim.set('end', playback.seconds);
  const mark = (): void => void assets.addMarker(name, playback.seconds);
  usePlayerKeys({ playback, onStart: setStart, onEnd: setEnd, onMark: mark });
  const hasMedia = asset.duration > 0;

  return (
    <div className="page detail">
      <BackLink />
      <header className="page__head">
        <div className="detail__head">
          <h1 className="page__title">{titleOf(asset)}</h1>
          <p className="page__lead">
            {format.dateAndTime(dateOf(asset))} · {clockTime(asset.duration)} · {format.bytes(asset.size)}
          </p>
        </div>
        <Chip tone={ASSET_TONES[asset.state]} hasDot>
          {t(`archive.state.${asset.state}`)}
        </Chip>
      </header>
      {asset.state === 'damaged' && (
        <Banner tone="fault" title={t('archive.damagedTitle')}>
          {asset.damage ?? t('archive.damagedText')}
        </Banner>
      )}
      {asset.state === 'recording' && <Banner tone="info">{t('archive.recordingNote')}</Banner>}
      <div className="detail__body">
        <div className="detail__main">
          {hasMedia ? (
            <>
              <PlayerPicture playback={playback} title={titleOf(asset)} />
              <Timeline
                asset={asset}
                markers={markers}
                storyboard={playback.storyboard}
                startMs={playback.startMs}
                seconds={playback.seconds}
                span={playback.end}
                range={range}
                onSeek={(at) => playback.seek(at)}
                onRange={trim.setRange}
                onStep={(edge, seconds) => void trim.step(edge, seconds)}
              />
              <Controls playback={playback} />
              <TrimBar
                range={range}
                isWhole={isWhole(range, playback.end)}
                onStart={setStart}
                onEnd={setEnd}
                onReset={() => trim.reset()}
                onClip={() => void assets.clip(name, range)}
                onExport={() => setExporting(true)}
              />
              <MarkerList
                asset={name}
                markers={markers}
                seconds={playback.seconds}
                onSeek={(at) => playback.seek(at)}
              />
            </>
          ) : (
            <EmptyState icon="archive" title={t('archive.noMedia.title')}>
              {t('archive.noMedia.text')}
            </EmptyState>
          )}
        </div>
        <div className="detail__side">
          <ExportList asset={asset} />
          <PublishPanel asset={asset} />
          <AssetFacts asset={asset} />
          {hasMedia && asset.state !== 'recording' && asset.state !== 'finalising' && (
            <CertificateCard asset={asset} />
          )}
          <section className="card">
            <Button icon="trash" isDisabled={asset.state === 'recording'} onPress={() => setDeleting(true)}>
              {t('archive.delete.button')}
            </Button>
            {asset.state === 'recording' && <p className="card__note">{t('archive.delete.notYet')}</p>}
          </section>
        </div>
      </div>
      {exporting && (
        <ExportDialog asset={asset} range={range} wanted={wanted} onClose={() => setExporting(false)} />
      )}
      <ConfirmDialog
        title={t('archive.delete.title', { title: titleOf(asset) })}
        isOpen={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={() => {
          assets.deleteLater(name);
          location.hash = '#/archive';
        }}
        closeLabel={t('common.close')}
        cancelLabel={t('common.keep')}
        confirmLabel={t('archive.delete.confirm')}
      >
        <p>{t('archive.delete.text', { size: format.bytes(asset.size), length: clockTime(asset.duration) })}</p>
      </ConfirmDialog>
    </div>
  );
}

function Controls({ playback }: { readonly playback: Playback }): ReactNode {
  const { t } = useTranslation();
  const { state, seconds, end } = playback;
  return (
    <div className="controls">
      <IconButton
        icon={state.isPaused ? 'play' : 'pause'}
        tone="plain"
        label={t(state.isPaused ? 'archive.player.play' : 'archive.player.pause')}
        isDisabled={!state.isReady}
        onPress={() => playback.toggle()}
      />
      <span className="controls__time">
        {clockTime(seconds)} <span className="controls__total">/ {clockTime(end)}</span>
      </span>
      <span className="controls__space" />
      <IconButton
        icon={state.isMuted ? 'speaker-off' : 'speaker'}
        label={t(state.isMuted ? 'archive.player.unmute' : 'archive.player.mute')}
        isDisabled={!state.isReady}
        onPress={() => playback.player?.setMuted(!state.isMuted)}
      />
      <IconButton
        icon="external"
        label={t('archive.player.fullscreen')}
        isDisabled={!state.isReady}
        onPress={() => playback.player?.fullscreen()}
      />
    </div>
  );
}

function TrimBar(props: {
  readonly range: SnappedRange;
  readonly isWhole: boolean;
  readonly onStart: () => void;
  readonly onEnd: () => void;
  readonly onReset: () => void;
  readonly onClip: () => void;
  readonly onExport: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { range } = props;
  return (
    <section className="trim-bar" aria-label={t('archive.trim.label')}>
      <Button size="small" keyCap="I" onPress={props.onStart}>
        {t('archive.trim.start')}
      </Button>
      <Button size="small" keyCap="O" onPress={props.onEnd}>
        {t('archive.trim.end')}
      </Button>
      <span className="trim-bar__range">
        {props.isWhole
          ? t('archive.trim.whole')
          : t(range.isSure ? 'archive.trim.part' : 'archive.trim.about', {
              start: format.exactTime(range.start),
              end: format.exactTime(range.end),
              length: format.exactTime(range.end - range.start),
            })}
      </span>
      {!props.isWhole && (
        <>
          <Button size="small" tone="quiet" onPress={props.onReset}>
            {t('archive.trim.reset')}
          </Button>
          <Button size="small" icon="trim" onPress={props.onClip}>
            {t('moments.clip.part')}
          </Button>
        </>
      )}
      <span className="controls__space" />
      <Button tone="primary" icon="download" onPress={props.onExport}>
        {t(props.isWhole ? 'archive.export.whole' : 'archive.export.part')}
      </Button>
    </section>
  );
}
