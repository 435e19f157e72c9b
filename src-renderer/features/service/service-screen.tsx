import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { AuditLog } from './audit-log.tsx';
import { CreateEventDialog } from './create-event-dialog.tsx';
import { EndpointsPanel } from './endpoints-panel.tsx';
import { EventLog } from './event-log.tsx';
import { FiguresPanel } from './figures-panel.tsx';
import { LiveEvents } from './live-events.tsx';
import { LocatorsPanel } from './locators-panel.tsx';
import { PoliciesPanel } from './policies-panel.tsx';
import { ProblemBanner } from './problem-banner.tsx';
import { UploadsPanel } from './uploads-panel.tsx';
import { WebhooksPanel } from './webhooks-panel.tsx';
import './service.css';

/** The service as Azure Media Services showed it: for who knows those words. */
export function ServiceScreen(): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const { problem } = useMirror(liveEvents.list);
  const [chosen, setChosen] = useState<string>();
  const [creating, setCreating] = useState(false);

  return (
    <div className="page service">
      <header className="page__head">
        <div>
          <h1 className="page__title">{t('service.heading')}</h1>
          <p className="page__lead">{t('service.lead')}</p>
        </div>
        <Button icon="plus" onPress={() => setCreating(true)}>
          {t('service.create.button')}
        </Button>
      </header>
      <ProblemBanner problem={problem} onRetry={() => void liveEvents.list.refresh()} />
      <Tabs
        label={t('service.heading')}
        tabs={[
          {
            id: 'events',
            label: t('service.tabs.events'),
            content: <LiveEvents chosen={chosen} onChoose={setChosen} onCreate={() => setCreating(true)} />,
          },
          {
            id: 'publishing',
            label: t('service.tabs.publishing'),
            content: (
              <div className="service__stack">
                <EndpointsPanel />
                <LocatorsPanel />
                <PoliciesPanel />
                <UploadsPanel />
                <FiguresPanel />
              </div>
            ),
          },
          {
            id: 'log',
            label: t('service.tabs.log'),
            content: (
              <div className="service__stack">
                <EventLog />
                <AuditLog />
              </div>
            ),
          },
          { id: 'webhooks', label: t('service.tabs.webhooks'), content: <WebhooksPanel /> },
        ]}
      />
      {creating && <CreateEventDialog onCreated={setChosen} onClose={() => setCreating(false)} />}
    </div>
  );
}
