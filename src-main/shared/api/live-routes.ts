import { z } from 'zod';
import { listOf, listQuery, waitQuery } from './common.ts';
import {
  endAdvertisement,
  liveEvent,
  liveEventCreate,
  liveEventPatch,
  liveOutput,
  liveOutputCreate,
  showSlate,
  startAdvertisement,
} from './live-events.ts';
import { none, type Route } from './route.ts';
import { liveEventStatus, streamEvent, trackIngestHeartbeat } from './telemetry.ts';

const pulled = {
  status: { summary: 'How its feed is doing.', response: liveEventStatus },
  streamEvents: {
    summary: 'What happened to its feed, newest first: the last thousand.',
    response: z.strictObject({ value: z.array(streamEvent) }),
  },
  heartbeats: {
    summary: 'A record of each track every 20 s, newest first: the last hour.',
    response: z.strictObject({ value: z.array(trackIngestHeartbeat) }),
  },
} as const;

/** Live events and their outputs. */
export const LIVE_ROUTES = {
  listLiveEvents: {
    method: 'GET',
    path: '/liveEvents',
    summary: 'Live events.',
    query: listQuery,
    response: listOf(liveEvent),
  },
  putLiveEvent: {
    method: 'PUT',
    path: '/liveEvents/{name}',
    summary: 'Creates a live event; `autoStart=true` starts it too.',
    query: waitQuery.extend({ autoStart: z.enum(['true', 'false']).optional() }),
    body: liveEventCreate,
    response: liveEvent,
    kind: 'operation',
  },
  getLiveEvent: { method: 'GET', path: '/liveEvents/{name}', summary: 'One live event.', response: liveEvent },
  patchLiveEvent: {
    method: 'PATCH',
    path: '/liveEvents/{name}',
    summary: 'Changes what may be changed in its state.',
    body: liveEventPatch,
    response: liveEvent,
  },
  deleteLiveEvent: {
    method: 'DELETE',
    path: '/liveEvents/{name}',
    summary: 'Deletes a stopped live event; its assets stay.',
    query: waitQuery,
    kind: 'operation',
  },
  allocateLiveEvent: {
    method: 'POST',
    path: '/liveEvents/{name}/allocate',
    summary: 'Stopped → StandBy: what the start needs is held ready, and nothing is let in yet.',
    query: waitQuery,
    body: none,
    response: liveEvent,
    kind: 'operation',
  },
  startLiveEvent: {
    method: 'POST',
    path: '/liveEvents/{name}/start',
    summary: 'Stopped or StandBy → Running.',
    query: waitQuery,
    body: none,
    response: liveEvent,
    kind: 'operation',
  },
  stopLiveEvent: {
    method: 'POST',
    path: '/liveEvents/{name}/stop',
    summary: 'Running or StandBy → Stopped; refused while it has outputs unless `removeOutputsOnStop`.',
    query: waitQuery,
    body: z.strictObject({ removeOutputsOnStop: z.boolean().optional() }).optional(),
    response: liveEvent,
    kind: 'operation',
  },
  resetLiveEvent: {
    method: 'POST',
    path: '/liveEvents/{name}/reset',
    summary: 'Deletes the outputs, stops and starts; assets and locators stay.',
    query: waitQuery,
    body: none,
    response: liveEvent,
    kind: 'operation',
  },

  getLiveEventStatus: { ...pulled.status, method: 'GET', path: '/liveEvents/{name}/status' },
  getStreamEvents: { ...pulled.streamEvents, method: 'GET', path: '/liveEvents/{name}/streamEvents' },
  getTrackIngestHeartbeats: {
    ...pulled.heartbeats,
    method: 'GET',
    path: '/liveEvents/{name}/trackIngestHeartbeats',
  },
  // AMS 2022-11 asked for them so.
  postGetStatus: {
    ...pulled.status,
    method: 'POST',
    path: '/liveEvents/{name}/getStatus',
    body: none,
    reads: true,
  },
  postGetStreamEvents: {
    ...pulled.streamEvents,
    method: 'POST',
    path: '/liveEvents/{name}/getStreamEvents',
    body: none,
    reads: true,
  },
  postGetTrackIngestHeartbeats: {
    ...pulled.heartbeats,
    method: 'POST',
    path: '/liveEvents/{name}/getTrackIngestHeartbeats',
    body: none,
    reads: true,
  },
  getThumbnail: {
    method: 'GET',
    path: '/liveEvents/{name}/thumbnail',
    summary: 'A JPEG of what comes in; 404 until the first picture has.',
    kind: 'stream',
  },

  showSlate: {
    method: 'POST',
    path: '/liveEvents/{name}/showSlate',
    summary: 'Shows a picture instead of the programme of an encoding event, and silences it.',
    body: showSlate,
  },
  hideSlate: {
    method: 'POST',
    path: '/liveEvents/{name}/hideSlate',
    summary: 'Shows the programme again.',
    body: none,
  },
  startAdvertisement: {
    method: 'POST',
    path: '/liveEvents/{name}/startAdvertisement',
    summary: 'Begins a break: a marker with that id in HLS and DASH, and a slate over it if that is wanted.',
    body: startAdvertisement,
  },
  endAdvertisement: {
    method: 'POST',
    path: '/liveEvents/{name}/endAdvertisement',
    summary: 'Takes a break back, or ends it.',
    body: endAdvertisement,
  },

  listLiveOutputs: {
    method: 'GET',
    path: '/liveEvents/{name}/liveOutputs',
    summary: 'Live outputs of an event.',
    query: listQuery,
    response: listOf(liveOutput),
  },
  putLiveOutput: {
    method: 'PUT',
    path: '/liveEvents/{name}/liveOutputs/{output}',
    summary: 'Starts to archive into an asset.',
    query: waitQuery,
    body: liveOutputCreate,
    response: liveOutput,
    kind: 'operation',
  },
  getLiveOutput: {
    method: 'GET',
    path: '/liveEvents/{name}/liveOutputs/{output}',
    summary: 'One live output.',
    response: liveOutput,
  },
  deleteLiveOutput: {
    method: 'DELETE',
    path: '/liveEvents/{name}/liveOutputs/{output}',
    summary: 'Ends the archive; the asset becomes on-demand on the same URL.',
    query: waitQuery,
    kind: 'operation',
  },
} as const satisfies Record<string, Route>;
