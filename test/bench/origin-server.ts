import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { z } from 'zod';
import { mkdtempDisposable } from '../support/temporary-folder.ts';

const run = promisify(execFile);
/** A line of output. */
const said = z.tuple([z.string()]);
const addresses = z.object({ playlistUrl: z.string(), segmentUrl: z.string() });

export type OriginServer = AsyncDisposable & {
  readonly pid: number;
  readonly playlistUrl: string;
  readonly segmentUrl: string;
  /** UTC in ms, with fractions, at which a part came, e.g. `12.3`; undefined when that was not told. */
  readonly chunkAt: (position: string) => number | undefined;
};

const announced = z.object({ names: z.array(z.string()), atMs: z.number() });
/** So many parts are remembered. */
const REMEMBERED = 1000;
/** A window of 25 h is made up before the first line. */
const START_MS = 60_000;

export async function startOrigin(
  windowSeconds: number,
  segmentBytes: number,
  options: { readonly announce?: boolean } = {},
): Promise<OriginServer> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'origin-process.ts'),
      String(windowSeconds),
      String(segmentBytes),
      ...(options.announce === true ? ['announce'] : []),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const chunks = new Map<string, number>();
  const lines = createInterface({ input: child.stdout });
  const [first] = said.parse(await once(lines, 'line', { signal: AbortSignal.timeout(START_MS) }));
  const { playlistUrl, segmentUrl } = addresses.parse(JSON.parse(first));
  lines.on('line', (line) => {
    const { names, atMs } = announced.parse(JSON.parse(line));
    for (const name of names) {
      chunks.set(name, atMs);
    }
    for (const old of [...chunks.keys()].slice(0, -REMEMBERED)) {
      chunks.delete(old);
    }
  });
  return {
    pid: child.pid ?? 0,
    playlistUrl,
    segmentUrl,
    chunkAt: (position) => chunks.get(position),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

const formatBases = z.object({ bases: z.record(z.string(), z.string()) });
/** A minute of media is encoded before. */
const ENCODED_MS = 300_000;

export type FormatOrigins = AsyncDisposable & {
  /** Closes those that are open, and gives the addresses of new ones, which have made nothing yet. */
  readonly next: () => Promise<Readonly<Record<string, string>>>;
};

/** An origin of its own for each name, all in front of one recording of so many seconds: what one has made does not help another. */
export function startFormats(seconds: number, names: readonly string[]): FormatOrigins {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--expose-gc',
      join(import.meta.dirname, 'formats-process.ts'),
      String(seconds),
      ...names,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout });
  let isFirst = true;
  return {
    async next() {
      if (!isFirst) {
        child.stdin.write('\n');
      }
      isFirst = false;
      const [line] = said.parse(await once(lines, 'line', { signal: AbortSignal.timeout(ENCODED_MS) }));
      return formatBases.parse(JSON.parse(line)).bases;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** nginx as its documentation sets it up for static files: sendfile, a worker per core. */
export async function startNginx(
  files: Readonly<Record<string, Uint8Array>>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-nginx-'));
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(join(folder, name), bytes);
  }
  const port = await freePort();
  const config = `daemon off; error_log stderr error; pid ${folder}/pid; worker_processes auto; worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http { access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000; open_file_cache max=100;
  server { listen 127.0.0.1:${port} backlog=1024; root ${folder}; } }`;
  await writeFile(join(folder, 'nginx.conf'), config);
  // Its workers run as nobody.
  await run('chmod', ['-R', 'a+rX', folder]);
  const child = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type Load = { readonly bytesPerSecond: number; readonly requestsPerSecond: number; readonly p99Ms: number };

/**
 * `wrk` for some seconds; throws when an answer was an error. Without a pause every connection asks again as soon as it has been answered;
 * with one, after a random time around it, as viewers do.
 */
export async function load(
  url: string,
  options: {
    readonly connections: number;
    readonly seconds: number;
    readonly headers?: readonly string[];
    readonly pauseMs?: number;
  },
): Promise<Load> {
  const { connections, seconds, headers = [], pauseMs } = options;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-wrk-'));
  const script = join(folder.path, 'pause.lua');
  await writeFile(script, `function delay() return math.random(0, ${2 * (pauseMs ?? 0)}) end`);
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '20s',
    '--latency',
    ...(pauseMs === undefined ? [] : ['-s', script]),
    ...headers.flatMap((header) => ['-H', header]),
    url,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`${url} does not answer well:\n${stdout}`);
  }
  return {
    bytesPerSecond: inBase(/Transfer\/sec:\s+([\d.]+)([KMG]?)B/.exec(stdout)),
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Ms: inMs(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
  };
}

function inBase(found: RegExpExecArray | null): number {
  return Number(found?.[1]) * ({ K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[found?.[2] ?? ''] ?? 1);
}

function inMs(found: RegExpExecArray | null): number {
  return Number(found?.[1]) * ({ us: 0.001, ms: 1, s: 1000 }[found?.[2] ?? ''] ?? Number.NaN);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
