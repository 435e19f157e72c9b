import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { Packager } from '../../../src-main/core/ports/packaging.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { FAKE, fakePresentation, fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeStream, fragmentPath, playlistPath } from '../../support/packaged-stream.ts';

const MASTER = '/0f0e/stream.ism/manifest(format=m3u8-cmaf)';

/** Watches a broadcast that nobody else knows of. */
function watch(packager: Packager): WeakRef<Presentation> {
  const fake = fakePresentation();
  fake.segments(4);
  const { presentation } = fake;
  for (const path of [
    MASTER,
    '/0f0e/stream.ism/manifest(format=mpd-time-cmaf)',
    `/0f0e/stream.ism/${playlistPath(FAKE.BEST)}`,
  ]) {
    const answer = packager.answer(fakePublication(presentation), packager.parse(path).resource, '');
    assert('document' in answer);
    answer.document.gzip();
  }
  return new WeakRef(presentation);
}

test('nothing is kept of a presentation that is gone', async () => {
  const packager = createPackager({ clock: manualClock() });

  const gone = watch(packager);
  // A weak reference holds on until the end of the turn in which it was made or looked at.
  await nextTurn();
  collectGarbage();

  assert.equal(gone.deref(), undefined);
});

test('what a player says of itself makes nothing of its own: everybody is given the same', async () => {
  const stream = fakeStream();
  stream.segments(4);
  const said = 'CMCD=bl%3D100%2Csid%3D%22one%22';
  const { segments } = stream.presentation.tracks()[0]!;
  const path = fragmentPath(FAKE.BEST, segments.at(1).time);

  for (const manifest of [
    'manifest(format=m3u8-cmaf)',
    'manifest(format=mpd-time-cmaf)',
    playlistPath(FAKE.BEST),
  ]) {
    assert.equal(stream.manifest(manifest, said), stream.manifest(manifest), manifest);
  }
  const [plain, asked] = [await stream.answer(path), await stream.answer(path, said)];
  assert(plain.kind === 'media' && asked.kind === 'media');
  assert.equal(asked.version, plain.version);
});

test('a recording that takes the place of its broadcast is listed as it is', () => {
  const packager = createPackager({ clock: manualClock() });
  const [broadcast, recording] = [fakePresentation(), fakePresentation()];
  broadcast.segments(4);
  recording.segments(9);
  recording.end();
  let shown = broadcast.presentation;
  const presentation: Presentation = {
    ...broadcast.presentation,
    state: () => shown.state(),
    revision: () => shown.revision() + (shown === broadcast.presentation ? 0 : 1000),
    tracks: () => shown.tracks(),
  };
  const count = (path: string, what: RegExp): number => {
    const { resource } = packager.parse(path);
    const answer = packager.answer(fakePublication(presentation), resource, '');
    assert('document' in answer);
    return Buffer.from(answer.document.identity()).toString().match(what)?.length ?? 0;
  };
  const playlist = `/0f0e/stream.ism/${playlistPath(FAKE.BEST)}`;
  const live = count(playlist, /#EXTINF/g);
  void packager.answer(
    fakePublication(presentation),
    packager.parse('/0f0e/stream.ism/manifest(format=mpd-time-cmaf)').resource,
    '',
  );

  shown = recording.presentation;

  assert.deepEqual([live, count(playlist, /#EXTINF/g)], [4, 9]);
  assert.equal(count('/0f0e/stream.ism/manifest(format=mpd-time-cmaf)', /<S [^>]*r="8"/g), 1);
});

test('broadcasts of one packager do not meet', () => {
  const clock = manualClock();
  const packager = createPackager({ clock });
  const lengths = [4, 7].map((count) => {
    const fake = fakePresentation();
    fake.segments(count);
    const { resource } = packager.parse(`/0f0e/stream.ism/${playlistPath(FAKE.BEST)}`);
    const answer = packager.answer(fakePublication(fake.presentation), resource, '');
    assert('document' in answer);
    return Buffer.from(answer.document.identity())
      .toString()
      .match(/#EXTINF/g)?.length;
  });

  assert.deepEqual(lengths, [4, 7]);
});

test('a window that moves all day keeps being listed as it is', () => {
  const stream = fakeStream({ windowSeconds: 600, archiveSegments: 0 });
  stream.segments(3);
  stream.follow();
  stream.mpd();
  for (let hour = 0; hour < 24; hour += 1) {
    stream.segments(1800);
    stream.follow();

    const playlist = stream.playlist(FAKE.BEST);
    const mpd = stream.mpd();

    // One more when the beginning of the window is not on a cut.
    assert([300, 301].includes(playlist.segments.length));
    assert.equal(playlist.mediaSequence + playlist.segments.length, 3 + (hour + 1) * 1800 + 1);
    assert(Math.abs((mpd.timeShiftBufferDepthSeconds ?? 0) - 2 * playlist.segments.length) < 0.1);
  }
});
