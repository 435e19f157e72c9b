import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFeedFragment, writeFeedHeader } from '../../../src-main/core/live-encoding/feed-file.ts';
import { createFragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { AUDIO, VIDEO } from '../media/sample-media.ts';

const PICTURE = {
  decodeTime: ticks(161_000_000_000_000n),
  duration: 3000,
  compositionOffset: 3000,
  sync: true,
  data: new Uint8Array([1, 2, 3]),
};
const SOUND = { ...PICTURE, duration: 1024, compositionOffset: 0, data: new Uint8Array([4, 5]) };

test('what is written is read again: both tracks, and each sample of its own track', () => {
  const bytes = Buffer.concat([
    writeFeedHeader([VIDEO, AUDIO]),
    writeFeedFragment('audio', SOUND, 1),
    writeFeedFragment('video', PICTURE, 2),
  ]);

  const [header, ...fragments] = createFragmentReader().push(bytes);

  assert(header?.kind === 'header');
  assert.deepEqual(
    header.tracks.map(({ trackId, description: { kind, codec, timescale } }) => ({
      trackId,
      kind,
      codec,
      timescale,
    })),
    [
      { trackId: 1, kind: 'video', codec: VIDEO.codec, timescale: VIDEO.timescale },
      { trackId: 2, kind: 'audio', codec: AUDIO.codec, timescale: AUDIO.timescale },
    ],
  );
  assert.deepEqual(
    fragments.map((event) => event.kind === 'fragment' && { trackId: event.trackId, samples: event.samples }),
    [
      { trackId: 2, samples: [SOUND] },
      { trackId: 1, samples: [PICTURE] },
    ],
  );
});

test('a feed without sound has one track, and numbers beyond 32 bits begin anew', () => {
  const bytes = Buffer.concat([writeFeedHeader([VIDEO]), writeFeedFragment('video', PICTURE, 2 ** 32 + 5)]);

  const [header, fragment] = createFragmentReader().push(bytes);

  assert(header?.kind === 'header');
  assert.equal(header.tracks.length, 1);
  assert.equal(fragment?.kind, 'fragment');
});
