import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { chunkNumber } from '../../../src-main/media/cmaf/chunk-number.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE, FAKE_TRACKS, fakePublication } from '../../support/fake-presentation.ts';
import { fakeStream, fragmentPath, packagedStream } from '../../support/packaged-stream.ts';

const { BEST, SMALL, SOUND } = FAKE;
const DASH = 'mpd-time-cmaf';

const folderOf = (bitrate: number): string => `QualityLevels(${bitrate})/`;
const textOf = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

type Stream = ReturnType<typeof fakeStream>;

function timeOf({ presentation }: Stream, sequence: number, track = 0): bigint {
  const { segments } = presentation.tracks()[track]!;
  return segments.at(sequence - segments.firstSequence).time;
}

test('the init segment is given as it is stored, for good', async () => {
  const stream = fakeStream();

  const init = await stream.media(fragmentPath(SOUND, 'i'));

  assert.equal(textOf(init.chunks), 'init of audio_128000');
  assert.deepEqual([init.contentType, init.lifetime, init.size], ['audio/mp4', 'immutable', 20]);
  assert.match(init.version, /^[\w.-]+$/);
});

test('a complete segment is found by its first tick, and by no other', async () => {
  const stream = fakeStream();
  stream.segments(3);
  const time = timeOf(stream, 2);

  const segment = await stream.media(fragmentPath(BEST, time));

  assert.equal(textOf(segment.chunks), textOf(Array.from({ length: 10 }, (_, part) => chunk(2, part))));
  assert.deepEqual([segment.contentType, segment.lifetime], ['video/mp4', 'immutable']);
  assert.equal(segment.madeAtMs, stream.edgeMs() - 2000);
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, time + 1n));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, 0n));
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', fragmentPath({ ...BEST, name: 'film' }, time));
});

function chunk(sequence: number, part: number): Buffer {
  return Buffer.from(`[video_2500000 ${sequence} ${String(part).padStart(3, '0')}]`);
}

test('what has left the window but not the archive can still be had, as long as a playlist may list it', async () => {
  const stream = fakeStream({ windowSeconds: 20 });
  stream.segments(10);
  stream.playlist(BEST);
  const time = timeOf(stream, 1);
  for (let index = 0; index < 12; index += 1) {
    stream.segments(1);
    stream.playlist(BEST);
  }

  assert(stream.playlist(BEST).mediaSequence > 8);
  assert.match(textOf((await stream.media(fragmentPath(BEST, time))).chunks), /video_2500000 1 000/);
});

test('what has left the archive is not found', async () => {
  const stream = fakeStream({ windowSeconds: 20, archiveSegments: 0 });
  stream.segments(10);
  stream.playlist(BEST);
  const time = timeOf(stream, stream.playlist(BEST).mediaSequence);

  stream.segments(10);

  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, time));
});

test('what lies just ahead of the broadcast is not ready; what lies far ahead is not found', async () => {
  for (const partSeconds of [0.2134, undefined]) {
    const stream = fakeStream({ partSeconds });
    stream.segments(3);
    stream.chunk();
    const open = timeOf(stream, 3) + 180_000n;

    await stream.refuses('MPE_FRAGMENT_NOT_READY', fragmentPath(BEST, open + 180_000n, { format: DASH }));
    await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, open + 90_000n * 60n));
    if (partSeconds === undefined) {
      await stream.refuses('MPE_FRAGMENT_NOT_READY', fragmentPath(BEST, open, { format: DASH }));
    }
    stream.end();
    await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, open + 180_000n));
  }
});

test('with low latency the next segment is waited for when nothing is there of it', async () => {
  const stream = fakeStream();
  stream.segments(3);
  const next = timeOf(stream, 3) + 180_000n;

  const waiting = await stream.notYet(fragmentPath(BEST, next, { format: DASH }));
  assert.deepEqual([waiting.isReady(), waiting.tooLate().code], [false, 'MPE_FRAGMENT_NOT_READY']);
  stream.chunk();

  assert.equal(waiting.isReady(), true);
  assert.equal((await waiting.again()).kind, 'growing');
});

test('a segment that is being written is given as it grows, up to its end', async () => {
  const stream = fakeStream();
  stream.segments(3);
  stream.chunk();
  stream.chunk();
  const path = fragmentPath(BEST, timeOf(stream, 3) + 180_000n, { format: DASH });

  const growing = await stream.growing(path);
  const first = growing.read(0);
  const none = growing.read(2);
  stream.chunk();
  const second = growing.read(2);
  stream.segments(1, 7);
  const rest = growing.read(3);

  assert.equal(textOf(first.chunks), textOf([chunk(4, 0), chunk(4, 1)]));
  assert.deepEqual([none.chunks.length, none.ended], [0, false]);
  assert.deepEqual([textOf(second.chunks), second.ended], [textOf([chunk(4, 2)]), false]);
  assert.deepEqual([rest.chunks.length, rest.ended], [7, true]);
  assert.equal(
    textOf([...first.chunks, ...second.chunks, ...rest.chunks]),
    textOf((await stream.media(path)).chunks),
  );
});

test('who reads a growing segment so slowly that it is forgotten is told, instead of being given less', async () => {
  const stream = fakeStream();
  stream.segments(3);
  stream.chunk();
  const growing = await stream.growing(fragmentPath(BEST, timeOf(stream, 3) + 180_000n));
  growing.read(0);

  stream.segments(12);

  assert.throws(() => growing.read(1), { code: 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND' });
});

test('every listed part is there under its address, and together they are their segment', async () => {
  for (const chunksPerPart of [1, 2, 3]) {
    const stream = fakeStream({ chunksPerPart });
    stream.segments(3);
    stream.segments(1, 9);
    stream.segments(2);
    stream.chunk();
    stream.chunk();
    stream.chunk();
    stream.chunk();
    for (const track of FAKE_TRACKS) {
      const playlist = stream.playlist(track);

      for (const { uri, parts = [] } of playlist.segments) {
        if (parts.length > 0) {
          const media = await Promise.all(parts.map((part) => stream.media(folderOf(track.bitrate) + part.uri)));
          const whole = await stream.media(folderOf(track.bitrate) + uri);
          assert.equal(textOf(media.flatMap(({ chunks }) => chunks)), textOf(whole.chunks));
          assert(media.every(({ size, chunks }) => size === textOf(chunks).length));
        }
      }
      assert(playlist.segments.some(({ parts }) => parts !== undefined));
    }
  }
});

test('the hinted part comes at the hinted address, whether the segment goes on or the next one begins', async () => {
  for (const happens of ['goes on', 'next segment', 'next segment behind a break'] as const) {
    const stream = fakeStream();
    stream.segments(3);
    stream.chunk();
    stream.chunk();
    const before = stream.playlist(BEST);
    const [hint] = before.preloadHints!;
    const waiting = await stream.notYet(folderOf(BEST.bitrate) + hint!.uri);
    assert.equal(waiting.isReady(), false);

    if (happens !== 'goes on') {
      stream.cut(happens === 'next segment' ? 0 : 2.5);
    }
    stream.chunk();
    assert.equal(waiting.isReady(), false);
    stream.chunk();

    assert.equal(waiting.isReady(), true);
    const answer = await waiting.again();
    assert(answer.kind === 'media');
    const expected = happens === 'goes on' ? [chunk(4, 2), chunk(4, 3)] : [chunk(5, 0), chunk(5, 1)];
    assert.equal(textOf(answer.chunks), textOf(expected));
    assert.equal(newestPart(stream.playlist(BEST)), hint?.uri);
  }
});

function newestPart({ open, segments }: MediaPlaylist): string | undefined {
  return (open?.parts ?? segments.at(-1)?.parts)?.at(-1)?.uri;
}

test('a hinted part that never comes is not found, also when the broadcast ends', async () => {
  const stream = fakeStream();
  stream.segments(3);
  stream.chunk();
  stream.chunk();
  const uri = folderOf(BEST.bitrate) + stream.playlist(BEST).preloadHints![0]!.uri;
  const waiting = await stream.notYet(uri);

  stream.end();

  assert.equal(waiting.tooLate().code, 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND');
  assert.equal(waiting.isReady(), true);
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', uri);
});

test('parts further ahead are not ready, and those that never were are not found', async () => {
  const stream = fakeStream({ windowSeconds: 60 });
  stream.segments(20);
  stream.chunk();
  const open = timeOf(stream, 20) + 180_000n;

  await stream.refuses('MPE_FRAGMENT_NOT_READY', fragmentPath(BEST, open, { part: 4 }));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, timeOf(stream, 2), { part: 0 }));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, 5n, { part: 0 }));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, timeOf(stream, 19), { part: 99 }));
  const whole = fakeStream({ partSeconds: undefined });
  whole.segments(3);
  await whole.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, timeOf(whole, 2), { part: 0 }));
});

test('parts that are listed no more are cut out of their segment, under the addresses they had', async () => {
  const fake = fakeStream({ windowSeconds: 60 });
  const pieceOf = (sequence: number, part: number): Uint8Array => {
    const time = timeOf(fake, sequence) + BigInt(18_000 * part);
    const sample = { decodeTime: ticks(time), duration: 18_000, compositionOffset: 0, sync: part === 0 };
    const data = Buffer.from(`picture ${sequence}/${part}`);
    return writeChunk([{ ...sample, data }], { sequenceNumber: chunkNumber(sequence, part), kind: 'video' }).bytes;
  };
  const presentation: Presentation = {
    ...fake.presentation,
    readSegment: (_, sequence) =>
      Promise.resolve(Buffer.concat(Array.from({ length: 10 }, (__, part) => pieceOf(sequence, part)))),
  };
  const stream = packagedStream(fakePublication(presentation), fake.clock, { chunksPerPart: 2 });
  fake.segments(20);
  fake.follow();
  const part = async (number: number) => await stream.media(fragmentPath(BEST, timeOf(fake, 2), { part: number }));

  assert.deepEqual(Buffer.concat((await part(0)).chunks), Buffer.concat([pieceOf(2, 0), pieceOf(2, 1)]));
  assert.deepEqual(Buffer.concat((await part(4)).chunks), Buffer.concat([pieceOf(2, 8), pieceOf(2, 9)]));
  assert.deepEqual(Buffer.concat((await part(5)).chunks), Buffer.concat([pieceOf(3, 0), pieceOf(3, 1)]));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, timeOf(fake, 2), { part: 6 }));
  fake.end();
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, timeOf(fake, 2), { part: 0 }));
});

test('a segment of which the track has nothing is not found', async () => {
  const stream = fakeStream();
  stream.segments(3);
  stream.lose(SMALL.id, 2);

  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(SMALL, timeOf(stream, 2, 1)));
  assert.equal((await stream.media(fragmentPath(BEST, timeOf(stream, 2)))).kind, 'media');
});

test('fragments of a protocol that the policy does not allow are refused like its manifest', async () => {
  const stream = fakeStream();
  stream.segments(3);
  const blocked = packagedStream(fakePublication(stream.presentation, { dash: false }), stream.clock);

  await blocked.refuses('MPE_OUTPUT_FORMAT_BLOCKED', fragmentPath(BEST, timeOf(stream, 2), { format: DASH }));
  assert.equal((await blocked.media(fragmentPath(BEST, timeOf(stream, 2)))).kind, 'media');
});
