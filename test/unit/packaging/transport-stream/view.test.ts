import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMadeCache } from '../../../../src-main/core/packaging/transport-stream/made-cache.ts';
import { packingOf } from '../../../../src-main/core/packaging/transport-stream/packing.ts';
import type { Presentation, Track } from '../../../../src-main/core/ports/presentation.ts';
import { parseMultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import { writeChunk } from '../../../../src-main/media/cmaf/chunk.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { writeAacConfig } from '../../../../src-main/media/codecs/aac.ts';
import { writeAvcDecoderConfig } from '../../../../src-main/media/codecs/avc.ts';
import { createTransportReader } from '../../../../src-main/media/mpegts/transport-reader.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import {
  FAKE_START_MS,
  type FakeOptions,
  fakeAudio,
  fakeCue,
  fakePresentation,
  fakePublication,
  fakeVideo,
} from '../../../support/fake-presentation.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { packagedStream } from '../../../support/packaged-stream.ts';

const VIDEO = fakeVideo(180, 300_000, {
  decoderConfig: writeAvcDecoderConfig({
    profile: 66,
    constraints: 0xc0,
    level: 30,
    lengthSize: 4,
    sps: [Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xda)],
    pps: [Uint8Array.of(0x68, 0xce, 0x3c, 0x80)],
    high: undefined,
  }),
});
const SOUND = fakeAudio(128_000, {
  decoderConfig: writeAacConfig({
    objectType: 2,
    sampleRate: 48_000,
    channelConfiguration: 2,
    channels: 2,
    frameLength: 1024,
    extension: undefined,
  }),
});
const NAL = Uint8Array.of(0, 0, 0, 2, 0x65, 0x88);
const TICKS = 90_000n;
const START = (BigInt(FAKE_START_MS) * TICKS) / 1000n;

/** A made-up broadcast that has media: five pictures a second, and all frames of its sound. */
function broadcast(options: FakeOptions = {}) {
  const fake = fakePresentation({ tracks: [VIDEO, SOUND], windowSeconds: 60, ...options });
  const clock = manualClock(fake.edgeMs());
  const reads: number[] = [];
  const presentation: Presentation = {
    ...fake.presentation,
    async readSegment(window, sequence) {
      await fake.presentation.readSegment(window, sequence);
      reads.push(sequence);
      const { segments, track } = window;
      const { time, duration } = segments.at(sequence - segments.firstSequence);
      const step = track.kind === 'video' ? 18_000 : 1024;
      const samples = Array.from(
        { length: duration / step },
        (_, index): Sample => ({
          decodeTime: ticks(time + BigInt(index * step)),
          duration: step,
          compositionOffset: 0,
          sync: index === 0,
          data: NAL,
        }),
      );
      return Buffer.from(writeChunk(samples, { sequenceNumber: 1, kind: track.kind }).bytes);
    },
  };
  return { ...fake, ...packagedStream(fakePublication(presentation), clock), clock, reads };
}

const list = (track: Track, format: string): string =>
  `QualityLevels(${track.bitrate})/Manifest(${track.name},format=${format})`;
const at = (seconds: number, format = 'm3u8-aapl', word = 'Fragments'): string =>
  `QualityLevels(300000)/${word}(video=${START + BigInt(seconds) * TICKS},format=${format})`;

/** Stream types of the map, and how many PES packets there are of each PID. */
function contentOf(bytes: Uint8Array) {
  const counts: Record<number, number> = {};
  let types: readonly number[] = [];
  const reader = createTransportReader({
    isWanted: () => true,
    onEvent(event) {
      if (event.kind === 'program') {
        types = event.program.streams.map(({ type }) => type);
      } else if (event.kind === 'pes') {
        counts[event.pid] = (counts[event.pid] ?? 0) + 1;
      }
    },
  });
  reader.push(bytes);
  reader.flush();
  return { types, counts };
}

test('the playlist of a broadcast says what Azure Media Services said', () => {
  const stream = broadcast();
  stream.segments(7);

  assert.equal(
    stream.text(list(VIDEO, 'm3u8-aapl-v3')),
    [
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-TARGETDURATION:7',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-DISCONTINUITY-SEQUENCE:0',
      '#EXT-X-ALLOW-CACHE:NO',
      '#EXT-X-PROGRAM-DATE-TIME:2030-01-01T00:00:00.000Z',
      '#EXTINF:6,',
      `Fragments(video=${START},format=m3u8-aapl-v3).ts`,
      '#EXT-X-PROGRAM-DATE-TIME:2030-01-01T00:00:06.000Z',
      '#EXTINF:6,',
      `Fragments(video=${START + 6n * TICKS},format=m3u8-aapl-v3).ts`,
      '',
    ].join('\n'),
  );
});

test('version 3 has the sound among the pictures, version 4 by itself', async () => {
  const stream = broadcast();
  stream.segments(7);

  const old = parseMultivariantPlaylist(stream.text('manifest(format=m3u8-aapl-v3)'));
  const young = parseMultivariantPlaylist(stream.text('manifest(format=m3u8-aapl-v4)'));
  const muxed = await stream.media(at(0, 'm3u8-aapl-v3'));
  const alone = await stream.media(at(0));
  const [sound] = parseMediaPlaylist(stream.text(list(SOUND, 'm3u8-aapl'))).segments;
  const soundAlone = await stream.media(`QualityLevels(128000)/${sound!.uri}`);

  assert.deepEqual([old.version, old.renditions.length, old.iFrameVariants.length], [3, 0, 0]);
  assert.deepEqual([young.version, young.renditions.length, young.iFrameVariants.length], [4, 1, 1]);
  assert.deepEqual(old.variants[0]!.codecs, young.variants[0]!.codecs);
  assert.deepEqual(young.renditions[0], {
    type: 'AUDIO',
    groupId: 'audio',
    name: 'audio',
    language: 'en',
    isDefault: true,
    autoSelect: true,
    channels: '2',
    uri: list(SOUND, 'm3u8-aapl'),
  });
  assert.deepEqual(contentOf(muxed.chunks[0]!), { types: [0x1b, 0x0f, 0x15], counts: { 256: 30, 257: 47 } });
  assert.deepEqual(contentOf(alone.chunks[0]!), { types: [0x1b, 0x15], counts: { 256: 30 } });
  assert.deepEqual(contentOf(soundAlone.chunks[0]!), { types: [0x0f], counts: { 257: 47 } });
  assert.equal(muxed.contentType, 'video/mp2t');
});

test('a segment is made once, however many ask for it at once and later', async () => {
  const stream = broadcast();
  stream.segments(7);

  const answers = await Promise.all(Array.from({ length: 500 }, () => stream.media(at(0))));
  const later = await stream.media(at(0));

  assert.deepEqual(stream.reads, [1, 2, 3]);
  assert.deepEqual(new Set([...answers, later].map(({ chunks }) => chunks[0])).size, 1);
});

test('what is just ahead is not ready, what is not there is not found', async () => {
  const stream = broadcast();
  stream.segments(40);
  stream.chunk();

  // 80 s: of the fragments from 78 s on the third is being written.
  await stream.refuses('MPE_FRAGMENT_NOT_READY', at(78));
  await stream.refuses('MPE_FRAGMENT_NOT_READY', at(84));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(200));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(-600));
  // Within a segment.
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(74));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(73));
  assert.equal((await stream.media(at(72))).kind, 'media');
});

test('at the end of a broadcast what is left makes the last segment', async () => {
  const stream = broadcast();
  stream.segments(7);
  stream.end();

  const { segments, endList } = parseMediaPlaylist(stream.text(list(VIDEO, 'm3u8-aapl')));

  assert.equal(endList, true);
  assert.deepEqual(
    segments.map(({ durationSeconds }) => durationSeconds),
    [6, 6, 2],
  );
  assert.deepEqual(contentOf((await stream.media(at(12))).chunks[0]!).counts, { 256: 10 });
});

test('a break cuts a segment short, and the numbers go on when it has left the window', () => {
  const stream = broadcast();
  stream.segments(4);
  stream.chunk();
  stream.cut(7);
  stream.segments(6);

  const before = parseMediaPlaylist(stream.text(list(VIDEO, 'm3u8-aapl')));
  stream.segments(40);
  const after = parseMediaPlaylist(stream.text(list(VIDEO, 'm3u8-aapl')));

  assert.deepEqual(
    before.segments.map(({ durationSeconds, discontinuity = false }) => [durationSeconds, discontinuity]),
    [
      [6, false],
      [2.2, false],
      [2, true],
      [6, false],
    ],
  );
  // Of 51 fragments 17 segments are made, and one more by the break.
  assert.equal(after.mediaSequence + after.segments.length, 18);
  assert.equal(after.discontinuitySequence, 1);
});

test('a tag of ID3 stands in the segment of its time, and in no other', async () => {
  const stream = broadcast();
  stream.segments(4);
  const tag = Buffer.from('ID3 and whatever follows it');
  stream.cue(
    fakeCue({
      kind: 'metadata',
      rangeId: undefined,
      scheme: 'https://aomedia.org/emsg/ID3',
      time: ticks(START + 13n * TICKS),
      duration: undefined,
      until: undefined,
      firstSequence: 5,
      message: tag,
    }),
  );
  stream.segments(8);

  const counts = await Promise.all(
    [0, 6, 12, 18].map(
      async (seconds) => contentOf((await stream.media(at(seconds))).chunks[0]!).counts[258] ?? 0,
    ),
  );

  assert.deepEqual(counts, [0, 0, 1, 0]);
});

test('splices stand in both playlists, and before their segment for those who ask for that', () => {
  const stream = broadcast();
  stream.cue(fakeCue({ time: ticks(START + 8n * TICKS) }));
  stream.segments(9);

  const plain = parseMediaPlaylist(stream.text(list(VIDEO, 'm3u8-aapl')));
  const legacy = parseMediaPlaylist(
    stream.text(`QualityLevels(300000)/Manifest(video,format=m3u8-aapl-v3,cue=legacy)`),
  );

  assert.equal(plain.dateRanges?.length, 1);
  assert.deepEqual(
    plain.segments.map(({ cues = [] }) => cues.length),
    [0, 0, 0],
  );
  assert.deepEqual(
    legacy.segments.map(({ cues = [] }) => cues.length),
    [0, 1, 0],
  );
});

test('key frames have playlists and segments of one picture each', async () => {
  const stream = broadcast();
  stream.segments(7);

  const { segments, iFramesOnly, version } = parseMediaPlaylist(
    stream.text('QualityLevels(300000)/Manifest(video,format=m3u8-aapl,type=keyframes)'),
  );
  const picture = await stream.media(at(2, 'm3u8-aapl', 'KeyFrames'));

  assert.deepEqual([iFramesOnly, version, segments.length], [true, 4, 7]);
  assert.equal(segments[1]!.uri, `KeyFrames(video=${START + 2n * TICKS},format=m3u8-aapl).ts`);
  assert.deepEqual(contentOf(picture.chunks[0]!), { types: [0x1b], counts: { 256: 1 } });
});

test('what transport streams do not have is refused as no address of theirs', async () => {
  const stream = broadcast();
  stream.segments(7);

  await stream.refuses('MPE_BAD_URL_SYNTAX', 'QualityLevels(300000)/Fragments(video=i,format=m3u8-aapl)');
  await stream.refuses(
    'MPE_BAD_URL_SYNTAX',
    `QualityLevels(300000)/Fragments(video=${START},format=m3u8-aapl,part=1)`,
  );
  await stream.refuses(
    'MPE_BAD_URL_SYNTAX',
    'QualityLevels(128000)/Manifest(audio,format=m3u8-aapl,type=keyframes)',
  );
  await stream.refuses('MPE_FORMAT_NOT_SUPPORTED', at(0, 'm3u8-aapl-v3', 'KeyFrames'));
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', 'QualityLevels(1)/Manifest(video,format=m3u8-aapl)');
});

test('sound that cannot be carried is refused, and the pictures are there all the same', async () => {
  const odd = fakeAudio(128_000, { decoderConfig: Uint8Array.of(0x11) });
  const stream = broadcast({ tracks: [VIDEO, odd] });
  stream.segments(7);

  await stream.refuses('MPE_FORMAT_NOT_SUPPORTED', at(0, 'm3u8-aapl-v3'));
  assert.equal((await stream.media(at(0))).kind, 'media');
});

test('a broadcast that has no segment yet is waited for', async () => {
  const stream = broadcast();
  stream.segments(2);

  const waiting = await stream.notYet(list(VIDEO, 'm3u8-aapl'));
  const readyBefore = waiting.isReady();
  stream.segments(1);

  assert.deepEqual([readyBefore, waiting.isReady()], [false, true]);
  assert.equal((await waiting.again()).kind, 'manifest');
});

test('the length of a GOP decides on the packing, unless the output does', () => {
  const packing = (segmentSeconds: number, fragmentsPerTsSegment?: number, windowSeconds?: number): number =>
    packingOf({ segmentSeconds, fragmentsPerTsSegment, windowSeconds }).fragments;

  assert.deepEqual(
    [1, 2, 3, 3.1, 4, 5, 5.1, 6].map((seconds) => packing(seconds)),
    [3, 3, 3, 2, 2, 2, 1, 1],
  );
  assert.equal(packing(2, 10), 10);
  assert.equal(packing(2, 10, 60), 10);
  // Of no window that an output can have anything is changed.
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((seconds) => packing(seconds, undefined, 60)),
    [3, 3, 3, 2, 2],
  );
  assert.equal(packing(2, undefined, 16), 1);
});

test('segments that are a third of the window or longer are refused while it is live', () => {
  const stream = broadcast({ windowSeconds: 30, fragmentsPerTsSegment: 5 });
  stream.segments(7);
  let code: unknown;
  try {
    stream.text('manifest(format=m3u8-aapl)');
  } catch (error) {
    code = error instanceof Error && 'code' in error ? error.code : error;
  }

  assert.equal(code, 'MPE_HLS_SEGMENT_TOO_LARGE');
  stream.end();
  assert.match(stream.text('manifest(format=m3u8-aapl)'), /EXT-X-STREAM-INF/);
});

test('what was made is kept within its bytes, those that were asked for last', async () => {
  const cache = createMadeCache(100);
  const made: string[] = [];
  const get = (key: string, size: number): Promise<Uint8Array> =>
    cache.get(key, () => {
      made.push(key);
      return Promise.resolve(new Uint8Array(size));
    });

  for (const [key, size] of [
    ['a', 40],
    ['b', 40],
    ['a', 40],
    ['c', 40],
    ['a', 40],
    ['b', 40],
    ['huge', 101],
    ['huge', 101],
  ] as const) {
    await get(key, size);
    assert(cache.bytes() <= 100);
  }

  assert.deepEqual(made, ['a', 'b', 'c', 'b', 'huge', 'huge']);
});

test('what cannot be made is told to all who wait, and tried again', async () => {
  const cache = createMadeCache(100);
  let tries = 0;
  const failing = async (): Promise<Uint8Array> => {
    tries += 1;
    await Promise.resolve();
    throw new Error(`try ${tries}`);
  };

  const both = await Promise.allSettled([cache.get('a', failing), cache.get('a', failing)]);
  await assert.rejects(cache.get('a', failing), /try 2/);

  assert.deepEqual(
    both.map((result) => result.status === 'rejected' && String(result.reason)),
    ['Error: try 1', 'Error: try 1'],
  );
});
