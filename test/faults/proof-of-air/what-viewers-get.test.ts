import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Processes } from '../../../src-main/core/ports/process.ts';
import { createDecode } from '../../../src-main/core/proof-of-air/decode.ts';
import { createFetchAsViewer } from '../../../src-main/core/proof-of-air/fetch-as-viewer.ts';
import { createLook } from '../../../src-main/core/proof-of-air/look.ts';
import { openProofOfAir } from '../../../src-main/core/proof-of-air/proof-of-air.ts';
import { createSentMemory, type SentMemory } from '../../../src-main/core/proof-of-air/sent-memory.ts';
import type { ProofOfAir } from '../../../src-main/shared/api/proof-of-air.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const SEGMENT_SECONDS = 4;
const SEGMENTS = 22;
/** What the service of others takes to show what it was sent. */
const WAY_SECONDS = 3;

/** The programme: large blocks in an order that never comes again; and what may come out in its place. */
const PICTURES = 'life=size=32x18:rate=2:seed=7:ratio=0.4:rule=S23/B36,scale=320:180:flags=neighbor,fps=8';
const SOUND = 'sine=frequency=330:sample_rate=48000';
const OTHERS = {
  other: 'testsrc2=size=320x180:rate=8',
  frozen: `${PICTURES},loop=loop=-1:size=1:start=0`,
  black: 'color=black:size=320x180:rate=8',
} as const;
/** They go round; more of them would only take longer to make. */
const OTHER_SEGMENTS = 2;

type Stream = keyof typeof OTHERS | 'programme' | 'silent';

const skip = missingPrograms('ffmpeg');

async function run(processes: Processes, args: readonly string[], maxOutputBytes = 1): Promise<Uint8Array> {
  const { stdout } = await processes.runToEnd(
    {
      name: 'make',
      executable: 'ffmpeg',
      args: ['-hide_banner', '-loglevel', 'error', '-nostdin', ...args],
      stdin: 'none',
      stdout: 'pipe',
      pipes: [],
      priority: 'normal',
      secrets: [],
      quit: 'term',
      graceMs: 1000,
    },
    { timeoutMs: 60_000, maxOutputBytes },
  );
  return stdout;
}

const PIECES = ['-f', 'segment', '-segment_format', 'mpegts', '-segment_time', String(SEGMENT_SECONDS)] as const;

async function makeStream(
  processes: Processes,
  folder: string,
  {
    stream,
    pictures,
    segments,
  }: { readonly stream: Stream; readonly pictures: string; readonly segments: number },
): Promise<void> {
  await mkdir(join(folder, stream));
  await run(processes, [
    ...['-f', 'lavfi', '-i', pictures, '-f', 'lavfi', '-i', SOUND],
    ...['-t', String(segments * SEGMENT_SECONDS), '-threads', '1'],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '30',
      '-g',
      String(8 * SEGMENT_SECONDS),
      '-sc_threshold',
      '0',
    ],
    ...['-c:a', 'aac', '-b:a', '48k', '-ac', '1'],
    ...PIECES,
    join(folder, stream, '%d.ts'),
  ]);
}

async function makeStreams(processes: Processes, folder: string): Promise<void> {
  await makeStream(processes, folder, { stream: 'programme', pictures: PICTURES, segments: SEGMENTS });
  for (const stream of ['other', 'frozen', 'black'] as const) {
    await makeStream(processes, folder, { stream, pictures: OTHERS[stream], segments: OTHER_SEGMENTS });
  }
  await mkdir(join(folder, 'silent'));
  const pieces = Array.from({ length: SEGMENTS }, (_, index) => join(folder, 'programme', `${index}.ts`));
  await run(processes, [
    '-i',
    `concat:${pieces.join('|')}`,
    '-c',
    'copy',
    '-an',
    ...PIECES,
    join(folder, 'silent', '%d.ts'),
  ]);
}

/** The programme as the mixer would have told it, from `startMs` on. */
async function rememberProgramme(processes: Processes, memory: SentMemory, startMs: number): Promise<void> {
  const [width, height] = [64, 36];
  const seconds = SEGMENTS * SEGMENT_SECONDS;
  const luma = await run(
    processes,
    [
      ...[
        '-f',
        'lavfi',
        '-i',
        PICTURES,
        '-t',
        String(seconds),
        '-vf',
        `fps=4,scale=${width}:${height},format=gray`,
      ],
      ...['-f', 'rawvideo', 'pipe:1'],
    ],
    seconds * 4 * width * height + 1,
  );
  for (let index = 0; index < seconds * 4; index += 1) {
    const from = index * width * height;
    memory.picture(startMs + index * 250, luma.subarray(from, from + width * height), width, height);
    memory.level(startMs + index * 250, -18);
  }
}

test('what is wrong at a service is found from its stream: stalled, frozen, black, silent, another picture, gone', {
  skip,
}, async (t) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-air-'));
  await using processes = openProcesses();
  await makeStreams(processes, folder.path);

  const clock = manualClock();
  const startMs = clock.wallMs();
  const sent = createSentMemory(clock);
  await rememberProgramme(processes, sent, startMs);

  /** How the service of others does. */
  let shows: Stream | 'gone' = 'programme';
  let stalledMs: number | undefined;
  const server = createServer((request, response) => {
    void (async () => {
      if (shows === 'gone') {
        response.writeHead(404).end();
        return;
      }
      const nowMs = stalledMs ?? clock.wallMs();
      const count = Math.min(
        SEGMENTS,
        Math.floor((nowMs - startMs - WAY_SECONDS * 1000) / (SEGMENT_SECONDS * 1000)),
      );
      const segment = /^\/(\d+)\.ts$/.exec(request.url ?? '')?.[1];
      if (segment !== undefined) {
        const number = shows in OTHERS ? Number(segment) % OTHER_SEGMENTS : Number(segment);
        response.end(await readFile(join(folder.path, shows, `${number}.ts`)));
        return;
      }
      const listed = Array.from({ length: Math.min(3, count) }, (_, index) => count - Math.min(3, count) + index);
      response.end(
        [
          '#EXTM3U',
          `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
          `#EXT-X-MEDIA-SEQUENCE:${listed[0] ?? 0}`,
          ...listed.flatMap((index) => [`#EXTINF:${SEGMENT_SECONDS},`, `${index}.ts`]),
          '',
        ].join('\n'),
      );
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a TCP server's
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.m3u8`;

  const decode = createDecode({ run: processes.runToEnd, ffmpeg: () => Promise.resolve('ffmpeg') });
  await using desk = openProofOfAir({
    clock,
    events: createEventLog({ clock }),
    logger: silentLogger,
    sent,
    targets: () => [{ subject: 'destination/channel', url, isOwn: false, isProgramme: true }],
    lookAt: (target) =>
      createLook({
        url: target.url,
        decode,
        clock,
        fetch: createFetchAsViewer({ typedUrl: target.url, authorities: () => [], clock }),
      }),
    openMemory: () => ({ [Symbol.dispose]: () => undefined }),
  });

  /** Some seconds later, as the presenter then sees it: a fault is said when it was found twice. */
  async function seenAfter(seconds: number): Promise<ProofOfAir | undefined> {
    clock.advance(seconds * 1000);
    await desk.check();
    clock.advance(1000);
    return (await desk.check())[0];
  }

  clock.advance(62_000);
  await desk.check();

  await t.test('the picture itself says how far behind its viewers are', async () => {
    const proof = await seenAfter(3);

    assert.deepEqual([proof?.verdict, proof?.delayFrom], ['seen', 'picture'], JSON.stringify(proof));
    // 66 s in, the service has listed up to 60 s; who comes now begins three segments before that.
    const delay = proof?.delaySeconds ?? 0;
    assert(Math.abs(delay - (66 - 60 + 3 * SEGMENT_SECONDS)) <= 0.6, String(delay));
  });

  await t.test('sound that does not arrive', async () => {
    shows = 'silent';
    assert.equal((await seenAfter(1))?.verdict, 'silent');
  });

  await t.test('black that was not sent', async () => {
    shows = 'black';
    assert.equal((await seenAfter(1))?.verdict, 'black');
  });

  await t.test('another picture', async () => {
    shows = 'other';
    assert.equal((await seenAfter(1))?.verdict, 'other-picture');
  });

  await t.test('and good again after one look', async () => {
    shows = 'programme';
    clock.advance(2000);
    assert.equal((await desk.check())[0]?.verdict, 'seen');
  });

  await t.test('a picture that is frozen while the playlist goes on', async () => {
    shows = 'frozen';
    await seenAfter(1);
    assert.equal((await seenAfter(3))?.verdict, 'frozen');
  });

  await t.test('a playlist that stands still', async () => {
    shows = 'programme';
    stalledMs = clock.wallMs();
    await seenAfter(1);
    assert.equal((await seenAfter(3 * SEGMENT_SECONDS))?.verdict, 'frozen');
    stalledMs = undefined;
  });

  await t.test('a stream that is gone, and a service that is', async () => {
    shows = 'gone';
    assert.equal((await seenAfter(1))?.verdict, 'offline');

    server.closeAllConnections();
    server.close();
    assert.equal((await seenAfter(1))?.verdict, 'unreachable');
  });
});
