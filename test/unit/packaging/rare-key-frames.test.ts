import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkMediaPlaylist } from '../../../src-main/manifest/hls/check/check-media-playlist.ts';
import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { FAKE, type FakeOptions } from '../../support/fake-presentation.ts';
import { fakeStream } from '../../support/packaged-stream.ts';

const { BEST, SMALL, SOUND } = FAKE;
const MUXED = `QualityLevels(${BEST.bitrate})/Manifest(video,format=m3u8-aapl-v3)`;
const PICTURES = `QualityLevels(${BEST.bitrate})/Manifest(video,format=m3u8-cmaf,type=keyframes)`;
/** Chunks of 0.2 s between two key frames: 8.4 s and 2 s. */
const RARE = 42;
const WANTED = 10;

/** A broadcast that should have a key frame every 2 s, and each version of its playlists. */
function follow(chunks: readonly number[], options: FakeOptions = {}) {
  const stream = fakeStream({ windowSeconds: 120, ...options });
  const versions: { cmaf: MediaPlaylist; muxed: MediaPlaylist | undefined; pictures: MediaPlaylist }[] = [];
  const violations: string[] = [];
  for (const count of chunks) {
    stream.segments(1, count);
    const cmaf = stream.playlist(BEST);
    const pictures = parseMediaPlaylist(stream.text(PICTURES));
    const answer = stream.answer(MUXED);
    const muxed =
      'kind' in answer && answer.kind === 'manifest' ? parseMediaPlaylist(stream.text(MUXED)) : undefined;
    const before = versions.at(-1);
    versions.push({ cmaf, muxed, pictures });
    for (const [name, next] of Object.entries({ cmaf, muxed, pictures })) {
      if (next !== undefined) {
        const found = checkMediaPlaylist(
          before?.[name === 'cmaf' ? 'cmaf' : name === 'muxed' ? 'muxed' : 'pictures'],
          next,
        );
        violations.push(...found.map(({ clause, message }) => `${name} ${clause} ${message}`));
      }
    }
  }
  return { stream, versions, violations };
}

describe('a broadcast whose key frames are rarer than was wanted', () => {
  test('from the beginning has lawful playlists with the target duration of what really comes', () => {
    for (const partSeconds of [0.2134, undefined]) {
      const { versions, violations } = follow([RARE, RARE, RARE, RARE], { partSeconds });

      assert.deepEqual(violations, []);
      assert.deepEqual(
        versions.map(({ cmaf, muxed, pictures }) =>
          [cmaf, muxed, pictures].map((playlist) => playlist?.targetDurationSeconds),
        ),
        Array.from({ length: 4 }, () => [9, 9, 9]),
      );
    }
  });

  test('has one of them in a transport stream segment, also for who asked before the first of them', async () => {
    const stream = fakeStream({ windowSeconds: 120 });
    const waiting = await stream.notYet(MUXED);
    stream.segments(1, RARE);

    assert.equal(waiting.isReady(), true);
    assert.equal((await waiting.again()).kind, 'manifest');
    assert.deepEqual(
      parseMediaPlaylist(stream.text(MUXED)).segments.map(({ durationSeconds }) => durationSeconds),
      [8.4],
    );
  });

  test('later than at first has a target duration that goes up once, and keeps its addresses', () => {
    const { versions, violations } = follow([WANTED, WANTED, RARE, WANTED, WANTED, RARE, WANTED, WANTED, WANTED]);

    assert.deepEqual(
      versions.map(({ cmaf }) => cmaf.targetDurationSeconds),
      [2, 2, 9, 9, 9, 9, 9, 9, 9],
    );
    assert.deepEqual(
      violations.filter((one) => one.startsWith('cmaf')),
      [
        'cmaf 8216bis 6.2.1 EXT-X-TARGETDURATION was changed',
        'cmaf 8216bis 6.2.1 EXT-X-SERVER-CONTROL or EXT-X-PART-INF was changed',
      ],
    );
    assert.ok(
      violations.every((one) => one.includes('was changed')),
      violations.join('\n'),
    );
    const [whole] = versions.slice(-1);
    assert.deepEqual(
      whole?.muxed?.segments.map(({ durationSeconds }) => Math.round(10 * durationSeconds) / 10),
      [12.4, 12.4, 6],
    );
  });

  test('tells DASH of it: how long segments are, and how far from the end to play', () => {
    const { stream } = follow([RARE, RARE], { partSeconds: undefined });
    const { maxSegmentDurationSeconds = 0, suggestedPresentationDelaySeconds = 0 } = stream.mpd();

    assert.ok(maxSegmentDurationSeconds >= 8.4, String(maxSegmentDurationSeconds));
    assert.ok(suggestedPresentationDelaySeconds >= 3 * 8.4 - 0.01, String(suggestedPresentationDelaySeconds));
  });

  test('pushed as whole fragments has no track that is taken to have stopped between two of them', () => {
    const stream = fakeStream({ windowSeconds: 120 });
    stream.segments(2, 30);
    stream.playlist(SMALL);
    // A fragment of 6 s of one quality, and then those of the others.
    for (const track of [SMALL, SOUND]) {
      stream.silence(track.id, true);
    }
    for (let chunk = 0; chunk < 30; chunk += 1) {
      stream.chunk();
    }

    assert.equal(stream.playlist(SMALL).segments.length, 2);
    assert.deepEqual(
      stream.playlist(SOUND).segments.map(({ gap }) => gap ?? false),
      [false, false],
    );
    assert.equal(stream.mpd().periods.length, 1);
  });
});
