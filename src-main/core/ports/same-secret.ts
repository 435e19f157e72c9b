import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same secret, in a time that says nothing about how much of it was right, nor how long it is. */
export function isSameSecret(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right));
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
