import { test } from 'node:test';
import { FAKE_TRACKS, fakeAudio, fakeVideo } from '../../support/fake-presentation.ts';
import { fakeStream, playlistPath } from '../../support/packaged-stream.ts';
import { STOPPING, stoppingStream } from '../../support/stopping-stream.ts';
import { assertGoldenManifest } from './golden-manifest.ts';

const [BEST, , SOUND] = FAKE_TRACKS;
const DASH = 'manifest(format=mpd-time-cmaf)';

/** A broadcast with a break in it, and some chunks of a segment that is being written. */
function broadcast(partSeconds: number | undefined) {
  const stream = fakeStream({ partSeconds, windowSeconds: 30 });
  stream.segments(9);
  stream.chunk();
  stream.cut(3.4);
  stream.segments(5);
  stream.chunk();
  stream.chunk();
  stream.chunk();
  stream.follow();
  return stream;
}

test('a low-latency broadcast is written as on file', () => {
  const stream = broadcast(0.2134);

  assertGoldenManifest('low-latency/multivariant.m3u8', stream.text('manifest(format=m3u8-cmaf)'));
  assertGoldenManifest('low-latency/video.m3u8', stream.text(playlistPath(BEST!)));
  assertGoldenManifest('low-latency/video-delta.m3u8', stream.text(playlistPath(BEST!), '_HLS_skip=YES'));
  assertGoldenManifest('low-latency/audio.m3u8', stream.text(playlistPath(SOUND!)));
  assertGoldenManifest('low-latency/live.mpd', stream.text(DASH));
});

test('a broadcast of whole segments is written as on file', () => {
  const stream = broadcast(undefined);

  assertGoldenManifest('whole-segments/video.m3u8', stream.text(playlistPath(BEST!)));
  assertGoldenManifest('whole-segments/live.mpd', stream.text(DASH));
});

test('the end of a broadcast and its recording are written as on file', () => {
  const stream = broadcast(0.2134);
  stream.text(DASH);
  stream.end();
  stream.follow();

  assertGoldenManifest('ended/closing.m3u8', stream.text(playlistPath(BEST!)));
  assertGoldenManifest('ended/closing.mpd', stream.text(DASH));
  stream.clock.advance(61_000);
  assertGoldenManifest('ended/recording.m3u8', stream.text(playlistPath(BEST!)));
  assertGoldenManifest('ended/recording.mpd', stream.text(DASH));
});

test('languages, several sounds and several cameras are written as on file', () => {
  const stream = fakeStream({
    tracks: [
      fakeVideo(1080, 5_000_000, { frameRate: { numerator: 30_000, denominator: 1001 } }),
      fakeVideo(360, 800_000, { id: 'stage', name: 'stage', language: 'und' }),
      fakeAudio(128_000, { id: 'en', name: 'english', language: 'en' }),
      fakeAudio(64_000, { id: 'en64', name: 'english', language: 'en' }),
      fakeAudio(384_000, { id: 'de', name: 'Ton & "Bild"', language: 'de', channels: 6 }),
    ],
  });
  stream.segments(4);
  stream.follow();

  assertGoldenManifest('many-tracks/multivariant.m3u8', stream.text('manifest(format=m3u8-cmaf,audio-only=true)'));
  assertGoldenManifest('many-tracks/live.mpd', stream.text(DASH));
});

test('a quality that stopped and came back is written as on file', () => {
  const stream = stoppingStream();
  stream.run(9);
  stream.text(DASH);
  stream.stop(STOPPING.BEST);
  stream.run(12);
  assertGoldenManifest('stopping/without-it.mpd', stream.text(DASH));
  assertGoldenManifest('stopping/gaps.m3u8', stream.text(playlistPath(STOPPING.BEST)));
  assertGoldenManifest('stopping/multivariant.m3u8', stream.text('manifest(format=m3u8-cmaf)'));
  stream.go(STOPPING.BEST);
  stream.run(10);
  assertGoldenManifest('stopping/with-it-again.mpd', stream.text(DASH));
});
