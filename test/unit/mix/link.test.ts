import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createLinkReader,
  createLinkWriter,
  type LinkFrame,
  type LinkReader,
  MAX_FRAME_BYTES,
} from '../../../src-main/core/mix/link.ts';
import { isMixerCommand, isMixerEvent } from '../../../src-main/core/mix/messages.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';

function trustedReader(): LinkReader {
  const reader = createLinkReader();
  reader.trust();
  return reader;
}

function read(reader: LinkReader, bytes: Buffer): LinkFrame[] {
  const frames: LinkFrame[] = [];
  reader.push(bytes, (frame) => frames.push(frame));
  return frames;
}

function written(write: (writer: ReturnType<typeof createLinkWriter>) => void): Buffer {
  const socket = new PassThrough({ highWaterMark: 1e9 });
  write(createLinkWriter(socket));
  const bytes: unknown = socket.read();
  assert(Buffer.isBuffer(bytes));
  return bytes;
}

const refused = (error: unknown): boolean => error instanceof AppError && error.code === 'media/malformed';

test('a stranger is given no more than a short hello', () => {
  const message = written((writer) => writer.message({ type: 'ready' }));
  const longHello = written((writer) => writer.hello('x'.repeat(300)));

  assert.throws(() => read(createLinkReader(), message), refused);
  assert.throws(() => read(createLinkReader(), longHello), refused);
  assert.deepEqual(
    read(
      createLinkReader(),
      written((writer) => writer.hello('token')),
    ),
    [{ kind: 'hello', token: 'token' }],
  );
});

test('a frame that is too long, too short, of no kind, or no JSON is refused', () => {
  const frame = (length: number, kind: number, body = ''): Buffer => {
    const bytes = Buffer.alloc(5 + body.length);
    bytes.writeUInt32BE(length, 0);
    bytes.writeUInt8(kind, 4);
    bytes.write(body, 5);
    return bytes;
  };

  for (const bytes of [
    frame(0, 1),
    frame(MAX_FRAME_BYTES + 2, 2),
    frame(0xffffffff, 3),
    frame(5, 9, '{}zz'),
    frame(3, 1, '{]'),
    frame(4, 2, 'abc'),
    frame(4, 3, 'abc'),
    frame(3, 0, 'to'),
  ]) {
    assert.throws(() => read(trustedReader(), bytes), refused, bytes.toString('hex'));
  }
});

test('whoever announces the largest frame does not get its memory before its bytes', () => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(MAX_FRAME_BYTES, 0);
  header.writeUInt8(2, 4);
  const before = process.memoryUsage().arrayBuffers;

  const readers = Array.from({ length: 100 }, trustedReader);
  for (const reader of readers) {
    read(reader, header);
  }

  assert(process.memoryUsage().arrayBuffers - before < 20e6);
});

test('no sequence of bytes does anything but give frames or be refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        read(trustedReader(), Buffer.from(bytes));
        read(createLinkReader(), Buffer.from(bytes));
      } catch (error) {
        assert(refused(error), String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('what was written is read, however the stream is cut', () => {
  const bytesArbitrary = fc.uint8Array({ maxLength: 200_000, size: 'max' });
  const arbitrary = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('message' as const), value: fc.jsonValue() }),
      fc.record({
        kind: fc.constant('encoded' as const),
        run: fc.nat(2 ** 32 - 1),
        track: fc.nat(65_535),
        bytes: bytesArbitrary,
      }),
      fc.record({
        kind: fc.constant('picture' as const),
        width: fc.nat(65_535),
        wallMs: fc.double({ noNaN: true }),
        bytes: bytesArbitrary,
      }),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(arbitrary, fc.integer({ min: 1, max: 70_000 }), (items, cut) => {
      const stream = Buffer.concat(
        items.map((item) =>
          written((writer) => {
            if (item.kind === 'message') {
              writer.message(item.value);
            } else if (item.kind === 'encoded') {
              writer.encoded(item.run, item.track, item.bytes);
            } else {
              writer.picture(item.width, item.wallMs, item.bytes, () => undefined);
            }
          }),
        ),
      );
      const reader = trustedReader();
      const frames: LinkFrame[] = [];
      for (let at = 0; at < stream.length; at += cut) {
        frames.push(...read(reader, stream.subarray(at, at + cut)));
      }

      assert.deepEqual(
        frames.map((frame) =>
          frame.kind === 'data' ? { ...frame.data, bytes: Uint8Array.from(frame.data.bytes) } : frame,
        ),
        items.map((item) =>
          item.kind === 'message'
            ? { kind: 'message', value: JSON.parse(JSON.stringify(item.value)) as unknown }
            : item.kind === 'encoded'
              ? { type: 'encoded', run: item.run, track: item.track, bytes: item.bytes }
              : { type: 'picture', width: item.width, wallMs: item.wallMs, bytes: item.bytes },
        ),
      );
    }),
    { numRuns: 40 },
  );
});

test('pictures are dropped for a reader that is behind, media and messages are not', () => {
  const socket = new PassThrough({ highWaterMark: 16 });
  const writer = createLinkWriter(socket);
  let freed = 0;
  const picture = (): boolean => writer.picture(320, 0, Buffer.alloc(300_000), () => (freed += 1));
  const sent = Array.from({ length: 8 }, picture);

  writer.encoded(1, 0, Buffer.alloc(100_000, 7));
  writer.message({ type: 'clock' });

  assert.deepEqual(sent.slice(0, 3), [true, true, true]);
  assert.deepEqual(sent.slice(5), [false, false, false]);
  assert.equal(freed, 8 - sent.filter(Boolean).length);
  const frames: LinkFrame[] = [];
  const reader = trustedReader();
  for (let chunk: unknown = socket.read(); Buffer.isBuffer(chunk); chunk = socket.read()) {
    frames.push(...read(reader, chunk));
  }
  assert.deepEqual(
    frames.map((frame) => (frame.kind === 'data' ? frame.data.type : frame.kind)),
    [...sent.filter(Boolean).map(() => 'picture'), 'encoded', 'message'],
  );
});

test('a picture’s buffer is free again when the socket is gone', () => {
  const socket = new PassThrough();
  socket.on('error', () => undefined);
  const writer = createLinkWriter(socket);
  socket.destroy();
  let freed = 0;

  writer.picture(320, 0, Buffer.alloc(10), () => (freed += 1));

  assert.equal(freed, 1);
});

const ENCODER = {
  executable: 'ffmpeg',
  args: ['-v'],
  tracks: [{ id: 'v', kind: 'video', bitrate: 1 }],
  offsetSeconds: 10,
};
const CANVAS = { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } };
const SOURCE = {
  id: 'cam',
  label: 'Camera',
  hasVideo: true,
  hasAudio: false,
  rejectBlack: true,
  input: {
    kind: 'capture',
    command: { executable: 'ffmpeg', args: [], videoFd: 1, secrets: [], finite: false },
  },
};

const LAYER = {
  kind: 'picture',
  source: 'cam',
  crop: { x: 0, y: 0, width: 64, height: 36 },
  box: { x: 2, y: 2, width: 16, height: 16 },
  radius: 8,
  border: { width: 2, colour: { y: 235, u: 128, v: 128 } },
};
const COMPOSED = {
  kind: 'composed',
  ground: { y: 16, u: 128, v: 128 },
  layers: [LAYER, { kind: 'countdown', untilMs: 1e12, box: LAYER.box, colour: { y: 235, u: 128, v: 128 } }],
};

test('commands are taken when they are whole', () => {
  for (const command of [
    { type: 'configure', canvas: CANVAS, wallNowMs: 1e12 },
    { type: 'sources', sources: [SOURCE, { ...SOURCE, id: 'test', input: { kind: 'test' } }] },
    { type: 'scene', scene: { kind: 'single', source: 'cam' } },
    { type: 'scene', scene: { kind: 'slate' } },
    { type: 'scene', scene: COMPOSED, overlays: [{ kind: 'image', image: 'logo', x: 4, y: 2 }] },
    { type: 'image', id: 'logo', image: { width: 2, height: 2, picture: 'AAAA', alpha: 'AAAA' } },
    { type: 'image', id: 'logo' },
    { type: 'sketch', request: 1, scene: COMPOSED, overlays: [], width: 320 },
    { type: 'sources', sources: [{ ...SOURCE, feed: true }] },
    { type: 'slate' },
    { type: 'slate', picture: 'AAAA' },
    { type: 'audio', id: 'cam', gainDb: -3, muted: true },
    { type: 'audio', id: 'cam', gainDb: -3, muted: true, treatment: UNTREATED },
    { type: 'loudness', target: -16 },
    { type: 'loudness' },
    { type: 'retry-source', id: 'cam' },
    { type: 'start-encoder', encoding: 'e', command: ENCODER },
    { type: 'replace-encoder', encoding: 'e', command: ENCODER },
    { type: 'stop-encoder', encoding: 'e' },
    { type: 'preview', on: false },
    { type: 'preview', on: true, width: 321, frameRate: 15 },
    { type: 'shutdown' },
  ]) {
    assert(isMixerCommand(command), JSON.stringify(command));
  }
});

test('commands with something wrong in them are not', () => {
  for (const command of [
    null,
    [],
    'configure',
    { type: 'explode' },
    { type: 'configure', canvas: { ...CANVAS, width: 1281 }, wallNowMs: 1e12 },
    { type: 'configure', canvas: { ...CANVAS, height: 1e9 }, wallNowMs: 1e12 },
    { type: 'configure', canvas: { ...CANVAS, frameRate: { numerator: 30, denominator: 0 } }, wallNowMs: 1e12 },
    { type: 'configure', canvas: { ...CANVAS, frameRate: { numerator: 1e6, denominator: 1 } }, wallNowMs: 1e12 },
    { type: 'configure', canvas: CANVAS, wallNowMs: null },
    { type: 'sources', sources: [{ ...SOURCE, input: { kind: 'capture' } }] },
    {
      type: 'sources',
      sources: [{ ...SOURCE, input: { ...SOURCE.input, command: { ...SOURCE.input.command, videoFd: 2 } } }],
    },
    {
      type: 'sources',
      sources: [{ ...SOURCE, input: { ...SOURCE.input, command: { ...SOURCE.input.command, args: [1] } } }],
    },
    { type: 'sources', sources: [{ ...SOURCE, feed: 'yes' }] },
    { type: 'scene', scene: { kind: 'single' } },
    { type: 'scene', scene: { ...COMPOSED, ground: { y: 256, u: 0, v: 0 } } },
    { type: 'scene', scene: COMPOSED, overlays: [{ kind: 'image', image: 'logo', x: -2, y: 2 }] },
    { type: 'scene', scene: { ...COMPOSED, layers: [{ ...LAYER, box: { ...LAYER.box, width: 3 } }] } },
    { type: 'scene', scene: { ...COMPOSED, layers: [{ ...LAYER, crop: { ...LAYER.crop, height: 0 } }] } },
    { type: 'scene', scene: { ...COMPOSED, layers: [{ ...LAYER, radius: -1 }] } },
    { type: 'image', id: 'logo', image: { width: 3, height: 2, picture: 'AAAA', alpha: 'AAAA' } },
    { type: 'sketch', request: 0, scene: COMPOSED, overlays: [], width: 320 },
    { type: 'slate', picture: 7 },
    { type: 'audio', id: 'cam', gainDb: '3', muted: true },
    { type: 'audio', id: 'cam', gainDb: 1e4, muted: true },
    { type: 'audio', id: 'cam', gainDb: 0, muted: true, treatment: { ...UNTREATED, delayMs: 2001 } },
    { type: 'audio', id: 'cam', gainDb: 0, muted: true, treatment: { ...UNTREATED, delayMs: -1 } },
    { type: 'audio', id: 'cam', gainDb: 0, muted: true, treatment: { ...UNTREATED, channels: 'toString' } },
    { type: 'audio', id: 'cam', gainDb: 0, muted: true, treatment: { delayMs: 0 } },
    { type: 'loudness', target: 'off' },
    { type: 'start-encoder', encoding: 'e', command: { ...ENCODER, tracks: [] } },
    { type: 'start-encoder', command: ENCODER },
    { type: 'preview', on: true, width: 0, frameRate: 15 },
  ]) {
    assert(!isMixerCommand(command), JSON.stringify(command));
  }
});

test('an event of an unknown kind is none', () => {
  assert(isMixerEvent({ type: 'ready' }));
  assert(!isMixerEvent({ type: 'configure' }));
  assert(!isMixerEvent(undefined));
});
