import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countStored } from '../../../src-main/core/live/count-stored.ts';
import type { StoredCount } from '../../../src-main/core/ports/store.ts';
import { audioTrack, videoTrack } from '../../support/broadcast-media.ts';

const [video, audio] = [videoTrack(), audioTrack()];
const NONE: StoredCount = { written: 0, discarded: 0 };

test('outputs of one store count what is stored since each began, of tracks that come later all of it', () => {
  const counts = new Map([[video.id, { written: 40, discarded: 3 }]]);
  const store = { count: (id: string) => counts.get(id) ?? NONE };

  const first = countStored(store, []);
  const second = countStored(store, [{ track: video }, { track: audio }]);
  assert.deepEqual([second(video.id), second(audio.id)], [NONE, NONE]);
  counts.set(video.id, { written: 50, discarded: 4 });
  counts.set(audio.id, { written: 7, discarded: 0 });

  assert.deepEqual(
    [first(video.id), second(video.id), second(audio.id)],
    [
      { written: 50, discarded: 4 },
      { written: 10, discarded: 1 },
      { written: 7, discarded: 0 },
    ],
  );
});
