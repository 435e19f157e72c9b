import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { PanicBanner } from '../features/studio/panic-banner.tsx';
import { StudioScreen } from '../features/studio/studio-screen.tsx';
import { selectIsLockedOut } from '../stores/connection-store.ts';
import { useStores } from '../stores/context.ts';
import { Waiting } from '../ui/spinner.tsx';
import { Announcer } from './announcer.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { LockedOut } from './locked-out.tsx';
import { Notices } from './notices.tsx';
import { Rail } from './rail.tsx';
import type { Route } from './routes.ts';
import { useAppearance } from './use-appearance.ts';
import { useFileDrops } from './use-file-drops.ts';
import { usePanicKeys } from './use-panic-keys.ts';
import { usePlaceKeys } from './use-place-keys.ts';
import { useRoute } from './use-route.ts';

const ArchiveScreen = lazy(async () => {
  const { ArchiveScreen: component } = await import('../features/archive/archive-screen.tsx');
  return { default: component };
});
const ServiceScreen = lazy(async () => {
  const { ServiceScreen: component } = await import('../features/service/service-screen.tsx');
  return { default: component };
});
const SettingsScreen = lazy(async () => {
  const { SettingsScreen: component } = await import('../features/settings/settings-screen.tsx');
  return { default: component };
});
const HelpDialog = lazy(async () => {
  const { HelpDialog: component } = await import('./help-dialog.tsx');
  return { default: component };
});
const KeysDialog = lazy(async () => {
  const { KeysDialog: component } = await import('./keys-dialog.tsx');
  return { default: component };
});

export function App(): ReactNode {
  const { t, i18n } = useTranslation();
  const { connection } = useStores();
  const route = useRoute();
  const isLockedOut = useStore(connection, selectIsLockedOut);
  const [showsHelp, setShowsHelp] = useState(false);
  const [showsKeys, setShowsKeys] = useState(false);
  useAppearance();
  useFileDrops();
  usePanicKeys();
  usePlaceKeys({ onHelp: () => setShowsHelp(true), onKeys: () => setShowsKeys(true) });
  const place = t(`places.${route.place}`);
  useEffect(() => {
    document.title = `${place} – Lectern`;
  }, [place]);
  useFocusOfNewRoute(route);

  if (isLockedOut) {
    return <LockedOut />;
  }
  return (
    <I18nProvider locale={i18n.language}>
      <div className="app">
        <a className="skip-link" href="#main" onClick={focusMain}>
          {t('app.skip')}
        </a>
        <Rail place={route.place} onHelp={() => setShowsHelp(true)} />
        <main className="app__main" id="main" tabIndex={-1} aria-label={place}>
          <ConnectionBanner />
          {route.place !== 'studio' && (
            <div className="cut">
              <PanicBanner />
            </div>
          )}
          <Suspense fallback={<Waiting>{t('common.loading')}</Waiting>}>
            <Screen route={route} />
          </Suspense>
        </main>
        <Notices />
        <Announcer />
        {showsHelp && (
          <Suspense>
            <HelpDialog place={route.place} onClose={() => setShowsHelp(false)} />
          </Suspense>
        )}
        {showsKeys && (
          <Suspense>
            <KeysDialog onClose={() => setShowsKeys(false)} />
          </Suspense>
        )}
      </div>
    </I18nProvider>
  );
}

function Screen({ route }: { readonly route: Route }): ReactNode {
  switch (route.place) {
    case 'studio':
      return <StudioScreen />;
    case 'archive':
      return <ArchiveScreen assetName={route.asset} />;
    case 'service':
      return <ServiceScreen />;
    case 'settings':
      return <SettingsScreen />;
  }
}

/** Where somebody went, the keyboard goes on and a screen reader says the name of. What had the focus is behind them, or gone. */
function useFocusOfNewRoute(route: Route): void {
  const before = useRef(route);
  useEffect(() => {
    if (before.current !== route) {
      before.current = route;
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }, [route]);
}

/** The fragment is the route, so that the link moves the focus itself. */
function focusMain(event: { readonly preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
