import { once } from 'node:events';
import { createServer, get, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** An answer on its way from a server that keeps the rules to who checks them. */
export type Passed = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Its second half comes so much later. */
  readonly dripMs?: number;
  /** It is never packed. */
  readonly isPlain?: true;
};

export type Asked = {
  /** With query, as it was asked for. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** How often the same has been asked for before. */
  readonly before: number;
  /** Since the first request. */
  readonly elapsedMs: number;
};

/** What a server does wrong: `pass` asks the good one, for the same or for another path. */
export type Fault = (asked: Asked, pass: (path?: string) => Promise<Passed>) => Promise<Passed>;

/** Stands in front of a server and breaks what it says. */
export async function openBrokenServer(
  target: string,
  fault: Fault,
): Promise<AsyncDisposable & { readonly url: string }> {
  const counts = new Map<string, number>();
  let firstMs: number | undefined;
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? '/';
      firstMs ??= performance.now();
      const before = counts.get(path) ?? 0;
      counts.set(path, before + 1);
      const asked: Asked = {
        path,
        query: new URLSearchParams(path.split('?', 2)[1] ?? ''),
        headers: request.headers,
        before,
        elapsedMs: performance.now() - firstMs,
      };
      try {
        const passed = await fault(asked, (other = path) => passOn(new URL(other, target), request.headers));
        const { status, headers, body, dripMs, isPlain } = passed;
        const isText = /mpegurl|xml|text/.test(headers['content-type'] ?? '');
        const packs = isText && isPlain !== true && String(request.headers['accept-encoding']).includes('gzip');
        const bytes = packs ? gzipSync(body, { level: 1 }) : body;
        response.writeHead(status, {
          ...headers,
          ...(packs ? { 'content-encoding': 'gzip' } : {}),
          ...(status === 304 ? {} : { 'content-length': bytes.length }),
        });
        if (dripMs !== undefined) {
          response.write(bytes.subarray(0, bytes.length / 2));
          await wait(dripMs);
          response.end(bytes.subarray(bytes.length / 2));
        } else {
          response.end(request.method === 'HEAD' ? undefined : bytes);
        }
      } catch {
        // The checker is gone.
        response.destroy();
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Headers that say how the bytes come, which is for whoever sends them on. */
const OWN: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding', 'date'],
]);

async function passOn(url: URL, headers: IncomingHttpHeaders): Promise<Passed> {
  const { promise, resolve, reject } = Promise.withResolvers<Passed>();
  const { range, 'if-none-match': known } = headers;
  get(
    url,
    {
      headers: {
        ...(range === undefined ? {} : { range }),
        ...(known === undefined ? {} : { 'if-none-match': known }),
      },
    },
    (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const kept = Object.entries(response.headers).filter(([name]) => !OWN.has(name));
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(pieces),
        });
      });
    },
  ).on('error', reject);
  return await promise;
}

/** The fault is in the texts of answers with 200 whose address fits. */
export function inText(fits: RegExp, change: (text: string, asked: Asked) => string): Fault {
  return async (asked, pass) => {
    const passed = await pass();
    return passed.status === 200 && fits.test(decodeURIComponent(asked.path))
      ? { ...passed, body: Buffer.from(change(passed.body.toString(), asked)) }
      : passed;
  };
}

/** The fault is in the bytes of answers with 200 whose address fits. */
export function inBytes(fits: RegExp, change: (bytes: Buffer, asked: Asked) => Buffer): Fault {
  return async (asked, pass) => {
    const passed = await pass();
    return passed.status === 200 && fits.test(decodeURIComponent(asked.path))
      ? { ...passed, body: change(Buffer.from(passed.body), asked) }
      : passed;
  };
}

/** The fault is in the heads of answers whose address fits; `undefined` takes a header away. */
export function inHead(
  fits: RegExp,
  change: Readonly<Record<string, string | undefined>>,
  status: number | undefined = 200,
): Fault {
  return async (asked, pass) => {
    const passed = await pass();
    if (passed.status !== status || !fits.test(decodeURIComponent(asked.path))) {
      return passed;
    }
    const headers = Object.entries({ ...passed.headers, ...change });
    return {
      ...passed,
      headers: Object.fromEntries(
        headers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    };
  };
}

/** An answer that says nothing but its status. */
export function refusal(status: number): Passed {
  return {
    status,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
    body: Buffer.from('no'),
  };
}
