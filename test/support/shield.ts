import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

const CONFIGURATION = join(import.meta.dirname, '../../resources/shield/nginx.conf');
const STARTS_WITHIN_MS = 10_000;

/** nginx with the configuration that people are given, in front of an origin. */
export type Shield = AsyncDisposable & {
  readonly url: string;
  /** With what stands behind comments. */
  readonly secureUrl: string;
  readonly port: number;
  /** What it wrote into its log, which has warnings and worse. */
  readonly log: () => Promise<string>;
  /** A line for each request, with what stands behind comments. */
  readonly viewers: () => Promise<string>;
};

/** What people may take the comment signs from. */
const OPTIONAL = /^( +)# (log_format|access_log|listen 443|server_name|ssl_)/gm;

/**
 * The file as it is, but for the one address that everybody changes and for where a test may listen and write. `certificate`: PEM, key and
 * certificate; with it everything is on that stands behind comments.
 */
export async function startShield(
  originPort: number,
  options: { readonly certificate?: string | undefined } = {},
): Promise<Shield> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-shield-'))).path;
  // Its workers are another user.
  await chmod(folder, 0o755);
  const port = await freePort();
  const errors = join(folder, 'error.log');
  const { certificate } = options;
  const [securePort, pem, viewersLog] = [
    await freePort(),
    join(folder, 'certificate.pem'),
    join(folder, 'viewers.log'),
  ];
  await writeFile(pem, certificate ?? '');
  const text = await readFile(CONFIGURATION, 'utf8');
  const configuration = replaced(certificate === undefined ? text : text.replaceAll(OPTIONAL, '$1$2'), {
    'server 127.0.0.1:8480 ': `server 127.0.0.1:${originPort} `,
    '    listen 80;': `    listen 127.0.0.1:${port};`,
    ' /var/cache/lectern-shield ': ` ${join(folder, 'cache')} `,
    '/run/nginx.pid': join(folder, 'nginx.pid'),
    '/var/log/nginx/error.log': errors,
    'access_log /var/log/nginx/viewers.log viewers buffer=64k flush=5s;': `access_log ${viewersLog} viewers;`,
    'listen 443 ssl http2;': `listen 127.0.0.1:${securePort} ssl http2;`,
    '/etc/letsencrypt/live/shield.example/fullchain.pem': pem,
    '/etc/letsencrypt/live/shield.example/privkey.pem': pem,
    ...(certificate === undefined ? {} : { '  access_log off;': '' }),
  });
  await writeFile(join(folder, 'nginx.conf'), configuration);
  const child = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder, '-g', 'daemon off;'], {
    stdio: 'ignore',
  });
  opened.defer(() => stop(child));
  const log = async (): Promise<string> => {
    const lines = (await readFile(errors, 'utf8').catch(() => '')).split('\n');
    // Where a test may not have as many files open as a server, nginx says so and takes fewer.
    return lines.filter((line) => !/setrlimit|exceed open file resource limit/.test(line)).join('\n');
  };
  await untilItAnswers(`http://127.0.0.1:${port}/`, child, log);
  const owned = opened.move();
  return {
    url: `http://127.0.0.1:${port}`,
    secureUrl: `https://127.0.0.1:${securePort}`,
    port,
    log,
    viewers: async () => await readFile(viewersLog, 'utf8'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function replaced(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((before, [from, to]) => {
    const parts = before.split(from);
    if (parts.length !== 2) {
      throw new Error(`${CONFIGURATION} has ${JSON.stringify(from)} ${parts.length - 1} times`);
    }
    return parts.join(to);
  }, text);
}

async function untilItAnswers(url: string, child: ChildProcess, log: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS;
  for (;;) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the shield does not answer: ${await log()}`, { cause: error });
      }
    }
    await wait(30);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}
