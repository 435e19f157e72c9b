import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  PREVIEW_METERS,
  PREVIEW_PICTURE,
  writePreviewHeader,
} from '../../../../src-main/shared/preview-stream.ts';
import { findAccess } from '../../../../src-renderer/api/access.ts';
import { createEventStream, type StreamState } from '../../../../src-renderer/api/event-stream.ts';
import { i420ToRgba } from '../../../../src-renderer/api/i420.ts';
import { createPreviewFeed } from '../../../../src-renderer/api/preview-feed.ts';
import { createPreviewParser } from '../../../../src-renderer/api/preview-parser.ts';
import { createServerTime } from '../../../../src-renderer/api/server-time.ts';
import { createSseParser } from '../../../../src-renderer/api/sse-parser.ts';
import { manualTimers, settled } from '../manual-timers.ts';

function message(kind: number, width: number, payload: Uint8Array): Uint8Array {
  const header = writePreviewHeader({ length: payload.length, kind, width, wallMs: 5 });
  return new Uint8Array([...header, ...payload]);
}

function inPieces(bytes: Uint8Array, sizes: readonly number[], push: (piece: Uint8Array) => void): void {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    push(bytes.slice(at, at + size));
    at += size;
  }
}

test('a preview stream reads the same however the network cuts it', () => {
  const picture = Uint8Array.from({ length: 24 }, (_, index) => index);
  const readings = [{ id: 'mic', peakDb: -3, rmsDb: -12 }];
  const bytes = new Uint8Array([
    ...message(PREVIEW_PICTURE, 4, picture),
    ...message(PREVIEW_METERS, 0, new TextEncoder().encode(JSON.stringify(readings))),
    ...message(99, 0, new Uint8Array(3)),
    ...message(PREVIEW_PICTURE, 4, picture.toReversed()),
  ]);

  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
      const seen: unknown[] = [];
      const parser = createPreviewParser({
        picture: ({ width, height, bytes: body }) => seen.push([width, height, [...body]]),
        meters: (_, found) => seen.push(found),
      });
      inPieces(bytes, sizes, (piece) => parser.push(piece));

      assert.deepEqual(seen, [[4, 4, [...picture]], readings, [4, 4, [...picture.toReversed()]]]);
    }),
  );
});

test('bytes that cannot be a preview stream are refused instead of filling the memory', () => {
  const parser = createPreviewParser({ picture: () => undefined, meters: () => undefined });
  const header = writePreviewHeader({ length: 500_000_000, kind: PREVIEW_PICTURE, width: 640, wallMs: 0 });

  assert.throws(() => parser.push(header), /500000000 bytes/);
});

test('a picture whose length is no whole number of lines is refused', () => {
  const parser = createPreviewParser({ picture: () => undefined, meters: () => undefined });

  assert.throws(() => parser.push(message(PREVIEW_PICTURE, 4, new Uint8Array(25))), /25 bytes/);
});

test('server-sent events read the same however the text is cut', () => {
  const text = ': hello\r\nid: 1\ndata: {"a":\ndata: 1}\n\nevent: x\rdata:two\r\rid: 9\n\ndata: three\nid: 3\n\n';

  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sizes) => {
      const seen: unknown[] = [];
      const parser = createSseParser((event) => seen.push(event));
      for (let at = 0, turn = 0; at < text.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        parser.push(text.slice(at, at + size));
        at += size;
      }

      assert.deepEqual(seen, [
        { event: 'message', data: '{"a":\n1}' },
        { event: 'x', data: 'two' },
        { event: 'message', data: 'three' },
      ]);
      assert.equal(parser.lastId(), '3');
    }),
  );
});

/** A body that a test writes to and ends. */
function openBody() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
  return {
    response: new Response(body),
    write: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
  };
}

function event(id: string): string {
  const data = {
    id,
    topic: 'lectern',
    subject: 'studio',
    eventType: 'Lectern.StudioChanged',
    eventTime: '2026-01-01T00:00:00Z',
    data: {},
    dataVersion: '1.0',
    metadataVersion: '1',
  };
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

test('an event stream that ends is opened again with the last id, waiting longer each time it fails', async () => {
  const timers = manualTimers();
  const first = openBody();
  const headers: unknown[] = [];
  const states: StreamState['kind'][] = [];
  const seen: string[] = [];
  const answers = [() => Promise.resolve(first.response), () => Promise.reject(new Error('refused'))];
  const stream = createEventStream({
    timers,
    open(given) {
      headers.push(given['Last-Event-ID']);
      return (answers.shift() ?? (() => new Promise(() => undefined)))();
    },
    onEvent: ({ id }) => seen.push(id),
    onState: ({ kind }) => states.push(kind),
  });

  stream.start();
  await settled();
  first.write(`${event('41')}data: not json\n\n`);
  first.end();
  await new Promise(setImmediate);
  timers.advance(400);
  await settled();
  timers.advance(400);
  const afterTooShort = headers.length;
  timers.advance(400);
  await settled();

  assert.deepEqual(seen, ['41']);
  assert.deepEqual(states, ['connecting', 'open', 'waiting', 'connecting', 'waiting', 'connecting']);
  assert.equal(afterTooShort, 2);
  assert.deepEqual(headers, [undefined, '41', '41']);
});

test('an event stream that falls silent is taken for dead', async () => {
  const timers = manualTimers();
  const states: StreamState['kind'][] = [];
  const stream = createEventStream({
    timers,
    open: (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    onEvent: () => undefined,
    onState: ({ kind }) => states.push(kind),
  });

  stream.start();
  timers.advance(45_000);
  await settled();

  assert.deepEqual(states, ['connecting', 'waiting']);
});

test('a stopped event stream does not come back', async () => {
  const timers = manualTimers();
  let opens = 0;
  const stream = createEventStream({
    timers,
    open() {
      opens += 1;
      return Promise.reject(new Error('away'));
    },
    onEvent: () => undefined,
    onState: () => undefined,
  });

  stream.start();
  await settled();
  stream.stop();
  timers.advance(60_000);
  await settled();

  assert.equal(opens, 1);
});

test('the preview stays open for two seconds after nobody looks, and reopens at once', async () => {
  const timers = manualTimers();
  const signals: AbortSignal[] = [];
  const feed = createPreviewFeed({
    timers,
    open(signal) {
      signals.push(signal);
      return Promise.resolve(openBody().response);
    },
  });

  const stopFirst = feed.want();
  stopFirst();
  stopFirst();
  timers.advance(1900);
  const stopSecond = feed.want();
  timers.advance(5000);
  assert.deepEqual([signals.length, signals[0]?.aborted], [1, false]);

  stopSecond();
  timers.advance(2000);
  assert.equal(signals[0]?.aborted, true);
  assert.equal(feed.state(), 'closed');

  feed.want();
  await settled();
  assert.equal(signals.length, 2);
  assert.equal(feed.state(), 'open');
});

test('a preview that breaks is tried again while somebody looks', async () => {
  const timers = manualTimers();
  let opens = 0;
  const feed = createPreviewFeed({
    timers,
    open() {
      opens += 1;
      return Promise.reject(new Error('away'));
    },
  });

  feed.want();
  await settled();
  assert.equal(feed.state(), 'waiting');
  timers.advance(800);
  await settled();

  assert.equal(opens, 2);
});

test('black, white and red come out of I420 as they went in', () => {
  const out = new Uint8ClampedArray(2 * 2 * 4);
  const paint = (y: number, u: number, v: number): number[] => {
    i420ToRgba(Uint8Array.of(y, y, y, y, u, v), 2, 2, out);
    return [...out.slice(12)];
  };

  assert.deepEqual(paint(16, 128, 128), [0, 0, 0, 255]);
  assert.deepEqual(paint(235, 128, 128), [255, 255, 255, 255]);
  assert.deepEqual(paint(63, 102, 240), [255, 1, 0, 255]);
});

test('the service’s clock is known better with every answer, and is ours when that fits', () => {
  const time = createServerTime();
  assert.equal(time.offsetMs(), 0);

  time.sample(10_000, 4000, 4200, 1000);
  assert.equal(time.offsetMs(), 6400);
  time.sample(10_900, 4950, 5000, 1000);
  assert.equal(time.offsetMs(), (5900 + 6950) / 2);

  time.sample(9000, 9100, 9200, 1000);
  assert.equal(time.offsetMs(), 0);
});

test('a token in the address is remembered for the tab and taken out of the address', () => {
  const kept = new Map<string, string>();
  const replaced: string[] = [];
  const surroundings = {
    desktop: undefined,
    stored: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    },
    replaceHash: (hash: string) => replaced.push(hash),
  };

  assert.deepEqual(findAccess({ ...surroundings, hash: '#token=abc' }), { baseUrl: '', token: 'abc' });
  assert.deepEqual(replaced, ['']);
  assert.deepEqual(findAccess({ ...surroundings, hash: '#/archive' }), { baseUrl: '', token: 'abc' });
  assert.deepEqual(
    findAccess({
      ...surroundings,
      hash: '',
      desktop: { controlUrl: 'http://127.0.0.1:9/', token: 'desk', platform: 'linux' },
    }),
    { baseUrl: 'http://127.0.0.1:9', token: 'desk' },
  );
});
