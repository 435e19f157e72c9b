import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  languageOf,
  parseProgramAssociations,
  parseProgramMap,
  registrationOf,
} from '../../../../src-main/media/mpegts/program-tables.ts';
import { createSectionReader } from '../../../../src-main/media/mpegts/sections.ts';
import { createTsSplitter, isWholePackets, type TsPacket } from '../../../../src-main/media/mpegts/ts-packet.ts';
import {
  registration,
  transportWriter,
  writePacket,
  writePat,
  writePmt,
  writeTable,
} from '../../../support/transport-stream.ts';
import { assertRefused, concat, fromHex, toHex } from '../sample-media.ts';

/** `count` packets of one PID, their payloads told apart by their first byte. */
function packets(count: number): Uint8Array {
  return concat(
    ...Array.from({ length: count }, (_, index) =>
      writePacket(256, false, index & 15, new Uint8Array(184).fill(index)),
    ),
  );
}

function payloads(found: readonly TsPacket[]): readonly (number | undefined)[] {
  return found.map(({ payload }) => payload?.[0]);
}

test('packets are found however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 12, maxLength: 12 }), (cuts) => {
      const stream = packets(6);
      const splitter = createTsSplitter();
      const found: TsPacket[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        found.push(...splitter.push(stream.subarray(at, at + cut)));
        at += cut;
      }

      assert.deepEqual(payloads(found), [0, 1, 2, 3, 4, 5]);
      assert.equal(splitter.strayBytes(), 0);
    }),
  );
});

test('bytes between packets are passed over and counted, sync bytes among them too', () => {
  const splitter = createTsSplitter();
  const stray = Uint8Array.of(1, 0x47, 2, 0x47, 0x47);

  const found = splitter.push(concat(packets(2), stray, packets(3)));

  assert.deepEqual(payloads(found), [0, 1, 0, 1, 2]);
  assert.equal(splitter.strayBytes(), stray.length);
});

test('a packet that ends in the middle costs no more than itself and the next', () => {
  const splitter = createTsSplitter();
  const stream = packets(6);

  const found = splitter.push(concat(stream.subarray(0, 188 + 100), stream.subarray(2 * 188)));

  assert.deepEqual(payloads(found), [0, 1, 3, 4, 5]);
});

test('what is damaged, scrambled or has no payload has none', () => {
  const [damaged, scrambled, empty] = [1, 2, 3].map((index) => writePacket(256, true, index, new Uint8Array(184)));
  damaged![1] = damaged![1]! | 0x80;
  scrambled![3] = scrambled![3]! | 0xc0;
  empty![3] = 0x20;
  empty![4] = 183;

  const found = createTsSplitter().push(concat(damaged!, scrambled!, empty!, packets(1)));

  assert.deepEqual(payloads(found), [undefined, undefined, undefined, 0]);
});

test('a datagram of whole packets is told from others', () => {
  assert.ok(isWholePackets(packets(7)));
  assert.ok(!isWholePackets(packets(7).subarray(1)));
  assert.ok(!isWholePackets(new Uint8Array(188)));
  assert.ok(!isWholePackets(new Uint8Array()));
});

function sectionsOf(stream: Uint8Array): readonly Uint8Array[] {
  const reader = createSectionReader();
  return createTsSplitter()
    .push(stream)
    .flatMap((packet) => [...reader.push(packet)]);
}

test('sections over several packets, and several in one, are put together', () => {
  const long = writeTable(0x40, 1, 0, new Uint8Array(900).fill(7));
  const [short, shorter] = [writePat([[1, 256]]), writePat([])];
  const writer = transportWriter();
  writer.section(20, long);
  writer.section(20, concat(short, shorter));

  assert.deepEqual(sectionsOf(writer.bytes()).map(toHex), [long, short, shorter].map(toHex));
});

test('a section that begins behind the end of another is found by its pointer', () => {
  const first = writeTable(0x40, 1, 0, new Uint8Array(200));
  const second = writePat([[1, 256]]);
  const rest = first.subarray(183);
  const stream = concat(
    writePacket(20, true, 0, concat(Uint8Array.of(0), first.subarray(0, 183))),
    writePacket(20, true, 1, concat(Uint8Array.of(rest.length), rest, second)),
  );

  assert.deepEqual(sectionsOf(stream).map(toHex), [first, second].map(toHex));
});

test('a section of which a packet is missing or a bit is wrong is left out, the next one is not', () => {
  const long = writeTable(0x40, 1, 0, new Uint8Array(900).fill(7));
  const writer = transportWriter();
  writer.section(20, long);
  writer.section(20, long);
  const stream = writer.bytes();
  const withoutOne = concat(stream.subarray(0, 188), stream.subarray(2 * 188));
  const withWrongBit = stream.slice();
  withWrongBit[188 + 50] = 0;
  const withOneTwice = concat(stream.subarray(0, 2 * 188), stream.subarray(188));

  assert.equal(sectionsOf(withoutOne).length, 1);
  assert.equal(sectionsOf(withWrongBit).length, 1);
  assert.equal(sectionsOf(withOneTwice).length, 2);
});

test('the programmes of a PAT are read without the network table', () => {
  assert.deepEqual(
    parseProgramAssociations(
      writePat([
        [0, 16],
        [1, 4096],
        [2, 4097],
      ]),
    ),
    [
      { number: 1, mapPid: 4096 },
      { number: 2, mapPid: 4097 },
    ],
  );
});

test('a map is read with its streams, languages and registrations', () => {
  const language = fromHex('0a04' + '64657500');
  const section = writePmt(
    [
      { type: 0x1b, pid: 256 },
      { type: 0x0f, pid: 257, descriptors: language },
      { type: 0x86, pid: 500 },
    ],
    { number: 7, descriptors: registration('CUEI') },
  );

  const program = parseProgramMap(section)!;

  assert.equal(program.number, 7);
  assert.equal(program.clockPid, 256);
  assert.equal(registrationOf(program.descriptors), 'CUEI');
  assert.deepEqual(
    program.streams.map((stream) => [stream.type, stream.pid, languageOf(stream)]),
    [
      [0x1b, 256, undefined],
      [0x0f, 257, 'deu'],
      [0x86, 500, undefined],
    ],
  );
});

test('tables of another kind, and those that are not in force yet, are no tables', () => {
  const later = writePat([[1, 256]]);
  later[5] = later[5]! & ~1;

  assert.equal(parseProgramAssociations(later), undefined);
  assert.equal(parseProgramAssociations(writePmt([])), undefined);
  assert.equal(parseProgramMap(writePat([])), undefined);
});

test('a map whose descriptors do not fit is refused', () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [writeTable(2, 1, 0, fromHex('e100' + 'f0ff' + '00')), /ends in the middle of a field/],
    [writeTable(2, 1, 0, fromHex('e100' + 'f002' + '0505')), /descriptor that reaches beyond its loop/],
    [writeTable(2, 1, 0, fromHex('e100' + 'f000' + '1be100ffff')), /ends in the middle of a field/],
  ];
  for (const [section, message] of cases) {
    assertRefused(() => parseProgramMap(section), message);
  }
  assertRefused(() => parseProgramMap(fromHex('02b00900010100')), /PMT .* has 7 bytes/);
});
