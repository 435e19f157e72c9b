import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { listen } from './free-port.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

/** TLS before a server that speaks without, with a certificate that nobody trusts who was not told to. */
export type TlsFront = AsyncDisposable & {
  readonly port: number;
  /** The certificate, for who is to trust it. */
  readonly certificatePath: string;
};

export async function startTlsFront(toPort: number): Promise<TlsFront> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-tls-'))).path;
  const certificatePath = join(folder, 'certificate.pem');
  const keyPath = join(folder, 'key.pem');
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    '-keyout',
    keyPath,
    '-out',
    certificatePath,
  ]);
  const server = createServer(
    { cert: await readFile(certificatePath), key: await readFile(keyPath) },
    (outside) => {
      const inside = connect(toPort, '127.0.0.1');
      pipeline(outside, inside, () => undefined);
      pipeline(inside, outside, () => undefined);
    },
  );
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  opened.defer(() => void server.close());
  const owned = opened.move();
  return { port, certificatePath, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
