import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { FAKE } from '../../support/fake-presentation.ts';
import { fakeStream, fragmentPath } from '../../support/packaged-stream.ts';
import { assertGoldenManifest } from './golden-manifest.ts';

const MPD = 'manifest(format=mpd-time-csf)';
const { BEST } = FAKE;

/** A low-latency broadcast with some chunks of a segment that is being written. */
function broadcast(): ReturnType<typeof fakeStream> {
  const stream = fakeStream({ windowSeconds: 30 });
  stream.segments(5);
  stream.chunk();
  stream.chunk();
  stream.follow();
  return stream;
}

test('a broadcast and its recording are written as on file', () => {
  const stream = broadcast();

  assertGoldenManifest('csf/live.mpd', stream.text(MPD));
  stream.end();
  stream.clock.advance(61_000);
  assertGoldenManifest('csf/recording.mpd', stream.text(MPD));
});

test('it has whole segments and nothing of low latency or of CMAF, whatever the broadcast has', () => {
  const stream = broadcast();

  const mpd = parseMpd(stream.text(MPD));

  assert.deepEqual(mpd.profiles, ['urn:mpeg:dash:profile:isoff-live:2011']);
  for (const set of mpd.periods.flatMap(({ adaptationSets }) => adaptationSets)) {
    assert.deepEqual(set.profiles, ['ccff']);
    assert.equal(set.segmentProfiles, undefined);
    assert.equal(set.resyncs, undefined);
    assert.equal(set.segmentTemplate?.availabilityTimeOffset, undefined);
    assert.match(set.segmentTemplate?.media ?? '', /^QualityLevels\(\$Bandwidth\$\)\/Fragments\(\w+=\$Time\$,/);
    assert.match(set.segmentTemplate?.initialization ?? '', /=i,format=mpd-time-csf\)$/);
  }
});

test('the segment that is being written is not ready, and there are no parts, playlists or single pictures', async () => {
  const stream = broadcast();
  const { open } = stream.presentation.tracks()[0]!;
  const format = 'mpd-time-csf';

  await stream.refuses('MPE_FRAGMENT_NOT_READY', fragmentPath(BEST, open!.time, { format }));
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, 1n, { format }));
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', fragmentPath({ ...BEST, name: 'film' }, 1n, { format }));
  await stream.refuses('MPE_BAD_URL_SYNTAX', fragmentPath(BEST, open!.time, { format, part: 0 }));
  await stream.refuses('MPE_BAD_URL_SYNTAX', `QualityLevels(${BEST.bitrate})/Manifest(video,format=${format})`);
  await stream.refuses(
    'MPE_FORMAT_NOT_SUPPORTED',
    `QualityLevels(${BEST.bitrate})/KeyFrames(video=${open!.time},format=${format})`,
  );
});
