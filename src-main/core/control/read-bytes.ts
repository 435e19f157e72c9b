import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/app-error.ts';

/** The body of a request. Throws `request/too-large`; what is left unread after that is the caller's to drain. */
export async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    throw tooLarge(maxBytes);
  }
  const parts: Buffer[] = [];
  let size = 0;
  // Leaving the loop early would destroy the socket, and with it the answer that says why.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) {
      throw tooLarge(maxBytes);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('request/too-large', `The request body is larger than ${maxBytes} bytes.`, {
    details: { maxBytes },
  });
}
