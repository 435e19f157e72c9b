import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Destination } from '../../../src-main/shared/api/publishing.ts';
import { descendants } from '../../support/descendants.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { decodeComplaints, flvPackets, longestGap } from '../../support/rtmp-server.ts';
import { ingestUrl, previewBase, segmentsAt, startEvent } from '../../support/service-stage.ts';
import { end, goLive, openStage, type Stage, until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

// One broadcast over SRT: to ffmpeg, to our own way in, and to listeners that do not want it. Each test needs the ones before.

const skip = missingPrograms('ffmpeg', 'ffprobe');
const PASSPHRASE = 'Pl4nted-passphrase';
/** A minute on a computer that is busy with other tests, seconds else. */
const WITHIN_MS = 60_000;

type Listener = AsyncDisposable & {
  readonly port: number;
  readonly file: string;
  readonly exited: Promise<unknown>;
};

let stage: Stage;
let good: Listener;
let strict: Listener;
const seen = new Set<string>();
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-srt-'))).path;
  good = opened.use(await listener(join(folder, 'good.ts'), PASSPHRASE));
  strict = opened.use(await listener(join(folder, 'strict.ts'), 'another-passphrase'));
  stage = opened.use(await openStage());
});
after(async () => await opened.disposeAsync());

/** An ffmpeg that takes one call and writes what it gets to a file. */
async function listener(file: string, passphrase: string): Promise<Listener> {
  const port = await freeUdpPort();
  const url = `srt://127.0.0.1:${port}?mode=listener&passphrase=${passphrase}`;
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'quiet', '-f', 'mpegts', '-i', url, '-c', 'copy', '-y', file], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  return {
    port,
    file,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

async function put(name: string, url: string): Promise<Destination> {
  return await stage.lectern.call('putDestination', {
    params: { name },
    body: { url, enabled: true, quality: 'top' },
  });
}

async function becomes(name: string, state: Destination['state']): Promise<Destination> {
  return await until(
    `${name} is ${state}`,
    async () => {
      for (const { pid, command } of descendants(stage.lectern.pid)) {
        seen.add(command);
        try {
          seen.add(readFileSync(`/proc/${pid}/environ`, 'utf8'));
        } catch {
          // It has ended, or this is no Linux.
        }
      }
      const destination = await stage.lectern.call('getDestination', { params: { name } });
      return destination.state === state ? destination : undefined;
    },
    WITHIN_MS,
  );
}

test('a broadcast goes to an SRT listener, and to our own', { skip }, async () => {
  const event = await startEvent(stage.lectern, 'copy', { input: { streamingProtocol: 'TransportStream' } });
  const { url } = await put('good', `srt://127.0.0.1:${good.port}?passphrase=${PASSPHRASE}&latency=200`);
  assert.equal(url, `srt://127.0.0.1:${good.port}?latency=200`);
  await put('own', ingestUrl(event, 'srt'));
  await put('strict', `srt://127.0.0.1:${strict.port}?streamid=${PASSPHRASE}&passphrase=${PASSPHRASE}`);
  await put('nobody', `srt://127.0.0.1:${await freeUdpPort()}`);

  await goLive(stage.lectern);

  await becomes('good', 'live');
  const { sending, error } = await becomes('own', 'live');
  assert.equal(sending?.height, 360);
  assert.equal(error, undefined);
  await segmentsAt(`${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`, 2, WITHIN_MS);
});

test('a passphrase that the listener does not know is refused, and tried again only after a while', {
  skip,
}, async () => {
  const { error, retryAt } = await becomes('strict', 'failed');

  assert.equal(error?.code, 'publish/refused');
  assert.match(error.detail, /refuses the stream id or passphrase/);
  assert.ok(retryAt !== undefined);
});

test('where nobody listens it is tried again', { skip }, async () => {
  const { error } = await becomes('nobody', 'reconnecting');

  assert.equal(error?.code, 'publish/unreachable');
});

test('picture and sound arrive whole, and decode', { skip }, async () => {
  await end(stage.lectern);
  await good.exited;

  const packets = await flvPackets(good.file);
  assert.ok(packets.length > 100, `${packets.length}`);
  assert.ok(longestGap(packets, 'video') < 0.2, `${longestGap(packets, 'video')} s`);
  assert.ok(longestGap(packets, 'audio') < 0.3, `${longestGap(packets, 'audio')} s`);
  assert.equal(await decodeComplaints(good.file), '');
});

test('nothing secret is on a command line, in an environment, in an answer or in what was said', {
  skip,
}, async () => {
  const answers = JSON.stringify(await stage.lectern.call('listDestinations', {}));

  assert.ok(seen.size > 3);
  for (const text of [[...seen].join('\n'), answers, stage.lectern.words()]) {
    assert.equal(text.includes('Pl4nted'), false);
  }
});
