import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { parseChunks, writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { emptyTrex } from '../../../src-main/media/isobmff/trex.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE, fakePublication } from '../../support/fake-presentation.ts';
import { fakeProtection } from '../../support/fake-protection.ts';
import { fakeStream, packagedStream } from '../../support/packaged-stream.ts';

const { BEST, SOUND } = FAKE;
const LIST = `QualityLevels(${BEST.bitrate})/Manifest(video,format=m3u8-cmaf,type=keyframes)`;

type Stream = ReturnType<typeof fakeStream>;

function timeOf({ presentation }: Stream, sequence: number): bigint {
  const { segments } = presentation.tracks()[0]!;
  return segments.at(sequence - segments.firstSequence).time;
}

/** Two chunks of two pictures, the first of which a decoder can begin with. */
function chunksAt(time: bigint): Buffer {
  const sample = (index: number): Sample => ({
    decodeTime: ticks(time + BigInt(3000 * index)),
    duration: 3000,
    compositionOffset: 0,
    sync: index === 0,
    data: Buffer.from(`picture ${index}`),
  });
  const chunk = (first: number) =>
    writeChunk([sample(first), sample(first + 1)], { sequenceNumber: 1, kind: 'video' }).bytes;
  return Buffer.concat([chunk(0), chunk(2)]);
}

test('the master lists a stream of single pictures for each quality', () => {
  const stream = fakeStream();
  stream.segments(4);

  const { iFrameVariants } = parseMultivariantPlaylist(stream.text('manifest(format=m3u8-cmaf)'));

  assert.deepEqual(
    iFrameVariants.map(({ uri, resolution }) => [uri, resolution?.height]),
    [
      [LIST, 720],
      [LIST.replace('2500000', '600000'), 360],
    ],
  );
});

test('a playlist of single pictures has the header, each complete fragment once, and nothing of low latency', () => {
  const stream = fakeStream();
  stream.segments(4);
  stream.chunk();

  const text = stream.text(LIST);
  const list = parseMediaPlaylist(text);

  assert.deepEqual([list.iFramesOnly, list.version, list.targetDurationSeconds], [true, 5, 2]);
  assert.doesNotMatch(text, /EXT-X-(?:PART|PRELOAD|SERVER-CONTROL|ALLOW-CACHE|SKIP)/);
  assert.deepEqual(
    list.segments.map(({ uri, durationSeconds }) => [uri, durationSeconds]),
    [1, 2, 3, 4].map((sequence) => [`KeyFrames(video=${timeOf(stream, sequence)},format=m3u8-cmaf).mp4`, 2]),
  );
  assert.equal(list.segments[0]?.map?.uri, 'Fragments(video=i,format=m3u8-cmaf).mp4');
  stream.end();
  stream.clock.advance(61_000);
  assert.equal(parseMediaPlaylist(stream.text(LIST)).endList, true);
});

test('a picture is a fragment of its own that lasts until the next one', async () => {
  const stream = fakeStream();
  stream.segments(2);
  const time = timeOf(stream, 2);
  const presentation: Presentation = {
    ...stream.presentation,
    readSegment: () => Promise.resolve(chunksAt(time)),
  };
  const packaged = packagedStream(fakePublication(presentation), stream.clock);

  const answer = await packaged.media(
    `QualityLevels(${BEST.bitrate})/KeyFrames(video=${time},format=m3u8-cmaf).mp4`,
  );

  const [samples, ...others] = parseChunks(new Uint8Array(Buffer.concat(answer.chunks)), { trex: emptyTrex(1) });
  assert.deepEqual(others, []);
  assert.deepEqual(
    samples?.map(({ decodeTime, duration, sync, data }) => [
      decodeTime,
      duration,
      sync,
      Buffer.from(data).toString(),
    ]),
    [[time, 180_000, true, 'picture 0']],
  );
  assert.deepEqual([answer.contentType, answer.lifetime], ['video/mp4', 'immutable']);
});

test('keys stand before the pictures as they do before whole fragments', () => {
  for (const [tag, method] of [
    ['cbc', 'AES-128'],
    ['cbcs-aapl', 'SAMPLE-AES'],
  ] as const) {
    const stream = fakeStream();
    stream.segments(3);
    const protection = fakeProtection(tag);
    const publication = { ...fakePublication(stream.presentation), protect: () => protection };
    const encrypted = packagedStream(publication, stream.clock);

    const text = encrypted.text(LIST.replace(',type', `,encryption=${tag},type`));

    assert.match(text, new RegExp(`#EXT-X-KEY:METHOD=${method},`));
    assert.match(text, new RegExp(`KeyFrames\\(video=\\d+,format=m3u8-cmaf,encryption=${tag}\\)\\.mp4`));
  }
});

test('there are none of sound, and none where nothing begins', async () => {
  const stream = fakeStream();
  stream.segments(2);
  const path = (time: bigint): string =>
    `QualityLevels(${BEST.bitrate})/KeyFrames(video=${time},format=m3u8-cmaf)`;

  await stream.refuses(
    'MPE_BAD_URL_SYNTAX',
    `QualityLevels(${SOUND.bitrate})/Manifest(audio,format=m3u8-cmaf,type=keyframes)`,
  );
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', path(timeOf(stream, 1) + 1n));
  await stream.refuses('MPE_FRAGMENT_NOT_READY', path(timeOf(stream, 2) + 180_000n));
});
