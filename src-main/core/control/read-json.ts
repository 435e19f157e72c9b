import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/app-error.ts';
import { readBytes } from './read-bytes.ts';

/** Bodies are settings and names; a megabyte is a thousand times the largest sensible one. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Deeper than any schema by a factor of three; what is deeper can only be meant to hurt a recursive reader. */
const MAX_JSON_DEPTH = 24;

/**
 * The body of a request as JSON; undefined when there is none. The content type is not looked at: the token keeps forms of foreign pages
 * out already, and `curl -d` calls everything a form.
 *
 * Throws `request/too-large` and `request/not-json`. What is left unread after that is the caller's to drain.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw notJson(`it is ${encoding}-encoded, and only plain JSON is read`);
  }
  const text = await readText(request);
  if (text.trim() === '') {
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(error instanceof Error ? error.message : 'it does not parse');
  }
  checkShape(value, MAX_JSON_DEPTH);
  return value;
}

async function readText(request: IncomingMessage): Promise<string> {
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notJson('it is not UTF-8');
  }
}

/** `__proto__` is an ordinary key to JSON and a trap for whoever copies the object; no field of ours has that name. */
function checkShape(value: unknown, depthLeft: number): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  if (depthLeft === 0) {
    throw notJson(`it is nested more than ${MAX_JSON_DEPTH} levels deep`);
  }
  if (Object.hasOwn(value, '__proto__')) {
    throw notJson('it has a key named __proto__');
  }
  for (const inner of Object.values(value)) {
    checkShape(inner, depthLeft - 1);
  }
}

function notJson(why: string): AppError {
  return new AppError('request/not-json', `The request body is not usable JSON: ${why}.`);
}
