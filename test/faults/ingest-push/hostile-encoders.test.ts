import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ownAddresses } from '../../../src-main/core/platform/network.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { codeOf, openRig, type Rig, send, TOKEN } from '../../integration/ingest/fmp4-push/rig.ts';
import { concat } from '../../unit/media/sample-media.ts';
import { SPARSE_STREAM, VIDEO_HEADER, videoFragment } from '../../unit/media/smooth/ingest-streams.ts';

const STREAM_HEAD = `POST /${TOKEN}/ingest.isml/streams(x) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;

/** A caller that speaks whatever it wants, and what it hears until the connection ends. */
function dial(rig: Rig, host = '127.0.0.1'): { readonly socket: Socket; readonly heard: Promise<string> } {
  const socket = connect({ port: rig.ingest.port, host });
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => undefined);
  const heard = (async () => {
    await once(socket, 'close');
    return text;
  })();
  return { socket, heard };
}

function chunked(bytes: Uint8Array): Uint8Array {
  return concat(Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n'));
}

function endCode(rig: Rig, index = 0): string {
  const ended = rig.door.connections[index]?.ended;
  return ended instanceof AppError ? ended.code : String(ended);
}

test('a head that never ends is given up', async () => {
  await using rig = await openRig({ limits: { headersTimeoutMs: 100, checkIntervalMs: 20 } });
  const { socket, heard } = dial(rig);

  socket.write('POST /x HTTP/1.1\r\n');
  const drip = setInterval(() => socket.write('X-Slow: 1\r\n'), 20);
  const answer = await heard;
  clearInterval(drip);

  assert.match(answer, /^HTTP\/1\.1 408/);
});

test('a caller that says nothing at all is given up', async () => {
  await using rig = await openRig({ limits: { headersTimeoutMs: 100, checkIntervalMs: 20 } });

  const answer = await dial(rig).heard;

  assert.match(answer, /^(?:HTTP\/1\.1 408.*)?$/s);
});

test('a head of megabytes is refused', async () => {
  await using rig = await openRig();
  const { socket, heard } = dial(rig);

  socket.write(`POST /x HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`);

  assert.match(await heard, /^HTTP\/1\.1 431/);
});

test('what is no HTTP is refused', async () => {
  await using rig = await openRig();
  const { socket, heard } = dial(rig);

  socket.write('\x16\x03\x01 hello\r\n\r\n');

  assert.match(await heard, /^HTTP\/1\.1 400/);
});

test('a body that stalls is given up, and the encoder and the door hear why', async () => {
  await using rig = await openRig({ limits: { bodyIdleMs: 80, drainMs: 20 } });
  const { socket, heard } = dial(rig);

  socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER), chunked(videoFragment(2))));

  assert.match(await heard, /^HTTP\/1\.1 408[^]*MPE_RTMP_SESSION_IDLE_TIMEOUT/);
  assert.equal(endCode(rig), 'MPE_RTMP_SESSION_IDLE_TIMEOUT');
});

test('a body that drips without ever completing anything is given up', async () => {
  await using rig = await openRig({ limits: { bodyIdleMs: 10_000, progressMs: 150, drainMs: 20 } });
  const { socket, heard } = dial(rig);

  socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER)));
  const fragment = videoFragment(30);
  let at = 0;
  const drip = setInterval(() => {
    socket.write(chunked(fragment.subarray(at, at + 1)));
    at += 1;
  }, 10);
  const answer = await heard;
  clearInterval(drip);

  assert.match(answer, /MPE_RTMP_SESSION_IDLE_TIMEOUT/);
});

test('a stream of nothing but cues may be silent for longer', async () => {
  await using rig = await openRig({ limits: { bodyIdleMs: 60, progressMs: 60 } });
  const { socket, heard } = dial(rig);
  socket.write(concat(Buffer.from(STREAM_HEAD), chunked(SPARSE_STREAM)));
  await rig.door.until(() => rig.door.connections[0]?.cues.length === 1);

  await wait(200);
  assert.equal(rig.door.connections[0]?.ended, undefined);
  socket.end('0\r\n\r\n');
  await heard;

  assert.equal(endCode(rig), 'S_OK');
});

test('a connection that breaks in the middle of a fragment is an encoder that left', async () => {
  await using rig = await openRig();
  const { socket } = dial(rig);
  socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER), chunked(videoFragment(2).subarray(0, 50))));
  await rig.door.until(() => rig.door.connections[0]?.tracks.length === 1);

  socket.resetAndDestroy();
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  assert.equal(endCode(rig), 'MPE_CLIENT_DISCONNECTED');
});

test('a body that is complete but for the rest of its last fragment is said to be so', async () => {
  await using rig = await openRig();
  const { socket, heard } = dial(rig);
  socket.write(
    concat(
      Buffer.from(STREAM_HEAD),
      chunked(VIDEO_HEADER),
      chunked(videoFragment(1)),
      chunked(videoFragment(2).subarray(0, 50)),
    ),
  );
  socket.end('0\r\n\r\n');
  await heard;
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  assert.equal(endCode(rig), 'ERROR_END_OF_MEDIA');
});

test('chunked framing that breaks in the middle ends the stream, too', async () => {
  await using rig = await openRig();
  const { socket, heard } = dial(rig);
  socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER)));
  await rig.door.until(() => rig.door.connections[0]?.tracks.length === 1);

  socket.write('no such length\r\n');
  await heard;
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  assert.equal(endCode(rig), 'MPE_CLIENT_DISCONNECTED');
});

test('a box that is announced larger than any is refused before its bytes come', async () => {
  await using rig = await openRig({ limits: { drainMs: 20 } });
  const giant = concat(
    videoFragment(1).subarray(0, -28),
    Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
    Buffer.from('mdat'),
  );

  const answer = await send(
    'POST',
    `http://127.0.0.1:${rig.ingest.port}/${TOKEN}/ingest.isml/streams(x)`,
    concat(VIDEO_HEADER, giant),
  );

  assert.deepEqual([answer.status, codeOf(answer)], [400, 'media/malformed']);
});

test('who floods without listening finds the refusal afterwards, not a broken connection', async () => {
  await using rig = await openRig({ limits: { drainMs: 1000 } });
  const { socket } = dial(rig);
  await once(socket, 'connect');
  socket.pause();
  socket.write(
    concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER), chunked(Buffer.from('7fffffff6d646174', 'hex'))),
  );

  const flood = chunked(new Uint8Array(1024 * 1024));
  for (let written = 0; written < 64 && socket.writableLength < flood.length; written += 1) {
    socket.write(flood);
    // Nobody reads any more once it stays this long in the socket.
    for (let tries = 0; tries < 30 && socket.writableLength > 0; tries += 1) {
      await wait(10);
    }
  }
  const answer = (await once(socket.resume(), 'data', { signal: AbortSignal.timeout(5000) })).join('');
  socket.destroy();

  assert.match(answer, /^HTTP\/1\.1 400[^]*media\/malformed/);
});

test('many connections cannot fill the memory together', async () => {
  await using rig = await openRig({ limits: { heldBytes: 1024 * 1024, drainMs: 20 } });
  // Each holds 300 kB of a box of 400 kB.
  const box = concat(Uint8Array.of(0, 0x06, 0x1a, 0x80), Buffer.from('moof'), new Uint8Array(300_000));
  const callers = Array.from({ length: 6 }, () => dial(rig));
  for (const { socket } of callers) {
    socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER), chunked(box)));
  }

  await rig.door.until(() => rig.door.connections.filter(({ ended }) => ended !== undefined).length >= 3);
  const codes = rig.door.connections.map((_, index) => endCode(rig, index)).filter((code) => code !== 'undefined');
  callers.forEach(({ socket }) => socket.destroy());

  assert.deepEqual([...new Set(codes)], ['MPE_CAPACITY_LIMIT_REACHED']);
});

test('what was held is given back when a connection ends', async () => {
  await using rig = await openRig({ limits: { heldBytes: 500_000, drainMs: 20 } });
  const box = concat(Uint8Array.of(0, 0x06, 0x1a, 0x80), Buffer.from('moof'), new Uint8Array(300_000));

  for (let round = 0; round < 4; round += 1) {
    const { socket } = dial(rig);
    socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER), chunked(box)));
    await rig.door.until(() => rig.door.connections[round]?.tracks.length === 1);
    await wait(30);
    socket.destroy();
    await rig.door.until(() => rig.door.connections[round]?.ended !== undefined);
  }

  assert.deepEqual(
    rig.door.connections.map(({ ended }) => ended),
    Array.from({ length: 4 }, () => 'MPE_CLIENT_DISCONNECTED'),
  );
});

test('more connections than are taken are closed, those there are go on', async () => {
  await using rig = await openRig({ limits: { connectionsPerAddress: 2 } });
  const first = dial(rig);
  const second = dial(rig);
  await Promise.all([once(first.socket, 'connect'), once(second.socket, 'connect')]);
  await wait(20);

  assert.equal(await dial(rig).heard, '');
  first.socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER)));
  await rig.door.until(() => rig.door.connections[0]?.tracks.length === 1);
  second.socket.destroy();
  first.socket.destroy();
});

test('a segment that hangs is given up when the next one comes, and at once when it comes again itself', async () => {
  await using rig = await openRig({ limits: { overtakenIdleMs: 60, drainMs: 20 } });
  const url = `http://127.0.0.1:${rig.ingest.port}/${TOKEN}/ingest.isml/streams(y)`;
  await send('PUT', `${url}/init.mp4`, VIDEO_HEADER);
  const hang = (name: string): ReturnType<typeof dial> => {
    const caller = dial(rig);
    const head = STREAM_HEAD.replace('POST', 'PUT').replace('streams(x)', `streams(y)/${name}`);
    caller.socket.write(concat(Buffer.from(head), chunked(videoFragment(2).subarray(0, 40))));
    return caller;
  };

  const same = hang('1.m4s');
  await wait(30);
  const again = await send('PUT', `${url}/1.m4s`, videoFragment(2));
  const before = hang('2.m4s');
  await wait(30);
  const next = await send('PUT', `${url}/3.m4s`, videoFragment(2, 12_000));

  assert.deepEqual([again.status, next.status], [200, 200]);
  assert.match(await same.heard, /^HTTP\/1\.1 408/);
  assert.match(await before.heard, /^HTTP\/1\.1 408/);
  assert.deepEqual(
    rig.door.connections.map(({ tracks }) => tracks[0]?.samples.length),
    [4],
  );
});

test('segments cannot pile up behind one that hangs', async () => {
  await using rig = await openRig({ limits: { waitingSegments: 2, overtakenIdleMs: 10_000, drainMs: 20 } });
  const url = `http://127.0.0.1:${rig.ingest.port}/${TOKEN}/ingest.isml/streams(y)`;
  await send('PUT', `${url}/init.mp4`, VIDEO_HEADER);
  const hanging = Array.from({ length: 3 }, (_, index) => {
    const caller = dial(rig);
    const head = STREAM_HEAD.replace('streams(x)', `streams(y)/${index}.m4s`);
    caller.socket.write(concat(Buffer.from(head), chunked(videoFragment(2).subarray(0, 40))));
    return caller.socket;
  });
  await wait(50);

  const answer = await send('PUT', `${url}/9.m4s`, videoFragment(2));
  hanging.forEach((socket) => socket.destroy());

  assert.deepEqual([answer.status, codeOf(answer)], [503, 'MPE_CAPACITY_LIMIT_REACHED']);
});

test('streams of segments cannot be made without end', async () => {
  await using rig = await openRig({ limits: { sessions: 3 } });
  const url = `http://127.0.0.1:${rig.ingest.port}/${TOKEN}/ingest.isml`;

  const statuses = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    const { status } = await send('PUT', `${url}/streams(${name})/init.mp4`, VIDEO_HEADER);
    statuses.push(status);
  }

  assert.deepEqual(statuses, [200, 200, 200, 503]);
});

const [outside] = ownAddresses();

test('an encoder on another computer is let go when only this one may send', {
  skip: outside === undefined ? 'needs an address besides loopback' : false,
}, async () => {
  await using rig = await openRig({ host: '0.0.0.0' });
  const inside = dial(rig);
  const other = dial(rig, outside);
  for (const { socket } of [inside, other]) {
    socket.write(concat(Buffer.from(STREAM_HEAD), chunked(VIDEO_HEADER)));
  }
  await rig.door.until(() => rig.door.connections.filter(({ tracks }) => tracks.length === 1).length === 2);

  await rig.ingest.setHost('127.0.0.1');
  await other.heard;
  await rig.door.until(() => rig.door.connections.some(({ ended }) => ended !== undefined));

  assert.deepEqual(
    rig.door.connections.filter(({ ended }) => ended !== undefined).map(({ request }) => request.peer.address),
    [outside],
  );
  inside.socket.destroy();
});
