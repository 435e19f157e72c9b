import type { CaptureCommand } from '../ports/mixer.ts';
import { browserCommand } from './browser-source.ts';
import type { CaptureContext, CapturedSpec } from './capture-context.ts';
import { captureError, sourceName } from './capture-errors.ts';
import { fileCommand } from './file-source.ts';
import { linuxCommand } from './linux.ts';
import { macosCommand } from './macos.ts';
import { urlCommand } from './url-source.ts';
import { windowsCommand } from './windows.ts';

/**
 * The process that captures a source: raw frames of the canvas' size and rate, s16le sound at the mixer's rate. Pure. It is stopped with
 * SIGTERM and may be started again as it is.
 *
 * Throws `capture/device-not-found`, `capture/wayland`, `capture/no-display`, `capture/unsupported` or `capture/file-unreadable`, each
 * with the cure.
 */
export function captureCommand(spec: CapturedSpec, context: CaptureContext): CaptureCommand {
  if (spec.kind === 'file') {
    return fileCommand(spec, context);
  }
  if (spec.kind === 'url') {
    return urlCommand(spec, context);
  }
  if (spec.kind === 'browser') {
    return browserCommand(context);
  }
  switch (context.platform) {
    case 'linux':
      return linuxCommand(spec, context);
    case 'darwin':
      return macosCommand(spec, context);
    case 'win32':
      return windowsCommand(spec, context);
    default:
      throw captureError(
        'capture/unsupported',
        `On this system Lectern cannot capture a ${sourceName(spec.kind)}. Use a file or a stream as the source.`,
        { kind: spec.kind },
      );
  }
}
