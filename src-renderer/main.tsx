import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { findAccess } from './api/access.ts';
import { createApi } from './api/client.ts';
import { createServerTime } from './api/server-time.ts';
import { browserTimers } from './api/timers.ts';
import { App } from './app/app.tsx';
import { chooseLanguage, createI18n } from './i18n/setup.ts';
import { createAppStores } from './stores/app-stores.ts';
import { StoresContext } from './stores/context.ts';
import { selectPhase } from './stores/studio-store.ts';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './ui/parts.css';
import './player/player.css';
import './app/app.css';

const desktop = window.lectern;
const timers = browserTimers();
const serverTime = createServerTime();
const access = findAccess({
  hash: location.hash,
  desktop,
  stored: sessionStorage,
  replaceHash: (hash) => history.replaceState(undefined, '', `${location.pathname}${location.search}${hash}`),
});
const api = createApi({
  access,
  fetch: (url, init) => fetch(url, init),
  nowMs: timers.nowMs,
  serverTime,
});
const stores = createAppStores({ api, timers, serverTime, storage: localStorage, desktop });
const i18n = await createI18n(chooseLanguage('auto', navigator.languages));

const root = document.getElementById('root');
if (root !== null) {
  stores.start();
  window.addEventListener('online', stores.retryNow);
  window.addEventListener('pagehide', ({ persisted }) => {
    // A page that the browser keeps for Back goes on where it was.
    if (!persisted) {
      stores.stop();
    }
  });
  followShell();
  createRoot(root).render(
    <StrictMode>
      <I18nextProvider i18n={i18n}>
        <StoresContext value={stores}>
          <App />
        </StoresContext>
      </I18nextProvider>
    </StrictMode>,
  );
}

/** What only the desktop shell knows: that the service it started cannot go on, and what was chosen in its tray. */
function followShell(): void {
  desktop?.onCommand(() => {
    location.hash = '#/studio';
    const phase = selectPhase(stores.studio.getState());
    if (phase === 'off-air' || phase === 'rehearsing') {
      void stores.checks.open();
    }
  });
  desktop?.onService((status) => {
    if (status.state === 'failed') {
      const { code, message, details } = status.error;
      const problem = { type: `urn:lectern:${code}`, title: message, status: 0, detail: message, code, details };
      stores.notices.show({ kind: 'problem', problem });
    } else if (status.state === 'running') {
      stores.retryNow();
    }
  });
}
