import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { smoothTime } from '../../../src-main/media/smooth/smooth-time.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE, fakePublication } from '../../support/fake-presentation.ts';
import { fakeProtection } from '../../support/fake-protection.ts';
import { fakeStream, fragmentPath, packagedStream } from '../../support/packaged-stream.ts';

const { BEST, SOUND } = FAKE;

type Stream = ReturnType<typeof fakeStream>;

function timeOf({ presentation }: Stream, sequence: number, track = 0): bigint {
  const { segments } = presentation.tracks()[track]!;
  return segments.at(sequence - segments.firstSequence).time;
}

suite('the address of the fragment that follows', () => {
  for (const [format, suffix] of [
    ['m3u8-cmaf', '.mp4'],
    ['mpd-time-cmaf', ''],
    ['mpd-time-csf', ''],
  ] as const) {
    test(`${format}: relative to the one before, and none until it is complete`, () => {
      const stream = fakeStream();
      stream.segments(4);
      stream.chunk();

      const next = (sequence: number): string | undefined =>
        stream.next(fragmentPath(BEST, timeOf(stream, sequence), { format }) + suffix);

      assert.equal(next(2), `Fragments(video=${timeOf(stream, 3)},format=${format})${suffix}`);
      assert.equal(next(4), undefined);
      assert.equal(stream.next(fragmentPath(SOUND, timeOf(stream, 4, 2), { format }) + suffix), undefined);
      const last = timeOf(stream, 4);
      stream.cut();
      assert.equal(
        stream.next(fragmentPath(BEST, last, { format }) + suffix),
        `Fragments(video=${timeOf(stream, 5)},format=${format})${suffix}`,
      );
    });
  }

  test('Smooth Streaming: the next that can be had, which is two behind the newest', () => {
    const stream = fakeStream();
    stream.segments(5);
    const timed = (sequence: number): bigint => smoothTime(ticks(timeOf(stream, sequence)), BEST.timescale);
    const next = (sequence: number, word = 'Fragments', rest = ''): string | undefined =>
      stream.next(`QualityLevels(${BEST.bitrate})/${word}(video=${timed(sequence)}${rest})`);

    assert.equal(next(2), `Fragments(video=${timed(3)})`);
    assert.equal(next(2, 'FragmentInfo'), `FragmentInfo(video=${timed(3)})`);
    assert.equal(next(1, 'KeyFrames', ',format=fmp4-v20'), `KeyFrames(video=${timed(2)},format=fmp4-v20)`);
    assert.equal(next(3), undefined);
    stream.end();
    stream.clock.advance(61_000);
    assert.equal(next(4), `Fragments(video=${timed(5)})`);
    assert.equal(next(5), undefined);
  });

  for (const format of ['m3u8-aapl', 'm3u8-aapl-v3'] as const) {
    test(`${format}: the next segment when all of its fragments are there`, () => {
      const stream = fakeStream({ fragmentsPerTsSegment: 2, windowSeconds: 40 });
      stream.segments(5);
      const next = (sequence: number): string | undefined =>
        stream.next(`${fragmentPath(BEST, timeOf(stream, sequence), { format })}.ts`);

      assert.equal(next(1), `Fragments(video=${timeOf(stream, 3)},format=${format}).ts`);
      assert.equal(next(3), undefined);
      stream.segments(1);
      assert.equal(next(3), `Fragments(video=${timeOf(stream, 5)},format=${format}).ts`);
    });
  }

  test('single pictures have single pictures behind them', () => {
    const stream = fakeStream();
    stream.segments(3);

    const next = stream.next(
      `QualityLevels(${BEST.bitrate})/KeyFrames(video=${timeOf(stream, 1)},format=m3u8-aapl).ts`,
    );

    assert.equal(next, `KeyFrames(video=${timeOf(stream, 2)},format=m3u8-aapl).ts`);
  });

  test('what is missing in a track is passed over', () => {
    const stream = fakeStream({ partSeconds: undefined });
    stream.segments(2);
    stream.silence(SOUND.id, true);
    stream.segments(2);
    stream.silence(SOUND.id, false);
    stream.segments(1);
    stream.end();
    stream.clock.advance(61_000);
    stream.lose(BEST.id, 3);

    const next = stream.next(fragmentPath(BEST, timeOf(stream, 2)));

    assert.equal(next, `Fragments(video=${timeOf(stream, 4)},format=m3u8-cmaf).mp4`);
  });

  test('what the address was asked for with is in it', () => {
    const stream = fakeStream();
    stream.segments(3);
    const protection = fakeProtection('cenc');
    const publication = { ...fakePublication(stream.presentation), protect: () => protection };
    const encrypted = packagedStream(publication, stream.clock);
    const path = fragmentPath(BEST, timeOf(stream, 1), { format: 'mpd-time-cmaf,encryption=cenc' });

    assert.equal(
      encrypted.next(path),
      `Fragments(video=${timeOf(stream, 2)},format=mpd-time-cmaf,encryption=cenc)`,
    );
  });

  test('manifests, playlists, headers, parts and what is not known have none', () => {
    const stream = fakeStream();
    stream.segments(4);
    const time = timeOf(stream, 2);

    for (const path of [
      'manifest(format=m3u8-cmaf)',
      'manifest',
      `QualityLevels(${BEST.bitrate})/Manifest(video,format=m3u8-cmaf)`,
      fragmentPath(BEST, 'i'),
      fragmentPath(BEST, time, { part: 1 }),
      fragmentPath(BEST, time + 1n),
      fragmentPath({ ...BEST, name: 'film' }, time),
      `QualityLevels(${BEST.bitrate})/Fragments(video=${time},format=f4m-f4f)Seg1-Frag1`,
    ]) {
      assert.equal(stream.next(path), undefined, path);
    }
  });
});
