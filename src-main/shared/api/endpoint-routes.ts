import { z } from 'zod';
import { listOf, listQuery, waitQuery } from './common.ts';
import { none, type Route } from './route.ts';
import { streamingEndpoint, streamingEndpointCreate, streamingEndpointPatch } from './streaming-endpoints.ts';

/** Streaming endpoints: where viewers come to. */
export const ENDPOINT_ROUTES = {
  listEndpoints: {
    method: 'GET',
    path: '/streamingEndpoints',
    summary: 'Streaming endpoints.',
    query: listQuery,
    response: listOf(streamingEndpoint),
  },
  putEndpoint: {
    method: 'PUT',
    path: '/streamingEndpoints/{name}',
    summary:
      'Creates a streaming endpoint, Stopped unless `autoStart=true`, with a port of its own. Keys go to the key store.',
    query: waitQuery.extend({ autoStart: z.enum(['true', 'false']).optional() }),
    body: streamingEndpointCreate,
    response: streamingEndpoint,
    kind: 'operation',
  },
  getEndpoint: {
    method: 'GET',
    path: '/streamingEndpoints/{name}',
    summary: 'One streaming endpoint.',
    response: streamingEndpoint,
  },
  patchEndpoint: {
    method: 'PATCH',
    path: '/streamingEndpoints/{name}',
    summary: 'Changes a streaming endpoint; viewers stay connected.',
    body: streamingEndpointPatch,
    response: streamingEndpoint,
  },
  deleteEndpoint: {
    method: 'DELETE',
    path: '/streamingEndpoints/{name}',
    summary: 'Deletes a stopped streaming endpoint and frees its port; never `default`.',
    query: waitQuery,
    kind: 'operation',
  },
  startEndpoint: {
    method: 'POST',
    path: '/streamingEndpoints/{name}/start',
    summary: 'Answers viewers.',
    query: waitQuery,
    body: none,
    response: streamingEndpoint,
    kind: 'operation',
  },
  stopEndpoint: {
    method: 'POST',
    path: '/streamingEndpoints/{name}/stop',
    summary: 'Answers viewers with 503.',
    query: waitQuery,
    body: none,
    response: streamingEndpoint,
    kind: 'operation',
  },
} as const satisfies Record<string, Route>;
