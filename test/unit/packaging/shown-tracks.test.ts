import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createShownTracks } from '../../../src-main/core/packaging/shown-tracks.ts';
import { FAKE, type FakePresentation, fakeAudio, fakePresentation } from '../../support/fake-presentation.ts';

/** Sound of which silence can be made: AAC-LC, stereo. */
const SOUND = fakeAudio(128_000, { decoderConfig: Uint8Array.of(0x11, 0x90) });

/** The pictures of the only segment before the sound begins are lost, so nothing says when it was. */
function soundBehindWhatIsLost(): FakePresentation {
  const fake = fakePresentation({ tracks: [FAKE.BEST, SOUND] });
  fake.silence(SOUND.id, true);
  fake.segments(1);
  fake.lose(FAKE.BEST.id, 1);
  fake.silence(SOUND.id, false);
  fake.segments(2);
  return fake;
}

suite('sound that comes late, when nothing is known of the time before', () => {
  for (const as of ['broadcast', 'recording'] as const) {
    test(`is preceded by nothing in a ${as}`, () => {
      const shown = createShownTracks(soundBehindWhatIsLost().presentation)(as);

      const { segments } = shown.find(({ track }) => track.id === SOUND.id)!;
      const rows = Array.from({ length: segments.length }, (_, index) => segments.at(index));
      assert.deepEqual(
        rows.map(({ sequence, size }) => [sequence, size > 0]),
        [
          [1, false],
          [2, true],
          [3, true],
        ],
      );
      assert.deepEqual([rows[0]!.time, rows[0]!.duration], [rows[1]!.time, 0]);
    });
  }
});
