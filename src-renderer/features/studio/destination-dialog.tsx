import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import type { Destination } from '../../../src-main/shared/api/publishing.ts';
import { fieldMessage, problemOf } from '../../api/problem.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select, Switch, TextField } from '../../ui/field.tsx';
import { Banner } from '../../ui/parts.tsx';
import { destinationRequest, draftOf, isReady } from './destination-model.ts';

/** Adds or changes one push target. The key goes in and never comes back. */
export function DestinationDialog(props: {
  readonly destination: Destination | undefined;
  readonly onClose: () => void;
}): ReactNode {
  const { destination, onClose } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { destinations } = useStores();
  const layers = useStudio(({ studio }) => studio?.ladder.layers);
  const [draft, setDraft] = useState(() => draftOf(destination));
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const change = (patch: Partial<typeof draft>): void => setDraft({ ...draft, ...patch });

  async function save(): Promise<void> {
    setSaving(true);
    try {
      if (destination === undefined) {
        await destinations.add(draft.name.trim(), destinationRequest(draft));
      } else {
        await destinations.change(destination.name, {
          ...destinationRequest(draft),
          backupUrl: draft.backupUrl.trim() === '' ? null : draft.backupUrl.trim(),
          playbackUrl: draft.playbackUrl.trim() === '' ? null : draft.playbackUrl.trim(),
        });
      }
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setSaving(false);
    }
  }

  const words = problem === undefined || problem.errors !== undefined ? undefined : problemText(t, problem);
  return (
    <Dialog
      title={
        destination === undefined
          ? t('studio.destinations.addTitle')
          : t('studio.destinations.editTitle', { name: destination.name })
      }
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button tone="primary" isPending={isSaving} isDisabled={!isReady(draft)} onPress={() => void save()}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady(draft)) {
            void save();
          }
        }}
      >
        {destination === undefined && (
          <TextField
            label={t('studio.destinations.name')}
            value={draft.name}
            onChange={(name) => change({ name })}
            placeholder={t('studio.destinations.namePlaceholder')}
            error={fieldMessage(problem, 'name')}
            autoFocus
          />
        )}
        <TextField
          label={t('studio.destinations.url')}
          type="url"
          value={draft.url}
          onChange={(url) => change({ url })}
          placeholder="rtmp://live.example.org/app"
          description={t('studio.destinations.urlDescription')}
          error={fieldMessage(problem, 'url')}
        />
        <TextField
          label={t(draft.url.startsWith('srt:') ? 'studio.destinations.streamId' : 'studio.destinations.key')}
          type="password"
          value={draft.streamKey}
          onChange={(streamKey) => change({ streamKey })}
          placeholder={destination?.hasStreamKey === true ? t('studio.destinations.keyKept') : ''}
          description={t('studio.destinations.keyDescription')}
          error={fieldMessage(problem, 'streamKey')}
        />
        <Select
          label={t('studio.destinations.quality')}
          value={draft.quality}
          onChange={(quality) => change({ quality })}
          choices={[
            { value: 'top', label: t('studio.destinations.top') },
            ...(layers ?? []).map((layer) => ({
              value: String(Math.round(layer.bitrate / 1000)),
              label: `${layer.height}p`,
              detail: format.bitrate(layer.bitrate),
            })),
            ...(draft.quality !== 'top' &&
            layers?.some((layer) => String(Math.round(layer.bitrate / 1000)) === draft.quality) !== true
              ? [{ value: draft.quality, label: format.bitrate(Number(draft.quality) * 1000) }]
              : []),
          ]}
        />
        <TextField
          label={t('studio.destinations.backup')}
          type="url"
          value={draft.backupUrl}
          onChange={(backupUrl) => change({ backupUrl })}
          description={t('studio.destinations.backupDescription')}
          error={fieldMessage(problem, 'backupUrl')}
        />
        <TextField
          label={t('outside.air.playbackUrl')}
          type="url"
          value={draft.playbackUrl}
          onChange={(playbackUrl) => change({ playbackUrl })}
          placeholder="https://…/index.m3u8"
          description={t('outside.air.playbackUrlDescription')}
          error={fieldMessage(problem, 'playbackUrl')}
        />
        <Switch isSelected={draft.enabled} onChange={(enabled) => change({ enabled })}>
          {t('studio.destinations.enabled')}
        </Switch>
        {words !== undefined && (
          <Banner tone="fault" title={words.title} role="alert">
            {words.text}
          </Banner>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
