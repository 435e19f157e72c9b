import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStreamClock } from '../../../../src-main/media/mpegts/stream-clock.ts';
import { createTransportReader, type TransportEvent } from '../../../../src-main/media/mpegts/transport-reader.ts';
import { spliceInfo, writeSpliceInfo } from '../../../../src-main/media/scte35/splice-info.ts';
import { registration, transportWriter, writePat, writePmt } from '../../../support/transport-stream.ts';
import { concat } from '../sample-media.ts';

const VIDEO = { type: 0x1b, pid: 256 };
const SOUND = { type: 0x0f, pid: 257 };
const CUES = { type: 0x86, pid: 500 };

function read(...streams: readonly Uint8Array[]) {
  const events: TransportEvent[] = [];
  const reader = createTransportReader({
    isWanted: ({ type }) => type === VIDEO.type || type === SOUND.type,
    onEvent: (event) => events.push(event),
  });
  streams.forEach((stream) => reader.push(stream));
  return { events, reader };
}

function pes(events: readonly TransportEvent[]) {
  return events.flatMap((event) => (event.kind === 'pes' ? [{ pid: event.pid, ...event.packet }] : []));
}

function start(writer = transportWriter()) {
  writer.section(0, writePat([[1, 4096]]));
  writer.section(4096, writePmt([VIDEO, SOUND, CUES]));
  return writer;
}

test('packets come with their times, the 33rd bit too, those without length when the next begins', () => {
  const writer = start();
  const picture = new Uint8Array(1000).fill(9);
  writer.pes(256, { pts: 2 ** 33 - 1, dts: 2 ** 32 + 5, unbounded: true }, picture);
  writer.pes(257, { pts: 90_000, streamId: 0xc0 }, new Uint8Array(10));
  writer.pes(256, { unbounded: true }, picture);

  const { events, reader } = read(writer.bytes());

  assert.deepEqual(pes(events), [
    { pid: 257, pts: 90_000, dts: 90_000, randomAccess: false, data: new Uint8Array(10) },
    { pid: 256, pts: 2 ** 33 - 1, dts: 2 ** 32 + 5, randomAccess: false, data: picture },
  ]);
  reader.flush();
  assert.deepEqual(pes(events).at(-1), {
    pid: 256,
    pts: undefined,
    dts: undefined,
    randomAccess: false,
    data: picture,
  });
});

test('a packet of which a part is missing is left out and counted', () => {
  const writer = start();
  for (let index = 0; index < 3; index += 1) {
    writer.pes(256, { pts: index }, new Uint8Array(1000));
  }
  const stream = writer.bytes();
  const withoutOne = concat(stream.subarray(0, 188 * 10), stream.subarray(188 * 11));

  const { events, reader } = read(withoutOne);

  assert.deepEqual(
    pes(events).map(({ pts }) => pts),
    [0, 2],
  );
  assert.equal(reader.faults().lostPackets, 1);
});

test('sections of a cue stream come as they are, and of no stream that others mean by that type', () => {
  const section = writeSpliceInfo(spliceInfo({ kind: 'null' }));
  const foreign = { ...CUES, pid: 501, descriptors: registration('XYZ ') };
  const writer = transportWriter();
  writer.section(0, writePat([[1, 4096]]));
  writer.section(4096, writePmt([VIDEO, CUES, foreign]));
  writer.section(500, section);
  writer.section(501, section);

  const { events } = read(writer.bytes());

  assert.deepEqual(
    events.filter(({ kind }) => kind === 'section'),
    [{ kind: 'section', pid: 500, section }],
  );
});

test('the first programme with streams is read, and only that', () => {
  const writer = transportWriter();
  writer.section(
    0,
    writePat([
      [1, 4096],
      [2, 4097],
    ]),
  );
  writer.section(4097, writePmt([VIDEO], { number: 2 }));
  writer.section(4096, writePmt([SOUND], { number: 1 }));
  writer.pes(256, { pts: 1 }, new Uint8Array(5));
  writer.pes(257, { pts: 1 }, new Uint8Array(5));

  const { events } = read(writer.bytes());

  assert.deepEqual(
    events.map((event) => (event.kind === 'program' ? event.program.number : event.kind)),
    [2, 'pes'],
  );
});

test('a map is told of once, and again when it changes', () => {
  const writer = start();
  start(writer);
  writer.section(4096, writePmt([VIDEO], { version: 1 }));

  const { events } = read(writer.bytes());

  assert.deepEqual(
    events.map((event) => event.kind === 'program' && event.program.streams.length),
    [3, 1],
  );
});

test('a packet of 20 MB is given up, and takes no more memory than is allowed', () => {
  const writer = start();
  writer.pes(256, { pts: 1, unbounded: true }, new Uint8Array(20 * 1024 * 1024));
  writer.pes(256, { pts: 2 }, new Uint8Array(5));

  const { events, reader } = read(writer.bytes());

  assert.deepEqual(
    pes(events).map(({ pts }) => pts),
    [2],
  );
  assert.equal(reader.faults().lostPackets, 1);
});

test('a table that cannot be understood is counted, and the stream goes on', () => {
  const writer = transportWriter();
  const broken = writePmt([{ ...VIDEO, descriptors: Uint8Array.of(5, 200) }]);
  writer.section(0, writePat([[1, 4096]]));
  writer.section(4096, broken);
  writer.section(4096, writePmt([VIDEO]));

  const { events, reader } = read(writer.bytes());

  assert.equal(events.length, 1);
  assert.equal(reader.faults().badTables, 1);
});

test('times go on where the 33 bits begin anew, forward and back', () => {
  const clock = createStreamClock();
  const cycle = 2 ** 33;

  assert.equal(clock.near(5), undefined);
  assert.equal(clock.follow(cycle - 100), BigInt(cycle - 100));
  assert.equal(clock.near(50), BigInt(cycle + 50));
  assert.equal(clock.follow(50), BigInt(cycle + 50));
  assert.equal(clock.follow(cycle - 10), BigInt(cycle - 10));
  assert.equal(clock.follow(20), BigInt(cycle + 20));
});

test('the clock goes on for a year', () => {
  const clock = createStreamClock();
  const step = 2 ** 31;
  let time = 0n;
  for (let index = 0; index < 1200; index += 1) {
    time = clock.follow((index * step) % 2 ** 33);
  }

  assert.equal(time, 1199n * BigInt(step));
});
