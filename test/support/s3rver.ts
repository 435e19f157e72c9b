import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempDisposable } from './temporary-folder.ts';

/** What of it is used here; it has no types of its own. */
type S3rver = { readonly httpServer?: Server; run(): Promise<{ readonly port: number }> };
type S3rverClass = new (options: {
  readonly port: number;
  readonly address: string;
  readonly silent: boolean;
  readonly directory: string;
  readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly string[] }[];
}) => S3rver;

/** s3rver with the bucket `shows`, which everybody may read. It takes any key for right. */
export async function openS3rver(): Promise<AsyncDisposable & { readonly url: string }> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-s3rver-')));
  const require = createRequire(import.meta.url);
  // Checked against its documentation, not by the compiler.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const Server = require('s3rver') as S3rverClass;
  const s3rver = new Server({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: folder.path,
    configureBuckets: [{ name: 'shows', configs: [] }],
  });
  const { port } = await s3rver.run();
  opened.defer(async () => {
    const { httpServer } = s3rver;
    if (httpServer?.listening === true) {
      httpServer.closeAllConnections();
      httpServer.close();
      await once(httpServer, 'close');
    }
  });
  const owned = opened.move();
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
