import { asset, marker } from './assets.ts';
import { clipCreate, studioClip } from './clips.ts';
import { markerAdd, markerPatch } from './markers.ts';
import { panicCreate } from './panic.ts';
import { none, type Route } from './route.ts';
import { studioState } from './studio.ts';

/** Moments of a broadcast: those to be taken back, to be found again, to be cut out. */
export const MOMENT_ROUTES = {
  panic: {
    method: 'POST',
    path: '/studio/panic',
    summary:
      'Cuts picture and sound at once and takes back what was shown last, from the live edge, the window, the recording, mirrors and what was made of them. Answers when it is overwritten on the disk.',
    body: panicCreate.optional(),
    response: studioState,
  },
  panicBack: {
    method: 'POST',
    path: '/studio/panic/back',
    summary: 'Ends the panic: the programme is shown again. What was taken back stays away.',
    body: none,
    response: studioState,
  },
  createStudioClip: {
    method: 'POST',
    path: '/studio/clips',
    summary: 'Makes a recording of its own of what was shown last.',
    body: studioClip.optional(),
    response: asset,
    status: 201,
  },
  createClip: {
    method: 'POST',
    path: '/assets/{name}/clips',
    summary:
      'Makes a recording of its own of a part of a recording, also of one in progress; from key frame to key frame.',
    body: clipCreate,
    response: asset,
    status: 201,
  },
  addMarker: {
    method: 'POST',
    path: '/assets/{name}/markers',
    summary: 'Adds a marker; without a time for now, in a recording in progress.',
    body: markerAdd.optional(),
    response: marker,
    status: 201,
  },
  patchMarker: {
    method: 'PATCH',
    path: '/assets/{name}/markers/{id}',
    summary: 'Changes its time or its text.',
    body: markerPatch,
    response: marker,
  },
  deleteMarker: { method: 'DELETE', path: '/assets/{name}/markers/{id}', summary: 'Deletes a marker.' },
} as const satisfies Record<string, Route>;
