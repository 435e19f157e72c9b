import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/parts.tsx';

export function EndpointsPanel(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { endpoints } = useStores();
  const { items } = useMirror(endpoints);
  return (
    <section className="card" aria-labelledby="endpoints-title">
      <h2 id="endpoints-title" className="section-title">
        {t('service.endpoints.title')}
      </h2>
      <ul className="rows">
        {items.map((endpoint) => (
          <li key={endpoint.name} className="rows__item">
            <span className="rows__main">
              <strong>{endpoint.name}</strong>
              <span className="rows__detail">
                {endpoint.hostName} · {t('studio.ownPage.viewersShort', { count: endpoint.viewers })} ·{' '}
                {format.bitrate(endpoint.egressBitrate)}
              </span>
            </span>
            <Chip tone={endpoint.resourceState === 'Running' ? 'good' : 'neutral'} hasDot>
              {t(`service.endpointState.${endpoint.resourceState}`)}
            </Chip>
            {endpoint.resourceState === 'Running' && (
              <Button size="small" icon="stop" onPress={() => void endpoints.stop(endpoint.name)}>
                {t('service.actions.stop')}
              </Button>
            )}
            {endpoint.resourceState === 'Stopped' && (
              <Button size="small" icon="play" onPress={() => void endpoints.start(endpoint.name)}>
                {t('service.actions.start')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <p className="card__note">{t('service.endpoints.note')}</p>
    </section>
  );
}
