import { listOf, listQuery } from './common.ts';
import type { Route } from './route.ts';
import { viewerSession } from './viewers.ts';

export const VIEWER_ROUTES = {
  listViewers: {
    method: 'GET',
    path: '/streamingEndpoints/{name}/viewers',
    summary: 'Who watches, and how their players say they fare (CMCD).',
    query: listQuery,
    response: listOf(viewerSession),
  },
} as const satisfies Record<string, Route>;
