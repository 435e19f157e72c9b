import type { ErrorDetails } from './app-error.ts';

/**
 * What the page and the desktop shell say to each other. Only what a browser cannot do: everything else goes through the control API,
 * so that the window and a page in a browser are the same program.
 */

/** The page asks, the shell answers. One entry per call; the key is the channel. */
export type DesktopCalls = {
  /** Opens the folder of a file with the file selected. Refused for what is not an absolute path of something that is there. */
  'desktop:show-in-folder': { readonly request: { readonly path: string }; readonly response: null };
  /** Null when the person changed their mind. */
  'desktop:choose-file': { readonly request: { readonly kind: FileKind }; readonly response: string | null };
  'desktop:choose-save-path': { readonly request: { readonly name: string }; readonly response: string | null };
  /** Whether it was opened: a person may be asked first. */
  'desktop:open-external': { readonly request: { readonly url: string }; readonly response: boolean };
  /** What the system says. Only a frame that was really captured proves it. */
  'desktop:media-access': { readonly request: { readonly kind: MediaKind }; readonly response: MediaAccess };
  /** Makes the system ask where it can, opens its settings where it cannot. */
  'desktop:request-media-access': {
    readonly request: { readonly kind: MediaKind };
    readonly response: MediaAccessAnswer;
  };
  /** Keeps this window out of every screen capture, also out of our own. */
  'desktop:protect-content': { readonly request: { readonly on: boolean }; readonly response: null };
};

export type DesktopCall = keyof DesktopCalls;

/** The shell tells, the page listens. Each topic carries the whole state. */
export type DesktopTopics = {
  /** How the service is doing, when it is not the page's own connection that says it. */
  'desktop:service': ServiceStatus;
  /** What was chosen in the tray or in a menu that only the page can do. */
  'desktop:command': DesktopCommand;
};

export type DesktopTopic = keyof DesktopTopics;

const FILE_KINDS = ['media', 'program', 'folder'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

const MEDIA_KINDS = ['camera', 'microphone', 'screen'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** `unknown`: this system has no such permission, or does not tell. */
export type MediaAccess = 'granted' | 'denied' | 'restricted' | 'not-determined' | 'unknown';

export type MediaAccessAnswer = {
  readonly access: MediaAccess;
  /** The system's settings are open at the right place. */
  readonly settingsOpened: boolean;
  /** What the person grants now takes effect only after Lectern was started again. */
  readonly restartNeeded: boolean;
};

export type ServiceStatus =
  | { readonly state: 'running' }
  | { readonly state: 'restarting'; readonly attempt: number }
  | { readonly state: 'failed'; readonly error: WireError };

/** `go-live` opens the pre-flight: nothing goes on air by one click in a tray. */
export type DesktopCommand = 'go-live';

/** An `AppError` on its way between processes: Electron keeps only the message of what a handler throws. */
export type WireError = { readonly code: string; readonly message: string; readonly details: ErrorDetails };

export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireError };

/**
 * The one synchronous question, asked by the preload before the first line of the page runs: where the service is and what opens it. Not
 * in the arguments of the page's process, where every user of the computer could read the token. Null for any other page.
 */
export const CONNECTION_CHANNEL = 'desktop:connection';
export type DesktopConnection = {
  readonly controlUrl: string;
  readonly token: string;
  readonly platform: string;
};

/** `window.lectern`. A call that is refused rejects with an `Error` that says why. */
export type DesktopBridge = DesktopConnection & {
  showInFolder(path: string): Promise<void>;
  chooseFile(kind?: FileKind): Promise<string | undefined>;
  chooseSavePath(name: string): Promise<string | undefined>;
  /** Where a dropped `File` is; empty for one that the page has made itself. */
  pathOfFile(file: object): string;
  openExternal(url: string): Promise<boolean>;
  mediaAccess(kind: MediaKind): Promise<MediaAccess>;
  requestMediaAccess(kind: MediaKind): Promise<MediaAccessAnswer>;
  protectContent(on: boolean): Promise<void>;
  /** Returns how to stop listening. */
  onService(listener: (status: ServiceStatus) => void): () => void;
  onCommand(listener: (command: DesktopCommand) => void): () => void;
};

type Guard<T> = (value: unknown) => value is T;

/** The run-time half of `DesktopCalls`: which calls there are and what may be asked. The shell trusts nothing else. */
export const REQUEST_GUARDS: { readonly [K in DesktopCall]: Guard<DesktopCalls[K]['request']> } = {
  'desktop:show-in-folder': (value): value is { path: string } => hasText(value, 'path', 4096),
  'desktop:choose-file': (value): value is { kind: FileKind } => hasOneOf(value, 'kind', FILE_KINDS),
  'desktop:choose-save-path': (value): value is { name: string } => hasText(value, 'name', 255),
  'desktop:open-external': (value): value is { url: string } => hasText(value, 'url', 2048),
  'desktop:media-access': (value): value is { kind: MediaKind } => hasOneOf(value, 'kind', MEDIA_KINDS),
  'desktop:request-media-access': (value): value is { kind: MediaKind } => hasOneOf(value, 'kind', MEDIA_KINDS),
  'desktop:protect-content': (value): value is { on: boolean } => typeof fieldOf(value, 'on') === 'boolean',
};

function hasText(value: unknown, field: string, most: number): boolean {
  const text = fieldOf(value, field);
  return typeof text === 'string' && text !== '' && text.length <= most && !text.includes('\0');
}

function hasOneOf(value: unknown, field: string, words: readonly string[]): boolean {
  const word = fieldOf(value, field);
  return typeof word === 'string' && words.includes(word);
}

/** The value of the only field of an object; a request with anything more in it is not one of ours. */
function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0]?.[0] === field ? entries[0][1] : undefined;
}
