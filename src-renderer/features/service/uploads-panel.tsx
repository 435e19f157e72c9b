import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Upload } from '../../../src-main/shared/api/uploads.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { useAction } from '../../stores/use-action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Switch } from '../../ui/field.tsx';
import { Chip, type Tone } from '../../ui/parts.tsx';
import { ProblemBanner } from './problem-banner.tsx';
import { UploadDialog } from './upload-dialog.tsx';

const TONES: Readonly<Record<Upload['state'], Tone>> = {
  off: 'neutral',
  waiting: 'neutral',
  live: 'good',
  catchingUp: 'caution',
  retrying: 'fault',
  complete: 'good',
  failed: 'fault',
};

/** Links that are mirrored to object storage. */
export function UploadsPanel(): ReactNode {
  const { t } = useTranslation();
  const { uploads } = useStores();
  const { items, problem, status } = useMirror(uploads);
  const [creating, setCreating] = useState(false);
  return (
    <section className="card" aria-labelledby="uploads-title">
      <header className="card__head">
        <h2 id="uploads-title" className="section-title">
          {t('service.uploads.title')}
        </h2>
        <Button size="small" icon="plus" onPress={() => setCreating(true)}>
          {t('service.uploads.add')}
        </Button>
      </header>
      <ProblemBanner problem={problem} onRetry={() => void uploads.refresh()} />
      {status === 'ready' && items.length === 0 && <p className="card__note">{t('service.uploads.none')}</p>}
      <ul className="rows">
        {items.map((upload) => (
          <Row key={upload.name} upload={upload} />
        ))}
      </ul>
      {creating && <UploadDialog onClose={() => setCreating(false)} />}
    </section>
  );
}

function Row({ upload }: { readonly upload: Upload }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { uploads } = useStores();
  const action = useAction();
  const [editing, setEditing] = useState(false);
  const [leaving, setLeaving] = useState<string>();
  const { name, state, urls, error, retryAt } = upload;
  const facts = [
    upload.streamingLocatorName,
    t('service.uploads.rate', {
      bitrate: format.bitrate(upload.sentBitrate),
      behind: format.decimal(upload.behindSeconds, 0),
    }),
    t('service.uploads.counts', {
      objects: upload.uploadedObjects,
      bytes: format.bytes(upload.uploadedBytes),
      waiting: upload.waitingObjects,
    }),
  ];
  return (
    <li className="rows__item rows__item--wrap">
      <span className="rows__main">
        <strong>{name}</strong>
        <span className="rows__detail">{facts.join(' · ')}</span>
        {error !== undefined && (
          <span className="rows__fault">
            {problemText(t, error).text}
            {retryAt !== undefined && <> {t('service.uploads.retry', { time: format.timeOfDay(retryAt) })}</>}
          </span>
        )}
      </span>
      <Chip tone={TONES[state]} hasDot>
        {t(`service.uploadState.${state}`)}
      </Chip>
      {(state === 'retrying' || state === 'failed') && (
        <Button
          size="small"
          isPending={action.pending === 'start'}
          onPress={() => action.run('start', () => uploads.start(name))}
        >
          {t('service.uploads.now')}
        </Button>
      )}
      <Switch
        label={t('service.uploads.enabled', { name })}
        isSelected={upload.enabled}
        isDisabled={action.pending !== undefined}
        onChange={(enabled) => action.run('enabled', () => (enabled ? uploads.start(name) : uploads.stop(name)))}
      >
        {undefined}
      </Switch>
      <IconButton icon="edit" label={t('service.uploads.edit', { name })} onPress={() => setEditing(true)} />
      <IconButton
        icon="trash"
        label={t('service.uploads.remove', { name })}
        isDisabled={action.pending === 'delete'}
        onPress={() => setLeaving(name)}
      />
      <div className="rows__more">
        {urls.hls !== undefined && <CopyField label="HLS" text={urls.hls} />}
        {urls.dash !== undefined && <CopyField label="DASH" text={urls.dash} />}
        {action.problem !== undefined && <ProblemBanner problem={action.problem} onDismiss={action.dismiss} />}
      </div>
      {editing && <UploadDialog upload={upload} onClose={() => setEditing(false)} />}
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => action.run('delete', () => uploads.delete(name))}
        wordsOf={() => ({
          title: t('service.uploads.removeTitle', { name }),
          text: t('service.uploads.removeText'),
          confirm: t('service.uploads.removeConfirm'),
        })}
      />
    </li>
  );
}
