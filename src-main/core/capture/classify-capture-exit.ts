import type { SourceKind } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';
import type { ChildExit, FfmpegFailureReason, ReadFfmpegFailure } from '../ports/process.ts';
import {
  captureError,
  deviceBusyError,
  deviceNotFoundError,
  noDisplayError,
  noSoundServerError,
  permissionError,
  sourceName,
} from './capture-errors.ts';

export type CapturedSource = {
  readonly kind: SourceKind;
  /** As `describeSource` calls it. */
  readonly label: string;
};

/**
 * Why a capture ended although nobody asked it to, from its last words, with the cure for this system. What is not known is
 * `process/exited`, which is tried again.
 */
export function classifyCaptureExit(
  exit: ChildExit,
  { kind, label }: CapturedSource,
  { platform, readFailure }: { readonly platform: NodeJS.Platform; readonly readFailure: ReadFfmpegFailure },
): AppError {
  const said = (pattern: RegExp): boolean => exit.lastLines.some((line) => pattern.test(line));
  if (kind === 'window' && said(WINDOW_GONE)) {
    return deviceNotFoundError('window', label);
  }
  if (kind === 'screen' && said(/outside the screen size|BadMatch/)) {
    return captureError(
      'capture/unsupported',
      `${label} is not on the screen any more: its resolution has changed. Choose the region or the screen again.`,
      { kind, field: 'region' },
    );
  }
  const reason = readFailure(exit.lastLines)?.reason;
  if (kind === 'browser') {
    const why = reason === undefined ? endReason(exit) : words(reason);
    return captureError(
      'capture/no-frames',
      `What the page of ${label} sends cannot be shown (${why}). Stop it there and share again.`,
      { kind, reason: reason ?? endReason(exit) },
    );
  }
  return (
    (reason === undefined ? undefined : fromReason(reason, { kind, label }, platform)) ?? unknownEnd(exit, label)
  );
}

/** It was closed, or minimised: then it has no picture. */
const WINDOW_GONE =
  /Can't find window|BadWindow|BadDrawable|BadMatch|Cannot get the image data|Failed to (?:query xcb pointer|translate xcb geometry)/;

function fromReason(
  reason: FfmpegFailureReason,
  { kind, label }: CapturedSource,
  platform: NodeJS.Platform,
): AppError | undefined {
  if (kind === 'url') {
    return streamError(reason, label);
  }
  if (kind === 'file') {
    return captureError(
      'capture/file-unreadable',
      `${label} cannot be played any more (${words(reason)}). Choose it again.`,
      {
        kind,
        field: 'path',
        reason,
      },
    );
  }
  switch (reason) {
    case 'permission-denied':
    case 'unauthorized':
      return permissionError(kind, label, platform);
    case 'device-busy':
      return deviceBusyError(kind, label);
    case 'no-such-device':
    case 'no-such-file':
      return deviceNotFoundError(kind, label);
    case 'no-display':
      return noDisplayError(kind === 'window' ? 'window' : 'screen', 'it does not answer');
    case 'no-sound-server':
      return noSoundServerError(kind === 'system-audio' ? 'system-audio' : 'microphone');
    case 'io-error':
      // What PulseAudio's input says of a source that is not there (any more).
      return isSound(kind) ? deviceNotFoundError(kind, label) : undefined;
    case 'bad-arguments':
      return captureError(
        'capture/unsupported',
        `This ffmpeg does not understand how it is to capture the ${sourceName(kind)}. Name a newer one in the settings.`,
        { kind, reason },
      );
    default:
      return undefined;
  }
}

/** A stream may come back at any time, unless it was refused. */
function streamError(reason: FfmpegFailureReason, label: string): AppError {
  const details = { kind: 'url', field: 'url', reason } as const;
  switch (reason) {
    case 'unauthorized':
    case 'permission-denied':
      return captureError(
        'capture/permission-denied',
        `${label} refused the user name, password or key. Correct the address.`,
        details,
      );
    case 'tls':
      return captureError(
        'capture/permission-denied',
        `The certificate of ${label} is not good. Use the name it was issued for, or a plain address in your own network.`,
        details,
      );
    case 'bad-arguments':
      return captureError(
        'capture/unsupported',
        `This ffmpeg cannot open ${label}. Name another in the settings.`,
        details,
      );
    default:
      return captureError(
        'capture/no-frames',
        `${label} gives nothing (${words(reason)}). Lectern goes on trying; check that the stream is running.`,
        details,
      );
  }
}

function isSound(kind: SourceKind): boolean {
  return kind === 'microphone' || kind === 'system-audio';
}

function words(reason: FfmpegFailureReason): string {
  return reason.replaceAll('-', ' ');
}

function unknownEnd(exit: ChildExit, label: string): AppError {
  const { lastLines } = exit;
  const reason = endReason(exit);
  const lastWords = lastLines.at(-1);
  return new AppError(
    'process/exited',
    `The capture of ${label} ended (${reason})${lastWords === undefined ? '.' : `: ${lastWords}`}`,
    { details: { reason, lastLines } },
  );
}

function endReason({ code, signal }: ChildExit): string {
  return signal ?? `code ${code ?? 'unknown'}`;
}
