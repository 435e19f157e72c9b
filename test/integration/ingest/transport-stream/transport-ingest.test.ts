import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { before, test } from 'node:test';
import { systemClock } from '../../../../src-main/base/clock.ts';
import { openTransportIngest } from '../../../../src-main/core/ingest/transport-stream/transport-ingest.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { memoryRows } from '../../../support/memory-rows.ts';
import { missingPrograms } from '../../../support/real-ffmpeg.ts';
import { type RecordedConnection, recordingDoor } from '../../../support/recording-door.ts';
import { type Feed, H265, makeFeed, sendFeed } from '../../../support/transport-feed.ts';

const skip = missingPrograms('ffmpeg');
const EVENT = { name: 'match', accessToken: '6f3c1c9e-7a0b-4c52-9f7e-0d6a6f3c1c9e' };

let feed: Feed;
before(async () => {
  if (skip === false) {
    feed = await makeFeed();
  }
});

function openIngest(door: ReturnType<typeof recordingDoor>) {
  return openTransportIngest({
    door,
    clock: systemClock(),
    logger: silentLogger,
    host: '127.0.0.1',
    port: 0,
    givenPorts: memoryRows(),
  });
}

/** Times to the microsecond, decoding so much later that the first picture is shown when it is decoded; and what tells the bytes. */
function content({ samples, timescale }: { readonly samples: readonly Sample[]; readonly timescale: number }) {
  const delay = samples[0]?.compositionOffset ?? 0;
  return samples.map(({ decodeTime, compositionOffset, sync, data }) => ({
    presentedUs: Math.round((Number(decodeTime) + compositionOffset) * (1e6 / timescale)),
    decodedUs: Math.round((Number(decodeTime) + delay) * (1e6 / timescale)),
    sync,
    hash: createHash('sha1').update(data).digest('hex'),
  }));
}

/** What came is the beginning of what was sent, to the byte and the tick, and no more than `atMost` frames short of all of it. */
function assertSame({ tracks }: RecordedConnection, sent: Feed, atMost: number): void {
  assert.deepEqual(
    tracks.map(({ track }) => track.description.kind),
    ['video', 'audio'],
  );
  for (const [index, { track, samples }] of tracks.entries()) {
    const expected = sent.tracks[index]!;
    assert.equal(track.description.codec, expected.description.codec);
    const want = content({ samples: expected.samples, timescale: expected.description.timescale });
    const got = content({ samples, timescale: track.description.timescale });
    assert.ok(got.length >= want.length - atMost, `${got.length} of ${want.length} samples`);
    assert.deepEqual(got, want.slice(0, got.length));
  }
}

const isOver = (count: number) => (door: ReturnType<typeof recordingDoor>) =>
  door.connections.filter(({ end }) => end !== undefined).length >= count;

test('a feed over each protocol arrives to the byte, at its own times', { skip }, async () => {
  const door = recordingDoor({ tokens: [EVENT.accessToken] });
  await using ingest = await openIngest(door);
  const listening = await ingest.listen(EVENT);
  const urls = listening.endpoints.map(({ url }) => url);

  const senders = urls.map((url) => sendFeed(feed, url));
  const exits = await Promise.all(senders.map(({ exited }) => exited));
  await door.until(isOver(4));

  assert.deepEqual(exits, Array(4).fill({ code: 0, words: '' }));
  const byScheme = Map.groupBy(door.connections, ({ request }) => request.ingestUrl.split(':')[0]);
  assert.deepEqual(
    [byScheme.get('srt')?.length, byScheme.get('tcp')?.length, byScheme.get('udp')?.length],
    [2, 1, 1],
  );
  assertSame(byScheme.get('tcp')![0]!, feed, 0);
  // The others end with a datagram, and libsrt does not wait for what it has not sent.
  for (const connection of [...byScheme.get('srt')!, byScheme.get('udp')![0]!]) {
    assertSame(connection, feed, 45);
  }
  for (const { request, end } of door.connections) {
    assert.equal(request.accessToken, EVENT.accessToken);
    assert.equal(request.streamName, 'main');
    assert.equal(request.peer.address, '127.0.0.1');
    assert.ok(!request.ingestUrl.includes(EVENT.accessToken));
    assert.equal(end, 'MPE_CLIENT_DISCONNECTED');
  }
});

test('H.265 arrives with the decoder configuration that ffmpeg writes', { skip }, async () => {
  const hevc = await makeFeed(H265);
  const door = recordingDoor();
  await using ingest = await openIngest(door);
  const { endpoints } = await ingest.listen(EVENT);
  const url = endpoints.find(({ protocol }) => protocol === 'TCP')!.url;

  await using sender = sendFeed(hevc, url);
  await sender.exited;
  await door.until(isOver(1));

  assertSame(door.connections[0]!, hevc, 0);
  const { bitrate: _, ...expected } = hevc.tracks[0]!.description;
  const { bitrate: __, ...description } = door.connections[0]!.tracks[0]!.track.description;
  assert.deepEqual({ ...description, frameRate: undefined }, expected);
  assert.deepEqual(description.kind === 'video' && description.frameRate, { numerator: 30, denominator: 1 });
});

test('SRT callers without the token, or with a wrong passphrase, are turned away and told of', {
  skip,
}, async () => {
  const door = recordingDoor({ tokens: [EVENT.accessToken] });
  await using ingest = await openIngest(door);
  await ingest.listen(EVENT);
  const address = `srt://127.0.0.1:${ingest.port}`;
  const wrong = [
    `${address}?streamid=00000000-0000-4000-8000-000000000000/main`,
    `${address}?streamid=${EVENT.name}/main`,
    `${address}?streamid=${EVENT.name}/main&passphrase=not-the-token`,
    `${address}?streamid=${EVENT.accessToken}/main&passphrase=not-the-token`,
  ];

  for (const url of wrong) {
    await using sender = sendFeed(feed, url);
    const { code } = await sender.exited;

    assert.notEqual(code, 0);
  }

  assert.deepEqual(door.refusals, Array(4).fill('MPE_RTMP_APPID_AUTH_FAILURE'));
  assert.deepEqual(door.connections, []);
});

test('nobody outside of the list comes in, over any protocol', { skip }, async () => {
  const door = recordingDoor({ addresses: ['192.0.2.1'] });
  await using ingest = await openIngest(door);
  const { endpoints } = await ingest.listen(EVENT);

  const senders = endpoints.map(({ url }) => sendFeed(feed, url));
  await Promise.all(senders.map(({ exited }) => exited));

  assert.deepEqual(door.refusals, Array(4).fill('MPE_INGEST_ENCODER_CONNECTION_DENIED'));
  assert.deepEqual(door.connections, []);
});

test('an encoder that comes back is let in at once', { skip }, async () => {
  const door = recordingDoor();
  await using ingest = await openIngest(door);
  const { endpoints } = await ingest.listen(EVENT);

  for (const [index, { url, protocol }] of endpoints.entries()) {
    {
      await using _first = sendFeed(feed, url);
      await door.until(() => (door.connections[2 * index]?.tracks[0]?.samples.length ?? 0) > 10);
    }
    await using _second = sendFeed(feed, url);
    await door.until(() => (door.connections[2 * index + 1]?.tracks[0]?.samples.length ?? 0) > 10, 8000);
    assert.ok(door.connections[2 * index + 1]!.request.ingestUrl.startsWith(protocol.toLowerCase()));
  }
});

test('an event that stops sends its encoders away and frees its ports', { skip }, async () => {
  const door = recordingDoor();
  await using ingest = await openIngest(door);
  const first = await ingest.listen(EVENT);
  const senders = first.endpoints.map(({ url }) => sendFeed(feed, url));
  await door.until(() => door.connections.length === 4);

  await first.close();
  const again = await ingest.listen(EVENT);

  assert.deepEqual(
    door.connections.map(({ end }) => end),
    Array(4).fill('MPI_REST_API_CHANNEL_STOP'),
  );
  assert.deepEqual(again.endpoints, first.endpoints);
  await Promise.all(senders.map((sender) => sender[Symbol.asyncDispose]()));
});

test('listening moves to another address with the ports that encoders know, and back when that cannot be', async () => {
  const door = recordingDoor({ tokens: [EVENT.accessToken] });
  await using ingest = await openIngest(door);
  const listening = await ingest.listen(EVENT);
  const before = listening.endpoints.map(({ url }) => url);
  const tcp = Number(new URL(before[2] ?? '').port);

  await ingest.setHost('127.0.0.2');
  assert.deepEqual(
    listening.endpoints.map(({ url }) => url),
    before.map((url) => url.replace('127.0.0.1', '127.0.0.2')),
  );
  await assert.rejects(ingest.setHost('192.0.2.1'), { code: 'service/port-refused' });

  assert.deepEqual([await answers('127.0.0.1', tcp), await answers('127.0.0.2', tcp)], [false, true]);
  assert.equal(ingest.port, Number(new URL(before[0] ?? '').port));
  await listening.close();
  assert.equal(await answers('127.0.0.2', tcp), false);
});

test('nobody who sends is cut off when listening is to move: that waits until the last one has gone', {
  skip,
}, async () => {
  const door = recordingDoor({ tokens: [EVENT.accessToken] });
  await using ingest = await openIngest(door);
  const listening = await ingest.listen(EVENT);
  const [srt] = listening.endpoints;
  const sender = sendFeed(feed, srt?.url ?? '');
  await door.until(({ connections }) => connections.length === 1);

  await ingest.setHost('127.0.0.2');
  assert.equal(listening.endpoints[0]?.url, srt?.url);
  assert.equal((await sender.exited).code, 0);
  await door.until(isOver(1));
  assertSame(door.connections[0]!, feed, 45);
  while (listening.endpoints[0]?.url === srt?.url) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  assert.match(listening.endpoints[0]?.url ?? '', /^srt:\/\/127\.0\.0\.2:/);
});

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
