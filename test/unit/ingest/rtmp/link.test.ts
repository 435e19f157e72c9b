import assert from 'node:assert/strict';
import { Duplex, PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createLinkReader,
  createLinkWriter,
  type LinkFrame,
  type LinkReader,
} from '../../../../src-main/core/ingest/rtmp/link.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

function trusted(): LinkReader {
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
  const { socket, clock, writes } = openSocket();
  write(createLinkWriter(socket, clock));
  clock.advance(20);
  return Buffer.concat(writes());
}

/** Takes what is written as a socket does, by copying it. */
function openSocket(): { socket: Duplex; clock: ManualClock; writes: () => readonly Buffer[] } {
  const writes: Buffer[] = [];
  const socket = new Duplex({
    write(bytes: Buffer, _encoding, done) {
      writes.push(Buffer.from(bytes));
      done();
    },
  });
  return { socket, clock: manualClock(), writes: () => writes };
}

function frame(length: number, kind: number, body = ''): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(kind, 4);
  bytes.write(body, 5);
  return bytes;
}

const refused = (error: unknown): boolean => error instanceof AppError && error.code === 'media/malformed';
const anySample = fc.record({
  connection: fc.nat(0xffff_ffff),
  track: fc.constantFrom('video' as const, 'audio' as const),
  sample: fc.record({
    decodeTime: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((time) => ticks(time)),
    duration: fc.nat(0xffff_ffff),
    compositionOffset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    sync: fc.boolean(),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.constantFrom(new Uint8Array(40_000).fill(7), new Uint8Array(300_000).fill(8)),
    ),
  }),
});

test('samples and messages come out as they went in, however they are cut', () => {
  const items = fc.array(
    fc.oneof(
      anySample,
      fc.string().map((text) => ({ text })),
    ),
    { minLength: 1, maxLength: 10 },
  );
  fc.assert(
    fc.property(items, fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }), (all, cuts) => {
      const bytes = written((writer) => {
        for (const item of all) {
          if ('text' in item) {
            writer.message(item);
          } else {
            writer.sample(item.connection, item.track, item.sample, () => undefined);
          }
        }
      });
      const reader = trusted();
      const frames: LinkFrame[] = [];
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const end = at + (cuts[cut % cuts.length] ?? 1);
        frames.push(...read(reader, bytes.subarray(at, end)));
        at = end;
      }

      assert.deepEqual(
        frames.map((told) =>
          told.kind === 'sample' ? { ...told, sample: { ...told.sample, data: [...told.sample.data] } } : told,
        ),
        all.map((item) =>
          'text' in item
            ? { kind: 'message', value: item }
            : { kind: 'sample', ...item, sample: { ...item.sample, data: [...item.sample.data] } },
        ),
      );
    }),
    { numRuns: 50 },
  );
});

test('a stranger is given no more than a short hello', () => {
  assert.throws(
    () =>
      read(
        createLinkReader(),
        written((writer) => writer.message({})),
      ),
    refused,
  );
  assert.throws(
    () =>
      read(
        createLinkReader(),
        written((writer) => writer.hello('x'.repeat(300))),
      ),
    refused,
  );
  assert.deepEqual(
    read(
      createLinkReader(),
      written((writer) => writer.hello('token')),
    ),
    [{ kind: 'hello', token: 'token' }],
  );
});

test('what is no frame is refused', () => {
  assert.throws(() => read(trusted(), frame(0, 1)), refused);
  assert.throws(() => read(trusted(), frame(0xffff_ffff, 1)), refused);
  assert.throws(() => read(trusted(), frame(3, 9, 'ab')), refused);
  assert.throws(() => read(trusted(), frame(3, 1, '{x')), refused);
  assert.throws(() => read(trusted(), frame(3, 2, 'ab')), refused);
  assert.throws(() => read(trusted(), frame(3, 0, 'ab')), refused);
});

test('who waits for a flush hears of it once, also when nobody will ever read', () => {
  const socket = new PassThrough();
  const sample = { decodeTime: ticks(0), duration: 1, compositionOffset: 0, sync: true, data: new Uint8Array(8) };
  let flushed = 0;
  socket.destroy();

  createLinkWriter(socket, manualClock()).sample(1, 'video', sample, () => (flushed += 1));

  assert.equal(flushed, 1);
});

const tiny = {
  decodeTime: ticks(0),
  duration: 1,
  compositionOffset: 0,
  sync: true,
  data: Uint8Array.of(1, 2, 3),
};

test('samples that come within 20 ms are one write, and a message takes what waits along before it', () => {
  const { socket, clock, writes } = openSocket();
  const writer = createLinkWriter(socket, clock);
  let flushed = 0;
  const onFlushed = (): void => void (flushed += 1);

  writer.sample(1, 'video', tiny, onFlushed);
  clock.advance(19);
  writer.sample(2, 'audio', tiny, onFlushed);
  assert.deepEqual([writes().length, flushed], [0, 0]);
  clock.advance(1);
  assert.equal(writes().length, 1);
  writer.sample(1, 'video', tiny, onFlushed);
  writer.message('the end');

  const frames = read(trusted(), Buffer.concat(writes()));
  assert.deepEqual(
    frames.map((told) => (told.kind === 'sample' ? told.connection : told.kind)),
    [1, 2, 1, 'message'],
  );
  assert.equal(clock.pending(), 0);
});

test('the memory of what waits to be written is not used for what comes meanwhile', () => {
  const taken: Buffer[] = [];
  const finish: (() => void)[] = [];
  const socket = new Duplex({
    write(bytes: Buffer, _encoding, done) {
      taken.push(bytes);
      finish.push(() => done());
    },
  });
  const clock = manualClock();
  const writer = createLinkWriter(socket, clock);

  writer.sample(1, 'video', { ...tiny, data: Uint8Array.of(1) }, () => undefined);
  clock.advance(20);
  writer.sample(1, 'video', { ...tiny, data: Uint8Array.of(2) }, () => undefined);
  clock.advance(20);

  assert.equal(taken[0]?.at(-1), 1);
  finish[0]?.();
});
