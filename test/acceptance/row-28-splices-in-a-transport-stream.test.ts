import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { spliceInfo, writeSpliceInfo } from '../../src-main/media/scte35/splice-info.ts';
import { cueMpd, cuePlaylists, segmentAt, timescaleOf } from '../support/cue-views.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile } from '../support/senders.ts';
import { record, startEvent } from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';
import { withCues } from '../support/transport-stream.ts';

const SPLICES = 'urn:scte:scte35:2013:bin';
const PID = 500;
const PACKET_BYTES = 188;
const SECONDS = 24;
/** Where the encoder's times begin. */
const FIRST = 10;
const [OUT, BACK] = [7.5, 11.5];
const ADJUSTMENT = 7_000_000;
const CYCLE = 2 ** 33;
const ROUNDING = 0.002;

test('28: a splice in a transport stream is in HLS and DASH at its picture, and so is the way back', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'spliced', {
    input: { streamingProtocol: 'TransportStream', keyFrameIntervalDuration: 'PT1S' },
  });
  const published = await record(stage.lectern, 'spliced');
  const [out, back] = [section(true, FIRST + OUT), section(false, FIRST + BACK)];
  const plain = transportStream(
    await mediaFile({ seconds: SECONDS, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 }),
  );
  const packetAt = (seconds: number): number => Math.floor((plain.length / PACKET_BYTES) * (seconds / SECONDS));
  const stream = withCues(plain, PID, [
    { packet: packetAt(1), section: out },
    { packet: packetAt(1.5), section: writeSpliceInfo(spliceInfo({ kind: 'null' })) },
    { packet: packetAt(2), section: out },
    { packet: packetAt(6), section: back },
  ]);
  const address = event.input.endpoints.find(({ protocol }) => protocol === 'TCP')?.url ?? '';
  await using _sender = await sendInTime(address, stream);

  const playlists = await until(
    'the break is over',
    async () => {
      const found = await cuePlaylists(published.hls);
      const isOver = found.every(({ segments }) => {
        const [first, last] = [segments[0], segments.at(-1)];
        return first !== undefined && last !== undefined && last.end > first.start + BACK + 1;
      });
      return found.length === 2 && isOver ? found : undefined;
    },
    30_000,
  );

  const zero = playlists[0]?.segments[0]?.start ?? 0;
  const [start, end] = [zero + OUT, zero + BACK];
  for (const { ranges, map, segments } of playlists) {
    assert.equal(ranges.length, 1);
    const [range] = ranges;
    assertNear(range?.start, start);
    assertNear(range?.duration, end - start);
    assert.deepEqual(
      [range?.id, range?.out, range?.in, range?.command],
      ['9', base64(out), base64(back), undefined],
    );
    const timescale = await timescaleOf(map);
    const views = await Promise.all(segments.map(({ url }) => segmentAt(url, timescale)));
    for (const [bytes, applies] of [
      [out, start],
      [back, end],
    ] as const) {
      const carrying = views.filter(({ messages }) => messages.some(({ payload }) => payload.equals(bytes)));
      assert.equal(
        carrying.at(-1),
        views.findLast((view) => view.start <= applies + ROUNDING),
      );
      const own = carrying.flatMap(({ messages }) => messages).filter(({ payload }) => payload.equals(bytes));
      assert.ok(own.length >= 3 && own.every(({ scheme, value }) => scheme === SPLICES && value === `pid ${PID}`));
      own.forEach((message) => assertNear(message.start, applies));
    }
    const told = new Set(views.flatMap(({ messages }) => messages.map(({ payload }) => base64(payload))));
    assert.deepEqual(told, new Set([base64(out), base64(back)]), 'and nothing of what announces nothing');
  }
  const { events } = await cueMpd(published.dash);
  assert.deepEqual(
    events.map((shown) => [shown.value, shown.section]),
    [
      [`pid ${PID}`, base64(out)],
      [`pid ${PID}`, base64(back)],
    ],
  );
  assertNear(events[0]?.start, start);
  assertNear(events[1]?.start, end);
});

function assertNear(seconds: number | undefined, expected: number): void {
  assert.ok(Math.abs((seconds ?? Number.NaN) - expected) < ROUNDING, `${seconds} and not ${expected}`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Out of the programme, or back into it, at a time of the stream's clock, moved as those do who pass streams on. */
function section(outOfNetwork: boolean, seconds: number): Uint8Array {
  const info = spliceInfo({
    kind: 'insert',
    eventId: 9,
    event: {
      outOfNetwork,
      where: {
        kind: 'program',
        time: { ticks: (Math.round(seconds * 90_000) - ADJUSTMENT + CYCLE) % CYCLE },
      },
      breakDuration: undefined,
      uniqueProgramId: 1,
      availNumber: 0,
      availsExpected: 0,
    },
  });
  return writeSpliceInfo({ ...info, ptsAdjustment: ADJUSTMENT });
}

/** A file as an encoder's transport stream, its pictures from `FIRST` on. */
function transportStream(file: string): Uint8Array {
  const bytes = execFileSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-i', file, '-map', '0', '-c', 'copy', '-output_ts_offset', String(FIRST)],
      ...['-avoid_negative_ts', 'disabled', '-muxdelay', '0', '-muxpreload', '0', '-f', 'mpegts', 'pipe:1'],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return new Uint8Array(bytes);
}

/** Sends over TCP at the pace of an encoder. */
async function sendInTime(address: string, stream: Uint8Array): Promise<AsyncDisposable> {
  const { port } = new URL(address);
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const stop = new AbortController();
  const sending = send();

  async function send(): Promise<void> {
    const beganMs = performance.now();
    for (let at = 0; at < stream.length && !stop.signal.aborted; ) {
      const wanted = Math.floor(((performance.now() - beganMs) / 1000 / SECONDS) * stream.length);
      const to = Math.min(stream.length, wanted - (wanted % PACKET_BYTES));
      if (to > at) {
        socket.write(stream.subarray(at, to));
        at = to;
      }
      await wait(20);
    }
  }

  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await sending;
      socket.destroy();
    },
  };
}
