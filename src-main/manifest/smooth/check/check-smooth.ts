import { createViolationLog, type Violation } from '../../violation.ts';
import type { SmoothManifest } from '../smooth-manifest.ts';
import { checkManifest } from './manifest-rules.ts';
import { checkUpdate } from './update-rules.ts';

/** The rules of MS-SSTR that can be seen in a client manifest and in what an update of it changed. Empty when all hold. */
export function checkSmooth(previous: SmoothManifest | undefined, next: SmoothManifest): readonly Violation[] {
  const log = createViolationLog('MS-SSTR ');
  checkManifest(log, next);
  if (previous !== undefined) {
    checkUpdate(log, previous, next);
  }
  return log.all();
}
