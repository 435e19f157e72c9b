import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { ServiceEvent } from '../../shared/api/events.ts';
import type { EventLog } from '../ports/services.ts';
import { writeHead } from './answer.ts';

/** Often enough for proxies and for a page to notice a service that is gone. */
const HEARTBEAT_MS = 15_000;

/** What a caller may leave unread. Then it is cut off; it comes back with `Last-Event-ID` and has missed nothing. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** How soon a browser tries again after the connection broke. */
const RETRY_MS = 1000;

type EventStreams = Disposable & {
  /** Turns a request into an endless answer of events. */
  readonly open: (request: IncomingMessage, response: ServerResponse) => void;
};

/**
 * `GET /events` (WHATWG HTML, server-sent events). Each event has its id, its type as the event name and the envelope as data. A caller with
 * `Last-Event-ID` gets what it missed; when that is no longer kept, or was another run of the service, it gets `Lectern.Resync`
 * first, which means: read again whatever you show. Disposing ends all of them.
 */
export function openEventStreams({ log, clock }: { readonly log: EventLog; readonly clock: Clock }): EventStreams {
  const readers = new Set<ServerResponse>();
  const subscription = log.published.on((event) => sendToAll(formatEvent(event)));
  let heartbeat = clock.after(HEARTBEAT_MS, beat);

  function beat(): void {
    sendToAll(': still here\n\n');
    heartbeat = clock.after(HEARTBEAT_MS, beat);
  }

  function sendToAll(text: string): void {
    for (const reader of readers) {
      if (reader.writableLength > MAX_UNREAD_BYTES) {
        reader.destroy();
      } else {
        reader.write(text);
      }
    }
  }

  return {
    open(request, response) {
      // `X-Accel-Buffering` keeps an nginx in front from holding events back.
      writeHead(response, 200, {
        'Content-Type': 'text/event-stream',
        'X-Accel-Buffering': 'no',
        // Nothing can follow an endless answer, and so its end is the end of the connection.
        Connection: 'close',
      });
      // The heartbeat finds out about dead connections.
      response.setTimeout(0);
      response.write(`retry: ${RETRY_MS}\n\n${greeting(log, clock, lastEventId(request))}`);
      readers.add(response);
      response.once('close', () => readers.delete(response));
    },
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      heartbeat[Symbol.dispose]();
      for (const reader of readers) {
        reader.end();
      }
      readers.clear();
    },
  };
}

function lastEventId(request: IncomingMessage): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** What a caller gets before anything new happens: where the stream is, and what it missed or that it missed too much. */
function greeting(log: EventLog, clock: Clock, resumeAfter: string | undefined): string {
  const missed = resumeAfter === undefined ? [] : log.since(resumeAfter);
  if (missed === undefined) {
    return formatEvent(resync(log.lastId(), clock));
  }
  // An id without data is not an event, but it is remembered: who reconnects before the first event misses nothing either.
  return missed.length > 0 ? missed.map(formatEvent).join('') : `id: ${log.lastId()}\n\n`;
}

function resync(id: string, clock: Clock): ServiceEvent {
  return {
    id,
    topic: 'lectern',
    subject: 'events',
    eventType: 'Lectern.Resync',
    eventTime: new Date(clock.wallMs()).toISOString(),
    data: { reason: 'The events since the given id are no longer kept. Read again what you show.' },
    dataVersion: '1.0',
    metadataVersion: '1',
  };
}

/** JSON has no line breaks of its own, so that the data is one line. */
function formatEvent(event: ServiceEvent): string {
  return `id: ${event.id}\nevent: ${event.eventType}\ndata: ${JSON.stringify(event)}\n\n`;
}
