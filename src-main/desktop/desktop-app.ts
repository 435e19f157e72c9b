import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import { toAppError } from '../shared/app-error.ts';
import type { ServiceStatus } from '../shared/desktop-contract.ts';
import { appMenuTemplate } from './app-menu.ts';
import { createControlClient } from './control-client.ts';
import type { ElectronApi, ImageApi } from './electron-api.ts';
import { createLinkOpener } from './link-opener.ts';
import { createMainWindow } from './main-window.ts';
import { createMediaAccess } from './media-access.ts';
import { openingPage } from './opening-page.ts';
import { pageCalls } from './page-calls.ts';
import { isOnAir, watchPower } from './power.ts';
import { createQuit } from './quit.ts';
import { registerCalls } from './register-calls.ts';
import { createSecretVault, findKeychain } from './secret-vault.ts';
import { openServiceHost } from './service-host.ts';
import type { OnAirStatus, OpenMessage } from './service-messages.ts';
import { openTray } from './tray.ts';
import type { Words } from './words.ts';

export type DesktopOptions = {
  readonly electron: ElectronApi;
  readonly words: Words;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly paths: {
    readonly preload: string;
    /** Module of the service process. */
    readonly service: string;
    readonly icons: string;
  };
  readonly service: OpenMessage;
  readonly forceKill: (pid: number) => void;
  readonly fetchUrl: typeof fetch;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type DesktopApp = { readonly isOnAir: () => boolean };

/** Everything of the desktop app but Electron itself, opened in order. Call it when Electron is ready; it ends with the process. */
export function openDesktopApp(options: DesktopOptions): DesktopApp {
  const { electron, words, platform, paths, clock, logger } = options;
  const { app, dialog, shell } = electron;
  const logFolder = app.getPath('logs');
  const images = loadImages(electron, paths.icons, platform);

  const secrets = createSecretVault({
    path: join(app.getPath('userData'), 'stream-keys.json'),
    openKeychain: () => findKeychain(electron.safeStorage, platform),
    consent: () => askToKeepInFile(electron, words),
    logger,
  });
  const host = openServiceHost({
    forkNode: electron.forkNode,
    entry: paths.service,
    open: options.service,
    secrets,
    environment: options.environment,
    platform,
    forceKill: options.forceKill,
    clock,
    logger,
  });

  const control = createControlClient(host.connection, options.fetchUrl);
  const openLink = createLinkOpener(electron, words, host.connection);
  const quit = createQuit({ electron, host, control, words, clock, logger, exit: () => app.exit(0) });

  const window = createMainWindow({
    electron,
    preload: paths.preload,
    icon: join(paths.icons, 'icon.png'),
    address: () => addressFor(host.connection()?.controlUrl, host.status().state === 'failed', words),
    controlUrl: () => host.connection()?.controlUrl,
    openLink: (link) => void attempt(() => openLink(link)),
    onClose(event) {
      event.preventDefault();
      if (platform === 'darwin') {
        window.hide();
      } else {
        void closeWindow();
      }
    },
    onSessionEnd(event) {
      event.preventDefault();
      void quit.request({ ask: false });
    },
    onKeepsFailing: () => dialog.showErrorBox(words.crashTitle, words.pageKeepsFailing),
    clock,
    logger,
  });
  const tray = openTray(electron, {
    images,
    words,
    platform,
    actions: {
      show: () => window.show(),
      goLive() {
        window.show();
        window.send('desktop:command', 'go-live');
      },
      end: () => void attempt(() => control.end({ now: false })),
      undoEnd: () => void attempt(() => control.undoEnd()),
      mark: () => void attempt(() => control.mark()),
      quit: () => app.quit(),
    },
  });

  /** The window is not the studio: while it is live, closing it leaves the tray and, if the person wants, the broadcast. */
  async function closeWindow(): Promise<void> {
    if (!(await quit.request({ ask: true }))) {
      window.hide();
    }
  }

  async function attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      const error = toAppError(thrown);
      logger.warn({ code: error.code }, error.message);
      dialog.showErrorBox(words.crashTitle, error.message);
    }
  }

  async function tellOfFailure(status: ServiceStatus & { readonly state: 'failed' }): Promise<void> {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: words.failedTitle,
      detail: `${status.error.message}\n\n${words.failedText}`,
      buttons: [words.tryAgain, words.openLogs, words.quit],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    });
    if (response === 0) {
      host.retry();
    } else if (response === 1) {
      await shell.openPath(logFolder);
    } else {
      await quit.request({ ask: false });
    }
  }

  function showOnAir(status: OnAirStatus): void {
    const live = isOnAir(status);
    tray.show(status);
    app.dock?.setBadge(live ? words.liveBadge : '');
    if (platform === 'win32') {
      window.mark(live ? images.live : undefined, live ? words.liveBadge : '');
    }
  }

  registerCalls(electron.ipcMain, {
    handlers: pageCalls({
      electron,
      words,
      window,
      media: createMediaAccess(electron, platform, clock),
      openLink,
    }),
    connection: () => {
      const connection = host.connection();
      return connection && { controlUrl: connection.controlUrl, token: connection.token, platform };
    },
    logger,
  });
  electron.menu.setApplicationMenu(
    electron.menu.build(
      appMenuTemplate({
        words,
        platform,
        isPackaged: app.isPackaged,
        openHelp: () => void attempt(() => openLink(`${host.connection()?.controlUrl ?? ''}/help/`)),
        openLogs: () => void attempt(() => shell.openPath(logFolder)),
      }),
    ),
  );
  watchPower(electron, host);

  host.onAirChanged.on(showOnAir);
  host.ready.on(() => window.update());
  host.statusChanged.on((status) => {
    window.send('desktop:service', status);
    if (status.state === 'failed') {
      window.update();
      void tellOfFailure(status);
    }
  });

  app.on('second-instance', () => window.show());
  app.on('activate', () => window.show());
  // Being heard keeps Electron from quitting by itself.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', (event) => {
    event.preventDefault();
    void quit.request({ ask: true });
  });
  electron.powerMonitor.on('shutdown', (event) => {
    event?.preventDefault();
    void quit.request({ ask: false });
  });

  window.show();
  return { isOnAir: () => isOnAir(host.onAir()) };
}

function addressFor(controlUrl: string | undefined, failed: boolean, words: Words): string {
  if (controlUrl !== undefined) {
    return `${controlUrl}/`;
  }
  return failed
    ? openingPage(words.failedTitle, words.failedText)
    : openingPage(words.openingTitle, words.openingText);
}

async function askToKeepInFile(electron: Pick<ElectronApi, 'dialog'>, words: Words): Promise<boolean> {
  const { response } = await electron.dialog.showMessageBox({
    type: 'question',
    message: words.keepKeysQuestion,
    detail: words.keepKeysDetail,
    buttons: [words.doNotKeep, words.keepInFile],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1;
}

/** macOS colours the “template” by itself, for a light and a dark menu bar. */
function loadImages(
  electron: Pick<ElectronApi, 'loadImage'>,
  folder: string,
  platform: NodeJS.Platform,
): { readonly idle: ImageApi; readonly live: ImageApi } {
  const idle = platform === 'darwin' ? 'trayTemplate.png' : 'tray.png';
  return { idle: electron.loadImage(join(folder, idle)), live: electron.loadImage(join(folder, 'tray-live.png')) };
}
