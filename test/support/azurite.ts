import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { until } from './studio-stage.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

/** What every azurite has. */
export const AZURITE_ACCOUNT = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
} as const;
const VERSION = '2021-12-02';
/** Hundreds of modules, on a busy machine. */
const STARTS_WITHIN_MS = 60_000;

export type Azurite = AsyncDisposable & {
  /** Of a container that everybody may read. */
  readonly containerUrl: string;
  /** A shared access signature of the account, for an hour. */
  readonly sas: (permissions: string) => string;
};

/** Azure Blob Storage as azurite has it, in a process of its own, with a container. */
export async function openAzurite(container: string): Promise<Azurite> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-azurite-')));
  const port = await freePort();
  const require = createRequire(import.meta.url);
  const main = require.resolve('azurite/dist/src/blob/main.js');
  const child = spawn(
    process.execPath,
    [main, '--blobPort', String(port), '--location', folder.path, '--silent', '--skipApiVersionCheck'],
    { stdio: 'ignore' },
  );
  const exited = once(child, 'exit');
  opened.defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const base = `http://127.0.0.1:${port}/${AZURITE_ACCOUNT.name}`;
  await until(
    'azurite has made the container',
    async () => {
      try {
        return (await createContainer(base, container)) ? true : undefined;
      } catch {
        return undefined;
      }
    },
    STARTS_WITHIN_MS,
  );
  const owned = opened.move();
  return {
    containerUrl: `${base}/${container}`,
    sas: accountSignature,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function createContainer(base: string, container: string): Promise<boolean> {
  const own = [
    'x-ms-blob-public-access:container',
    `x-ms-date:${new Date().toUTCString()}`,
    `x-ms-version:${VERSION}`,
  ];
  const { pathname } = new URL(base);
  const resource = `/${AZURITE_ACCOUNT.name}${pathname}/${container}\nrestype:container`;
  // Method, and eleven headers that are not there.
  const text = ['PUT', ...Array<string>(11).fill(''), ...own, resource].join('\n');
  const { status } = await fetch(`${base}/${container}?restype=container`, {
    method: 'PUT',
    headers: {
      ...Object.fromEntries(
        own.map((line): readonly [string, string] => [
          line.slice(0, line.indexOf(':')),
          line.slice(line.indexOf(':') + 1),
        ]),
      ),
      Authorization: `SharedKey ${AZURITE_ACCOUNT.name}:${hmac(text)}`,
    },
  });
  return status === 201 || status === 409;
}

/** “Create an account SAS”, the form of version 2018-11-09. */
function accountSignature(permissions: string): string {
  const fields = {
    sp: permissions,
    ss: 'b',
    srt: 'co',
    st: '',
    se: `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`,
    sip: '',
    spr: '',
    sv: '2018-11-09',
  };
  const sig = hmac([AZURITE_ACCOUNT.name, ...Object.values(fields), ''].join('\n'));
  const given = Object.entries({ ...fields, sig }).filter(([, value]) => value !== '');
  return given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

function hmac(text: string): string {
  return createHmac('sha256', Buffer.from(AZURITE_ACCOUNT.key, 'base64')).update(text).digest('base64');
}
