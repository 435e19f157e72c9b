import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSender, type Sender } from '../../../../src-main/core/ingest/transport-stream/sender.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import { parseAvcDecoderConfig } from '../../../../src-main/media/codecs/avc.ts';
import { joinAnnexB } from '../../../../src-main/media/codecs/nal-units.ts';
import { type SpliceCommand } from '../../../../src-main/media/scte35/splice-command.ts';
import { spliceInfo, writeSpliceInfo } from '../../../../src-main/media/scte35/splice-info.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';
import { type RecordingDoor, recordingDoor } from '../../../support/recording-door.ts';
import {
  type PlannedStream,
  registration,
  type TransportWriter,
  transportWriter,
  writePat,
  writePmt,
} from '../../../support/transport-stream.ts';
import { AVC_CONFIG, fromHex } from '../../media/sample-media.ts';

const VIDEO = { type: 0x1b, pid: 256 };
const SOUND = { type: 0x0f, pid: 257 };
const CUES = { type: 0x86, pid: 500 };
const { sps, pps } = parseAvcDecoderConfig(AVC_CONFIG);

type Rig = {
  readonly door: RecordingDoor;
  readonly clock: ManualClock;
  readonly sender: Sender;
  readonly hungUp: unknown[];
};

function open(door = recordingDoor()): Rig {
  const clock = manualClock();
  const hungUp: unknown[] = [];
  const sender = openSender({
    door,
    clock,
    logger: silentLogger,
    limits: { idleMs: 30_000, startMs: 20_000 },
    request: {
      accessToken: 't',
      streamName: 'main',
      ingestUrl: 'tcp://host:1',
      peer: { address: '192.0.2.1', port: 9 },
    },
    hangUp: (reason) => hungUp.push(reason),
  });
  assert.ok(!(sender instanceof AppError));
  return { door, clock, sender, hungUp };
}

function begun(streams: readonly PlannedStream[]): TransportWriter {
  const writer = transportWriter();
  writer.section(0, writePat([[1, 4096]]));
  writer.section(4096, writePmt(streams));
  return writer;
}

function picture(writer: TransportWriter, dts: number, isKey = true): void {
  const nals = isKey ? [fromHex('09f0'), ...sps, ...pps, fromHex('658801')] : [fromHex('09f0'), fromHex('419a01')];
  writer.pes(VIDEO.pid, { pts: dts }, joinAnnexB(nals));
}

function sound(writer: TransportWriter, pts: number): void {
  writer.pes(SOUND.pid, { pts, streamId: 0xc0 }, fromHex('fff14c800' + '41ffc' + '00'.repeat(25)));
}

function codeOf(end: unknown): unknown {
  return end instanceof AppError ? end.code : end;
}

const INSERT: SpliceCommand = {
  kind: 'insert',
  eventId: 7,
  event: {
    outOfNetwork: true,
    where: { kind: 'program', time: { ticks: 900_000 } },
    breakDuration: undefined,
    uniqueProgramId: 0,
    availNumber: 0,
    availsExpected: 0,
  },
};

test('tracks are announced together, in the order of the map, when all are there', () => {
  const { door, sender } = open();
  const writer = begun([SOUND, VIDEO]);
  sound(writer, 90_000);
  sound(writer, 91_920);
  sender.push(writer.bytes());
  const before = door.connections[0]!.tracks.length;
  const next = transportWriter();
  picture(next, 90_000);
  picture(next, 93_000);
  sender.push(next.bytes());

  const { tracks } = door.connections[0]!;
  assert.equal(before, 0);
  assert.deepEqual(
    tracks.map(({ track, samples }) => [track.description.kind, samples.length]),
    [
      ['audio', 2],
      ['video', 1],
    ],
  );
});

test('a sound that never comes is not waited for longer than two seconds, and announced when it comes', () => {
  const { door, sender } = open();
  const writer = begun([VIDEO, SOUND]);
  for (let index = 0; index < 62; index += 1) {
    picture(writer, index * 3000);
  }
  sender.push(writer.bytes());
  const before = door.connections[0]!.tracks.length;
  const next = transportWriter();
  for (let index = 0; index < 3; index += 1) {
    next.pes(VIDEO.pid, { pts: (62 + index) * 3000 }, joinAnnexB([fromHex('09f0'), fromHex('419a01')]));
  }
  sender.push(aligned(next, 62));
  const after = door.connections[0]!.tracks.length;
  const late = transportWriter();
  sound(late, 200_000);
  sender.push(late.bytes());

  assert.deepEqual([before, after, door.connections[0]!.tracks.length], [0, 1, 2]);
  assert.equal(door.connections[0]!.tracks[0]!.samples[0]!.decodeTime, 0n);
});

/** The counter of the one PID in it goes on behind `count` packets. */
function aligned(writer: TransportWriter, count: number): Uint8Array {
  const bytes = writer.bytes().slice();
  for (let at = 0; at < bytes.length; at += 188) {
    bytes[at + 3] = (bytes[at + 3]! & 0xf0) | ((bytes[at + 3]! + count) & 0x0f);
  }
  return bytes;
}

test('a stream whose picture or sound cannot be taken is turned away, naming the codec', () => {
  const cases: readonly (readonly [readonly PlannedStream[], RegExp])[] = [
    [[VIDEO, { type: 0x03, pid: 300 }], /The audio of the transport stream is MPEG audio \(MP2 or MP3\)/],
    [[{ type: 0x02, pid: 300 }, SOUND], /The video of the transport stream is MPEG-2\. Set the encoder to H\.264/],
    [[VIDEO, { type: 0x11, pid: 300 }], /AAC in LATM/],
  ];
  for (const [streams, words] of cases) {
    const { door, sender, hungUp } = open();

    sender.push(begun(streams).bytes());

    const { end } = door.connections[0]!;
    assert.ok(end instanceof AppError);
    assert.equal(end.code, 'MPE_INGEST_CODEC_NOT_SUPPORTED');
    assert.match(end.message, words);
    assert.deepEqual(hungUp, [end]);
  }
});

test('a second sound of a codec that is not taken is left out', () => {
  const { door, sender } = open();
  const writer = begun([VIDEO, SOUND, { type: 0x81, pid: 300, descriptors: registration('AC-3') }]);
  picture(writer, 0);
  picture(writer, 3000);
  sound(writer, 0);
  sender.push(writer.bytes());

  assert.equal(door.connections[0]!.end, undefined);
  assert.equal(door.connections[0]!.tracks.length, 2);
});

test('what the door does not take ends the connection with its reason', () => {
  const refusal = new AppError(
    'MPE_INGEST_MEDIA_QUALITIES_EXCEEDED',
    'The live event has as many tracks as it takes.',
  );
  const door = recordingDoor({
    onTrack: () => {
      throw refusal;
    },
  });
  const { sender, hungUp } = open(door);
  const writer = begun([VIDEO]);
  picture(writer, 0);
  picture(writer, 3000);
  sender.push(writer.bytes());
  sender.push(writer.bytes());
  sender.end('MPE_CLIENT_DISCONNECTED');

  assert.equal(door.connections[0]!.end, refusal);
  assert.deepEqual(hungUp, [refusal]);
});

test('cues come on the clock of the pictures, also those from before the first; heartbeats and broken ones do not come', () => {
  const { door, sender } = open();
  const writer = begun([VIDEO, CUES]);
  const [early, immediate] = [
    writeSpliceInfo({ ...spliceInfo(INSERT), ptsAdjustment: 90_000 }),
    writeSpliceInfo(spliceInfo({ kind: 'time-signal', time: { ticks: undefined } })),
  ];
  const broken = writeSpliceInfo(spliceInfo({ kind: 'other', type: 5, bytes: fromHex('00') }));
  writer.section(500, early);
  picture(writer, 2 ** 33 - 3000);
  picture(writer, 0);
  writer.section(500, writeSpliceInfo(spliceInfo({ kind: 'null' })));
  writer.section(500, broken);
  writer.section(500, immediate);
  sender.push(writer.bytes());

  const cues = door.connections[0]!.cues.map(({ id, time, duration, message }) => ({
    id,
    time,
    duration,
    message,
  }));
  assert.deepEqual(cues[0], {
    id: '7',
    time: { ticks: BigInt(2 ** 33 + 990_000), timescale: 90_000 },
    duration: undefined,
    message: early,
  });
  assert.equal(cues.length, 2);
  assert.equal(cues[1]!.time, undefined);
  assert.deepEqual(cues[1]!.message, immediate);
});

test('a sender that sends no transport stream is sent away, and one that sends nothing', () => {
  const noise = open();
  noise.sender.push(new Uint8Array(5000).fill(7));
  noise.clock.advance(15_000);
  noise.sender.push(new Uint8Array(5000).fill(7));
  noise.clock.advance(4999);
  assert.deepEqual(noise.hungUp, []);
  noise.clock.advance(1);

  const silent = open();
  const writer = begun([VIDEO]);
  picture(writer, 0);
  picture(writer, 3000);
  silent.sender.push(writer.bytes());
  silent.clock.advance(30_000);

  assert.equal(codeOf(noise.door.connections[0]!.end), 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED');
  assert.equal(codeOf(silent.door.connections[0]!.end), 'MPE_RTMP_SESSION_IDLE_TIMEOUT');
  assert.equal(noise.clock.pending() + silent.clock.pending(), 0);
});

test('who is sent away by the event is hung up on, and the door hears nothing more', () => {
  const { door, sender, hungUp } = open();

  door.connections[0]!.request.disconnect('MPI_REST_API_CHANNEL_RESET');
  sender.push(begun([VIDEO]).bytes());
  sender.end('MPE_CLIENT_DISCONNECTED');

  assert.equal(door.connections[0]!.end, undefined);
  assert.deepEqual(hungUp, ['MPI_REST_API_CHANNEL_RESET']);
});

test('the last picture comes when the sender leaves', () => {
  const { door, sender } = open();
  const writer = begun([VIDEO]);
  [0, 3000, 6000].forEach((dts, index) => picture(writer, dts, index === 0));
  sender.push(writer.bytes());
  const before = door.connections[0]!.tracks[0]!.samples.length;

  sender.end('MPE_CLIENT_DISCONNECTED');

  assert.equal(before, 2);
  assert.equal(door.connections[0]!.tracks[0]!.samples.length, 3);
});

test('an encoder that begins its times anew is passed on as it is', () => {
  const { door, sender } = open();
  const writer = begun([VIDEO]);
  [900_000, 903_000, 9000, 12_000, 15_000].forEach((dts) => picture(writer, dts));
  sender.push(writer.bytes());

  assert.deepEqual(
    door.connections[0]!.tracks[0]!.samples.map(({ decodeTime, duration }) => [decodeTime, duration]),
    [
      [900_000n, 3000],
      [903_000n, 3000],
      [9000n, 3000],
      [12_000n, 3000],
    ],
  );
});
