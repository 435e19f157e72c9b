import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useStores } from '../stores/context.ts';
import { Button } from '../ui/button.tsx';
import { Banner } from '../ui/parts.tsx';
import { useNow } from '../ui/use-now.ts';

/** The page has lost touch: what it shows is old, and what runs goes on without it. */
export function ConnectionBanner(): ReactNode {
  const { t } = useTranslation();
  const { connection, retryNow, timers } = useStores();
  const { kind, wasOpen, retryAtMs } = useStore(connection);
  const isAway = kind !== 'open' && (wasOpen || kind === 'waiting');
  const nowMs = useNow(isAway ? 500 : undefined, timers.nowMs);
  if (!isAway) {
    return undefined;
  }
  const seconds = retryAtMs === undefined ? 0 : Math.ceil((retryAtMs - nowMs) / 1000);
  return (
    <div className="connection">
      <Banner
        tone="fault"
        role="alert"
        title={t(wasOpen ? 'app.lost.title' : 'app.unreachable.title')}
        action={
          <Button size="small" icon="refresh" onPress={retryNow}>
            {t('common.retry')}
          </Button>
        }
      >
        {t(wasOpen ? 'app.lost.text' : 'app.unreachable.text')}{' '}
        <span aria-hidden="true">{seconds > 0 ? t('app.retryIn', { seconds }) : t('app.retrying')}</span>
      </Banner>
    </div>
  );
}
