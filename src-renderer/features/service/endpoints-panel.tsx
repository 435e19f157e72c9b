import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StreamingEndpoint } from '../../../src-main/shared/api/streaming-endpoints.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { useAction } from '../../stores/use-action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/parts.tsx';
import { ProblemBanner } from './problem-banner.tsx';

export function EndpointsPanel(): ReactNode {
  const { t } = useTranslation();
  const { endpoints } = useStores();
  const { items, problem } = useMirror(endpoints);
  return (
    <section className="card" aria-labelledby="endpoints-title">
      <h2 id="endpoints-title" className="section-title">
        {t('service.endpoints.title')}
      </h2>
      <ProblemBanner problem={problem} onRetry={() => void endpoints.refresh()} />
      <ul className="rows">
        {items.map((endpoint) => (
          <Endpoint key={endpoint.name} endpoint={endpoint} />
        ))}
      </ul>
      <p className="card__note">{t('service.endpoints.note')}</p>
    </section>
  );
}

function Endpoint({ endpoint }: { readonly endpoint: StreamingEndpoint }): ReactNode {
  const { name, hostName, urls, viewers, egressBitrate, resourceState } = endpoint;
  const { t } = useTranslation();
  const format = useFormat();
  const { endpoints } = useStores();
  const action = useAction();
  const [asked, setAsked] = useState<StreamingEndpoint>();
  const isRunning = resourceState === 'Running' || resourceState === 'Stopping';
  return (
    <li className="rows__item rows__item--wrap">
      <span className="rows__main">
        <strong>{name}</strong>
        <span className="rows__detail">
          {urls.length === 0 ? hostName : urls.join(' · ')} ·{' '}
          {t('studio.ownPage.viewersShort', { count: viewers })} · {format.bitrate(egressBitrate)}
        </span>
      </span>
      <Chip tone={resourceState === 'Running' ? 'good' : 'neutral'} hasDot>
        {t(`service.endpointState.${resourceState}`)}
      </Chip>
      <Button
        size="small"
        icon={isRunning ? 'stop' : 'play'}
        isPending={action.pending !== undefined || resourceState === 'Starting' || resourceState === 'Stopping'}
        onPress={() => (isRunning ? setAsked(endpoint) : action.run('start', () => endpoints.start(name)))}
      >
        {t(isRunning ? 'service.actions.stop' : 'service.actions.start')}
      </Button>
      {action.problem !== undefined && (
        <div className="rows__more">
          <ProblemBanner problem={action.problem} onDismiss={action.dismiss} />
        </div>
      )}
      <AskFirst
        asked={asked}
        onClose={() => setAsked(undefined)}
        onConfirm={() => action.run('stop', () => endpoints.stop(name))}
        wordsOf={() => ({
          title: t('service.endpoints.stopTitle', { name }),
          text: t('service.endpoints.stopText', { count: viewers }),
          confirm: t('service.actions.stop'),
        })}
      />
    </li>
  );
}
