import { once } from 'node:events';
import { connect } from 'node:net';

/** A viewer on one connection: the least there can be of one, so that what it costs itself is not measured. */
export type PlainClient = Disposable & {
  /** One request at a time. Throws for an answer that is not 200 or does not come. */
  readonly ask: (path: string) => Promise<Timing>;
};

/** UTC in ms with fractions, the same in all processes. */
export type Timing = {
  readonly sentAtMs: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Of the body. */
  readonly bytes: number;
};

const ANSWER_MS = 15_000;

function now(): number {
  return performance.timeOrigin + performance.now();
}

export async function openPlainClient(url: string): Promise<PlainClient> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return {
    async ask(path) {
      const { promise, resolve, reject } = Promise.withResolvers<Timing>();
      const sentAtMs = now();
      let firstAtMs: number | undefined;
      let head = Buffer.alloc(0);
      let size = 0;
      let left: number | undefined;
      const timer = setTimeout(() => reject(new Error(`${path} is not answered`)), ANSWER_MS);
      const take = (bytes: Buffer): void => {
        firstAtMs ??= now();
        if (left === undefined) {
          head = Buffer.concat([head, bytes]);
          const end = head.indexOf('\r\n\r\n');
          if (end < 0) {
            return;
          }
          const said = head.subarray(0, end).toString('latin1');
          if (!said.startsWith('HTTP/1.1 200')) {
            reject(new Error(`${path} is answered with ${said.split('\r\n', 1).join('')}`));
          }
          size = Number(/content-length: (\d+)/i.exec(said)?.[1] ?? 0);
          left = size - (head.length - end - 4);
        } else {
          left -= bytes.length;
        }
        if (left <= 0) {
          resolve({ sentAtMs, firstAtMs, lastAtMs: now(), bytes: size });
        }
      };
      socket.on('data', take);
      try {
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: gzip\r\n\r\n`);
        return await promise;
      } finally {
        clearTimeout(timer);
        socket.off('data', take);
      }
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}
