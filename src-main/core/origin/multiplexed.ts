import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Exchange } from './respond.ts';

/**
 * One of several requests on a connection of HTTP/2, in the form of HTTP/1.1. node's compatibility API has that form but for what is set right
 * here: its response does not know when it is destroyed, does not tell when the caller of a HEAD goes away, and destroys without a code, which a
 * player may take for the end of the body (RFC 9113 §8.1); and nothing counts the bytes of one request apart.
 */
export function exchangeOf(request: Http2ServerRequest, response: Http2ServerResponse, address: string): Exchange {
  const { stream } = response;
  const write: (...args: Parameters<typeof stream.write>) => boolean = stream.write.bind(stream);
  let bytes = 0;
  Object.assign(stream, {
    write(...args: Parameters<typeof stream.write>): boolean {
      const [chunk] = args as readonly unknown[];
      bytes += chunk instanceof Uint8Array ? chunk.byteLength : 0;
      return write(...args);
    },
  });
  Object.defineProperties(response, {
    destroyed: { get: () => stream.destroyed || stream.closed },
    destroy: { value: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR) },
  });
  let isClosed = false;
  response.once('close', () => {
    isClosed = true;
  });
  stream.once('close', () => {
    if (!isClosed) {
      response.emit('close');
    }
  });
  return {
    // node documents both as having the members of those of HTTP/1.1 that the origin uses, and the tests ask for everything both ways.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    request: request as unknown as IncomingMessage,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    response: response as unknown as ServerResponse,
    body: stream,
    address,
    written: () => bytes - stream.writableLength,
  };
}
