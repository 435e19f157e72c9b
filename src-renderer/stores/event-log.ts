import { z } from 'zod';
import type { ServiceEvent } from '../../src-main/shared/api/events.ts';

/** What the service told, without what it repeats all the time, newest first. */
export type LogEntry = {
  readonly event: ServiceEvent;
  readonly level: LogLevel;
};

export const LOG_LEVELS = ['Error', 'Warning', 'Information'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_LENGTH = 200;

/** What the presenter sees in the studio, and no news of the service. */
const PRESENTERS: ReadonlySet<string> = new Set<ServiceEvent['eventType']>([
  'Lectern.StudioChanged',
  'Lectern.ScenesChanged',
  'Lectern.Resync',
]);

/** A snapshot is told of when this of it has changed; the rest of it changes every second. */
const snapshot = z.object({
  resourceState: z.string().optional(),
  state: z.string().optional(),
  provisioningState: z.string().optional(),
});

/** Puts an event on top, unless it says nothing new. */
export function recorded(log: readonly LogEntry[], event: ServiceEvent): readonly LogEntry[] {
  if (PRESENTERS.has(event.eventType)) {
    return log;
  }
  const level = levelOf(event);
  if (isHeartbeat(event) && level === 'Information') {
    return log;
  }
  // A change of quality is no snapshot: each is told.
  if (event.eventType.endsWith('Changed') && event.eventType !== 'Lectern.QualityChanged') {
    const before = log.find(
      ({ event: other }) => other.subject === event.subject && other.eventType === event.eventType,
    );
    if (before !== undefined && stateOf(before.event) === stateOf(event)) {
      return log;
    }
  }
  return [{ event, level }, ...log].slice(0, LOG_LENGTH);
}

function isHeartbeat({ eventType }: ServiceEvent): boolean {
  return eventType.endsWith('Heartbeat');
}

/** The state that a snapshot is in; the whole text of one that has none. */
function stateOf({ data }: ServiceEvent): string {
  const parsed = snapshot.safeParse(data);
  const { resourceState, state, provisioningState } = parsed.data ?? {};
  return resourceState ?? state ?? provisioningState ?? JSON.stringify(data);
}

/** Ends of a connection that are no fault (spec 2.16). */
const GRACEFUL: ReadonlySet<string> = new Set([
  'S_OK',
  'MPE_CLIENT_TERMINATED_SESSION',
  'MPE_CLIENT_DISCONNECTED',
  'MPI_REST_API_CHANNEL_RESET',
  'MPI_REST_API_CHANNEL_STOP',
  'MPI_STREAM_HIT_EOF',
]);

const facts = z.object({
  resultCode: z.string().optional(),
  latencyResultCode: z.string().optional(),
  healthy: z.boolean().optional(),
  status: z.number().optional(),
  state: z.string().optional(),
  direction: z.string().optional(),
});

/** How much somebody has to care. */
function levelOf({ eventType, data }: ServiceEvent): LogLevel {
  const { resultCode, latencyResultCode, healthy, status, state, direction } = facts.safeParse(data).data ?? {};
  switch (eventType) {
    case 'Microsoft.Media.LiveEventConnectionRejected':
    case 'Lectern.Problem':
      return 'Error';
    case 'Microsoft.Media.LiveEventIncomingDataChunkDropped':
    case 'Microsoft.Media.LiveEventIncomingStreamsOutOfSync':
    case 'Microsoft.Media.LiveEventIncomingVideoStreamsOutOfSync':
    case 'Microsoft.Media.LiveEventTrackDiscontinuityDetected':
    case 'Lectern.Recovered':
      return 'Warning';
    case 'Microsoft.Media.LiveEventEncoderDisconnected':
      return resultCode === undefined || GRACEFUL.has(resultCode) ? 'Information' : 'Warning';
    case 'Microsoft.Media.LiveEventIngestHeartbeat':
      return healthy === false ? 'Warning' : 'Information';
    case 'Microsoft.Media.LiveEventChannelArchiveHeartbeat':
      return latencyResultCode === undefined || latencyResultCode === 'S_OK' ? 'Information' : 'Warning';
    case 'Lectern.QualityChanged':
      return direction === 'down' ? 'Warning' : 'Information';
    case 'Lectern.OperatorAction':
      return status !== undefined && status >= 400 ? 'Warning' : 'Information';
    case 'Lectern.DestinationChanged':
    case 'Lectern.ExportChanged':
    case 'Lectern.UploadChanged':
    case 'Lectern.WebhookChanged':
      return state === 'failed' || state === 'failing' ? 'Error' : 'Information';
    default:
      return 'Information';
  }
}

export type LogFilter = {
  /** `all`, or what is of this level and worse. */
  readonly level: 'all' | LogLevel;
  /** `all`, or a subject: what lies below it belongs to it. */
  readonly subject: string;
};

export function filtered(log: readonly LogEntry[], filter: LogFilter): readonly LogEntry[] {
  const worst = filter.level === 'all' ? LOG_LEVELS.length : LOG_LEVELS.indexOf(filter.level);
  return log.filter(
    ({ event: { subject }, level }) =>
      LOG_LEVELS.indexOf(level) <= worst &&
      (filter.subject === 'all' || subject === filter.subject || subject.startsWith(`${filter.subject}/`)),
  );
}

/** What there is to choose from: `liveEvent/talk` also for what is below it. */
export function subjectsOf(log: readonly LogEntry[]): readonly string[] {
  return [...new Set(log.map(({ event }) => event.subject.split('/').slice(0, 2).join('/')))].sort();
}
