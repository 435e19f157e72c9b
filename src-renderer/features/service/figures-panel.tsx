import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useMirror, useStores } from '../../stores/context.ts';

const EndpointCharts = lazy(async () => {
  const { EndpointCharts: component } = await import('./endpoint-charts.tsx');
  return { default: component };
});

/** What the streaming endpoints send and answer, minute by minute. Last on its page: what comes in late must move nothing. */
export function FiguresPanel(): ReactNode {
  const { t } = useTranslation();
  const { endpoints } = useStores();
  const { items } = useMirror(endpoints);
  const minutes = useStore(endpoints.history, (history) => history.minutes);
  useEffect(() => endpoints.watch(), [endpoints]);
  return (
    <section className="card" aria-labelledby="figures-title">
      <h2 id="figures-title" className="section-title">
        {t('figures.title')}
      </h2>
      <p className="card__note">{t('figures.note')}</p>
      <Suspense>
        <div className="service__tracks">
          {items.map(({ name }) => (
            <EndpointCharts key={name} name={name} minutes={minutes.get(name) ?? []} />
          ))}
        </div>
      </Suspense>
    </section>
  );
}
