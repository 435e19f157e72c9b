import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import type { StreamingLocator } from '../../../src-main/shared/api/publishing.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores, useStudio } from '../../stores/context.ts';
import { publishedOf } from '../../stores/publishing-store.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Checkbox, Select } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { titleOf } from './asset-list.ts';

export function PublishPanel({ asset }: { readonly asset: Asset }): ReactNode {
  const { t } = useTranslation();
  const { locators } = useStores();
  const { items } = useMirror(locators);
  const isShared = useStudio(({ studio }) => studio?.shared ?? false);
  const [publishing, setPublishing] = useState(false);
  const [leaving, setLeaving] = useState<string>();
  const published = publishedOf(items, asset.name);

  return (
    <section className="card" aria-labelledby="publish-title">
      <h2 id="publish-title" className="section-title">
        {t('archive.publish.title')}
      </h2>
      {published.length === 0 ? (
        <p className="card__note">{t('archive.publish.none')}</p>
      ) : (
        published.map((locator) => (
          <Published key={locator.name} locator={locator} onUnpublish={() => setLeaving(locator.name)} />
        ))
      )}
      {published.length > 0 && !isShared && <p className="card__note">{t('archive.publish.local')}</p>}
      <div>
        <Button size="small" icon="publish" isDisabled={asset.duration === 0} onPress={() => setPublishing(true)}>
          {t('archive.publish.button')}
        </Button>
      </div>
      {publishing && <PublishDialog asset={asset} onClose={() => setPublishing(false)} />}
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={(name) => void locators.unpublish(name)}
        wordsOf={() => ({
          title: t('archive.publish.endTitle', { title: titleOf(asset) }),
          text: t('archive.publish.endText'),
          confirm: t('archive.publish.endConfirm'),
        })}
      />
    </section>
  );
}

function Published(props: { readonly locator: StreamingLocator; readonly onUnpublish: () => void }): ReactNode {
  const { locator, onUnpublish } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { locators, notices } = useStores();
  const [watchUrl, setWatchUrl] = useState<string>();
  const { name } = locator;

  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      const paths = await notices.attempt(() => locators.paths(name));
      if (!gone.signal.aborted) {
        setWatchUrl(paths?.watchUrl);
      }
    })();
    return () => gone.abort();
  }, [locators, notices, name]);

  return (
    <div className="published">
      {watchUrl !== undefined && <CopyField label={t('archive.publish.link')} text={watchUrl} />}
      <p className="card__note">
        {locator.endTime === undefined
          ? t('archive.publish.forever')
          : t('archive.publish.until', { time: format.dateAndTime(locator.endTime) })}
        {locator.streamingPolicyName === 'Predefined_DownloadAndClearStreaming' && (
          <> {t('archive.publish.mayDownload')}</>
        )}
      </p>
      <Button size="small" tone="quiet" onPress={onUnpublish}>
        {t('archive.publish.end')}
      </Button>
    </div>
  );
}

const LIVES = ['forever', 'day', 'week', 'month'] as const;
type Life = (typeof LIVES)[number];
const LIFE_DAYS: Readonly<Record<Life, number | undefined>> = { forever: undefined, day: 1, week: 7, month: 30 };

function PublishDialog(props: { readonly asset: Asset; readonly onClose: () => void }): ReactNode {
  const { asset, onClose } = props;
  const { t } = useTranslation();
  const { locators, timers } = useStores();
  const isShared = useStudio(({ studio }) => studio?.shared ?? false);
  const [life, setLife] = useState<Life>('forever');
  const [download, setDownload] = useState(false);
  const submission = useSubmit({
    fields: [],
    onDone: onClose,
    async send() {
      const days = LIFE_DAYS[life];
      await locators.publish(asset.name, {
        endTime: days === undefined ? undefined : new Date(timers.nowMs() + days * 86_400_000).toISOString(),
        download,
      });
    },
  });

  return (
    <FormDialog
      title={t('archive.publish.dialogTitle', { title: titleOf(asset) })}
      confirmLabel={t('archive.publish.confirm')}
      isReady
      submission={submission}
      onClose={onClose}
    >
      <p className="form__lead">{t(isShared ? 'archive.publish.whoShared' : 'archive.publish.whoLocal')}</p>
      <Select
        label={t('archive.publish.life')}
        value={life}
        onChange={setLife}
        choices={LIVES.map((value) => ({ value, label: t(`archive.publish.lives.${value}`) }))}
      />
      <Checkbox isSelected={download} onChange={setDownload}>
        {t('archive.publish.download')}
      </Checkbox>
    </FormDialog>
  );
}
