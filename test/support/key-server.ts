import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** Gives keys to everybody: as they are, and in answer to ClearKey licence requests (W3C EME §9.1). */
export type KeyServer = AsyncDisposable & {
  /** 16 raw bytes. */
  readonly keyUri: string;
  readonly licenseUrl: string;
  /** How often each was asked for. */
  readonly asked: { keys: number; licenses: number };
};

/** `value` is what it gives for the key, right or wrong. `others`: values of more keys, by their ids. */
export async function openKeyServer(
  key: { readonly id: string; readonly value: Uint8Array },
  others: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<KeyServer> {
  const asked = { keys: 0, licenses: 0 };
  const values = new Map([[key.id, key.value], ...others]);
  const byKid = new Map(
    [...values].map(([id, value]) => [Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url'), value]),
  );
  const server = createServer((request, response) => {
    void (async () => {
      response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Access-Control-Allow-Headers', '*');
      if (request.method === 'OPTIONS') {
        response.end();
        return;
      }
      if (request.url === '/clearkey' && request.method === 'POST') {
        asked.licenses += 1;
        // A test's own player asks.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
        const { kids, type } = JSON.parse(await textOf(request)) as { kids: readonly string[]; type?: string };
        const keys = kids.flatMap((kid) => {
          const value = byKid.get(kid);
          return value === undefined ? [] : [{ kty: 'oct', kid, k: Buffer.from(value).toString('base64url') }];
        });
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ keys, type: type ?? 'temporary' }));
        return;
      }
      asked.keys += 1;
      const id = new URL(request.url ?? '', 'http://localhost').searchParams.get('KID') ?? '';
      response.setHeader('Content-Type', 'application/octet-stream').end(values.get(id) ?? key.value);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    keyUri: `${url}/keydelivery/?KID=${key.id}`,
    licenseUrl: `${url}/clearkey`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
