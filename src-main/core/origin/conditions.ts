import type { IncomingHttpHeaders } from 'node:http';

export type Validators = {
  /** Strong, in its quotes. */
  readonly entityTag: string;
  /** UTC in ms, whole seconds; undefined while another version could still bear the same second. */
  readonly lastModifiedMs: number | undefined;
};

/** What the conditions of a GET or HEAD lead to, in the order of RFC 9110 §13.2.2. */
export function checkConditions(
  headers: IncomingHttpHeaders,
  validators: Validators,
): 'send' | 'not-modified' | 'failed' {
  const ifMatch = headers['if-match'];
  const ifUnmodifiedSince = headers['if-unmodified-since'];
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, validators.entityTag, 'strong')) {
      return 'failed';
    }
  } else if (ifUnmodifiedSince !== undefined && isModifiedSince(ifUnmodifiedSince, validators) === true) {
    return 'failed';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return listsTag(ifNoneMatch, validators.entityTag, 'weak') ? 'not-modified' : 'send';
  }
  const ifModifiedSince = headers['if-modified-since'];
  if (ifModifiedSince !== undefined && isModifiedSince(ifModifiedSince, validators) === false) {
    return 'not-modified';
  }
  return 'send';
}

/** Whether a range may be sent: a part of one version must not be glued to a part of another (RFC 9110 §13.1.5). */
export function mayResume(headers: IncomingHttpHeaders, { entityTag, lastModifiedMs }: Validators): boolean {
  const ifRange = headers['if-range'];
  if (typeof ifRange !== 'string') {
    return true;
  }
  return ifRange.startsWith('"') ? ifRange === entityTag : lastModifiedMs === Date.parse(ifRange);
}

/** Undefined when that cannot be known: a date that is none is ignored (RFC 9110 §13.1.3). */
function isModifiedSince(date: string, { lastModifiedMs }: Validators): boolean | undefined {
  const sinceMs = Date.parse(date);
  if (Number.isNaN(sinceMs)) {
    return undefined;
  }
  return lastModifiedMs === undefined || lastModifiedMs > sinceMs;
}

function listsTag(list: string, entityTag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') {
    return true;
  }
  for (const [, weak, tag] of list.matchAll(/(W\/)?("[^"]*")/g)) {
    if (tag === entityTag && (weak === undefined || comparison === 'weak')) {
      return true;
    }
  }
  return false;
}
