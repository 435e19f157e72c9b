import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../ui/parts.tsx';

/** Without its key the page can do nothing; it says how to open it with one. */
export function LockedOut(): ReactNode {
  const { t } = useTranslation();
  return (
    <main className="locked-out">
      <h1 className="visually-hidden">Lectern</h1>
      <EmptyState icon="settings" title={t('app.locked.title')}>
        {t('app.locked.text')}
      </EmptyState>
      <code className="locked-out__command">npm run lectern -- serve --open</code>
    </main>
  );
}
