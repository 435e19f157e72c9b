import type { Clock } from '../base/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { DesktopTopic, DesktopTopics } from '../shared/desktop-contract.ts';
import type { ElectronApi, ImageApi, Preventable, WindowApi } from './electron-api.ts';
import { guardPage } from './guard-page.ts';
import { BACKGROUND } from './opening-page.ts';

/** A page that fails more often than so within a minute is not loaded again by itself. */
const MOST_RELOADS = 3;
const RELOAD_WINDOW_MS = 60_000;

export type MainWindowOptions = {
  readonly electron: Pick<ElectronApi, 'createWindow'>;
  /** The bundled preload. */
  readonly preload: string;
  readonly icon: string;
  /** The address to be on now. */
  readonly address: () => string;
  readonly controlUrl: () => string | undefined;
  readonly openLink: (url: string) => void;
  /** The person closes the window. Prevented, it stays. */
  readonly onClose: (event: Preventable) => void;
  /** Windows is about to end the session. */
  readonly onSessionEnd: (event: Preventable) => void;
  readonly onKeepsFailing: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The owner of the one window: it is there as long as the app, the window itself is made when it is needed. */
export type MainWindow = Disposable & {
  show(): void;
  hide(): void;
  /** Goes to `address()` where it is not there already. */
  update(): void;
  send<K extends DesktopTopic>(topic: K, state: DesktopTopics[K]): void;
  protect(on: boolean): void;
  /** A mark on the window's button in the task bar; Windows only. */
  mark(image: ImageApi | undefined, description: string): void;
};

export function createMainWindow(options: MainWindowOptions): MainWindow {
  const { clock, logger } = options;
  let window: WindowApi | undefined;
  let loaded: string | undefined;
  let failures: readonly number[] = [];
  let isProtected = false;
  let isWanted = false;

  function open(): void {
    const fresh = options.electron.createWindow({
      // With a name the system of Electron remembers size and place, and brings a window back from a display that is gone.
      name: 'studio',
      windowStatePersistence: true,
      title: 'Lectern',
      icon: options.icon,
      width: 1280,
      height: 800,
      minWidth: 960,
      minHeight: 600,
      show: false,
      backgroundColor: BACKGROUND,
      autoHideMenuBar: true,
      webPreferences: {
        preload: options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        webviewTag: false,
        navigateOnDragDrop: false,
      },
    });
    window = fresh;
    guardPage(fresh.webContents, options);
    fresh.setContentProtection(isProtected);
    fresh.on('close', options.onClose);
    fresh.on('query-session-end', options.onSessionEnd);
    fresh.on('closed', () => {
      window = undefined;
      loaded = undefined;
    });
    // Not before something is painted: a white flash in a dark room is seen by the whole audience.
    fresh.on('ready-to-show', () => {
      if (isWanted) {
        fresh.show();
      }
    });
    fresh.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      if (reason !== 'clean-exit') {
        logger.error({ reason, exitCode }, 'the page is gone');
        loaded = undefined;
        reloadUnlessHopeless();
      }
    });
    update();
  }

  function reloadUnlessHopeless(): void {
    const nowMs = clock.monotonicMs();
    failures = [...failures.filter((atMs) => nowMs - atMs < RELOAD_WINDOW_MS), nowMs];
    if (failures.length <= MOST_RELOADS) {
      update();
    } else {
      options.onKeepsFailing();
    }
  }

  function update(): void {
    const address = options.address();
    if (window !== undefined && address !== loaded) {
      loaded = address;
      void load(window, address);
    }
  }

  async function load(into: WindowApi, address: string): Promise<void> {
    try {
      await into.loadURL(address);
    } catch (error) {
      // Also when the next address is loaded before this one was there; what matters then is that one.
      if (loaded === address) {
        loaded = undefined;
        logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'the page did not load');
      }
    }
  }

  return {
    show() {
      isWanted = true;
      if (window === undefined) {
        open();
        return;
      }
      if (window.isMinimized()) {
        window.restore();
      }
      window.show();
      window.focus();
    },
    hide() {
      isWanted = false;
      window?.hide();
    },
    update,
    send: (topic, state) => window?.webContents.send(topic, state),
    protect(on) {
      isProtected = on;
      window?.setContentProtection(on);
    },
    mark: (image, description) => window?.setOverlayIcon(image ?? null, description),
    [Symbol.dispose]: () => window?.destroy(),
  };
}
