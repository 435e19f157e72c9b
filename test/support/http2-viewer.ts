import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import type { TestContext } from 'node:test';
import type { Reply } from './open-test-origin.ts';

/** A viewer with one connection of HTTP/2 to this computer, which believes one certificate. */
export type Http2Viewer = {
  readonly session: ClientHttp2Session;
  readonly ask: (
    path: string,
    options?: { readonly method?: string; readonly headers?: OutgoingHttpHeaders; readonly body?: string },
  ) => Promise<Reply & { readonly resetCode: number }>;
  /** Asks, and leaves what comes to the test. */
  readonly open: (path: string) => ClientHttp2Stream;
};

export function http2Viewer(
  context: TestContext,
  port: number,
  options: { readonly ca: string; readonly servername?: string; readonly authority?: string },
): Http2Viewer {
  const servername = options.servername ?? 'localhost';
  const session = connect(`https://127.0.0.1:${port}`, { ca: options.ca, servername, ALPNProtocols: ['h2'] });
  session.on('error', () => undefined);
  context.after(() => session.destroy());
  const authority = options.authority ?? `${servername}:${port}`;

  return {
    session,
    open: (path) => {
      const stream = session.request({ ':path': path, ':authority': authority });
      stream.on('error', () => undefined);
      return stream;
    },
    ask(path, { method = 'GET', headers = {}, body } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Reply & { readonly resetCode: number }>();
      const stream = session.request(
        { ':path': path, ':method': method, ':authority': authority, ...headers },
        { endStream: body === undefined },
      );
      const parts: Buffer[] = [];
      let status = 0;
      let received: Reply['headers'] = {};
      stream.on('response', ({ ':status': code, ...rest }) => {
        status = Number(code);
        received = rest;
      });
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('error', (error) => {
        if (status === 0) {
          reject(error);
        }
      });
      stream.on('close', () => {
        const isCut = stream.rstCode !== 0;
        resolve({ status, headers: received, body: Buffer.concat(parts), isCut, resetCode: stream.rstCode });
      });
      if (body !== undefined) {
        stream.end(body);
      }
      return promise;
    },
  };
}
