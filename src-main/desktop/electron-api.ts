import type {
  BrowserWindowConstructorOptions,
  ForkOptions,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  OpenDialogOptions,
  SaveDialogOptions,
} from 'electron';

/**
 * Exactly what is used of Electron. `main.ts` hands the real thing over, and does not compile where these types are wrong; tests hand over a
 * fake of as many lines as there are here.
 */
export type ElectronApi = {
  readonly app: AppApi;
  readonly dialog: DialogApi;
  readonly ipcMain: IpcApi;
  readonly powerMonitor: PowerMonitorApi;
  readonly powerSaveBlocker: {
    start(type: 'prevent-display-sleep'): number;
    stop(id: number): unknown;
  };
  readonly safeStorage: SafeStorageApi;
  readonly shell: {
    openExternal(url: string): Promise<void>;
    openPath(path: string): Promise<string>;
    showItemInFolder(path: string): void;
  };
  readonly systemPreferences: MediaPreferencesApi;
  createWindow(options: BrowserWindowConstructorOptions): WindowApi;
  createTray(image: ImageApi): TrayApi;
  loadImage(path: string): ImageApi;
  readonly menu: {
    build(template: MenuItemConstructorOptions[]): MenuApi;
    setApplicationMenu(menu: MenuApi | null): void;
  };
  readonly forkNode: (path: string, args: string[], options: ForkOptions) => UtilityApi;
};

export type Preventable = { preventDefault(): void };

export type AppApi = {
  readonly isPackaged: boolean;
  readonly dock?: { setBadge(text: string): void } | undefined;
  requestSingleInstanceLock(): boolean;
  enableSandbox(): void;
  whenReady(): Promise<void>;
  getPath(name: 'userData' | 'logs'): string;
  getVersion(): string;
  getPreferredSystemLanguages(): string[];
  quit(): void;
  exit(code: number): void;
  on(event: 'activate' | 'second-instance' | 'window-all-closed', listener: () => void): unknown;
  on(event: 'before-quit', listener: (event: Preventable) => void): unknown;
};

export type DialogApi = {
  showMessageBox(options: MessageBoxOptions): Promise<{ readonly response: number }>;
  showErrorBox(title: string, content: string): void;
  showOpenDialog(
    options: OpenDialogOptions,
  ): Promise<{ readonly canceled: boolean; readonly filePaths: string[] }>;
  showSaveDialog(options: SaveDialogOptions): Promise<{ readonly canceled: boolean; readonly filePath: string }>;
};

/** Where a message comes from. Null when the frame is already gone. */
export type SenderFrame = { readonly url: string; readonly parent: object | null } | null;

export type IpcApi = {
  handle(
    channel: string,
    listener: (event: { readonly senderFrame: SenderFrame }, request: unknown) => unknown,
  ): void;
  removeHandler(channel: string): void;
  on(
    channel: string,
    listener: (event: { readonly senderFrame: SenderFrame; returnValue: unknown }) => void,
  ): unknown;
  removeAllListeners(channel: string): unknown;
};

export type PowerMonitorApi = {
  on(event: 'resume', listener: () => void): unknown;
  /** The event can be prevented to hold the shutdown up (not on Windows, see `query-session-end` of a window). */
  on(event: 'shutdown', listener: (event?: Preventable) => void): unknown;
};

export type SafeStorageApi = {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  /** Linux only. */
  getSelectedStorageBackend?(): string;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(data: Buffer): Promise<{ readonly shouldReEncrypt: boolean; readonly result: string }>;
};

export type MediaPreferencesApi = {
  /** macOS only. */
  askForMediaAccess?(kind: 'camera' | 'microphone'): Promise<boolean>;
  /** macOS and Windows only. */
  getMediaAccessStatus?(
    kind: 'camera' | 'microphone' | 'screen',
  ): 'granted' | 'denied' | 'restricted' | 'not-determined' | 'unknown';
};

/** An image, or the path of its file: Electron takes either nearly everywhere. */
export type ImageApi = { isEmpty(): boolean } | string;
export type MenuApi = { readonly items: readonly object[] };

export type TrayApi = {
  setImage(image: ImageApi): void;
  setToolTip(text: string): void;
  setContextMenu(menu: MenuApi | null): void;
  on(event: 'click', listener: () => void): unknown;
  destroy(): void;
};

export type WindowApi = {
  readonly webContents: ContentsApi;
  loadURL(url: string): Promise<void>;
  show(): void;
  hide(): void;
  focus(): void;
  restore(): void;
  isMinimized(): boolean;
  isVisible(): boolean;
  destroy(): void;
  setContentProtection(on: boolean): void;
  setOverlayIcon(image: ImageApi | null, description: string): void;
  on(event: 'close' | 'query-session-end', listener: (event: Preventable) => void): unknown;
  on(event: 'closed' | 'ready-to-show', listener: () => void): unknown;
};

export type ContentsApi = {
  readonly session: SessionApi;
  send(channel: string, state: unknown): void;
  setWindowOpenHandler(handler: (details: { readonly url: string }) => { action: 'deny' }): void;
  on(
    event: 'will-frame-navigate',
    listener: (event: Preventable & { readonly url: string; readonly isMainFrame: boolean }) => void,
  ): unknown;
  on(event: 'will-redirect', listener: (event: Preventable & { readonly url: string }) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown;
  on(
    event: 'render-process-gone',
    listener: (event: unknown, details: { readonly reason: string; readonly exitCode: number }) => void,
  ): unknown;
};

export type SessionApi = {
  setPermissionRequestHandler(
    handler: (
      contents: unknown,
      permission: string,
      callback: (granted: boolean) => void,
      details: { readonly requestingUrl: string },
    ) => void,
  ): void;
  setPermissionCheckHandler(
    handler: (contents: unknown, permission: string, requestingOrigin: string) => boolean,
  ): void;
  setDevicePermissionHandler(handler: () => boolean): void;
};

/** A Node program in a process of its own. */
export type UtilityApi = {
  readonly pid: number | undefined;
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  postMessage(message: unknown): void;
  kill(): boolean;
  on(event: 'spawn', listener: () => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
};
