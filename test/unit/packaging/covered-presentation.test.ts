import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Presentation, Track, TrackWindow } from '../../../src-main/core/ports/presentation.ts';
import { expandTimeline, timelineRuns } from '../../../src-main/manifest/dash/segment-timeline.ts';
import { parseChunks, writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { emptyTrex } from '../../../src-main/media/isobmff/trex.ts';
import { smoothTime } from '../../../src-main/media/smooth/smooth-time.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE, fakeAudio, fakePublication, fakeVideo } from '../../support/fake-presentation.ts';
import { fakeProtection } from '../../support/fake-protection.ts';
import { fakeStream, fragmentPath, type PackagedStream, packagedStream } from '../../support/packaged-stream.ts';
import { AAC_CONFIG, AUDIO, AVC_CONFIG } from '../media/sample-media.ts';

const SEGMENTS = 12;
const FROM = 6;
const PICTURE = fakeVideo(720, FAKE.BEST.bitrate, { decoderConfig: AVC_CONFIG });
const SOUND = fakeAudio(128_000, {
  decoderConfig: AAC_CONFIG,
  sampleRate: AUDIO.sampleRate,
  timescale: AUDIO.timescale,
});

/** What pictures of a segment have in them: a length, and a NAL unit that says of which it is. */
function pictureOf(sequence: number, index: number): Uint8Array {
  const nal = Buffer.concat([Buffer.from([index === 0 ? 0x65 : 0x41]), Buffer.from(`${sequence}/${index}`)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  return Buffer.concat([length, nal]);
}

function openStream(options: { readonly encrypted?: boolean; readonly windowSeconds?: number } = {}) {
  const fake = fakeStream({ windowSeconds: options.windowSeconds ?? 3600, tracks: [PICTURE, SOUND] });
  const reads: string[] = [];
  const presentation: Presentation = {
    ...fake.presentation,
    async readSegment(window, sequence) {
      await fake.presentation.readSegment(window, sequence);
      reads.push(`${window.track.id} ${sequence}`);
      return segmentBytes(window, sequence);
    },
  };
  const protection = fakeProtection('cenc');
  const publication = fakePublication(presentation);
  const stream = packagedStream(
    options.encrypted === true ? { ...publication, protect: () => protection } : publication,
    fake.clock,
  );
  fake.segments(SEGMENTS);
  fake.follow();
  return { ...fake, ...stream, presentation, reads };
}

function segmentBytes({ track, segments }: TrackWindow, sequence: number): Uint8Array {
  const { time, duration } = segments.at(sequence - segments.firstSequence);
  const step = track.kind === 'video' ? track.timescale / 10 : 1024;
  const samples: Sample[] = [];
  for (let at = 0; at < duration; at += step) {
    samples.push({
      decodeTime: ticks(time + BigInt(at)),
      duration: Math.min(step, duration - at),
      compositionOffset: track.kind === 'video' ? 900 : 0,
      sync: track.kind === 'audio' || at === 0,
      data: track.kind === 'video' ? pictureOf(sequence, samples.length) : Buffer.from('a sound'),
    });
  }
  return writeChunk(samples, { sequenceNumber: sequence, kind: track.kind }).bytes;
}

type Stream = ReturnType<typeof openStream>;

function rowOf({ presentation }: Stream, track: Track, sequence: number) {
  const { segments } = presentation.tracks().find((window) => window.track === track)!;
  return segments.at(sequence - segments.firstSequence);
}

async function samplesAt(stream: Stream, track: Track, sequence: number): Promise<readonly Sample[]> {
  const answer = await stream.media(fragmentPath(track, rowOf(stream, track, sequence).time));
  return answer.chunks.flatMap((bytes) => parseChunks(bytes, { trex: emptyTrex(1) }).flat());
}

const gapsOf = (stream: PackagedStream, track: Track): number =>
  stream.playlist(track).segments.filter(({ gap }) => gap === true).length;

test('what was taken back is listed as before, and is one picture from before it that stands still', async () => {
  const stream = openStream();
  const before = stream.playlist(PICTURE).segments.map(({ uri, durationSeconds }) => [uri, durationSeconds]);
  const original = await samplesAt(stream, PICTURE, FROM + 1);

  stream.takeBack(FROM);

  assert.equal(gapsOf(stream, PICTURE) + gapsOf(stream, SOUND), 0);
  assert.deepEqual(
    stream.playlist(PICTURE).segments.map(({ uri, durationSeconds }) => [uri, durationSeconds]),
    before,
  );
  for (const sequence of [FROM, FROM + 1, SEGMENTS]) {
    const { time, duration } = rowOf(stream, PICTURE, sequence);
    const [still, ...others] = await samplesAt(stream, PICTURE, sequence);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [still?.decodeTime, still?.duration, still?.compositionOffset, still?.sync],
      [time, duration, 900, true],
    );
    assert.deepEqual(Buffer.from(still!.data), pictureOf(FROM - 1, 0));
  }
  assert.equal(original.length, 20);
  assert.equal((await samplesAt(stream, PICTURE, FROM - 1)).length, 20, 'what is before stays as it is');
  const listed = stream.mpd().periods[0]?.adaptationSets[0]?.segmentTemplate?.timeline;
  const times = listed === undefined ? [] : [...expandTimeline(timelineRuns(listed))].map(({ time }) => time);
  assert(times.includes(rowOf(stream, PICTURE, FROM).time));
});

test('its sound is silence of the same length, in whole frames', async () => {
  const stream = openStream();
  stream.takeBack(FROM);

  for (const sequence of [FROM, SEGMENTS]) {
    const { time, duration } = rowOf(stream, SOUND, sequence);
    const samples = await samplesAt(stream, SOUND, sequence);
    assert.equal(samples[0]?.decodeTime, time);
    assert.equal(
      samples.reduce((sum, sample) => sum + sample.duration, 0),
      duration,
    );
    assert(
      samples.every(({ data }) => Buffer.from(data).toString('hex') === '01182007'),
      'a silent frame of mono',
    );
  }
});

test('every other format has it too, and nothing of what was taken back is read for them', async () => {
  const stream = openStream();
  stream.takeBack(FROM);
  stream.segments(3);
  stream.follow();
  const { time } = rowOf(stream, PICTURE, FROM + 1);
  const paths = [
    fragmentPath(PICTURE, time, { format: 'm3u8-aapl' }),
    fragmentPath(PICTURE, time, { format: 'mpd-time-csf' }),
    `QualityLevels(${PICTURE.bitrate})/KeyFrames(video=${time},format=m3u8-cmaf).mp4`,
    `QualityLevels(${PICTURE.bitrate})/Fragments(video=${smoothTime(time, PICTURE.timescale)})`,
  ];

  for (const path of paths) {
    const { chunks } = await stream.media(path);
    assert(Buffer.concat(chunks).includes(`${FROM - 1}/0`), path);
    assert(!Buffer.concat(chunks).includes(`${FROM + 1}/0`), path);
  }
  const list = stream.text(`QualityLevels(${PICTURE.bitrate})/Manifest(video,format=m3u8-aapl)`);
  assert.doesNotMatch(list, /EXT-X-GAP/);
  assert.deepEqual(
    stream.reads.filter((read) => Number(read.split(' ')[1]) >= FROM && read.startsWith(PICTURE.id)),
    [],
  );
});

test('what was encrypted before is not given any more', async () => {
  const stream = openStream({ encrypted: true });
  const path = fragmentPath(PICTURE, rowOf(stream, PICTURE, FROM + 1).time);
  const before = await stream.media(path);

  stream.takeBack(FROM);
  const after = await stream.media(path);

  assert.notDeepEqual(Buffer.concat(after.chunks), Buffer.concat(before.chunks));
  const [samples] = parseChunks(new Uint8Array(Buffer.concat(after.chunks)), { trex: emptyTrex(1) });
  assert.equal(samples?.length, 1);
});

test('the picture stands on when what it is from has left the window', async () => {
  const stream = openStream({ windowSeconds: 20 });
  stream.takeBack(FROM);
  stream.playlist(PICTURE);

  stream.segments(6);
  stream.follow();
  const { mediaSequence } = stream.playlist(PICTURE);

  assert(mediaSequence >= FROM);
  const [still] = await samplesAt(stream, PICTURE, SEGMENTS);
  assert.deepEqual(Buffer.from(still!.data), pictureOf(FROM - 1, 0));
});

test('with nothing before it, what comes behind it stands still', async () => {
  const stream = openStream();
  stream.takeBack(1);
  assert.equal(gapsOf(stream, PICTURE), SEGMENTS, 'nobody knows a picture yet');

  stream.segments(2);
  stream.follow();

  assert.equal(gapsOf(stream, PICTURE), 0);
  const [still] = await samplesAt(stream, PICTURE, 3);
  assert.deepEqual(Buffer.from(still!.data), pictureOf(SEGMENTS + 1, 0));
});

test('while the newest is covered no parts are listed, and with the next that has some they are', () => {
  const stream = openStream();
  assert.match(stream.text(playlist()), /#EXT-X-PART:/);

  stream.takeBack(FROM);
  assert.doesNotMatch(stream.text(playlist()), /#EXT-X-PART:/);
  stream.segments(1);
  stream.follow();

  assert.match(stream.text(playlist()), /#EXT-X-PART:/);
});

const playlist = (): string => `QualityLevels(${PICTURE.bitrate})/Manifest(${PICTURE.name},format=m3u8-cmaf)`;

test('a recording has a gap there', async () => {
  const stream = openStream();
  stream.takeBack(FROM);
  stream.segments(1);
  stream.end();
  stream.clock.advance(61_000);

  assert(gapsOf(stream, PICTURE) >= SEGMENTS - FROM);
  await stream.refuses(
    'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
    fragmentPath(PICTURE, rowOf(stream, PICTURE, FROM + 1).time),
  );
});
