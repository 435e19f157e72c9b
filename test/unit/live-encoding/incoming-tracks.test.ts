import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIncomingTracks } from '../../../src-main/core/live-encoding/incoming-tracks.ts';
import { audioTrack, videoTrack } from '../../support/broadcast-media.ts';
import { manualClock } from '../../support/manual-clock.ts';

const FIRST = videoTrack(2_000_000);
const SECOND = videoTrack(1_000_000);
const SOUND = audioTrack();

test('the first picture and the first sound are taken, others dropped without a word', () => {
  const tracks = createIncomingTracks(manualClock());
  tracks.open([FIRST, SECOND, SOUND, audioTrack(64_000)]);

  assert.deepEqual(
    [FIRST.id, SECOND.id, SOUND.id, 'audio_64000', 'nobody'].map((id) => tracks.take(id)),
    ['video', undefined, 'audio', undefined, undefined],
  );
  assert.deepEqual(tracks.chosen(), { video: FIRST, audio: SOUND });
});

test('sound may be announced later', () => {
  const tracks = createIncomingTracks(manualClock());
  tracks.open([FIRST]);
  tracks.open([SOUND]);

  assert.deepEqual(tracks.chosen(), { video: FIRST, audio: SOUND });
});

test('a track announced again as it was is the same; described anew it is another', () => {
  const tracks = createIncomingTracks(manualClock());
  tracks.open([FIRST]);
  tracks.open([{ ...FIRST }]);
  assert.equal(tracks.chosen().video, FIRST);
  const anew = { ...FIRST, init: SECOND.init };

  tracks.open([anew]);

  assert.equal(tracks.chosen().video, anew);
});

test('an encoder that comes back under another name takes the place of one that has been silent for two seconds', () => {
  const clock = manualClock();
  const tracks = createIncomingTracks(clock);
  tracks.open([FIRST]);
  tracks.take(FIRST.id);
  tracks.open([SECOND]);
  clock.advance(1900);
  assert.equal(tracks.take(SECOND.id), undefined);
  clock.advance(200);

  assert.equal(tracks.take(SECOND.id), 'video');
  assert.equal(tracks.chosen().video, SECOND);
  assert.equal(tracks.take(FIRST.id), undefined);
});
