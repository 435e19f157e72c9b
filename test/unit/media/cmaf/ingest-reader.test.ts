import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFragmentReader, createIngestReader } from '../../../../src-main/media/cmaf/fragment-reader.ts';
import {
  anyIngestStream,
  INGEST_SEEDS,
  readAll,
  SCTE,
  STREAM,
} from '../../../support/properties/ingest-streams.ts';
import { concat, fromHex, pictures, written } from '../sample-media.ts';
import {
  message,
  SPARSE_HEADER,
  SPARSE_MANIFEST,
  SPARSE_STREAM,
  smoothFragment,
  VIDEO_HEADER,
  videoFragment,
} from '../smooth/ingest-streams.ts';
import { HOSTILE_STREAMS } from './hostile-streams.ts';

test('what stands beside the media comes out in its place', () => {
  const { events, refusal } = readAll(STREAM);

  assert.equal(refusal, undefined);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['live-manifest', 'header', 'message', 'fragment', 'sparse', 'fragment'],
  );
  const [manifest, opened, event, , sparse] = events;
  assert.deepEqual(manifest, { kind: 'live-manifest', smil: SPARSE_MANIFEST });
  assert(opened?.kind === 'header');
  assert.deepEqual(
    opened.otherTracks.map(({ trex, ...track }) => [track, trex.trackId]),
    [[{ trackId: 3, timescale: 90_000, handler: 'meta', format: 'scte' }, 3]],
  );
  assert.deepEqual(event, { kind: 'message', message: SCTE });
  assert(sparse?.kind === 'sparse');
  assert.deepEqual([sparse.trackId, sparse.smoothTime], [3, { time: 5n, duration: 7n }]);
  assert.equal(sparse.samples.length, 1);
});

test('the reader of media alone passes over all of it', () => {
  const events = createFragmentReader().push(STREAM);

  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['header', 'fragment', 'fragment'],
  );
  assert.throws(() => createFragmentReader().push(SPARSE_STREAM), /has neither picture nor sound/);
});

test('it makes no difference where a stream is cut', () => {
  const whole = readAll(STREAM);

  assert.deepEqual(readAll(STREAM, Array.from(STREAM.keys())), whole);
  fc.assert(fc.property(fc.array(fc.nat()), (cuts) => assert.deepEqual(readAll(STREAM, cuts), whole)));
});

test('the time in tfxd is that of the first picture’s presentation', () => {
  const samples = [
    { duration: 3000, offset: 6000, data: fromHex('01') },
    { duration: 3000, offset: 12_000, data: fromHex('02') },
  ];
  const { events } = readAll(
    concat(VIDEO_HEADER, smoothFragment({ trackId: 1, time: 96_000n, duration: 6000n, samples })),
  );

  assert(events[1]?.kind === 'fragment');
  assert.deepEqual(
    events[1].samples.map(({ decodeTime, compositionOffset }) => [decodeTime, compositionOffset]),
    [
      [90_000n, 6000],
      [93_000n, 12_000],
    ],
  );
});

test('a stream goes on where another one with the header ended', () => {
  const [opened] = createIngestReader().push(VIDEO_HEADER);
  assert(opened?.kind === 'header');

  const { events, refusal } = readAll(videoFragment(3, 9000), [], createIngestReader({ header: opened }));

  assert.equal(refusal, undefined);
  assert(events[0]?.kind === 'fragment');
  assert.deepEqual(events[0].samples, pictures(3, { start: 9000 }));
});

test('a fault for want of a header says so', () => {
  for (const stream of [
    videoFragment(1),
    fromHex('0000000c6d64617400000000'),
    Buffer.from('POST me something nice'),
  ]) {
    assert.equal(readAll(stream).refusal?.details['missing'], 'moov');
  }
});

test('a fault within a header, or behind one, does not', () => {
  const broken = Uint8Array.from(VIDEO_HEADER);
  // The timescale of the track.
  broken.fill(0, VIDEO_HEADER.length / 4, VIDEO_HEADER.length / 2);

  assert.equal(readAll(broken).refusal?.details['missing'], undefined);
  assert.equal(
    readAll(concat(VIDEO_HEADER, fromHex('0000000c6d64617400000000'))).refusal?.details['missing'],
    undefined,
  );
});

test('a codec that is not known is named', () => {
  const vp9 = Buffer.from(VIDEO_HEADER.map((byte) => byte));
  vp9.write('vp09', vp9.indexOf('avc1'), 'latin1');

  const { refusal } = readAll(vp9);

  assert.equal(refusal?.code, 'media/unsupported');
  assert.equal(refusal.details['codec'], 'vp09');
});

test('what cannot be read beside the media is told of, and the media goes on', () => {
  const broken = written((writer) => writer.box('emsg', () => writer.zeros(9)));
  const newer = written((writer) => writer.fullBox('emsg', 9, 0, () => writer.zeros(40)));

  const { events, refusal } = readAll(concat(VIDEO_HEADER, broken, newer, videoFragment(2)));

  assert.equal(refusal, undefined);
  assert.deepEqual(
    events.map((event) => (event.kind === 'unreadable' ? event.error.code : event.kind)),
    ['header', 'media/malformed', 'media/unsupported', 'fragment'],
  );
});

test('who sends a hundred that cannot be read is not listened to any more, but seen', () => {
  const broken = written((writer) => writer.box('emsg', () => writer.zeros(1)));

  const { events } = readAll(
    concat(VIDEO_HEADER, ...Array.from({ length: 300 }, () => broken), message(SCTE), videoFragment(2)),
  );

  assert.equal(events.filter(({ kind }) => kind === 'unreadable').length, 100);
  assert.deepEqual([events.length, events.at(-1)?.kind], [102, 'fragment']);
});

test('companions that are too large are passed over without being kept', () => {
  const reader = createIngestReader();
  reader.push(VIDEO_HEADER);

  reader.push(fromHex('00100000656d7367'));
  reader.push(new Uint8Array(100_000));

  assert.equal(reader.pendingBytes(), 0);
});

test('what is held of a box that has not ended is known', () => {
  const reader = createIngestReader();
  assert.equal(reader.pendingBytes(), 0);

  reader.push(VIDEO_HEADER);
  const fragment = videoFragment(30);
  reader.push(fragment.subarray(0, fragment.length - 1));
  assert.equal(reader.pendingBytes(), fragment.length);

  reader.push(fragment.subarray(-1));
  assert.equal(reader.pendingBytes(), 0);
});

test('every stream that was made to do harm is refused here too', () => {
  for (const { name, bytes, refusal } of HOSTILE_STREAMS) {
    assert.match(readAll(bytes).refusal?.message ?? '', refusal, name);
  }
});

test('a damaged stream gives events or a refusal', () => {
  fc.assert(anyIngestStream, { numRuns: 2000, examples: INGEST_SEEDS });
});

test('a header of cues alone is one', () => {
  const { events } = readAll(SPARSE_HEADER);

  assert(events[0]?.kind === 'header');
  assert.deepEqual(events[0].tracks, []);
});
