import type { IncomingMessage } from 'node:http';

/** As text, what came of an answer by the time it was longer than `maxBytes`: of a stranger's server nothing else is read. */
export async function beginningOf(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  // Leaving the loop gives the rest up, and the connection with it.
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > maxBytes) {
      break;
    }
  }
  return Buffer.concat(parts).toString();
}

/** `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`; the message where there is no code. */
export function networkReason(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : error instanceof Error ? error.message : String(error);
}
