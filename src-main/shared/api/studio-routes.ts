import { z } from 'zod';
import { marker } from './assets.ts';
import { ladderChoice } from './ladder.ts';
import { none, type Route } from './route.ts';
import {
  goLive,
  ladderPut,
  markerCreate,
  rehearse,
  scene,
  sourcesPut,
  studioPatch,
  studioState,
} from './studio.ts';

/** The presenter's part of the control API. */
export const STUDIO_ROUTES = {
  getStudio: { method: 'GET', path: '/studio', summary: 'The whole presenter state.', response: studioState },
  patchStudio: {
    method: 'PATCH',
    path: '/studio',
    summary: 'Title, and whether to record.',
    body: studioPatch,
    response: studioState,
  },
  putSources: {
    method: 'PUT',
    path: '/studio/sources',
    summary: 'The sources; those that stay the same keep running.',
    body: sourcesPut,
    response: studioState,
  },
  putScene: {
    method: 'PUT',
    path: '/studio/scene',
    summary: 'What is on air.',
    body: scene,
    response: studioState,
  },
  putLadder: {
    method: 'PUT',
    path: '/studio/ladder',
    summary: 'Which qualities to encode; takes effect at the next go-live.',
    body: ladderPut,
    response: ladderChoice,
  },
  measureLadder: {
    method: 'POST',
    path: '/studio/ladder/measure',
    summary: 'Measures again which ladder this computer can hold.',
    body: none,
    response: studioState,
  },
  rehearse: {
    method: 'POST',
    path: '/studio/rehearse',
    summary:
      'Everything of a broadcast but the way out: encodes, records and shows the watch page of the preview; nothing is published, mirrored or pushed.',
    body: rehearse.optional(),
    response: studioState,
  },
  goLive: {
    method: 'POST',
    path: '/studio/go-live',
    summary: 'Goes live.',
    body: goLive.optional(),
    response: studioState,
  },
  endLive: {
    method: 'POST',
    path: '/studio/end',
    summary:
      'Ends the broadcast after 5 s in which `undo-end` takes it back; `now` ends at once. Ends a rehearsal at once.',
    body: z.strictObject({ now: z.boolean().optional() }).optional(),
    response: studioState,
  },
  undoEnd: {
    method: 'POST',
    path: '/studio/undo-end',
    summary: 'Takes the end back.',
    body: none,
    response: studioState,
  },
  createMarker: {
    method: 'POST',
    path: '/studio/markers',
    summary: 'Marks this moment in the recording.',
    body: markerCreate.optional(),
    response: marker,
    status: 201,
  },
  getPreview: {
    method: 'GET',
    path: '/studio/preview',
    summary:
      'Endless stream of raw programme frames and meter readings while the connection is open; framing in `shared/preview-stream.ts`.',
    query: z.strictObject({
      width: z.coerce.number().int().min(64).max(1920).optional(),
      frameRate: z.coerce.number().int().min(1).max(60).optional(),
    }),
    kind: 'stream',
  },
} as const satisfies Record<string, Route>;
