import type { SourceKind } from '../../shared/api/studio.ts';
import type { AppError } from '../../shared/app-error.ts';
import { captureError, permissionCure } from './capture-errors.ts';
import type { CapturedSource } from './classify-capture-exit.ts';

type Lack = 'capture/no-frames' | 'capture/black-frames' | 'capture/no-sound';

/** A capture that runs and yet does not give what it is there for, with the cure for this system. */
export function lackError(lack: Lack, { kind, label }: CapturedSource, platform: NodeJS.Platform): AppError {
  return captureError(lack, `“${label}” ${SYMPTOMS[lack]} ${cureOf(lack, kind, platform)}`, {
    kind,
    device: label,
  });
}

const SYMPTOMS: Readonly<Record<Lack, string>> = {
  'capture/no-frames': 'has given no picture for two seconds.',
  'capture/black-frames': 'gives only black.',
  'capture/no-sound': 'has given no sound for two seconds.',
};

function cureOf(lack: Lack, kind: SourceKind, platform: NodeJS.Platform): string {
  const permission = silentRefusalCure(kind, platform);
  switch (kind) {
    case 'screen':
    case 'window':
      return [BLACK_CURES[platform] ?? '', WAKE[kind], permission].filter((text) => text !== '').join(' ');
    case 'camera':
      return `Unplug it and plug it in again, close other programs that use it, or choose another. ${permission}`.trimEnd();
    case 'microphone':
      return `Switch it on, look at its level in the system’s sound settings, or choose another. ${permission}`.trimEnd();
    case 'system-audio':
      return 'Choose the output that the computer really plays on; it gives nothing while it is switched off.';
    case 'url':
      return 'Lectern goes on trying; check that the stream is running.';
    case 'browser':
      return 'Open its link in a browser and share something there; a page that was open goes on by itself.';
    case 'file':
    case 'test':
      return lack === 'capture/no-sound'
        ? 'Its sound may begin later; if not, choose another file.'
        : 'Check that it plays in another program, or choose another file.';
  }
}

/** What most often lies between a program and the picture of the desktop. */
const BLACK_CURES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'In a Wayland session programs see only black: log out and choose an Xorg session on the login screen.',
  win32: 'Protected films and some full-screen games show themselves to nobody: show them in a window.',
};

const WAKE: Readonly<Record<'screen' | 'window', string>> = {
  screen: 'Wake and unlock the screen.',
  window: 'Bring the window to the front: minimised, it has no picture.',
};

/** Some systems let a program without permission run and give it nothing. */
function silentRefusalCure(kind: SourceKind, platform: NodeJS.Platform): string {
  const isSilent = platform === 'darwin' || (platform === 'win32' && (kind === 'camera' || kind === 'microphone'));
  return isSilent ? permissionCure(kind, platform) : '';
}
