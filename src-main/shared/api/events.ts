import { z } from 'zod';
import { isoTime } from './common.ts';

/**
 * What happens in the service, told over `GET /events` as server-sent events. The AMS types have its names; ours start with `Lectern.`.
 * A `…Changed` event carries the whole resource as it now is, so that a listener needs no second request and cannot guess ahead.
 */
export const EVENT_TYPES = [
  'Microsoft.Media.LiveEventConnectionRejected',
  'Microsoft.Media.LiveEventEncoderConnected',
  'Microsoft.Media.LiveEventEncoderDisconnected',
  'Microsoft.Media.LiveEventIncomingStreamReceived',
  'Microsoft.Media.LiveEventIncomingDataChunkDropped',
  'Microsoft.Media.LiveEventIncomingStreamsOutOfSync',
  'Microsoft.Media.LiveEventIncomingVideoStreamsOutOfSync',
  'Microsoft.Media.LiveEventIngestHeartbeat',
  'Microsoft.Media.LiveEventChannelArchiveHeartbeat',
  'Microsoft.Media.LiveEventTrackDiscontinuityDetected',
  'Lectern.StudioChanged',
  'Lectern.LiveEventChanged',
  'Lectern.LiveEventDeleted',
  'Lectern.LiveEventCue',
  'Lectern.LiveOutputChanged',
  'Lectern.LiveOutputDeleted',
  'Lectern.AssetChanged',
  'Lectern.AssetDeleted',
  'Lectern.LocatorChanged',
  'Lectern.LocatorDeleted',
  'Lectern.FilterChanged',
  'Lectern.FilterDeleted',
  'Lectern.DestinationChanged',
  'Lectern.DestinationDeleted',
  'Lectern.ExportChanged',
  'Lectern.ExportDeleted',
  'Lectern.SettingsChanged',
  'Lectern.EndpointChanged',
  'Lectern.WebhookChanged',
  'Lectern.WebhookDeleted',
  'Lectern.OperatorAction',
  'Lectern.Recovered',
  'Lectern.Problem',
  /** Never published, but the first event of a stream whose `Last-Event-ID` is too old or of another run: read everything again. */
  'Lectern.Resync',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The AMS event envelope (spec 2.16). */
export const serviceEvent = z.strictObject({
  /** Goes up by one with every event of a run; `Last-Event-ID` resumes after it. */
  id: z.string(),
  topic: z.string(),
  /** `liveEvent/{name}`, `asset/{name}`, `studio`, … */
  subject: z.string(),
  eventType: z.enum(EVENT_TYPES),
  eventTime: isoTime,
  data: z.unknown(),
  dataVersion: z.string(),
  metadataVersion: z.string(),
});
export type ServiceEvent = z.infer<typeof serviceEvent>;
