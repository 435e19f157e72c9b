import type { Clock } from '../../base/clock.ts';
import { createEmitter } from '../../base/emitter.ts';
import type { ServiceEvent } from '../../shared/api/events.ts';
import type { EventLog } from '../ports/services.ts';

/** Enough for a connection that was lost for some minutes; who was away longer reads everything again. A megabyte or two. */
const KEPT_EVENTS = 500;

/**
 * The event stream and the last 500 of its events. Ids count up by one from the microseconds of UTC at the start of the run: a caller that
 * resumes with an id of an earlier run is found out instead of being given the wrong rest. (No run publishes a thousand events a
 * millisecond, so runs do not overlap; the numbers stay below 2^53 until the year 2255.)
 */
export function createEventLog({ clock, topic = 'lectern' }: { clock: Clock; topic?: string }): EventLog {
  const emitter = createEmitter<ServiceEvent>();
  const kept: ServiceEvent[] = [];
  let nextId = Math.floor(clock.wallMs()) * 1000;

  return {
    published: emitter,
    publish(eventType, subject, data) {
      const event: ServiceEvent = {
        id: String(nextId),
        topic,
        subject,
        eventType,
        eventTime: new Date(clock.wallMs()).toISOString(),
        data,
        dataVersion: '1.0',
        metadataVersion: '1',
      };
      nextId += 1;
      kept.push(event);
      if (kept.length > KEPT_EVENTS) {
        kept.shift();
      }
      emitter.emit(event);
    },
    lastId: () => String(nextId - 1),
    since(id) {
      const behind = /^\d{1,16}$/.test(id) ? nextId - 1 - Number(id) : NaN;
      return behind >= 0 && behind <= kept.length ? kept.slice(kept.length - behind) : undefined;
    },
  };
}
