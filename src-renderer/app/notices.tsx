import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { clockTime } from '../i18n/format.ts';
import { problemText } from '../i18n/problem-text.ts';
import { useMirror, useStores } from '../stores/context.ts';
import type { Notice } from '../stores/notices-store.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { useNow } from '../ui/use-now.ts';

/** What happened while somebody looked elsewhere, in a corner; what can be taken back stays until it cannot. */
export function Notices(): ReactNode {
  const { t } = useTranslation();
  const { notices, assets } = useStores();
  const shown = useStore(notices, (slice) => slice.notices);
  const leaving = useStore(assets, (slice) => slice.leaving);
  return (
    <section className="notices" aria-label={t('app.notices')}>
      {[...leaving].map(([name, atMs]) => (
        <Leaving key={name} name={name} atMs={atMs} />
      ))}
      {shown.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function Leaving(props: { readonly name: string; readonly atMs: number }): ReactNode {
  const { t } = useTranslation();
  const { assets, timers } = useStores();
  const { items } = useMirror(assets.list);
  const nowMs = useNow(250, timers.nowMs);
  const title = items.find((asset) => asset.name === props.name)?.title ?? props.name;
  const seconds = Math.max(0, Math.ceil((props.atMs - nowMs) / 1000));
  return (
    <div className="notice" role="status">
      <Icon name="trash" />
      <p className="notice__text">
        <strong>{t('archive.delete.leaving', { title })}</strong>
      </p>
      <Button size="small" icon="undo" onPress={() => assets.keep(props.name)}>
        {t('archive.delete.undo', { seconds })}
      </Button>
    </div>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }): ReactNode {
  const { t } = useTranslation();
  const { notices } = useStores();
  const isProblem = notice.kind === 'problem' || notice.kind === 'drop-refused';
  return (
    <div className={`notice notice--${isProblem ? 'problem' : notice.kind}`} role={isProblem ? 'alert' : 'status'}>
      <Icon name={isProblem ? 'fault' : notice.kind === 'marked' ? 'marker' : 'check'} />
      <div className="notice__text">
        <Body notice={notice} />
      </div>
      <IconButton icon="close" label={t('common.dismiss')} onPress={() => notices.dismiss(notice.id)} />
    </div>
  );
}

function Body({ notice }: { readonly notice: Notice }): ReactNode {
  const { t } = useTranslation();
  switch (notice.kind) {
    case 'problem': {
      const { title, text } = problemText(t, notice.problem);
      return (
        <>
          <strong>{title}</strong>
          <span>{text}</span>
        </>
      );
    }
    case 'drop-refused':
      return (
        <>
          <strong>{t('notices.drop.title', { name: notice.name })}</strong>
          <span>{t(`notices.drop.${notice.reason}`)}</span>
        </>
      );
    case 'marked':
      return <strong>{t('notices.marked', { at: clockTime(notice.time) })}</strong>;
    case 'clipped':
      return (
        <>
          <strong>{t('moments.clip.made', { length: clockTime(notice.length) })}</strong>
          <a className="link" href={`#/archive/${encodeURIComponent(notice.asset)}`}>
            {t('moments.clip.open')}
          </a>
        </>
      );
    case 'recovered':
      return (
        <>
          <strong>{t('notices.recovered')}</strong>
          <a className="link" href={`#/archive/${encodeURIComponent(notice.asset)}`}>
            {t('notices.openRecording')}
          </a>
        </>
      );
    case 'export-done':
      return (
        <>
          <strong>{t('notices.exported', { file: notice.fileName })}</strong>
          <a className="link" href={`#/archive/${encodeURIComponent(notice.asset)}`}>
            {t('notices.openRecording')}
          </a>
        </>
      );
    case 'ended':
      return (
        <>
          <strong>{t('notices.ended')}</strong>
          {notice.asset !== undefined && (
            <a className="link" href={`#/archive/${encodeURIComponent(notice.asset)}`}>
              {t('notices.openRecording')}
            </a>
          )}
        </>
      );
  }
}
