import assert from 'node:assert/strict';
import { test } from 'node:test';
import { narrowPresentation } from '../../../src-main/core/filters/narrow-presentation.ts';
import { MIRROR_POLICY } from '../../../src-main/core/mirror/back-off.ts';
import { createRateMeter } from '../../../src-main/core/mirror/bandwidth.ts';
import { type Mirror, startMirror } from '../../../src-main/core/mirror/mirror.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import {
  FAKE,
  type FakePresentation,
  fakePresentation,
  fakePublication,
} from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type MemoryStore, memorySent, memoryStore } from '../../support/memory-store.ts';

type Rig = AsyncDisposable & {
  readonly store: MemoryStore;
  readonly fake: FakePresentation;
  live(segments: number): Promise<void>;
  wait(ms: number): Promise<void>;
  /** As after the end of the service. */
  restart(between: () => void): Promise<void>;
};

function openRig(): Rig {
  const clock = manualClock();
  const fake = fakePresentation({ windowSeconds: 3600 });
  const publication = fakePublication(fake.presentation);
  const store = memoryStore();
  const sent = memorySent();
  clock.advance(500);
  const start = (): Mirror =>
    startMirror({
      name: 'copy',
      store,
      meter: createRateMeter(clock),
      sent,
      find: () => Promise.resolve(publication),
      packager: createPackager({ clock, leavesOutRemoved: true }),
      narrow: narrowPresentation,
      formats: ['Hls', 'Dash'],
      windowSeconds: 20,
      retention: 'Recording',
      isForOthers: false,
      policy: MIRROR_POLICY,
      clock,
      random: () => 1,
      logger: silentLogger,
      onChanged: () => undefined,
    });
  let mirror = start();
  return {
    store,
    fake,
    async live(segments) {
      for (let index = 0; index < segments; index += 1) {
        await clock.advanceAsync(2000);
        fake.segments(1);
        await clock.advanceAsync(0);
      }
      await clock.advanceAsync(900);
    },
    wait: (ms) => clock.advanceAsync(ms),
    async restart(between) {
      await mirror[Symbol.asyncDispose]();
      between();
      mirror = start();
      await clock.advanceAsync(1000);
    },
    [Symbol.asyncDispose]: () => mirror[Symbol.asyncDispose](),
  };
}

/** Sequence numbers of the segments that the storage has, of each track. */
function stored({ store, fake }: Rig): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    fake.presentation.tracks().map(({ track, segments }) => [
      track.id,
      Array.from({ length: segments.length }, (_, index) => segments.at(index))
        .filter(({ time }) => store.objects.has(`${track.name}-${track.bitrate}/${time}.m4s`))
        .map(({ sequence }) => sequence),
    ]),
  );
}

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);
const inAll = (sequences: readonly number[]) => ({
  [FAKE.BEST.id]: sequences,
  [FAKE.SMALL.id]: sequences,
  [FAKE.SOUND.id]: sequences,
});

test('what is taken back is deleted in the storage at once, also where everything is kept, and older than its window', async () => {
  await using rig = openRig();
  await rig.live(24);
  assert.deepEqual(stored(rig), inAll(upTo(24)));

  rig.fake.takeBack(8);
  await rig.wait(1500);

  assert.deepEqual(stored(rig), inAll(upTo(7)));
});

test('the manifests in the storage list it no more, and go on with what may be shown', async () => {
  await using rig = openRig();
  await rig.live(8);
  rig.fake.takeBack(6);

  await rig.live(4);

  assert.deepEqual(stored(rig), inAll([1, 2, 3, 4, 5, 9, 10, 11, 12]));
  const text = rig.store.text('video-2500000/index.m3u8');
  assert.equal(text.match(/#EXT-X-GAP/g)?.length, 3);
});

test('a storage that does not answer is asked until it has deleted all', async () => {
  await using rig = openRig();
  await rig.live(8);
  const away = new AppError('upload/unreachable', 'The object storage does not answer.');
  rig.store.refuse = () => away;
  rig.fake.takeBack(6);
  await rig.wait(5000);
  assert.deepEqual(stored(rig), inAll(upTo(8)));

  rig.store.refuse = () => undefined;
  await rig.wait(120_000);

  assert.deepEqual(stored(rig), inAll(upTo(5)));
});

test('what was sent by a run that was cut off is deleted by the next', async () => {
  await using rig = openRig();
  await rig.live(8);

  await rig.restart(() => rig.fake.takeBack(6));
  await rig.wait(2000);

  assert.deepEqual(stored(rig), inAll(upTo(5)));
});
