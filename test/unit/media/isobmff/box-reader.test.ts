import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { assertRefused, fromHex, written } from '../sample-media.ts';

test('a box that reaches beyond its parent is refused and named with its place', () => {
  const bytes = written((writer) => {
    writer.box('free', () => writer.zeros(4));
    writer.box('moof', () => {
      writer.u32(17);
      writer.fourCc('traf');
      writer.u64(0);
    });
    writer.zeros(16);
  });
  const [, moof] = [...readBoxes(bytes, 1000).children()].slice(0, 2);
  assert(moof !== undefined);

  assertRefused(() => moof.child(), /traf at byte 1020 of 17 bytes reaches beyond its moof/);
});

test('a box smaller than its header is refused', () => {
  assertRefused(
    () => readBoxes(fromHex('0000000466726565')).child(),
    /free at byte 0 has size 4, less than its header/,
  );
  assertRefused(
    () => readBoxes(fromHex('0000000166726565' + '000000000000000f')).child(),
    /free at byte 0 has size 15, less than its header/,
  );
});

test('a size of 0 reaches to the end of a file and is refused inside a box', () => {
  const bytes = written((writer) => {
    writer.box('moov', () => {
      writer.u32(0);
      writer.fourCc('trak');
      writer.zeros(4);
    });
    writer.u32(0);
    writer.fourCc('mdat');
    writer.zeros(5);
  });
  const [moov, mdat] = [...readBoxes(bytes).children()];

  assert.deepEqual([mdat?.type, mdat?.size, mdat?.remaining], ['mdat', 13, 5]);
  assertRefused(() => moov?.child(), /trak at byte 8 has size 0/);
});

test('a 64-bit size is read, and refused when no file is that long', () => {
  const small = fromHex('000000016d646174' + '0000000000000012' + 'aabb');
  const huge = fromHex('000000016d646174' + 'ffffffffffffffff' + 'aabb');

  const mdat = readBoxes(small).child();

  assert.deepEqual([mdat?.size, mdat?.bodyOffset, mdat?.remaining], [18, 16, 2]);
  assertRefused(() => readBoxes(huge).child(), /reaches beyond its file/);
  assertRefused(() => readBoxes(small.subarray(0, 12)).child(), /ends too early for the size/);
});

test('boxes nested deeper than 16 levels are refused', () => {
  const depth = 3000;
  const bytes = written((writer) => {
    for (let level = 0; level < depth; level += 1) {
      writer.u32(8 * (depth - level));
      writer.fourCc('moof');
    }
  });
  let box = readBoxes(bytes);

  assertRefused(() => {
    for (let level = 0; level < depth; level += 1) {
      box = box.require('moof');
    }
  }, /moof at byte 120 is nested deeper than 16 levels/);
});

test('left-over bytes that are no box are refused', () => {
  assertRefused(
    () => [...readBoxes(fromHex('0000000866726565' + '000000')).children()],
    /file at byte 0 ends 5 bytes/,
  );
});

test('a field is never read beyond the end of its box', () => {
  const bytes = fromHex('0000000b66726565' + 'aabbcc' + 'dddddddddddddddd');

  for (const read of ['u32', 'i32', 'u64', 'i64', 'fourCc', 'fixed16_16'] as const) {
    assertRefused(() => readBoxes(bytes).require('free')[read](), /free at byte 0 ends in the middle of a field/);
  }
  assertRefused(() => readBoxes(bytes).require('free').bytes(4), /ends in the middle/);
  assert.deepEqual(readBoxes(bytes).require('free').bytes(3), fromHex('aabbcc'));
});

test('an entry count is refused before anybody could loop over it', () => {
  const box = readBoxes(fromHex('0000001073747473' + 'ffffffff' + '00000000')).require('stts');

  assertRefused(() => box.entryCount(8), /says 4294967295 entries and has room for 0/);
});

test('find looks ahead without moving, and skips what it does not know', () => {
  const bytes = written((writer) => {
    writer.box('uuid', () => writer.zeros(20));
    writer.box('free', () => undefined);
    writer.box('moov', () => writer.u8(42));
  });
  const file = readBoxes(bytes);

  assert.equal(file.find('moov')?.u8(), 42);
  assert.equal(file.find('moof'), undefined);
  assert.deepEqual(
    [...file.children()].map(({ type, offset, size }) => [type, offset, size]),
    [
      ['uuid', 0, 28],
      ['free', 28, 8],
      ['moov', 36, 9],
    ],
  );
  assertRefused(() => readBoxes(bytes).require('mdat'), /file at byte 0 has no mdat/);
});

test('a version that is not known is unsupported, not malformed', () => {
  const box = readBoxes(fromHex('0000000c74666474' + '02000000')).require('tfdt');

  assertRefused(() => box.fullBox(1), /tfdt at byte 0 has version 2; up to 1 is known/, 'media/unsupported');
});

test('a string ends at its zero byte, at the end of the box, or is refused when it is absurd', () => {
  const terminated = readBoxes(fromHex('0000000b66726565' + '616200')).require('free');
  const open = readBoxes(fromHex('0000000a66726565' + '6162')).require('free');
  const absurd = written((writer) => writer.box('free', () => writer.bytes(new Uint8Array(5000).fill(0x61))));

  assert.deepEqual([terminated.text(), terminated.remaining], ['ab', 0]);
  assert.deepEqual([open.text(), open.text(), open.remaining], ['ab', '', 0]);
  assertRefused(() => readBoxes(absurd).require('free').text(), /string of more than 4096 bytes/);
});

test('a box name that is not text is shown as hexadecimal', () => {
  assert.equal(readBoxes(fromHex('00000008' + '0a1b5b4d')).child()?.type, '0x0a1b5b4d');
});
