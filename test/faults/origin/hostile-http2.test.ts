import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Origin } from '../../../src-main/core/origin/origin.ts';
import { fakeDocument } from '../../support/fake-packager.ts';
import { type Http2Viewer, http2Viewer } from '../../support/http2-viewer.ts';
import { openTestOrigin, streamPath, until } from '../../support/open-test-origin.ts';
import {
  FLAG,
  FRAME,
  field,
  frame,
  getHead,
  keptField,
  type RawHttp2,
  rawHttp2,
} from '../../support/raw-http2.ts';
import { testCertificate } from '../../support/test-certificate.ts';

const MIB = 1024 * 1024;
const certificate = await testCertificate();
const PATH = streamPath('manifest(format=m3u8-cmaf)');
const ANSWERED = { kind: 'manifest', document: fakeDocument('#EXTM3U\n'), lifetime: 2 } as const;

async function openSecure(context: TestContext): Promise<{
  readonly origin: Origin;
  readonly attacker: () => Promise<RawHttp2>;
  /** Another one, with a connection of its own. */
  readonly viewer: () => Http2Viewer;
}> {
  const { origin, answers } = await openTestOrigin(context, { limits: { stallMs: 1500, headersTimeoutMs: 1500 } });
  answers.set('manifest(format=m3u8-cmaf)', ANSWERED);
  await origin.setTls({ ...certificate, port: 0, portWords: { details: {}, cure: '' } });
  const port = origin.tlsPort() ?? 0;
  return {
    origin,
    attacker: async () => await rawHttp2(context, port, certificate.cert),
    viewer: () => http2Viewer(context, port, { ca: certificate.cert }),
  };
}

/** Says it again and again, up to so much, until the other side has hung up; how much it said. */
async function insist(attacker: RawHttp2, bytes: Uint8Array, most: number): Promise<number> {
  let said = 0;
  while (said < most && (await attacker.send(bytes))) {
    said += bytes.length;
    // What was answered is heard between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return said;
}

async function assertServes(viewer: () => Http2Viewer): Promise<void> {
  assert.equal((await viewer().ask(PATH)).status, 200);
}

test('a head that never ends is not waited for, and is not kept', async (context) => {
  const { origin, attacker, viewer } = await openSecure(context);
  const peer = await attacker();
  await peer.send(frame(FRAME.headers, { stream: 1, payload: getHead(PATH) }));
  const more = frame(FRAME.continuation, { stream: 1, payload: field('x-more', 'x'.repeat(16_000)) });

  const said = await insist(peer, more, 256 * MIB);

  await until(peer.isClosed, 'it is sent away');
  assert.ok(said < 16 * MIB, `${said} bytes of a head were taken`);
  assert.equal(origin.metrics().requests, 0);
  await assertServes(viewer);
});

test('a head that is small on the way and large when it is unpacked is refused', async (context) => {
  const { origin, attacker, viewer } = await openSecure(context);
  const peer = await attacker();
  // One field of 4000 bytes, and thousands of times its number, of one byte: 60 MB.
  const bomb = Buffer.concat([getHead(PATH, keptField('x', 'y'.repeat(4000))), Buffer.alloc(15_000, 0x80 | 62)]);
  const before = process.memoryUsage().rss;

  for (let stream = 1; stream < 200 && !peer.isClosed(); stream += 2) {
    const payload = stream === 1 ? bomb : getHead(PATH, Buffer.alloc(15_000, 0x80 | 62));
    await peer.send(frame(FRAME.headers, { stream, flags: FLAG.endHeaders | FLAG.endStream, payload }));
    await new Promise((resolve) => setImmediate(resolve));
  }

  await assertServes(viewer);
  assert.equal(origin.metrics().requests, 1, 'only the one of the viewer was let through');
  assert.ok(process.memoryUsage().rss - before < 200 * MIB);
});

for (const [what, attack] of [
  ['questions for a sign of life', frame(FRAME.ping, { payload: new Uint8Array(8) })],
  ['settings', frame(FRAME.settings, { payload: new Uint8Array() })],
] as const) {
  test(`who floods with ${what} and never reads the answers is sent away`, async (context) => {
    const { attacker, viewer } = await openSecure(context);
    const peer = await attacker();
    peer.socket.pause();

    const said = await insist(peer, Buffer.concat(Array.from({ length: 1000 }, () => attack)), 64 * MIB);
    peer.socket.resume();

    await until(peer.isClosed, 'it is sent away');
    assert.ok(said < 64 * MIB, `${said} bytes were taken`);
    await assertServes(viewer);
  });
}

test('who connects and asks for nothing is sent away after a while', async (context) => {
  const { attacker, viewer } = await openSecure(context);
  const peers = await Promise.all(Array.from({ length: 5 }, attacker));

  await until(() => peers.every((peer) => peer.isClosed()), 'all of them are sent away');
  await assertServes(viewer);
});

test('frames of nonsense end their connection at most, and nobody else’s', async (context) => {
  const { attacker, viewer } = await openSecure(context);

  for (let round = 0; round < 40; round += 1) {
    const peer = await attacker();
    const frames = Array.from({ length: 5 }, () => {
      const [type = 0, flags = 0, stream = 0, size = 0] = randomBytes(4);
      return frame(type % 12, { flags, stream: stream % 4, payload: randomBytes(size) });
    });
    await peer.send(...frames, randomBytes(64));
    peer.socket.end();
  }

  await assertServes(viewer);
});

test('requests beyond those that one connection may have at once are refused one by one', async (context) => {
  const { origin, attacker, viewer } = await openSecure(context);
  const peer = await attacker();
  const requests = Array.from({ length: 2000 }, (_, index) =>
    frame(FRAME.headers, {
      stream: 2 * index + 1,
      flags: FLAG.endHeaders | FLAG.endStream,
      payload: getHead(PATH),
    }),
  );

  await peer.send(...requests);
  await assertServes(viewer);

  assert.ok(origin.metrics().requests <= 2001);
  await until(() => origin.metrics().held === 0, 'nothing of it is left');
});
