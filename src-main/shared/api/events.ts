import { z } from 'zod';
import { isoTime } from './common.ts';
import { REDUCTION_STEPS } from './studio.ts';

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
  /** A device came or went: the whole list, as `GET /studio/devices` answers it. */
  'Lectern.DevicesChanged',
  /** Who sends from a browser, or that the links to its page are others: `BrowserSourceChange`. */
  'Lectern.BrowserSourceChanged',
  'Lectern.ScenesChanged',
  /** Each result of the checks before a broadcast. */
  'Lectern.PreflightChanged',
  'Lectern.FireDrillChanged',
  'Lectern.LiveEventChanged',
  'Lectern.LiveEventDeleted',
  'Lectern.LiveEventCue',
  'Lectern.LiveOutputChanged',
  'Lectern.LiveOutputDeleted',
  'Lectern.AssetChanged',
  'Lectern.AssetDeleted',
  /** All markers of an asset, as they are now. */
  'Lectern.MarkersChanged',
  /** A part of a broadcast was taken back: which assets have it no more, and from when to when. */
  'Lectern.MediaRemoved',
  'Lectern.LocatorChanged',
  'Lectern.LocatorDeleted',
  'Lectern.FilterChanged',
  'Lectern.FilterDeleted',
  /** Viewers get another quality than was chosen, or that again: `qualityChange`. */
  'Lectern.QualityChanged',
  'Lectern.DestinationChanged',
  'Lectern.DestinationDeleted',
  'Lectern.ExportChanged',
  'Lectern.ExportDeleted',
  'Lectern.SettingsChanged',
  'Lectern.EndpointChanged',
  'Lectern.EndpointDeleted',
  'Lectern.UploadChanged',
  'Lectern.UploadDeleted',
  /** What viewers get, found from outside: all of it, `proofsOfAir`. */
  'Lectern.ProofOfAirChanged',
  /** The remote, its devices and whether one is being paired: all of it, `remoteStatus`. */
  'Lectern.RemoteChanged',
  'Lectern.WebhookChanged',
  'Lectern.WebhookDeleted',
  'Lectern.OperatorAction',
  'Lectern.Recovered',
  'Lectern.Problem',
  /** Never published, but the first event of a stream whose `Last-Event-ID` is too old or of another run: read everything again. */
  'Lectern.Resync',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What was changed so that the computer, or the network to a destination, keeps up; `detail` is a sentence for people. */
export const qualityChange = z.discriminatedUnion('cause', [
  z.strictObject({
    cause: z.literal('computer'),
    direction: z.enum(['down', 'up']),
    step: z.enum(REDUCTION_STEPS),
    /** Qualities that are left out since, or back, as `720p`. */
    layers: z.array(z.string()),
    detail: z.string(),
  }),
  z.strictObject({
    cause: z.literal('network'),
    direction: z.enum(['down', 'up']),
    destination: z.string(),
    /** What goes there now, as `720p`. */
    quality: z.string(),
    detail: z.string(),
  }),
]);
export type QualityChange = z.infer<typeof qualityChange>;

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
