import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectIsOnAir, selectPhase } from '../../stores/studio-store.ts';
import { Switch } from '../../ui/field.tsx';

export function RecordingCard(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { studio } = useStores();
  const phase = useStudio(selectPhase);
  const isOnAir = useStudio(selectIsOnAir);
  const record = useStudio((slice) => slice.studio?.record ?? true);
  const asset = useStudio((slice) => slice.studio?.session?.asset);
  const freeBytes = useStudio((slice) => slice.studio?.disk.freeBytes);

  return (
    <article className="card recording" aria-label={t('studio.recording.title')}>
      <header className="card__head">
        <h2 className="card__title">{t('studio.recording.title')}</h2>
        <Switch
          label={t('studio.recording.switch')}
          isSelected={record}
          isDisabled={isOnAir || phase === 'starting'}
          onChange={(isSelected) => void studio.setRecord(isSelected)}
        >
          {undefined}
        </Switch>
      </header>
      <p className="card__note">
        {!record
          ? t('studio.recording.off')
          : isOnAir && asset !== undefined
            ? t('studio.recording.running')
            : t('studio.recording.on')}
        {freeBytes !== undefined && <> {t('studio.recording.free', { size: format.bytes(freeBytes) })}</>}
      </p>
      {isOnAir && asset !== undefined && (
        <a className="link" href={`#/archive/${encodeURIComponent(asset)}`}>
          {t('studio.recording.open')}
        </a>
      )}
    </article>
  );
}
