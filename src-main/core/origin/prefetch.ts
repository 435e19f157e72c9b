import type { IncomingMessage } from 'node:http';
import type { HeaderList } from './respond.ts';

/**
 * What a cache in front may fetch ahead (spec 5.2), for those that ask with `CDN-Origin-Assist-Prefetch-Enabled: 1`, as Akamai's do. `next` is
 * only called for them.
 */
export function prefetchHeaders({ headers }: IncomingMessage, next: () => string | undefined): HeaderList {
  const path = headers['cdn-origin-assist-prefetch-enabled'] === '1' ? next() : undefined;
  return path === undefined ? [] : ['CDN-Origin-Assist-Prefetch-Path', path];
}
