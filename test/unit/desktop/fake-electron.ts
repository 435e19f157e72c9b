import { PassThrough } from 'node:stream';
import type {
  BrowserWindowConstructorOptions,
  ForkOptions,
  MenuItemConstructorOptions,
  MessageBoxOptions,
} from 'electron';
import type { Logger } from '../../../src-main/core/ports/logger.ts';
import type {
  ContentsApi,
  ElectronApi,
  MenuApi,
  Preventable,
  SenderFrame,
  SessionApi,
  TrayApi,
  UtilityApi,
  WindowApi,
} from '../../../src-main/desktop/electron-api.ts';

type Listener = (...args: never[]) => unknown;

type Hub = {
  readonly on: (event: string, listener: Listener) => void;
  readonly off: (event: string) => void;
  readonly emit: (event: string, ...args: unknown[]) => void;
};

/** What something with `on` is in a test: it remembers who listens, and the test makes the events. */
export function createHub(): Hub {
  let listeners: readonly { readonly event: string; readonly listener: Listener }[] = [];
  return {
    on(event, listener) {
      listeners = [...listeners, { event, listener }];
    },
    off(event) {
      listeners = listeners.filter((entry) => entry.event !== event);
    },
    emit(event, ...args) {
      for (const entry of listeners.filter((one) => one.event === event)) {
        Reflect.apply(entry.listener, undefined, args);
      }
    },
  };
}

export function preventable(): Preventable & { readonly prevented: () => boolean } {
  let prevented = false;
  return {
    preventDefault() {
      prevented = true;
    },
    prevented: () => prevented,
  };
}

export type FakeUtility = UtilityApi & {
  readonly path: string;
  readonly options: ForkOptions;
  readonly posted: unknown[];
  readonly kills: () => number;
  spawned(): void;
  says(message: unknown): void;
  exits(code: number): void;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
};

/** `forkNode`, and the processes it made, oldest first. */
export function fakeForks() {
  const forks: FakeUtility[] = [];
  const forkNode = (path: string, _args: string[], options: ForkOptions): FakeUtility => {
    const hub = createHub();
    const posted: unknown[] = [];
    let kills = 0;
    const fork: FakeUtility = {
      path,
      options,
      posted,
      pid: 1000 + forks.length,
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      on: hub.on,
      postMessage: (message) => void posted.push(message),
      kill() {
        kills += 1;
        return true;
      },
      kills: () => kills,
      spawned: () => hub.emit('spawn'),
      says: (message) => hub.emit('message', message),
      exits: (code) => hub.emit('exit', code),
    };
    forks.push(fork);
    return fork;
  };
  return { forkNode, forks };
}

export type FakeWindow = WindowApi & {
  readonly options: BrowserWindowConstructorOptions;
  readonly loads: string[];
  readonly sent: unknown[][];
  readonly calls: string[];
  readonly emit: Hub['emit'];
  /** The same for its `webContents`. */
  readonly contents: Hub['emit'];
  opens(url: string): unknown;
  asks(permission: string, requestingUrl: string): boolean;
  checks(permission: string, origin: string): boolean;
  asksForDevice(): boolean;
};

function fakeWindow(
  options: BrowserWindowConstructorOptions,
  loadURL: (url: string) => Promise<void>,
): FakeWindow {
  const own = createHub();
  const page = createHub();
  const loads: string[] = [];
  const sent: unknown[][] = [];
  const calls: string[] = [];
  let openHandler: ((details: { readonly url: string }) => unknown) | undefined;
  let onRequest: Parameters<SessionApi['setPermissionRequestHandler']>[0] | undefined;
  let onCheck: Parameters<SessionApi['setPermissionCheckHandler']>[0] | undefined;
  let onDevice: (() => boolean) | undefined;
  const note = (call: string) => (): void => void calls.push(call);

  const webContents: ContentsApi = {
    on: page.on,
    send: (...message) => void sent.push(message),
    setWindowOpenHandler(handler) {
      openHandler = handler;
    },
    session: {
      setPermissionRequestHandler(handler) {
        onRequest = handler;
      },
      setPermissionCheckHandler(handler) {
        onCheck = handler;
      },
      setDevicePermissionHandler(handler) {
        onDevice = handler;
      },
    },
  };
  return {
    options,
    loads,
    sent,
    calls,
    webContents,
    on: own.on,
    loadURL(url) {
      loads.push(url);
      return loadURL(url);
    },
    show: note('show'),
    hide: note('hide'),
    focus: note('focus'),
    restore: note('restore'),
    destroy: note('destroy'),
    isMinimized: () => calls.lastIndexOf('minimize') > calls.lastIndexOf('restore'),
    isVisible: () => calls.lastIndexOf('show') > calls.lastIndexOf('hide'),
    setContentProtection: (on) => void calls.push(`protect ${String(on)}`),
    setOverlayIcon: (image, description) =>
      void calls.push(`overlay ${image === null ? 'none' : 'mark'} ${description}`),
    emit: own.emit,
    contents: page.emit,
    opens: (url) => openHandler?.({ url }),
    asks(permission, requestingUrl) {
      let granted: boolean | undefined;
      onRequest?.(
        undefined,
        permission,
        (answer) => {
          granted = answer;
        },
        { requestingUrl },
      );
      return granted ?? true;
    },
    checks: (permission, origin) => onCheck?.(undefined, permission, origin) ?? true,
    asksForDevice: () => onDevice?.() ?? true,
  };
}

/** What a person does with a question: the index of a button, or a promise of it. */
export type Answer = (box: MessageBoxOptions) => number | Promise<number>;

/** All of Electron that the desktop app uses, with what was asked of it. */
export function fakeElectron(answer: Answer = () => 0) {
  const app = createHub();
  const ipc = createHub();
  const power = createHub();
  const handlers = new Map<string, Parameters<ElectronApi['ipcMain']['handle']>[1]>();
  const { forkNode, forks } = fakeForks();
  const windows: FakeWindow[] = [];
  const boxes: MessageBoxOptions[] = [];
  const errors: string[] = [];
  const opened: string[] = [];
  const calls: string[] = [];
  const builds: MenuItemConstructorOptions[][] = [];
  const itemsOf = (menu: MenuApi | null): MenuItemConstructorOptions[] =>
    builds.find((items) => items === menu?.items) ?? [];
  let menuBar: MenuItemConstructorOptions[] = [];
  const tray = {
    ...createHub(),
    images: [] as unknown[],
    toolTips: [] as string[],
    menu: [] as MenuItemConstructorOptions[],
  };
  let loadURL = (_url: string): Promise<void> => Promise.resolve();
  let blockers = 0;

  const api: ElectronApi = {
    app: {
      isPackaged: true,
      dock: { setBadge: (text) => void calls.push(`badge ${text}`) },
      requestSingleInstanceLock: () => true,
      enableSandbox: () => undefined,
      whenReady: () => Promise.resolve(),
      getPath: (name) => `/fake/${name}`,
      getVersion: () => '1.2.3',
      getPreferredSystemLanguages: () => ['en-GB'],
      quit: () => void calls.push('quit'),
      exit: (code) => void calls.push(`exit ${code}`),
      on: app.on,
    },
    dialog: {
      async showMessageBox(options) {
        boxes.push(options);
        // As Electron does: a box that is closed by its signal is answered like a press of the button to cancel.
        const aborted = new Promise<number>((resolve) => {
          options.signal?.addEventListener('abort', () => resolve(options.cancelId ?? 0), { once: true });
        });
        return { response: await Promise.race([Promise.resolve(answer(options)), aborted]) };
      },
      showErrorBox: (_title, content) => void errors.push(content),
      showOpenDialog: () => Promise.resolve({ canceled: false, filePaths: ['/chosen/file'] }),
      showSaveDialog: ({ defaultPath = '' }) =>
        Promise.resolve({ canceled: false, filePath: `/chosen/${defaultPath}` }),
    },
    ipcMain: {
      handle: (channel, listener) => void handlers.set(channel, listener),
      removeHandler: (channel) => void handlers.delete(channel),
      on: ipc.on,
      removeAllListeners: ipc.off,
    },
    powerMonitor: { on: power.on },
    powerSaveBlocker: {
      start(type) {
        blockers += 1;
        calls.push(`block ${type}`);
        return blockers;
      },
      stop: (id) => void calls.push(`unblock ${id}`),
    },
    safeStorage: {
      isAsyncEncryptionAvailable: () => Promise.resolve(false),
      encryptStringAsync: () => Promise.reject(new Error('no keychain')),
      decryptStringAsync: () => Promise.reject(new Error('no keychain')),
    },
    shell: {
      openExternal(url) {
        opened.push(url);
        return Promise.resolve();
      },
      openPath(path) {
        opened.push(path);
        return Promise.resolve('');
      },
      showItemInFolder: (path) => void opened.push(`folder of ${path}`),
    },
    systemPreferences: {},
    createWindow(options) {
      const window = fakeWindow(options, (url) => loadURL(url));
      windows.push(window);
      return window;
    },
    createTray(image): TrayApi {
      tray.images.push(image);
      return {
        on: tray.on,
        setImage: (next) => void tray.images.push(next),
        setToolTip: (text) => void tray.toolTips.push(text),
        setContextMenu(menu) {
          tray.menu = itemsOf(menu);
        },
        destroy: () => void calls.push('tray destroyed'),
      };
    },
    loadImage: (path) => path,
    menu: {
      build(template) {
        builds.push(template);
        return { items: template };
      },
      setApplicationMenu(menu) {
        menuBar = itemsOf(menu);
      },
    },
    forkNode,
  };

  return {
    api,
    app,
    power,
    tray,
    forks,
    windows,
    boxes,
    errors,
    opened,
    calls,
    menuBar: () => menuBar,
    handlers,
    failLoadsWith(error: Error) {
      loadURL = () => Promise.reject(error);
    },
    /** A call of the page on a channel, from a frame. */
    call: (channel: string, senderFrame: SenderFrame, request?: unknown): unknown =>
      handlers.get(channel)?.({ senderFrame }, request),
    /** The synchronous question of the preload. */
    ask(channel: string, senderFrame: SenderFrame): unknown {
      const event = { senderFrame, returnValue: 'not answered' as unknown };
      ipc.emit(channel, event);
      return event.returnValue;
    },
  };
}

/** A logger whose lines a test can look at. */
export function listLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const logger: Logger = {
    debug: (fields, message) => void lines.push(`debug ${message} ${JSON.stringify(fields)}`),
    info: (fields, message) => void lines.push(`info ${message} ${JSON.stringify(fields)}`),
    warn: (fields, message) => void lines.push(`warn ${message} ${JSON.stringify(fields)}`),
    error: (fields, message) => void lines.push(`error ${message} ${JSON.stringify(fields)}`),
    child: () => logger,
  };
  return { ...logger, lines };
}
