import { openDatabase } from '../../src-main/core/archive/catalogue/database.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import { createWaitingEvents, type WaitingEventStore } from '../../src-main/core/webhooks/waiting-events.ts';

/** As in the catalogue, for as long as the test lasts. */
export function waitingEvents(): WaitingEventStore {
  return createWaitingEvents(openDatabase(':memory:').sqlite, silentLogger);
}
