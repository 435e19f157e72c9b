import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Asset, ExportJob } from '../../../src-main/shared/api/assets.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { EXPORT_ENDED, jobsOf } from '../../stores/assets-store.ts';
import { useStores } from '../../stores/context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Banner, ProgressBar } from '../../ui/parts.tsx';
import { EXPORT_ICONS, qualityName } from './export-model.ts';
import { saveStream } from './save-stream.ts';

export function ExportList({ asset }: { readonly asset: Asset }): ReactNode {
  const { t } = useTranslation();
  const { exports } = useStores();
  const all = useStore(exports, (slice) => slice.jobs);
  const jobs = useMemo(() => jobsOf(all, asset.name), [all, asset.name]);
  if (jobs.length === 0) {
    return undefined;
  }
  return (
    <section className="card" aria-labelledby="exports-title">
      <h2 id="exports-title" className="section-title">
        {t('archive.exports.title')}
      </h2>
      <ul className="exports">
        {jobs.map((job) => (
          <Job key={job.id} job={job} asset={asset} />
        ))}
      </ul>
    </section>
  );
}

function Job({ job, asset }: { readonly job: ExportJob; readonly asset: Asset }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { exports } = useStores();
  const isEnded = EXPORT_ENDED.has(job.state);
  const { start, end } = job;
  const words = job.error === undefined ? undefined : problemText(t, job.error);
  return (
    <li className="export" data-state={job.state}>
      <div className="export__head">
        <Icon name={EXPORT_ICONS[job.format]} size={18} />
        <span className="export__name" title={job.fileName}>
          {job.fileName}
        </span>
        <IconButton
          icon="close"
          label={t(isEnded ? 'archive.exports.forget' : 'archive.exports.cancel', { file: job.fileName })}
          onPress={() => void exports.cancel(job)}
        />
      </div>
      {!isEnded && <ProgressBar label={job.fileName} value={job.state === 'queued' ? undefined : job.progress} />}
      <p className="export__range">
        {start !== undefined && end !== undefined && (
          <>
            <span>
              {t('archive.exports.range', {
                start: format.exactTime(start),
                end: format.exactTime(end),
                length: format.exactTime(end - start),
              })}
            </span>
            {' · '}
          </>
        )}
        <span>{qualityName(asset, job, format.bitrate) ?? t('archive.export.all')}</span>
      </p>
      <p className="export__state">
        {t(`archive.exports.state.${job.state}`)}
        {(job.state === 'writing' || job.state === 'checking') && (
          <>
            {' · '}
            {format.decimal(job.progress * 100, 0)} %
            {job.eta !== undefined && <> · {t('archive.exports.left', { time: format.duration(job.eta) })}</>}
          </>
        )}
        {job.state === 'done' && job.size !== undefined && <> · {format.bytes(job.size)}</>}
      </p>
      {job.state === 'done' && <Finished job={job} />}
      {words !== undefined && (
        <Banner tone="fault" title={words.title}>
          {words.text}
        </Banner>
      )}
    </li>
  );
}

function Finished({ job }: { readonly job: ExportJob }): ReactNode {
  const { t } = useTranslation();
  const { exports, desktop, notices } = useStores();
  const [isSaving, setSaving] = useState(false);
  const { path } = job;

  async function save(): Promise<void> {
    setSaving(true);
    await notices.attempt(() => saveStream(() => exports.file(job), job.fileName));
    setSaving(false);
  }

  if (desktop !== undefined && path !== undefined) {
    return (
      <Button size="small" icon="folder" onPress={() => void notices.attempt(() => desktop.showInFolder(path))}>
        {t('archive.exports.show')}
      </Button>
    );
  }
  return (
    <Button size="small" icon="download" isPending={isSaving} onPress={() => void save()}>
      {t('archive.exports.download')}
    </Button>
  );
}
