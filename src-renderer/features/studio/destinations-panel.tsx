import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Destination } from '../../../src-main/shared/api/publishing.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Banner } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { DestinationCard } from './destination-card.tsx';
import { DestinationDialog } from './destination-dialog.tsx';
import { OwnPageCard } from './own-page-card.tsx';
import { RecordingCard } from './recording-card.tsx';

type Open = { readonly kind: 'edit'; readonly destination: Destination | undefined } | undefined;

/** Where the programme goes: this computer's own page, the recording, and every push target, each with its own state. */
export function DestinationsPanel(): ReactNode {
  const { t } = useTranslation();
  const { destinations } = useStores();
  const { items, status, problem } = useMirror(destinations);
  const [open, setOpen] = useState<Open>();
  const [leaving, setLeaving] = useState<string>();

  return (
    <aside className="side" aria-label={t('studio.destinations.label')}>
      <OwnPageCard />
      <RecordingCard />
      <div className="side__head">
        <h2 className="section-title">{t('studio.destinations.others')}</h2>
        <Button size="small" icon="plus" onPress={() => setOpen({ kind: 'edit', destination: undefined })}>
          {t('studio.destinations.add')}
        </Button>
      </div>
      {status === 'loading' && <Waiting>{t('common.loading')}</Waiting>}
      {status === 'failed' && problem !== undefined && (
        <Banner tone="fault" title={problemText(t, problem).title}>
          {problemText(t, problem).text}
        </Banner>
      )}
      {status === 'ready' && items.length === 0 && (
        <p className="side__empty">
          <Icon name="publish" />
          <span>{t('studio.destinations.empty')}</span>
        </p>
      )}
      {items.map((destination) => (
        <DestinationCard
          key={destination.name}
          destination={destination}
          onEdit={() => setOpen({ kind: 'edit', destination })}
          onRemove={() => setLeaving(destination.name)}
        />
      ))}
      {open !== undefined && (
        <DestinationDialog destination={open.destination} onClose={() => setOpen(undefined)} />
      )}
      <ConfirmDialog
        title={t('studio.destinations.removeTitle', { name: leaving ?? '' })}
        isOpen={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => {
          if (leaving !== undefined) {
            void destinations.delete(leaving);
          }
        }}
        closeLabel={t('common.close')}
        cancelLabel={t('common.keep')}
        confirmLabel={t('studio.destinations.removeConfirm')}
      >
        <p>{t('studio.destinations.removeText')}</p>
      </ConfirmDialog>
    </aside>
  );
}
