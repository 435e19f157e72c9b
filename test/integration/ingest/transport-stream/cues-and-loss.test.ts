import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../../src-main/base/clock.ts';
import { openTransportIngest } from '../../../../src-main/core/ingest/transport-stream/transport-ingest.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { spliceInfo, writeSpliceInfo } from '../../../../src-main/media/scte35/splice-info.ts';
import { openLossyRelay } from '../../../support/lossy-relay.ts';
import { memoryRows } from '../../../support/memory-rows.ts';
import { missingPrograms } from '../../../support/real-ffmpeg.ts';
import { recordingDoor } from '../../../support/recording-door.ts';
import { asTransportStream, H264, makeFeed, sendFeed } from '../../../support/transport-feed.ts';
import { withCues } from '../../../support/transport-stream.ts';

const skip = missingPrograms('ffmpeg');
const EVENT = { name: 'match', accessToken: '6f3c1c9e-7a0b-4c52-9f7e-0d6a6f3c1c9e' };
const CYCLE = 2 ** 33;

function spliceOut(eventId: number, ticks: number, ptsAdjustment: number): Uint8Array {
  const info = spliceInfo({
    kind: 'insert',
    eventId,
    event: {
      outOfNetwork: true,
      where: { kind: 'program', time: { ticks: (ticks - ptsAdjustment + CYCLE) % CYCLE } },
      breakDuration: { autoReturn: true, ticks: 30 * 90_000 },
      uniqueProgramId: 1,
      availNumber: 0,
      availsExpected: 0,
    },
  });
  return writeSpliceInfo({ ...info, ptsAdjustment });
}

/** Sends a stream over TCP as it is, and waits until all of it was taken. */
async function sendBytes(url: string, bytes: Uint8Array): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.end(bytes);
  await once(socket.resume(), 'close');
}

test('a cue in the stream arrives to the byte and on the times of the picture, also where those begin anew', {
  skip,
}, async () => {
  // The 33 bits run out 1.5 s after its start.
  const feed = await makeFeed(H264, CYCLE / 90_000 - 1.5);
  const beforeWrap = CYCLE - 45_000;
  const afterWrap = 90_000;
  const sections = [
    { packet: 5, section: spliceOut(1, beforeWrap, 0) },
    { packet: 40, section: spliceOut(2, afterWrap, 7_000_000) },
    { packet: 60, section: writeSpliceInfo(spliceInfo({ kind: 'null' })) },
    { packet: 150, section: spliceOut(2, afterWrap, 7_000_000) },
  ];
  const stream = withCues(await asTransportStream(feed), 500, sections);
  const door = recordingDoor();
  await using ingest = await openTransportIngest({
    door,
    clock: systemClock(),
    logger: silentLogger,
    host: '127.0.0.1',
    port: 0,
    givenPorts: memoryRows(),
  });
  const { endpoints } = await ingest.listen(EVENT);

  await sendBytes(endpoints.find(({ protocol }) => protocol === 'TCP')!.url, stream);
  await door.until(() => door.connections[0]?.end !== undefined);

  const { cues, tracks } = door.connections[0]!;
  const cue = (id: string, ticks: number, section: Uint8Array) => ({
    scheme: 'urn:scte:scte35:2013:bin',
    value: 'pid 500',
    id,
    time: { ticks: BigInt(ticks), timescale: 90_000 },
    duration: 30,
    message: section,
  });
  const [first, second] = [sections[0]!.section, sections[1]!.section];
  assert.deepEqual(cues, [
    cue('1', beforeWrap, first),
    cue('2', CYCLE + afterWrap, second),
    cue('2', CYCLE + afterWrap, second),
  ]);
  const [video, audio] = tracks.map(({ samples }) => samples);
  const shown = (samples: readonly Sample[]): readonly bigint[] =>
    samples.map(({ decodeTime, compositionOffset }) => decodeTime + BigInt(compositionOffset));
  assert.deepEqual(shown(video!), shown(feed.tracks[0]!.samples));
  const [firstFrame, lastFrame] = [audio![0]!.decodeTime, audio!.at(-1)!.decodeTime];
  assert.equal(lastFrame - firstFrame, BigInt(1024 * (audio!.length - 1)));
});

test('what the network loses of SRT is asked for again, and nothing is missing', {
  skip,
}, async () => {
  const feed = await makeFeed();
  const door = recordingDoor();
  await using ingest = await openTransportIngest({
    door,
    clock: systemClock(),
    logger: silentLogger,
    host: '127.0.0.1',
    port: 0,
    givenPorts: memoryRows(),
  });
  await ingest.listen(EVENT);
  await using relay = await openLossyRelay(ingest.port, 10);
  const query = `streamid=${EVENT.name}/main&passphrase=${EVENT.accessToken}&latency=2000000`;
  const url = `srt://127.0.0.1:${relay.port}?${query}`;

  await using sender = sendFeed(feed, url);
  await sender.exited;
  await door.until(() => door.connections[0]?.end !== undefined);

  assert.ok(relay.dropped() > 20, `${relay.dropped()} datagrams were lost`);
  // libsrt does not wait for what it has not sent when its caller closes: the end is not what is tested.
  const firstHalf = feed.tracks[0]!.samples.slice(0, 45);
  assert.deepEqual(
    door.connections[0]!.tracks[0]!.samples.slice(0, 45).map(({ data }) => Buffer.from(data).toString('base64')),
    firstHalf.map(({ data }) => Buffer.from(data).toString('base64')),
  );
});
