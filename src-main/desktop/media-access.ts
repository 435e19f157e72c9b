import type { Clock } from '../base/clock.ts';
import type { MediaAccess, MediaAccessAnswer, MediaKind } from '../shared/desktop-contract.ts';
import type { ElectronApi } from './electron-api.ts';

/** The question of macOS sometimes never comes and the promise never ends (electron#42143): then the person is sent to the settings. */
const ASK_LIMIT_MS = 60_000;

const MAC_SETTINGS: Readonly<Record<MediaKind, string>> = {
  camera: 'x-apple.systempreferences:com.apple.preference.security?Privacy_Camera',
  microphone: 'x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone',
  screen: 'x-apple.systempreferences:com.apple.preference.security?Privacy_ScreenCapture',
};

/** Windows has none for the screen: every program may capture it. */
const WINDOWS_SETTINGS: Readonly<Partial<Record<MediaKind, string>>> = {
  camera: 'ms-settings:privacy-webcam',
  microphone: 'ms-settings:privacy-microphone',
};

export type MediaAccessDesk = {
  status(kind: MediaKind): MediaAccess;
  request(kind: MediaKind): Promise<MediaAccessAnswer>;
};

/**
 * The system's permissions for camera, microphone and screen. What it says is a hint: a permission can be granted and without effect, so
 * the pre-flight goes by a frame that really came.
 */
export function createMediaAccess(
  electron: Pick<ElectronApi, 'systemPreferences' | 'shell'>,
  platform: NodeJS.Platform,
  clock: Clock,
): MediaAccessDesk {
  const { systemPreferences: preferences, shell } = electron;

  function status(kind: MediaKind): MediaAccess {
    return platform === 'darwin' || platform === 'win32'
      ? (preferences.getMediaAccessStatus?.(kind) ?? 'unknown')
      : 'unknown';
  }

  async function ask(kind: 'camera' | 'microphone'): Promise<void> {
    const limit = Promise.withResolvers<undefined>();
    const timer = clock.after(ASK_LIMIT_MS, () => limit.resolve(undefined));
    try {
      await Promise.race([preferences.askForMediaAccess?.(kind), limit.promise]);
    } finally {
      timer[Symbol.dispose]();
    }
  }

  return {
    status,
    async request(kind) {
      // Only a first question can be asked. For the screen there is none; capturing it is what makes macOS ask.
      if (platform === 'darwin' && kind !== 'screen' && status(kind) === 'not-determined') {
        await ask(kind);
      }
      const access = status(kind);
      const settings = platform === 'darwin' ? MAC_SETTINGS[kind] : WINDOWS_SETTINGS[kind];
      const isOpen = access === 'granted' || access === 'unknown' || settings === undefined;
      if (!isOpen) {
        await shell.openExternal(settings);
      }
      return { access, settingsOpened: !isOpen, restartNeeded: !isOpen && platform === 'darwin' };
    },
  };
}
