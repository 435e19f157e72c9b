import { createHash } from 'node:crypto';
import type { CrossSiteAccessPolicies } from '../../shared/api/common.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Exchange, Responder } from './respond.ts';

/** So long a change may go unnoticed. */
const CACHE_SECONDS = 60;

/** The files that pages of Silverlight and Flash ask a host for before they read from it. */
const FILES: ReadonlyMap<string, keyof CrossSiteAccessPolicies> = new Map([
  ['/clientaccesspolicy.xml', 'clientAccessPolicy'],
  ['/crossdomain.xml', 'crossDomainPolicy'],
] as const);

export function isPolicyPath(path: string): boolean {
  return FILES.has(path.toLowerCase());
}

/** Throws `MPE_RESOURCE_NOT_FOUND` where there is none. */
export function policyAt(path: string, policies: CrossSiteAccessPolicies): string {
  const kind = FILES.get(path.toLowerCase());
  const text = kind === undefined ? undefined : policies[kind];
  if (text === undefined) {
    throw new AppError('MPE_RESOURCE_NOT_FOUND', 'There is no such file: the endpoint has none.');
  }
  return text;
}

export function sendPolicy(responder: Responder, exchange: Exchange, text: string): void {
  const bytes = Buffer.from(text);
  responder.represent(exchange, {
    contentType: 'text/xml; charset=utf-8',
    entityTag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    madeAtMs: undefined,
    lifetime: CACHE_SECONDS,
    chunks: [bytes],
    size: bytes.byteLength,
  });
}
