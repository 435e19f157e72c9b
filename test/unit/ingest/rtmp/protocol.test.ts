import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createRtmpProtocol,
  PUBLISHER_LIMITS,
  type RtmpMessage,
} from '../../../../src-main/core/ingest/rtmp/protocol.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const HANDSHAKE = Buffer.concat([Buffer.of(3), Buffer.alloc(2 * 1536)]);

function rig() {
  const messages: RtmpMessage[] = [];
  const output: Buffer[] = [];
  const protocol = createRtmpProtocol({
    onOutput: (bytes) => output.push(bytes),
    onMessage: (message) => messages.push(message),
  });
  return { protocol, messages, output };
}

/** One past its handshake. */
function opened() {
  const all = rig();
  all.protocol.push(HANDSHAKE);
  all.output.length = 0;
  return all;
}

type Chunk = {
  readonly format: 0 | 1 | 2 | 3;
  readonly stream: number;
  readonly time?: number;
  readonly length?: number;
  readonly type?: number;
  readonly body?: Uint8Array;
};

/** A chunk as RTMP 1.0 §5.3.1 writes it; a chunk stream's number takes as many bytes as it needs. */
function chunk({ format, stream, time = 0, length, type = 9, body = Buffer.alloc(0) }: Chunk): Buffer {
  const basic =
    stream < 64
      ? Buffer.of((format << 6) | stream)
      : stream < 320
        ? Buffer.of(format << 6, stream - 64)
        : Buffer.of((format << 6) | 1, (stream - 64) & 0xff, (stream - 64) >> 8);
  const header = Buffer.alloc([11, 7, 3, 0][format] ?? 0);
  const extended = Buffer.alloc(time >= 0xff_ffff ? 4 : 0);
  if (format < 3) {
    header.writeUIntBE(Math.min(time, 0xff_ffff), 0, 3);
  }
  if (format < 2) {
    header.writeUIntBE(length ?? body.length, 3, 3);
    header.writeUInt8(type, 6);
  }
  if (format === 0) {
    header.writeUInt32LE(1, 7);
  }
  if (extended.length > 0) {
    extended.writeUInt32BE(time);
  }
  return Buffer.concat([basic, header, extended, body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const setChunkSize = (size: number): Buffer => chunk({ format: 0, stream: 2, type: 1, body: number(size) });
const refused = (error: unknown): boolean => error instanceof AppError && error.code === 'media/malformed';

test('a handshake of another version is refused', () => {
  assert.throws(() => rig().protocol.push(Buffer.concat([Buffer.of(6), Buffer.alloc(3000)])), refused);
  assert.throws(() => rig().protocol.push(Buffer.from('GET / HTTP/1.1\r\n')), refused);
});

test('messages are put together however their bytes are cut', () => {
  const body = Buffer.from(Array.from({ length: 700 }, (_, index) => index % 251));
  const bytes = Buffer.concat([
    HANDSHAKE,
    chunk({ format: 0, stream: 4, time: 5, length: 300, type: 8, body: body.subarray(0, 128) }),
    chunk({ format: 0, stream: 6, time: 7, length: 200, type: 9, body: body.subarray(0, 128) }),
    chunk({ format: 3, stream: 4, body: body.subarray(128, 256) }),
    chunk({ format: 3, stream: 6, body: body.subarray(128, 200) }),
    chunk({ format: 3, stream: 4, body: body.subarray(256, 300) }),
    setChunkSize(4096),
    chunk({ format: 1, stream: 6, time: 33, length: 700, type: 9, body }),
    chunk({ format: 2, stream: 6, time: 34, body }),
    chunk({ format: 3, stream: 6, body }),
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 20 }), (cuts) => {
      const { protocol, messages } = rig();
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const end = at + (cuts[cut % cuts.length] ?? 1);
        protocol.push(bytes.subarray(at, end));
        at = end;
      }

      assert.deepEqual(
        messages.map(({ type, timestamp, payload }) => ({ type, timestamp, payload: payload.toString('hex') })),
        [
          { type: 9, timestamp: 7, payload: body.subarray(0, 200).toString('hex') },
          { type: 8, timestamp: 5, payload: body.subarray(0, 300).toString('hex') },
          ...[40, 74, 108].map((timestamp) => ({ type: 9, timestamp, payload: body.toString('hex') })),
        ],
      );
    }),
    { numRuns: 100 },
  );
});

test('what was told of a message is not written over by the next', () => {
  const { protocol, messages } = opened();

  protocol.push(chunk({ format: 0, stream: 6, body: Buffer.from('first') }));
  protocol.push(chunk({ format: 3, stream: 6, body: Buffer.from('other') }));

  assert.deepEqual(
    messages.map(({ payload }) => payload.toString()),
    ['first', 'other'],
  );
});

test('chunk streams with numbers of one, two and three bytes are kept apart', () => {
  const { protocol, messages } = opened();
  const streams = [3, 63, 64, 319, 320, 576, 65_599];

  for (const stream of streams) {
    protocol.push(chunk({ format: 0, stream, length: 130, body: Buffer.alloc(128, stream % 251) }));
  }
  for (const stream of streams) {
    protocol.push(chunk({ format: 3, stream, body: Buffer.alloc(2, stream % 251) }));
  }

  assert.deepEqual(
    messages.map(({ payload }) => payload),
    streams.map((stream) => Buffer.alloc(130, stream % 251)),
  );
});

test('times of more than 24 bits, steps, and the start anew after 32 bits are counted', () => {
  const { protocol, messages } = opened();

  protocol.push(chunk({ format: 0, stream: 6, time: 0xffff_fff0, body: Buffer.of(1) }));
  protocol.push(chunk({ format: 2, stream: 6, time: 0x20, body: Buffer.of(1) }));
  protocol.push(chunk({ format: 3, stream: 6, body: Buffer.of(1) }));
  protocol.push(chunk({ format: 2, stream: 6, time: 0x100_0000, body: Buffer.of(1) }));

  assert.deepEqual(
    messages.map(({ timestamp }) => timestamp),
    [0xffff_fff0, 0x10, 0x30, 0x100_0030],
  );
});

test('a message that is larger than is taken is refused at its first byte', () => {
  const { protocol } = opened();
  const start = chunk({ format: 0, stream: 6, length: 0xff_ffff, body: Buffer.of(1) });

  assert.throws(() => protocol.push(start), refused);
});

test('a stranger may begin messages of 128 KiB together, a publisher more', () => {
  const begin = (stream: number): Buffer => chunk({ format: 0, stream, length: 64 * 1024 });
  const bytes = Buffer.concat([3, 4, 5].map((stream) => Buffer.concat([begin(stream), Buffer.alloc(128)])));
  const stranger = opened();
  const publisher = opened();
  publisher.protocol.setLimits(PUBLISHER_LIMITS);

  assert.throws(() => stranger.protocol.push(bytes), refused);
  publisher.protocol.push(bytes);
});

test('what was complete or taken back counts no more', () => {
  const { protocol, messages } = opened();
  protocol.push(setChunkSize(64 * 1024));

  for (let round = 0; round < 10; round += 1) {
    protocol.push(chunk({ format: 0, stream: 4, body: Buffer.alloc(64 * 1024) }));
    protocol.push(chunk({ format: 0, stream: 5, length: 64 * 1024, body: Buffer.alloc(100) }));
    // The bytes that are missing belong to the chunk, so the next one can only begin after it: another stream's would.
    protocol.push(Buffer.alloc(64 * 1024 - 100));
  }

  assert.equal(messages.length, 20);
});

test('a message that is taken back is forgotten', () => {
  const { protocol, messages } = opened();

  for (let round = 0; round < 10; round += 1) {
    protocol.push(chunk({ format: 0, stream: 5, length: 60_000, body: Buffer.alloc(128) }));
    protocol.push(chunk({ format: 0, stream: 2, type: 2, body: number(5) }));
  }
  protocol.push(chunk({ format: 0, stream: 5, body: Buffer.from('whole') }));

  assert.deepEqual(
    messages.map(({ payload }) => payload.toString()),
    ['whole'],
  );
});

test('more chunk streams than encoders ever use are refused', () => {
  const { protocol } = opened();

  assert.throws(() => {
    for (let stream = 3; stream < 100; stream += 1) {
      protocol.push(chunk({ format: 0, stream, body: Buffer.of(1) }));
    }
  }, refused);
});

test('chunk sizes of nothing and of gigabytes are refused, and a change in the middle of a message', () => {
  assert.throws(() => opened().protocol.push(setChunkSize(0)), refused);
  assert.throws(() => opened().protocol.push(setChunkSize(0x7fff_ffff)), refused);
  assert.throws(
    () => opened().protocol.push(chunk({ format: 0, stream: 2, type: 1, body: Buffer.of(1) })),
    refused,
  );
  const { protocol } = opened();
  protocol.push(chunk({ format: 0, stream: 6, length: 300, body: Buffer.alloc(128) }));
  assert.throws(() => protocol.push(setChunkSize(4096)), refused);
});

test('a message that begins in the middle of another one is refused', () => {
  const { protocol } = opened();
  protocol.push(chunk({ format: 0, stream: 6, length: 300, body: Buffer.alloc(128) }));

  assert.throws(() => protocol.push(chunk({ format: 0, stream: 6, body: Buffer.of(1) })), refused);
});

test('bytes are acknowledged as often as the peer asks for', () => {
  const { protocol, output } = opened();
  protocol.setLimits(PUBLISHER_LIMITS);
  protocol.push(
    Buffer.concat([setChunkSize(100_000), chunk({ format: 0, stream: 2, type: 5, body: number(200_000) })]),
  );

  for (let round = 0; round < 5; round += 1) {
    protocol.push(chunk({ format: 0, stream: 6, body: Buffer.alloc(50_000) }));
  }

  assert.deepEqual(
    output.map((bytes) => bytes.readUInt8(7)),
    [3, 3],
  );
});

test('whatever comes, it is taken or refused, and nothing else', () => {
  const anyChunk = fc.record({
    format: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    stream: fc.oneof(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 400 })),
    time: fc.nat(0xffff_ffff),
    length: fc.oneof(fc.nat(300), fc.nat(0xff_ffff)),
    type: fc.nat(22),
    body: fc.uint8Array({ maxLength: 150 }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyChunk.map(chunk), fc.uint8Array({ maxLength: 40 })), { maxLength: 40 }),
      (parts) => {
        const { protocol } = opened();
        try {
          for (const part of parts) {
            protocol.push(Buffer.from(part));
          }
        } catch (error) {
          assert(refused(error), String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
