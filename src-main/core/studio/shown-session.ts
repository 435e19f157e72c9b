import type { StudioSession } from '../../shared/api/studio.ts';
import type { Broadcast } from './broadcast.ts';
import type { Rehearsal } from './rehearsal.ts';

/** What the presenter sees of what runs. */
export function shownSession(session: Broadcast | Rehearsal, undoUntil: string | undefined): StudioSession {
  const { kind: _kind, presentation: _presentation, record: _record, ...visible } = session;
  return { ...visible, ...(undoUntil === undefined ? {} : { undoUntil }) };
}
