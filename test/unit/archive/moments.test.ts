import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Clips, createClips } from '../../../src-main/core/archive/clips.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { type ArchiveRig, goLive, openArchiveRig } from '../../support/archive-rig.ts';
import { audioTrack, videoTrack } from '../../support/broadcast-media.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { secondsIn, tellingSamples } from '../../support/secret-media.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const VIDEO = videoTrack();
const AUDIO = audioTrack();
/** Media time is UTC: the broadcast began at that second. */
const START = 1_900_000_000;

type Stage = AsyncDisposable & {
  readonly rig: ArchiveRig;
  readonly clips: Clips;
  readonly clock: ManualClock;
  readonly dataDir: string;
  /** Pushes up to a second of the broadcast, and lets that time pass. */
  record(toSecond: number): Promise<void>;
};

async function openStage(options: { readonly mayWrite?: () => boolean } = {}): Promise<Stage> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lectern-moments-'));
  const clock = manualClock(START * 1000);
  const dataDir = folder.path;
  const rig = await openArchiveRig({ dataDir, clock });
  await goLive(rig, 'talk');
  rig.input('talk').open([VIDEO, AUDIO]);
  let at = 0;
  return {
    rig,
    clock,
    dataDir,
    clips: createClips({ assets: rig.archive.assets, clock, mayWrite: options.mayWrite ?? (() => true) }),
    async record(toSecond) {
      for (; at < toSecond; at += 1) {
        for (const { id, kind } of [VIDEO, AUDIO]) {
          const from = (START + at) * 30;
          rig.input('talk').push(id, tellingSamples(kind, { from, to: from + 30, gop: 60, start: START * 30 }));
        }
        clock.advance(1000);
      }
      await rig.flushed();
    },
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Seconds of the broadcast that are in an asset's files. */
async function secondsOf({ rig }: Stage, asset: string): Promise<readonly number[]> {
  return (await secondsIn(rig.archive.assets.folderOf(asset))).map((second) => second - START);
}

async function readable(presentation: Presentation | undefined): Promise<number> {
  let bytes = 0;
  for (const window of presentation?.tracks() ?? []) {
    for (let index = 0; index < window.segments.length; index += 1) {
      const { sequence, size } = window.segments.at(index);
      bytes += size === 0 ? 0 : (await presentation!.readSegment(window, sequence)).length;
    }
  }
  return bytes;
}

test('a clip is an asset of its own with the last seconds, up to the newest chunk, while the broadcast goes on', async () => {
  await using stage = await openStage();
  await stage.record(21);

  const clip = await stage.clips.create('talk', { seconds: 10 });

  // From the key frame before, and the second that has begun of the open segment.
  assert.deepEqual(await secondsOf(stage, clip.name), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  assert.deepEqual([clip.state, clip.damage, clip.clipOf], ['ready', undefined, 'talk']);
  assert(Math.abs(clip.duration - 11) < 0.25, String(clip.duration));
  assert.equal(
    await readable(await stage.rig.archive.assets.presentationOf(clip.name)),
    clip.size - VIDEO.init.length - AUDIO.init.length,
  );
  await stage.record(25);
  assert.equal(stage.rig.archive.assets.get('talk').state, 'recording');
  assert.deepEqual(stage.rig.archive.assets.get(clip.name), clip);
});

test('a clip of a part goes from key frame to key frame, and stays when the recording is deleted', async () => {
  await using stage = await openStage();
  await stage.record(20);
  await stage.rig.liveEvents.stop('talk', { removeOutputsOnStop: true });

  const clip = await stage.clips.create('talk', { start: 5, end: 8, title: 'The point' });
  await stage.rig.archive.assets.delete('talk');

  assert.deepEqual(await secondsOf(stage, clip.name), [4, 5, 6, 7]);
  assert.equal(clip.title, 'The point');
  assert((await readable(await stage.rig.archive.assets.presentationOf(clip.name))) > 0);
});

test('where nothing was recorded there is no clip, and nothing is left of the attempt', async () => {
  await using stage = await openStage();
  await assert.rejects(stage.clips.create('talk', { seconds: 30 }), { code: 'archive/empty' });
  await stage.record(10);
  await assert.rejects(stage.clips.create('talk', { start: 100, end: 200 }), { code: 'archive/empty' });
  await assert.rejects(stage.clips.create('nothing', { seconds: 5 }), { code: 'resource/not-found' });

  assert.deepEqual(
    stage.rig.archive.assets.list().map(({ name }) => name),
    ['talk'],
  );
});

test('a full disk is for the recording', async () => {
  await using stage = await openStage({ mayWrite: () => false });
  await stage.record(10);

  await assert.rejects(stage.clips.create('talk', { seconds: 5 }), { code: 'archive/disk-full' });
});

test('what is taken back of a broadcast is taken back of its clips too, and one of which nothing is left goes', async () => {
  await using stage = await openStage();
  await stage.record(12);
  const early = await stage.clips.create('talk', { start: 0, end: 4 });
  const half = await stage.clips.create('talk', { start: 4, end: 12 });
  const late = await stage.clips.create('talk', { seconds: 2 });

  const { removed, erased } = stage.rig.liveEvents.removeSince('talk', (START + 8) * 1000);
  await erased;
  const changed = await stage.clips.remove('talk', removed);

  assert.deepEqual(new Set(changed), new Set([half.name, late.name]));
  assert.deepEqual(
    (await secondsIn(stage.dataDir)).map((second) => second - START),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  const names = stage.rig.archive.assets.list().map(({ name }) => name);
  assert.deepEqual(new Set(names), new Set(['talk', early.name, half.name]));
  assert.equal(stage.rig.archive.assets.get(half.name).state, 'ready');
  assert.deepEqual(await secondsOf(stage, half.name), [4, 5, 6, 7]);
});

test('a marker set now is where the broadcast is now, and stays there when the archive window moves on', async () => {
  await using stage = await openStage();
  await stage.record(6);
  const { assets } = stage.rig.archive;

  const { id, time } = assets.addMarker('talk', undefined, 'A question');
  await stage.record(20);
  const early = assets.addMarker('talk', 2.5, 'The beginning');

  assert.equal(time, 6);
  assert.deepEqual(
    assets.markers('talk').map((marker) => [marker.id, marker.time, marker.label]),
    [
      [early.id, 2.5, 'The beginning'],
      [id, 6, 'A question'],
    ],
  );
});

test('markers are changed and deleted, and each change is told with all of them', async () => {
  await using stage = await openStage();
  await stage.record(6);
  const { assets } = stage.rig.archive;
  const { id } = assets.addMarker('talk', 1, '');

  const changed = assets.updateMarker('talk', id, { time: 3, label: 'Answer' });
  assert.deepEqual(changed, { id, time: 3, label: 'Answer' });
  assert.deepEqual(assets.markers('talk'), [changed]);
  assets.deleteMarker('talk', id);

  assert.deepEqual(assets.markers('talk'), []);
  assert.throws(() => assets.deleteMarker('talk', id), { code: 'resource/not-found' });
  assert.throws(() => assets.updateMarker('talk', id, { label: 'x' }), { code: 'resource/not-found' });
  assert.deepEqual(
    stage.rig.events.filter(({ type }) => type === 'Lectern.MarkersChanged').map(({ subject }) => subject),
    ['asset/talk', 'asset/talk', 'asset/talk'],
  );
});

test('a marker of a finished recording needs a time', async () => {
  await using stage = await openStage();
  await stage.record(6);
  await stage.rig.liveEvents.stop('talk', { removeOutputsOnStop: true });

  assert.throws(() => stage.rig.archive.assets.addMarker('talk', undefined, ''), { code: 'resource/wrong-state' });
  assert.equal(stage.rig.archive.assets.addMarker('talk', 2, '').time, 2);
});

test('a clip takes the markers of its part along, and what is taken back takes its own', async () => {
  await using stage = await openStage();
  await stage.record(12);
  const { assets } = stage.rig.archive;
  for (const time of [1, 5, 7, 11]) {
    assets.addMarker('talk', time, `at ${time}`);
  }

  const clip = await stage.clips.create('talk', { start: 4, end: 8 });
  const { removed } = stage.rig.liveEvents.removeSince('talk', (START + 6) * 1000);
  assets.forgetMedia('talk', removed);

  assert.deepEqual(
    assets.markers(clip.name).map(({ time, label }) => [time, label]),
    [
      [1, 'at 5'],
      [3, 'at 7'],
    ],
  );
  assert.deepEqual(
    assets.markers('talk').map(({ label }) => label),
    ['at 1', 'at 5'],
  );
});
