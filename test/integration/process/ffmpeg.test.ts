import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type {
  ChildSpec,
  FfmpegProgress,
  FfmpegTools,
  MediaProbe,
  ProbeMedia,
} from '../../../src-main/core/ports/process.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { createProbeMedia } from '../../../src-main/core/process/ffprobe.ts';
import { type FindFfmpegOptions, findFfmpeg } from '../../../src-main/core/process/find-ffmpeg.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { openProgressReader } from '../../../src-main/core/process/parse-progress.ts';
import { toolSpec } from '../../../src-main/core/process/run-to-end.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { assertNoneLeft, MARKED_ENVIRONMENT, openProcesses } from './children.ts';

const LIMITS = { timeoutMs: 20_000, maxOutputBytes: 1_000_000 };
const SOURCE = [
  '-f',
  'lavfi',
  '-i',
  'testsrc=size=160x120:rate=25',
  '-f',
  'lavfi',
  '-i',
  'sine=sample_rate=48000',
];
const CODECS = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];

let folder = '';
let processes: OwnedProcesses;
let tools: FfmpegTools | undefined;
let skipped = '';

function searching(over: Partial<FindFfmpegOptions> = {}): Promise<FfmpegTools> {
  return findFfmpeg({
    run: processes.runToEnd,
    logger: silentLogger,
    platform: process.platform,
    environment: process.env,
    settings: { ffmpegPath: '', ffprobePath: '' },
    resourcesFolder: undefined,
    cacheFolder: join(folder, 'cache'),
    ...over,
  });
}

function ffmpegSpec(args: readonly string[], over: Partial<ChildSpec> = {}): ChildSpec {
  return {
    ...toolSpec('ffmpeg', tools?.ffmpeg.path ?? 'ffmpeg', ['-hide_banner', '-v', 'warning', ...args]),
    ...over,
    env: MARKED_ENVIRONMENT,
  };
}

async function listening(
  onSocket: (socket: Socket) => void,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { server, port: address.port };
}

async function closedPort(): Promise<number> {
  const { server, port } = await listening((socket) => void socket.destroy());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-'));
  processes = openProcesses();
  try {
    tools = await searching();
  } catch (error) {
    skipped = error instanceof Error ? error.message : 'no ffmpeg';
  }
});

after(async () => {
  await processes[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
  await assertNoneLeft();
});

function withFfmpeg(name: string, body: (tools: FfmpegTools) => Promise<void> | void): void {
  test(name, async (t) => {
    if (tools === undefined) {
      t.skip(skipped);
      return;
    }
    await body(tools);
  });
}

describe('the ffmpeg of this computer', () => {
  withFfmpeg('is found and can do what it is chosen for', ({ ffmpeg }) => {
    assert.ok(ffmpeg.major >= 4 && ffmpeg.version !== '');
    assert.match(ffmpeg.hash, /^[0-9a-f]{64}$/);
    assert.ok(ffmpeg.encoders.has('aac') && ffmpeg.decoders.has('h264') && ffmpeg.muxers.has('flv'));
    assert.ok(
      ffmpeg.filters.has('scale') && ffmpeg.inputProtocols.has('file') && ffmpeg.outputProtocols.has('pipe'),
    );
    assert.ok(ffmpeg.devices.has('lavfi'));
  });

  withFfmpeg('is the same from the cache', async (first) => {
    const second = await searching();

    assert.deepEqual(second, first);
    assert.ok((await stat(join(folder, 'cache', 'ffmpeg-probes.json'))).size > 1000);
  });

  withFfmpeg('is told apart from another program that was named', async (found) => {
    const other = await searching({ settings: { ffmpegPath: process.execPath, ffprobePath: process.execPath } });

    assert.equal(other.ffmpeg.path, found.ffmpeg.path);
    assert.equal(other.ffprobe, found.ffprobe);
  });
});

describe('a run of ffmpeg', () => {
  withFfmpeg('tells its progress, and ends with a whole file when it is asked with q', async () => {
    const file = join(folder, 'asked.mp4');
    const child = await processes.spawn(
      ffmpegSpec(['-re', ...SOURCE, ...CODECS, '-stats_period', '0.1', '-progress', 'pipe:1', '-y', file], {
        stdin: 'pipe',
        quit: 'q',
        graceMs: 5000,
      }),
    );
    const reports: FfmpegProgress[] = [];
    const { promise: underway, resolve } = Promise.withResolvers<undefined>();
    const reader = openProgressReader((progress) => {
      reports.push(progress);
      if ((progress.outTimeUs ?? 0) > 300_000) {
        resolve(undefined);
      }
    });
    child.stdout?.on('data', reader.push);
    await underway;

    const exit = await child.stop();

    assert.deepEqual([exit.code, exit.asked], [0, true]);
    assert.equal(reports.at(-1)?.ended, true);
    assert.ok((reports.at(-1)?.frame ?? 0) > 5);
    assert.ok((await readFile(file)).includes('moov'));
  });

  withFfmpeg('is asked with SIGTERM when it hangs in the network and does not hear q', async () => {
    const { server, port } = await listening(() => undefined);
    const child = await processes.spawn(
      ffmpegSpec([...SOURCE, ...CODECS, '-f', 'flv', `rtmp://127.0.0.1:${port}/live/x`], {
        stdin: 'pipe',
        stdout: 'ignore',
        quit: 'q',
        graceMs: 500,
      }),
    );
    await new Promise((resolve) => server.once('connection', resolve));

    const exit = await child.stop();

    server.close();
    assert.equal(exit.asked, true);
  });

  withFfmpeg('that cannot reach its server says so, without the stream key', async () => {
    const port = await closedPort();
    const key = 'live_4711-aBc';

    const run = processes.runToEnd(
      ffmpegSpec([...SOURCE, '-t', '1', ...CODECS, '-f', 'flv', `rtmp://127.0.0.1:${port}/live/${key}`], {
        secrets: [key],
      }),
      LIMITS,
    );

    await assert.rejects(run, (error) => {
      assert.ok(error instanceof AppError);
      const { lastLines } = error.details;
      assert.ok(typeof lastLines === 'object');
      assert.equal(readFfmpegFailure(lastLines)?.reason, 'connection-refused');
      assert.doesNotMatch(JSON.stringify([error.details, error.message]), /4711/);
      return true;
    });
  });

  const failures: readonly (readonly [args: readonly string[], reason: string])[] = [
    [['-f', 'lavfi', '-i', 'testsrc', '-t', '1', '-c:v', 'h264_nope', '-f', 'null', '-'], 'unknown-encoder'],
    [['-f', 'lavfi', '-i', 'testsrc', '-t', '1', '-vf', 'nope', '-f', 'null', '-'], 'bad-arguments'],
    [['-i', '/nowhere/at/all.mp4', '-f', 'null', '-'], 'no-such-file'],
    [['-i', 'http://no-such-host.invalid/a.mp4', '-f', 'null', '-'], 'host-not-found'],
    [['-f', 'x11grab', '-i', ':4711', '-t', '1', '-f', 'null', '-'], 'no-display'],
    [['-f', 'v4l2', '-i', '/dev/video4711', '-t', '1', '-f', 'null', '-'], 'no-such-device'],
  ];
  for (const [args, reason] of failures) {
    withFfmpeg(`that fails for ${reason} is recognised`, async (found) => {
      const device = args[1] ?? '';
      if (args[0] === '-f' && !found.ffmpeg.devices.has(device)) {
        return;
      }
      await assert.rejects(processes.runToEnd(ffmpegSpec(args), LIMITS), (error) => {
        assert.ok(error instanceof AppError);
        const { lastLines } = error.details;
        assert.ok(typeof lastLines === 'object');
        assert.equal(readFfmpegFailure(lastLines)?.reason, reason, JSON.stringify(lastLines));
        return true;
      });
    });
  }
});

describe('looking into media', () => {
  let file = '';
  let plain = '';
  before(async () => {
    file = join(folder, 'a film – 100 %.mp4');
    plain = join(folder, 'plain.ts');
    if (tools !== undefined) {
      await processes.runToEnd(ffmpegSpec([...SOURCE, '-t', '2', ...CODECS, '-y', file]), LIMITS);
      await processes.runToEnd(ffmpegSpec([...SOURCE, '-t', '2', ...CODECS, '-y', plain]), LIMITS);
    }
  });

  /** With ffprobe, and as if there were none. */
  function bothWays(name: string, body: (probe: ProbeMedia) => Promise<void>): void {
    withFfmpeg(`${name} (ffprobe)`, async (found) => {
      await body(createProbeMedia(found, processes.runToEnd));
    });
    withFfmpeg(`${name} (ffmpeg alone)`, async (found) => {
      await body(createProbeMedia({ ...found, ffprobe: undefined }, processes.runToEnd));
    });
  }

  function unreadable(name: string | RegExp, reason?: string): (error: unknown) => boolean {
    return (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'capture/file-unreadable');
      assert.match(error.message, typeof name === 'string' ? new RegExp(name.replaceAll('.', '\\.')) : name);
      assert.equal(error.details['reason'], reason ?? error.details['reason']);
      return true;
    };
  }

  bothWays('finds its streams', async (probe) => {
    const found = await probe(file);

    const expected: MediaProbe['streams'] = [
      {
        kind: 'video',
        index: 0,
        codec: 'h264',
        width: 160,
        height: 120,
        frameRate: { numerator: 25, denominator: 1 },
        attachedPicture: false,
      },
      { kind: 'audio', index: 1, codec: 'aac', sampleRate: 48_000, channels: 1 },
    ];
    assert.deepEqual(found.streams, expected);
    assert.match(found.format, /mp4/);
    assert.ok(Math.abs((found.durationSeconds ?? 0) - 2) < 0.1);
  });

  bothWays('names what is no media, what is not there, and what is empty', async (probe) => {
    const junk = join(folder, 'junk.mp4');
    await writeFile(junk, Buffer.alloc(5000, 'junk'));
    const empty = join(folder, 'empty.mkv');
    await writeFile(empty, '');

    await assert.rejects(probe(junk), unreadable('junk.mp4', 'invalid-data'));
    await assert.rejects(probe(join(folder, 'gone.mp4')), unreadable('gone.mp4', 'no-such-file'));
    await assert.rejects(probe(empty), unreadable('empty.mkv', 'invalid-data'));
    await assert.rejects(probe(folder), unreadable(/cannot be played/));
  });

  bothWays('takes no file name for anything else', async (probe) => {
    const odd = join(folder, 'concat:a|b');
    await writeFile(odd, await readFile(file));

    assert.equal((await probe(odd)).streams.length, 2);
    await assert.rejects(probe('-version'), unreadable('-version', 'no-such-file'));
    await assert.rejects(probe('data:,junk'), unreadable('data:,junk', 'no-such-file'));
    await assert.rejects(probe(''), unreadable(/cannot be played/));
  });

  bothWays('does not let a file lead to the network', async (probe) => {
    let visitors = 0;
    const { server, port } = await listening((socket) => {
      visitors += 1;
      socket.destroy();
    });
    const playlist = join(folder, 'playlist.m3u8');
    await writeFile(
      playlist,
      `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:${port}/a.ts\n#EXT-X-ENDLIST\n`,
    );

    await assert.rejects(probe(playlist), unreadable('playlist.m3u8'));

    server.close();
    assert.equal(visitors, 0);
  });

  bothWays('does not let the network lead to a file', async (probe) => {
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${encodeURI(plain)}\n#EXT-X-ENDLIST\n`;
    const { server, port } = await listening((socket) => {
      socket.on('error', () => undefined);
      socket.end(playlist);
    });

    // FFmpeg has a rule of its own for what HTTP may lead to, and none for this.
    await assert.rejects(probe(`tcp://127.0.0.1:${port}/x.m3u8`), unreadable(/127\.0\.0\.1/));

    server.close();
  });

  bothWays('does not repeat what an address holds when the server refuses it', async (probe) => {
    const { server, port } = await listening((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
      );
    });

    await assert.rejects(
      probe(`http://user:hunter2@127.0.0.1:${port}/live/secret-key-1?token=abc123`),
      (error) => {
        assert.ok(unreadable(`127.0.0.1:${port}`, 'not-found')(error) && error instanceof AppError);
        assert.doesNotMatch(
          JSON.stringify([error.message, error.details, error.cause]),
          /hunter2|secret-key-1|abc123/,
        );
        return true;
      },
    );

    server.close();
  });

  bothWays('gives up on a server that does not answer', async (probe) => {
    const { server, port } = await listening(() => undefined);

    await assert.rejects(
      probe(`http://127.0.0.1:${port}/`, { timeoutMs: 500 }),
      unreadable(`127.0.0.1:${port}`, 'timeout'),
    );

    server.close();
  });

  bothWays('can be aborted', async (probe) => {
    const { server, port } = await listening(() => undefined);
    const controller = new AbortController();
    const probing = probe(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    server.once('connection', () => controller.abort(new Error('not wanted')));

    await assert.rejects(probing, /not wanted/);

    server.close();
  });
});
