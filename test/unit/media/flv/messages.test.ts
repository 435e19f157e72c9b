import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitAggregate } from '../../../../src-main/media/flv/aggregate-message.ts';
import { parseAudioMessage } from '../../../../src-main/media/flv/audio-message.ts';
import { parseVideoMessage } from '../../../../src-main/media/flv/video-message.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { flv } from '../../../support/rtmp-client.ts';

const codec =
  (name: string) =>
  (error: unknown): boolean =>
    error instanceof AppError && error.code === 'MPE_INGEST_CODEC_NOT_SUPPORTED' && error.message.includes(name);
const malformed = (error: unknown): boolean => error instanceof AppError && error.code === 'media/malformed';

function enhanced(first: number, fourCc: string, ...rest: readonly number[]): Buffer {
  return Buffer.concat([Buffer.of(first), Buffer.from(fourCc, 'latin1'), Buffer.from(rest)]);
}

test('a composition time is signed', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }), fc.boolean(), (compositionMs, key) => {
      const message = parseVideoMessage(flv.avcFrame({ key, compositionMs }));

      assert(message.kind === 'frame');
      assert.equal(message.compositionMs, compositionMs);
      assert.equal(message.isKey, key);
    }),
  );
});

test('H.264 under its FourCC is taken as under its number', () => {
  const config = parseVideoMessage(enhanced(0x90, 'avc1', 1, 2, 3));
  const frame = parseVideoMessage(enhanced(0x91, 'avc1', 0xff, 0xff, 0xfe, 9));
  const withoutComposition = parseVideoMessage(enhanced(0xa3, 'avc1', 9));
  const end = parseVideoMessage(enhanced(0x92, 'avc1'));
  const colour = parseVideoMessage(enhanced(0x94, 'avc1', 2, 0));

  assert.deepEqual(config, { kind: 'config', bytes: Buffer.of(1, 2, 3) });
  assert.deepEqual(frame, { kind: 'frame', isKey: true, compositionMs: -2, bytes: Buffer.of(9) });
  assert.deepEqual(withoutComposition, { kind: 'frame', isKey: false, compositionMs: 0, bytes: Buffer.of(9) });
  assert.deepEqual(end, { kind: 'end' });
  assert.deepEqual(colour, { kind: 'nothing' });
});

test('modifiers in front of the packet type are passed over', () => {
  const short = Buffer.concat([Buffer.of(0x97, 2, 0, 0, 9, 0x01), Buffer.from('avc1'), Buffer.of(0, 0, 5, 7)]);
  const long = Buffer.concat([
    Buffer.of(0x97, 0xff, 0x01, 0x00),
    Buffer.alloc(257),
    Buffer.of(0x01),
    Buffer.from('avc1'),
    Buffer.of(0, 0, 5, 7),
  ]);

  for (const payload of [short, long]) {
    assert.deepEqual(parseVideoMessage(payload), {
      kind: 'frame',
      isKey: true,
      compositionMs: 5,
      bytes: Buffer.of(7),
    });
  }
});

test('other codecs are refused by name', () => {
  assert.throws(() => parseVideoMessage(enhanced(0x90, 'hvc1', 1)), codec('H.265'));
  assert.throws(() => parseVideoMessage(enhanced(0x90, 'av01', 1)), codec('AV1'));
  assert.throws(() => parseVideoMessage(enhanced(0x90, 'vp09', 1)), codec('VP9'));
  assert.throws(() => parseVideoMessage(enhanced(0x90, 'zz\x07\xff', 1)), codec('zz??'));
  assert.throws(() => parseVideoMessage(Buffer.of(0x1c, 0, 0, 0, 0, 1)), codec('H.265'));
  assert.throws(() => parseVideoMessage(Buffer.of(0x12, 0)), codec('Sorenson'));
  assert.throws(() => parseVideoMessage(enhanced(0x96, 'avc1', 1)), codec('several tracks'));
  assert.throws(() => parseAudioMessage(Buffer.of(0x2f, 0)), codec('MP3'));
  assert.throws(() => parseAudioMessage(Buffer.of(0xb2, 0)), codec('Speex'));
  assert.throws(() => parseAudioMessage(enhanced(0x90, 'Opus', 1)), codec('Opus'));
  assert.throws(() => parseAudioMessage(enhanced(0x95, 'mp4a', 1)), codec('several tracks'));
});

test('AAC is taken under its number and under its FourCC', () => {
  assert.deepEqual(parseAudioMessage(flv.aacConfig()), { kind: 'config', bytes: Buffer.of(0x11, 0x90) });
  assert.deepEqual(parseAudioMessage(enhanced(0x90, 'mp4a', 0x11, 0x90)), {
    kind: 'config',
    bytes: Buffer.of(0x11, 0x90),
  });
  assert.deepEqual(parseAudioMessage(enhanced(0x91, 'mp4a', 5)), { kind: 'frame', bytes: Buffer.of(5) });
});

test('empty messages, commands and ends say nothing', () => {
  for (const payload of [[], [0x57, 0], [0x17, 1, 0, 0, 0], [0xd1]]) {
    assert.deepEqual(parseVideoMessage(Buffer.from(payload)), { kind: 'nothing' });
  }
  assert.deepEqual(parseAudioMessage(Buffer.of()), { kind: 'nothing' });
  assert.deepEqual(parseAudioMessage(Buffer.of(0xaf, 1)), { kind: 'nothing' });
  assert.deepEqual(parseVideoMessage(Buffer.of(0x17, 2, 0, 0, 0)), { kind: 'end' });
});

test('messages that are cut short are refused', () => {
  assert.throws(() => parseVideoMessage(Buffer.of(0x17, 1, 0)), malformed);
  assert.throws(() => parseVideoMessage(enhanced(0x91, 'avc1', 0)), malformed);
  assert.throws(() => parseVideoMessage(Buffer.of(0x97, 9, 0)), malformed);
  assert.throws(() => parseVideoMessage(Buffer.of(0x90, 0x61)), malformed);
  assert.throws(() => parseAudioMessage(Buffer.of(0xaf)), malformed);
  assert.throws(() => parseAudioMessage(Buffer.of(0x90, 0x61)), malformed);
});

test('any payload is read or refused, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(0xffff_ffff), (payload, timestamp) => {
      for (const parse of [
        parseVideoMessage,
        parseAudioMessage,
        (bytes: Uint8Array) => splitAggregate(bytes, timestamp),
      ]) {
        try {
          parse(payload);
        } catch (error) {
          assert(error instanceof AppError);
          assert(error.code === 'media/malformed' || error.code === 'MPE_INGEST_CODEC_NOT_SUPPORTED');
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test('an aggregate message holds messages whose times count from the first', () => {
  const part = (type: number, time: number, body: string): Buffer => {
    const header = Buffer.alloc(11);
    header.writeUInt8(type, 0);
    header.writeUIntBE(body.length, 1, 3);
    header.writeUIntBE(time & 0xff_ffff, 4, 3);
    header.writeUInt8(time >>> 24, 7);
    return Buffer.concat([header, Buffer.from(body), Buffer.alloc(4)]);
  };

  const messages = splitAggregate(
    Buffer.concat([part(8, 0xff_ffff, 'one'), part(9, 0x100_0014, 'two')]),
    0xffff_fff0,
  );

  assert.deepEqual(
    messages.map(({ type, timestamp, payload }) => ({ type, timestamp, text: Buffer.from(payload).toString() })),
    [
      { type: 8, timestamp: 0xffff_fff0, text: 'one' },
      { type: 9, timestamp: 5, text: 'two' },
    ],
  );
});
