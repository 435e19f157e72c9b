import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useStores } from '../../stores/context.ts';
import { Icon } from '../../ui/icon.tsx';
import { Waiting } from '../../ui/spinner.tsx';

const HealthCharts = lazy(async () => {
  const { HealthCharts: component } = await import('./health-charts.tsx');
  return { default: component };
});

/** The last ten minutes of encoder and network, for who wants to know; folded up until then. */
export function HealthPanel(): ReactNode {
  const { t } = useTranslation();
  const { ui } = useStores();
  const isOpen = useStore(ui, ({ healthOpen }) => healthOpen);
  return (
    <section className="health-panel">
      <button
        type="button"
        className="health-panel__toggle"
        aria-expanded={isOpen}
        onClick={() => ui.setHealthOpen(!isOpen)}
      >
        <Icon name="chart" size={16} />
        {t('studio.charts.title')}
        <span className="health-panel__chevron">
          <Icon name="chevron" size={16} />
        </span>
      </button>
      {isOpen && (
        <Suspense fallback={<Waiting>{t('common.loading')}</Waiting>}>
          <HealthCharts />
        </Suspense>
      )}
    </section>
  );
}
