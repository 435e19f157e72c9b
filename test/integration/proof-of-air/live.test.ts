import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ProofOfAir } from '../../../src-main/shared/api/proof-of-air.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { end, goLive, openStage, until } from '../../support/studio-stage.ts';

/** Another service: it gives out our own stream, without the times in it, and can lose it. */
async function openChannel(hlsUrl: string) {
  const origin = new URL(hlsUrl).origin;
  let isOpen = true;
  const server = createServer((request, response) => {
    void (async () => {
      const answer = isOpen ? await fetch(`${origin}${request.url ?? '/'}`) : undefined;
      if (answer === undefined) {
        response.writeHead(404).end();
        return;
      }
      const bytes = Buffer.from(await answer.arrayBuffer());
      const isList = bytes.subarray(0, 7).toString() === '#EXTM3U';
      response
        .writeHead(answer.status)
        .end(isList ? bytes.toString().replaceAll(/#EXT-X-PROGRAM-DATE-TIME:.*\n/g, '') : bytes);
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a TCP server's
  const { port } = server.address() as AddressInfo;
  return {
    url: hlsUrl.replace(origin, `http://127.0.0.1:${port}`),
    lose: () => void (isOpen = false),
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function proofOf(
  { call }: Lectern,
  subject: string,
  fits: (proof: ProofOfAir) => boolean,
): Promise<ProofOfAir> {
  return await until(
    `${subject} is seen as it should be`,
    async () => (await call('checkAir', {})).value.find((proof) => proof.subject === subject && fits(proof)),
    60_000,
  );
}

test('while it is live the studio says how far behind its viewers are, at its own page and elsewhere', {
  skip: missingPrograms('ffmpeg'),
}, async (t) => {
  await using stage = await openStage();
  const { lectern } = stage;
  const { call } = lectern;
  assert.deepEqual((await call('listProofsOfAir', {})).value, [], 'nothing is live, and nothing is looked at');
  const session = await goLive(lectern);
  using channel = await openChannel(session.urls.hls);

  await t.test('its own page, by the time in the stream', async () => {
    const own = await proofOf(lectern, `locator/${session.locator ?? ''}`, ({ verdict }) => verdict === 'seen');

    assert.equal(own.delayFrom, 'programme-time');
    assert(
      own.delaySeconds !== undefined && own.delaySeconds > 0.3 && own.delaySeconds < 15,
      String(own.delaySeconds),
    );
    assert(own.url.startsWith(lectern.originUrl));
  });

  await t.test('who looks from outside is no viewer', async () => {
    assert.equal((await call('getStudio', {})).viewers, 0);
  });

  await t.test('another service, by the mark in its picture', async () => {
    await call('putDestination', {
      params: { name: 'channel' },
      body: { url: 'rtmp://127.0.0.1:1/live', streamKey: 'x', playbackUrl: channel.url },
    });
    const there = await proofOf(lectern, 'destination/channel', ({ verdict }) => verdict === 'seen');

    assert.equal(there.delayFrom, 'mark');
    assert(there.delaySeconds !== undefined && there.delaySeconds < 20, String(there.delaySeconds));
  });

  await t.test('which then loses it, and the own page does not', async () => {
    channel.lose();
    await proofOf(lectern, 'destination/channel', ({ verdict }) => verdict === 'offline');

    const { value } = await call('listProofsOfAir', {});
    assert.equal(value.find(({ subject }) => subject.startsWith('locator/'))?.verdict, 'seen');
  });

  await t.test('an address that is no longer given is no longer looked at', async () => {
    const changed = await call('patchDestination', { params: { name: 'channel' }, body: { playbackUrl: null } });

    assert.equal(changed.playbackUrl, undefined);
    const { value } = await call('checkAir', {});
    assert.deepEqual(
      value.map(({ subject }) => subject.split('/')[0]),
      ['locator'],
    );
  });

  await t.test('and when nothing is live any more, neither is anything', async () => {
    await end(lectern);
    assert.deepEqual((await call('checkAir', {})).value, []);
  });
});
