import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
// Handed on to register-calls.ts, which is where it is used.
// eslint-disable-next-line no-restricted-imports
import * as electron from 'electron';
import { systemClock } from '../base/clock.ts';
import { defaultDataFolder } from '../core/control/data-folder.ts';
import { toAppError } from '../shared/app-error.ts';
import { createCrashHandler } from './crash.ts';
import { openDesktopApp } from './desktop-app.ts';
import { parseDesktopArgs } from './desktop-args.ts';
import type { ElectronApi } from './electron-api.ts';
import { openLogFile } from './log-file.ts';
import type { OpenMessage } from './service-messages.ts';
import { chooseWords } from './words.ts';

// The desktop app. Runs built, as dist/src-main/desktop/main.js.

const api: ElectronApi = {
  app: electron.app,
  dialog: electron.dialog,
  ipcMain: electron.ipcMain,
  powerMonitor: electron.powerMonitor,
  powerSaveBlocker: electron.powerSaveBlocker,
  safeStorage: electron.safeStorage,
  shell: electron.shell,
  systemPreferences: electron.systemPreferences,
  createWindow: (options) => new electron.BrowserWindow(options),
  createTray: (image: electron.NativeImage) => new electron.Tray(image),
  loadImage: (path) => electron.nativeImage.createFromPath(path),
  menu: {
    build: (template) => electron.Menu.buildFromTemplate(template),
    setApplicationMenu: (menu: electron.Menu | null) => electron.Menu.setApplicationMenu(menu),
  },
  forkNode: (path, args, options) => electron.utilityProcess.fork(path, args, options),
};

const { app } = api;
app.enableSandbox();
// Not beside the recordings, where macOS would put Chromium's own files: one folder is for the person, the other for the window.
electron.app.setPath('userData', join(electron.app.getPath('appData'), 'Lectern Window'));
if (app.requestSingleInstanceLock()) {
  // Not awaited: Electron is ready only when this module has been evaluated to its end (electron/electron#40719).
  void start();
} else {
  // The one that runs shows its window.
  app.exit(0);
}

async function start(): Promise<void> {
  const logFolder = app.getPath('logs');
  const logger = openLogFile(join(logFolder, 'desktop.log'));
  const words = chooseWords(app.getPreferredSystemLanguages());
  let isOnAir = (): boolean => false;
  const onCrash = createCrashHandler({ electron: api, words, logger, logFolder, isOnAir: () => isOnAir() });
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);

  await app.whenReady();
  const dist = new URL('../../', import.meta.url);
  const root = new URL('../', dist);
  try {
    ({ isOnAir } = openDesktopApp({
      electron: api,
      words,
      service: serviceOptions(root),
      platform: process.platform,
      environment: process.env,
      paths: {
        preload: fileURLToPath(new URL('preload/preload.cjs', dist)),
        service: fileURLToPath(new URL('src-main/desktop/service-process.js', dist)),
        icons: fileURLToPath(new URL('resources/icons', root)),
      },
      forceKill: (pid) => process.kill(pid, 'SIGKILL'),
      fetchUrl: fetch,
      clock: systemClock(),
      logger,
    }));
  } catch (error) {
    logger.error({ stack: error instanceof Error ? error.stack : undefined }, 'could not start');
    api.dialog.showErrorBox(words.failedTitle, toAppError(error).message);
    app.exit(1);
  }
}

function serviceOptions(root: URL): OpenMessage {
  // In a checkout the first argument is the checkout.
  const { dataDir, ports } = parseDesktopArgs(process.argv.slice(app.isPackaged ? 1 : 2));
  const usual = defaultDataFolder({ platform: process.platform, environment: process.env, home: homedir() });
  return {
    type: 'open',
    dataDir: dataDir === undefined ? usual : resolve(dataDir),
    ...ports,
    pagesFolder: fileURLToPath(new URL('dist/renderer', root)),
    helpFolder: fileURLToPath(new URL('resources/help', root)),
    version: app.getVersion(),
    ...(app.isPackaged ? { resourcesFolder: process.resourcesPath } : {}),
  };
}
