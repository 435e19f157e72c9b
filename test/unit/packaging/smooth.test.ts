import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Track, TrackWindow } from '../../../src-main/core/ports/presentation.ts';
import { checkSmooth } from '../../../src-main/manifest/smooth/check/check-smooth.ts';
import { parseSmoothManifest, type SmoothManifest } from '../../../src-main/manifest/smooth/smooth-manifest.ts';
import type { SegmentRef } from '../../../src-main/media/cmaf/segment-table.ts';
import { type Ticks, ticks } from '../../../src-main/media/time.ts';
import {
  FAKE_START_MS,
  type FakeOptions,
  fakeAudio,
  fakeCue,
  fakePresentation,
  fakePublication,
  fakeVideo,
} from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeStream, packagedStream } from '../../support/packaged-stream.ts';
import { fragmentPath, fragmentsOf } from '../../support/smooth-client.ts';
import { AAC_CONFIG, AVC_CONFIG } from '../media/sample-media.ts';
import { assertGoldenManifest } from './golden-manifest.ts';

const VIDEO = { decoderConfig: AVC_CONFIG };
const AUDIO = { decoderConfig: AAC_CONFIG };
const BEST = fakeVideo(720, 2_500_000, VIDEO);
const SMALL = fakeVideo(360, 600_000, VIDEO);
const SOUND = fakeAudio(128_000, AUDIO);
const TRACKS: readonly Track[] = [BEST, SMALL, SOUND];
const OLD = 'Manifest(format=fmp4-v20)';
const START = BigInt(FAKE_START_MS) * 10_000n;

function smoothStream(options: FakeOptions = {}) {
  const stream = fakeStream({ tracks: TRACKS, ...options });
  return {
    ...stream,
    smooth: (path = 'manifest'): SmoothManifest => parseSmoothManifest(stream.text(path)),
  };
}

test('what is live lists what is complete, but for the two fragments that the last one tells of', () => {
  const stream = smoothStream();
  stream.segments(6);
  stream.chunk();

  const manifest = stream.smooth();

  const [video, audio] = manifest.streams;
  assert.deepEqual(
    fragmentsOf(video!),
    [0n, 1n, 2n, 3n].map((step) => ({ time: START + step * 20_000_000n, duration: 20_000_000 })),
  );
  assert.equal(fragmentsOf(audio!).length, 4);
  assert.deepEqual(manifest.live, { lookAheadFragments: 2, windowDuration: 0n, canSeek: true, canPause: true });
  assert.equal(manifest.duration, 0n);
  assert.deepEqual(checkSmooth(undefined, manifest), []);
});

test('a recording lists all of it and says how long it is', () => {
  const stream = smoothStream({ windowSeconds: 8 });
  stream.segments(20);
  stream.end();

  const manifest = stream.smooth();

  assert.equal(manifest.live, undefined);
  assert.deepEqual(
    manifest.streams.map(({ fragmentCount }) => fragmentCount),
    [20, 20],
  );
  assert.ok(manifest.duration >= 400_000_000n && manifest.duration < 400_500_000n, String(manifest.duration));
  assert.deepEqual(checkSmooth(undefined, manifest), []);
});

test('version 2.0 has every fragment by itself, at addresses of its own', () => {
  const stream = smoothStream();
  stream.segments(6);

  const text = stream.text(OLD);

  assert.doesNotMatch(text, / r="/);
  assert.match(stream.text('manifest'), /<c t="\d+" d="20000000" r="4"\/>/);
  assert.match(
    text,
    /MinorVersion="0".*Url="QualityLevels\(\{bitrate\}\)\/Fragments\(video=\{start time\},format=fmp4-v20\)"/s,
  );
  assert.deepEqual(stream.smooth(OLD).streams.map(fragmentsOf), stream.smooth().streams.map(fragmentsOf));
});

test('manifests of something live, of a recording, with two languages and with cues', () => {
  const tracks = [
    BEST,
    SMALL,
    fakeAudio(128_000, { ...AUDIO, language: 'en', name: 'audio' }),
    fakeAudio(96_000, { ...AUDIO, language: 'de', name: 'audio', id: 'audio_96000' }),
  ];
  const stream = smoothStream({ tracks });
  stream.segments(6);
  stream.cue(fakeCue());
  stream.cue(fakeCue({ number: 8, id: '8', value: 'ads & more', duration: undefined, until: undefined }));

  assertGoldenManifest('smooth/live.xml', stream.text('manifest'));
  assertGoldenManifest('smooth/live-v20.xml', stream.text(OLD));
  stream.end();
  assertGoldenManifest('smooth/recording.xml', stream.text('manifest'));
});

test('two sounds are two streams with their languages, and names that tell them apart', () => {
  const tracks = [
    BEST,
    fakeAudio(128_000, { ...AUDIO, language: 'en' }),
    fakeAudio(96_000, { ...AUDIO, language: 'de', id: 'audio_96000' }),
  ];
  const stream = smoothStream({ tracks });
  stream.segments(4);

  const { streams } = stream.smooth();

  assert.deepEqual(
    streams.map(({ name, language, qualities }) => [name, language, qualities.length]),
    [
      ['video', undefined, 1],
      ['audio (en)', 'en', 1],
      ['audio (de)', 'de', 1],
    ],
  );
  assert.ok(streams.slice(1).every(({ url }) => url.includes('Fragments(audio=')));
});

test('cues are a sparse stream with their messages, at the time that they are of', () => {
  const stream = smoothStream();
  stream.segments(4);
  const cue = fakeCue();
  stream.cue(cue);
  stream.cue(fakeCue({ number: 9, kind: 'metadata', scheme: 'https://aomedia.org/emsg/ID3' }));

  const manifest = stream.smooth();

  const sparse = manifest.streams.at(-1)!;
  assert.deepEqual([sparse.type, sparse.name, sparse.subtype], ['text', 'onAdCue', 'DATA']);
  assert.deepEqual([sparse.parentStream, sparse.manifestOutput], ['video', true]);
  assert.deepEqual(sparse.qualities[0]?.customAttributes, new Map([['Scheme', 'urn:scte:scte35:2013:bin']]));
  assert.deepEqual(sparse.fragments, [
    { time: START + 60_000_000n, duration: 300_000_000, count: 1, content: cue.message },
  ]);
  assert.deepEqual(checkSmooth(undefined, manifest), []);
});

test('the fragment of a cue can be asked for, too', async () => {
  const stream = smoothStream();
  stream.segments(4);
  stream.cue(fakeCue());
  const sparse = stream.smooth().streams.at(-1)!;

  const { chunks } = await stream.media(fragmentPath(sparse, sparse.qualities[0]!, START + 60_000_000n));

  assert.ok(
    Buffer.concat(chunks)
      .subarray(-3)
      .equals(Buffer.of(0xfc, 0x30, 0x11)),
  );
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', fragmentPath(sparse, sparse.qualities[0]!, START));
});

test('a fragment ahead of the edge is not ready, one behind the window is gone, and others were never there', async () => {
  const stream = smoothStream({ windowSeconds: 8, archiveSegments: 0 });
  stream.segments(100);
  const [video] = stream.smooth().streams;
  const fragments = fragmentsOf(video!);
  const edge = fragments.at(-1)!.time + 20_000_000n;
  const at = (time: bigint): string => fragmentPath(video!, video!.qualities[0]!, time);

  for (const steps of [0n, 1n, 2n, 3n]) {
    await stream.refuses('MPE_FRAGMENT_NOT_READY', at(edge + steps * 20_000_000n));
  }
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(START));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(edge - 20_000_001n));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(edge + 600_000_000n));
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', at(edge).replace('2500000', '2500001'));
  await stream.refuses('MPE_BAD_URL_SYNTAX', 'QualityLevels(2500000)/Fragments(video=i)');
  await stream.refuses('MPE_BAD_URL_SYNTAX', 'QualityLevels(2500000)/Manifest(video)');
  await stream.refuses('MPE_BAD_URL_SYNTAX', 'QualityLevels(2500000)/FragmentInfo(video=1,format=mpd-time-cmaf)');
  stream.end();
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', at(edge + 60_000_000n));
});

test('who comes before there is enough waits, and is told when nothing comes', async () => {
  const stream = smoothStream();
  stream.segments(2);

  const waiting = await stream.notYet('manifest');
  assert.equal(waiting.isReady(), false);
  assert.equal(waiting.tooLate().code, 'MPE_FRAGMENT_NOT_READY');
  stream.segments(1);

  assert.equal(waiting.isReady(), true);
  assert.equal((await waiting.again()).kind, 'manifest');
  const empty = smoothStream();
  empty.end();
  await empty.refuses('MPE_RESOURCE_NOT_FOUND', 'manifest');
});

test('a sound that is a little behind is waited for at the beginning', async () => {
  // Of 4.0 sound no silence is known that could be put in its place.
  const decoderConfig = Uint8Array.of(0x11, 0xa0);
  const stream = smoothStream({ tracks: [BEST, { ...SOUND, decoderConfig }] });
  stream.silence(SOUND.id, true);
  stream.segments(1);
  stream.silence(SOUND.id, false);
  stream.segments(2);

  await stream.notYet('manifest');
  stream.segments(1);

  assert.deepEqual(
    stream.smooth().streams.map(({ type }) => type),
    ['video', 'audio'],
  );
});

test('what one quality lacks is listed for none, and a quality that lacks much of a recording is not listed', () => {
  const stream = smoothStream();
  stream.segments(40);
  stream.lose(SMALL.id, 7);
  stream.silence(BEST.id, true);
  stream.segments(10);
  stream.end();

  const { streams } = stream.smooth();

  assert.deepEqual(
    streams[0]?.qualities.map(({ bitrate }) => bitrate),
    [SMALL.bitrate],
  );
  assert.deepEqual(
    streams.map(({ fragmentCount }) => fragmentCount),
    [49, 50],
  );
});

test('everybody is given the same manifest until there is another fragment, and gzip has the same text', () => {
  const stream = smoothStream();
  stream.segments(90);
  const first = stream.manifest('manifest');
  stream.chunk();
  const same = stream.manifest('manifest');
  stream.segments(1);

  const next = stream.manifest('manifest');

  assert.equal(same, first);
  assert.notEqual(next, first);
  assert.deepEqual(gunzipSync(next.gzip()), Buffer.from(next.identity()));
  assert.equal(next.contentType, 'text/xml');
});

test('live manifests hold for two seconds, those of recordings for days', () => {
  const stream = smoothStream();
  stream.segments(4);
  const lifetime = (): unknown => {
    const answer = stream.answer('manifest');
    return answer instanceof Promise || answer.kind === 'not-yet' || answer.kind === 'growing'
      ? undefined
      : answer.lifetime;
  };

  assert.equal(lifetime(), 2);
  stream.end();
  stream.clock.advance(3_600_000);
  assert.equal(lifetime(), 259_200);
});

test('whatever happens to a broadcast, its manifests keep to the rules and only append and drop', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('segments' as const),
      count: fc.integer({ min: 1, max: 30 }),
      chunks: fc.integer({ min: 2, max: 11 }),
    }),
    fc.record({ kind: fc.constant('gap' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('chunks' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({
      kind: fc.constant('cue' as const),
      inSeconds: fc.integer({ min: 1, max: 30 }),
      seconds: fc.integer({ min: 0, max: 9 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), fc.constantFrom('manifest', OLD), (steps, path) => {
      const stream = smoothStream({ windowSeconds: 30 });
      let previous: SmoothManifest | undefined;
      const look = (): void => {
        const next = stream.smooth(path);
        assert.deepEqual(checkSmooth(previous, next), []);
        previous = next;
      };
      stream.segments(3);
      look();
      for (const [number, one] of steps.entries()) {
        switch (one.kind) {
          case 'segments':
            stream.segments(one.count, one.chunks);
            break;
          case 'gap':
            stream.chunk();
            stream.cut(one.seconds);
            break;
          case 'chunks':
            for (let count = one.count; count > 0; count -= 1) {
              stream.chunk();
            }
            break;
          case 'cue': {
            const time = ticks(BigInt(Math.round(stream.edgeMs() + one.inSeconds * 1000)) * 90n);
            const duration = one.seconds * 90_000;
            stream.cue(fakeCue({ number, time, duration, until: ticks(time + BigInt(duration)) }));
            break;
          }
        }
        look();
      }
      stream.end();
      look();
    }),
    { numRuns: 60 },
  );
});

test('there is no Smooth Streaming of a live event with LowLatencyV2, but of its recording', async () => {
  const fake = fakePresentation({ tracks: TRACKS });
  const presentation = { ...fake.presentation, isWithoutSmooth: true };
  const stream = packagedStream(fakePublication(presentation), manualClock(fake.edgeMs()));
  fake.segments(6);

  await stream.refuses('MPE_OUTPUT_FORMAT_BLOCKED', 'manifest');
  await stream.refuses('MPE_OUTPUT_FORMAT_BLOCKED', OLD);
  assert.match(stream.text('manifest(format=mpd-time-cmaf)'), /<MPD/);
  fake.end();
  assert.match(stream.text('manifest'), /<SmoothStreamingMedia/);
});

/** The most rows of the tables that a manifest reads for one new segment, over as many as a run of blocks has. */
function readsPerSegment(windowSegments: number): number {
  const fake = fakePresentation({ tracks: TRACKS, windowSeconds: windowSegments * 2 });
  let reads = 0;
  const windows = fake.presentation.tracks().map((window): TrackWindow => {
    const { segments } = window;
    const at = (index: number): SegmentRef => {
      reads += 1;
      return segments.at(index);
    };
    return Object.defineProperties(
      { ...window },
      {
        open: { get: () => window.open },
        segments: {
          value: {
            get length() {
              return segments.length;
            },
            get firstSequence() {
              return segments.firstSequence;
            },
            at,
            indexAtTime: (time: Ticks) => segments.indexAtTime(time),
            indexBefore: (time: Ticks) => segments.indexBefore(time),
          },
        },
      },
    );
  });
  const publication = fakePublication({ ...fake.presentation, tracks: () => windows });
  const stream = packagedStream(publication, manualClock(fake.edgeMs()));
  fake.segments(windowSegments + 70);
  stream.manifest('manifest').gzip();
  const costs = Array.from({ length: 130 }, () => {
    const before = reads;
    fake.segments(1);
    stream.manifest('manifest').gzip();
    return reads - before;
  });
  return Math.max(...costs);
}

test('what a new segment costs does not depend on how long the window is', () => {
  const short = readsPerSegment(300);
  const long = readsPerSegment(10_800);

  assert.ok(short < 1500, String(short));
  // Where blocks begin differs with the length; how many are written anew does not.
  assert.ok(long <= short + 200, `${short} ${long}`);
});
