import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { freePort, listen } from './free-port.ts';
import { missingPrograms } from './real-ffmpeg.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';
const STARTS_WITHIN_MS = 5000;

/** Why tests that need it are skipped, or false. */
export const noRtmpServer =
  missingPrograms('nginx', 'ffmpeg', 'ffprobe') || (existsSync(MODULE) ? false : `needs ${MODULE}`);

/** A real nginx with its RTMP module, which records whatever is published to it. It keeps its port over a restart. */
export type RtmpServer = AsyncDisposable & {
  /** `rtmp://127.0.0.1:port/live`: any key is welcome. */
  readonly url: string;
  readonly port: number;
  /** From now on this stream is turned away, as services do with a wrong key: without a word. */
  refuse(stream: string): void;
  /** What was asked to be published, refused or not, in order: the name and its query as the server understood them. */
  readonly asked: readonly Readonly<Record<string, string>>[];
  /** Files of one stream, oldest first: each connection that published makes one. */
  recordings(stream: string): Promise<readonly string[]>;
  /** SIGKILL, as when the machine is switched off. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It stops to read, and to answer, with all connections open. */
  freeze(): void;
  thaw(): void;
};

export async function startRtmpServer(options: { readonly port?: number } = {}): Promise<RtmpServer> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-rtmp-'))).path;
  const recordings = join(folder, 'recordings');
  await mkdir(recordings);
  const refused = new Set<string>();
  const asked: Record<string, string>[] = [];
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = Object.fromEntries(new URLSearchParams(await text(request)));
    asked.push(call);
    response.writeHead(refused.has(call['name'] ?? '') ? 403 : 200).end();
  }
  const doorman = createServer((request, response) => void answer(request, response));
  const doormanPort = await listen(doorman);
  opened.defer(() => {
    doorman.close();
    doorman.closeAllConnections();
  });
  const port = options.port ?? (await freePort());
  const configuration = join(folder, 'nginx.conf');
  await writeFile(configuration, configurationOf({ folder, recordings, port, doormanPort }));
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn('nginx', ['-c', configuration, '-p', folder], { stdio: 'ignore' });
    await untilListens(port, child);
  }

  async function kill(): Promise<void> {
    if (child?.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  }

  opened.defer(kill);
  await start();
  const owned = opened.move();
  return {
    url: `rtmp://127.0.0.1:${port}/live`,
    port,
    asked,
    refuse: (stream) => void refused.add(stream),
    async recordings(stream) {
      const names = (await readdir(recordings)).filter((name) => name.startsWith(`${stream}-`));
      return names.toSorted().map((name) => join(recordings, name));
    },
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** One process, so that SIGKILL and SIGSTOP hit the one that has the connections. */
function configurationOf(options: {
  readonly folder: string;
  readonly recordings: string;
  readonly port: number;
  readonly doormanPort: number;
}): string {
  const { folder, recordings, port, doormanPort } = options;
  return `
load_module ${MODULE};
daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')} warn;
events {}
rtmp {
  server {
    listen 127.0.0.1:${port};
    chunk_size 4096;
    application live {
      live on;
      record all;
      record_path ${recordings};
      record_suffix -%s.flv;
      record_unique on;
      on_publish http://127.0.0.1:${doormanPort}/;
    }
  }
}
`;
}

async function untilListens(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS;
  for (;;) {
    if (await answers(port)) {
      return;
    }
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`nginx does not listen on ${port}`);
    }
    await wait(30);
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export type FlvPacket = {
  readonly kind: 'video' | 'audio';
  /** Decode time, seconds. */
  readonly seconds: number;
  readonly isKeyFrame: boolean;
};

const packets = z.object({
  packets: z.array(
    z.object({ codec_type: z.enum(['video', 'audio']), dts_time: z.coerce.number(), flags: z.string() }),
  ),
});
const run = promisify(execFile);

/** The packets of a recording, in the order of the file. */
export async function flvPackets(path: string): Promise<readonly FlvPacket[]> {
  const { stdout } = await run(
    'ffprobe',
    ['-v', 'error', '-of', 'json', '-show_entries', 'packet=codec_type,dts_time,flags', path],
    { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 },
  );
  return packets.parse(JSON.parse(stdout)).packets.map(({ codec_type, dts_time, flags }) => ({
    kind: codec_type,
    seconds: dts_time,
    isKeyFrame: flags.startsWith('K'),
  }));
}

/** The longest that a track of a recording goes without a packet, seconds. */
export function longestGap(all: readonly FlvPacket[], kind: FlvPacket['kind']): number {
  const times = all.filter((packet) => packet.kind === kind).map(({ seconds }) => seconds);
  return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time)));
}

/** What the decoder complains about; empty when nothing. */
export async function decodeComplaints(path: string): Promise<string> {
  const { stderr } = await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-'], { timeout: 60_000 });
  return stderr.trim();
}
