import type { SourceKind } from '../../shared/api/studio.ts';
import { AppError, type ErrorDetails } from '../../shared/app-error.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';

/** What each kind of source is called in a sentence. */
const NAMES: Readonly<Record<SourceKind, string>> = {
  test: 'test picture',
  screen: 'screen',
  window: 'window',
  camera: 'camera',
  microphone: 'microphone',
  'system-audio': 'system sound',
  file: 'file',
  url: 'stream',
  browser: 'browser',
};

export function sourceName(kind: SourceKind): string {
  return NAMES[kind];
}

/** An error of one field of a source, with the sentence that says what to do. */
export function captureError(
  code: Extract<ErrorCode, `capture/${string}`>,
  message: string,
  details: ErrorDetails & { readonly kind: SourceKind },
): AppError {
  return new AppError(code, message, { details });
}

export function waylandError(kind: 'screen' | 'window'): AppError {
  return captureError(
    'capture/wayland',
    `In a Wayland session the ${NAMES[kind]} cannot be captured: programs see only black. Let a browser capture it, log out and ` +
      'choose an Xorg session on the login screen, or show the picture with a camera or a file.',
    { kind },
  );
}

export function noDisplayError(kind: 'screen' | 'window', reason: string): AppError {
  return captureError(
    'capture/no-display',
    `There is no display to capture the ${NAMES[kind]} of: ${reason}. Start Lectern from a desktop session, or set DISPLAY ` +
      'to the display that is meant.',
    { kind, reason },
  );
}

export function noSoundServerError(kind: 'microphone' | 'system-audio'): AppError {
  return captureError(
    'capture/unsupported',
    `No sound server answers, so the ${NAMES[kind]} cannot be captured. Start PulseAudio or PipeWire (with pipewire-pulse), ` +
      'or set PULSE_SERVER.',
    { kind },
  );
}

/** This build of ffmpeg cannot capture that kind at all. */
export function missingDeviceError(kind: SourceKind, device: string, cure: string): AppError {
  return captureError(
    'capture/unsupported',
    `This ffmpeg cannot capture a ${NAMES[kind]}: it was built without ${device}. ${cure}`,
    { kind, device },
  );
}

/** macOS and Windows let programs hear only microphones; what the computer plays needs a driver that plays it back as one. */
export function noLoopbackError(platform: NodeJS.Platform): AppError {
  const cure =
    platform === 'darwin'
      ? 'Install BlackHole (or Loopback), let the system play to a multi-output device that has it, and choose it here.'
      : 'Switch on “Stereo Mix” in the sound control panel under Recording, or install VB-CABLE and play to it, and choose it here.';
  return captureError(
    'capture/unsupported',
    `The system gives no program what the computer plays; it takes a loopback device. ${cure}`,
    { kind: 'system-audio' },
  );
}

export function deviceNotFoundError(kind: SourceKind, device: string): AppError {
  return captureError(
    'capture/device-not-found',
    kind === 'window'
      ? 'That window is not open any more, or is minimised. Open it, or choose another in the list of devices.'
      : `The ${NAMES[kind]} “${device}” is not there. Connect it, or choose another in the list of devices.`,
    { kind, field: 'device', device },
  );
}

export function deviceBusyError(kind: SourceKind, label: string): AppError {
  return captureError(
    'capture/device-busy',
    `Another program uses ${label}. Close the call or the tab that shows it; Lectern takes it as soon as it is free.`,
    { kind, device: label },
  );
}

const PERMISSION_CURES: Readonly<Partial<Record<NodeJS.Platform, (kind: SourceKind) => string>>> = {
  darwin: (kind) =>
    `Open System Settings, Privacy & Security, ${macPane(kind)}, switch on Lectern, and start it again.`,
  win32: (kind) =>
    kind === 'camera' || kind === 'microphone'
      ? `Open Settings, Privacy & security, ${kind === 'camera' ? 'Camera' : 'Microphone'}, and let desktop apps use it.`
      : 'Start Lectern in the same session, and not with fewer rights than the program that is shown.',
  linux: (kind) =>
    kind === 'camera'
      ? 'Add your account to the group that owns the device, usually “video”, and log in again.'
      : 'Give your account the right to read it: its group is shown by ls -l.',
};

export function permissionError(kind: SourceKind, label: string, platform: NodeJS.Platform): AppError {
  const cure = permissionCure(kind, platform);
  return captureError('capture/permission-denied', `The system refused access to ${label}. ${cure}`.trimEnd(), {
    kind,
    device: label,
    platform,
  });
}

/** Where the access is given; empty for a system that nothing is known of. */
export function permissionCure(kind: SourceKind, platform: NodeJS.Platform): string {
  return PERMISSION_CURES[platform]?.(kind) ?? '';
}

function macPane(kind: SourceKind): string {
  switch (kind) {
    case 'camera':
      return 'Camera';
    case 'microphone':
    case 'system-audio':
      return 'Microphone';
    default:
      return 'Screen & System Audio Recording';
  }
}
