import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { type ArchiveRig, fieldOf, goLive, openArchiveRig } from '../../support/archive-rig.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

const TRACKS = [videoTrack(), audioTrack()];
const MIB = 1024 * 1024;
const skip =
  process.getuid?.() === 0 && process.platform === 'linux'
    ? missingPrograms('mount')
    : 'needs root on Linux, to mount a small disk';

type SmallDisk = Disposable & {
  readonly path: string;
  readonly free: () => number;
  leave(bytes: number): void;
  clear(): void;
};

function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'lectern-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
  const free = (): number => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    free,
    leave: (bytes) => writeFileSync(join(path, 'other'), Buffer.alloc(Math.max(0, free() - bytes))),
    clear: () => rmSync(join(path, 'other'), { force: true }),
    [Symbol.dispose]() {
      execFileSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true });
    },
  };
}

/** Pictures of 12 kB: 3 Mbit/s. */
async function feed(rig: ArchiveRig, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 1) {
    pushBoth(rig.input('live'), TRACKS, { from: at * 30, to: (at + 1) * 30, start: 0, bytes: 12_000 });
    await rig.flushed();
  }
}

/** Which segments can be read, and that no other claims to be there. */
async function readable(presentation: Presentation): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const [pictures] = presentation.tracks();
  assert.ok(pictures);
  for (let index = 0; index < pictures.segments.length; index += 1) {
    const { sequence, size } = pictures.segments.at(index);
    if (size > 0) {
      assert.equal((await presentation.readSegment(pictures, sequence)).length, size, `segment ${sequence}`);
      found.add(sequence);
    }
  }
  return found;
}

function problems(rig: ArchiveRig): readonly unknown[] {
  return rig.events.filter(({ type }) => type === 'Lectern.Problem').map(({ data }) => fieldOf(data, 'code'));
}

describe('a disk that becomes full without a warning', { skip }, () => {
  test('costs what could not be written and nothing else, is told once, and recording goes on when there is room', async () => {
    using disk = mountSmallDisk(48);
    await using rig = await openArchiveRig({ dataDir: disk.path });
    await goLive(rig, 'live');
    rig.input('live').open(TRACKS);

    await feed(rig, 0, 20);
    disk.leave(500_000);
    await feed(rig, 20, 40);
    disk.clear();
    await feed(rig, 40, 60);
    await rig.liveEvents.stop('live', { removeOutputsOnStop: true });

    const { state, gaps, duration } = rig.archive.assets.get('live');
    assert.equal(state, 'ready');
    assert.deepEqual(problems(rig), ['archive/disk-full']);
    const presentation = await rig.archive.assets.presentationOf('live');
    assert.ok(presentation);
    const there = await readable(presentation);
    for (const sequence of [1, 2, 3, 9, 10, 22, 25, 30]) {
      assert.ok(there.has(sequence), `segment ${sequence} of ${[...there].join()}`);
    }
    assert.ok(!there.has(15) && !there.has(19));
    assert.equal(gaps.length, 1);
    assert.ok(Math.abs((gaps[0]?.duration ?? 0) + duration - 60) < 0.01);

    await rig[Symbol.asyncDispose]();
    await using again = await openArchiveRig({ dataDir: disk.path });
    const reopened = await again.archive.assets.presentationOf('live');
    assert.ok(reopened);
    assert.deepEqual(await readable(reopened), there);
  });

  test('does not keep a broadcast from being ended, and what was recorded is there', async () => {
    using disk = mountSmallDisk(24);
    await using rig = await openArchiveRig({ dataDir: disk.path });
    await goLive(rig, 'live');
    rig.input('live').open(TRACKS);
    await feed(rig, 0, 20);

    disk.leave(0);
    await feed(rig, 20, 24);
    await rig.liveEvents.stop('live', { removeOutputsOnStop: true });
    await rig.liveEvents.delete('live');

    assert.equal(disk.free(), 0);
    assert.deepEqual(rig.liveEvents.list(), []);
    assert.equal(rig.archive.assets.get('live').state, 'ready');
    const presentation = await rig.archive.assets.presentationOf('live');
    assert.ok(presentation);
    const there = await readable(presentation);
    assert.ok(there.size >= 9, String([...there]));

    disk.clear();
    await rig.archive.disk.check();
    await rig[Symbol.asyncDispose]();
    await using again = await openArchiveRig({ dataDir: disk.path });
    assert.deepEqual(again.liveEvents.list(), []);
    assert.equal(again.archive.assets.get('live').state, 'ready');
  });

  test('refuses what is asked for new, by name, and has changed nothing', async () => {
    using disk = mountSmallDisk(8);
    await using rig = await openArchiveRig({ dataDir: disk.path });
    await rig.archive.assets.create('known', { title: 'As it was' });
    disk.leave(0);
    const fill = { description: 'x'.repeat(4000) };

    const error = await (async () => {
      for (let number = 0; number < 2000; number += 1) {
        try {
          await rig.archive.assets.create(`new ${number}`, fill);
        } catch (failure) {
          return { failure, number };
        }
      }
      return undefined;
    })();

    assert.ok(error);
    assert.equal(Reflect.get(error.failure ?? {}, 'code'), 'archive/disk-full');
    assert.throws(() => rig.archive.assets.get(`new ${error.number}`), { code: 'resource/not-found' });
    await rig.archive.assets.delete('known');
    assert.throws(() => rig.archive.assets.get('known'), { code: 'resource/not-found' });
  });
});

test('a disk that becomes full slowly: a warning first, then recording ends with room left, and begins again by itself', {
  skip,
}, async () => {
  using disk = mountSmallDisk(32);
  const clock = manualClock();
  await using rig = await openArchiveRig({
    dataDir: disk.path,
    clock,
    recording: { warnFreeBytes: 12 * MIB, stopFreeBytes: 6 * MIB },
  });
  const look = async (): Promise<void> => {
    await clock.advanceAsync(2000);
    await rig.archive.disk.check();
  };
  await goLive(rig, 'live');
  rig.input('live').open(TRACKS);
  await feed(rig, 0, 10);
  assert.deepEqual(problems(rig), []);

  disk.leave(11 * MIB);
  await look();
  assert.deepEqual([problems(rig), rig.archive.disk.level()], [['archive/disk-low'], 'low']);
  await feed(rig, 10, 14);

  disk.clear();
  disk.leave(5 * MIB);
  await look();
  await feed(rig, 14, 24);
  assert.deepEqual([problems(rig), rig.archive.disk.level()], [['archive/disk-low', 'archive/disk-full'], 'full']);
  assert.ok(disk.free() > 3 * MIB, `${disk.free()} bytes are left`);

  disk.clear();
  await look();
  await feed(rig, 24, 34);
  await rig.liveEvents.stop('live', { removeOutputsOnStop: true });

  const presentation = await rig.archive.assets.presentationOf('live');
  assert.ok(presentation);
  assert.deepEqual([...(await readable(presentation))], [1, 2, 3, 4, 5, 6, 7, 13, 14, 15, 16, 17]);
});

test('files that cannot be opened are told once, and recording goes on when they can', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'lectern-refused-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  await using rig = await openArchiveRig({ dataDir });
  await goLive(rig, 'live', { archiveWindowLength: 'PT5M' });
  rig.input('live').open(TRACKS);
  await feed(rig, 0, 4);
  // In the place of the folder; the files that are open are not hurt, those of the next segments cannot be made.
  await rm(join(dataDir, 'spool'), { recursive: true });
  writeFileSync(join(dataDir, 'spool'), 'in the way');

  await feed(rig, 4, 16);
  const [during] = rig.liveEvents.outputTracks('live');
  await rm(join(dataDir, 'spool'));
  await feed(rig, 16, 26);
  const [after] = rig.liveEvents.outputTracks('live');
  await rig.liveEvents.stop('live', { removeOutputsOnStop: true });

  assert.deepEqual(problems(rig), ['archive/write-failed']);
  assert.equal(rig.archive.assets.get('live').state, 'ready');
  const presentation = await rig.archive.assets.presentationOf('live');
  assert.ok(presentation);
  const there = await readable(presentation);
  assert.deepEqual([...there], [1, 2, 9, 10, 11, 12, 13]);
  // Five chunks a second.
  assert.deepEqual(
    [during, after].map((track) => [track?.written, track?.discarded]),
    [
      [20, 60],
      [70, 60],
    ],
  );
  assert.ok(
    readFileSync(join(rig.archive.assets.folderOf('live'), 'recording.json'), 'utf8').includes('lastSequence'),
  );
});

test('on a volume other than the spool, where there are no links, a recording is a copy that grows along', {
  skip,
}, async () => {
  using disk = mountSmallDisk(24);
  const dataDir = mkdtempSync(join(tmpdir(), 'lectern-two-volumes-'));
  try {
    await mkdir(join(dataDir, 'assets'));
    execFileSync('mount', ['--bind', disk.path, join(dataDir, 'assets')]);
    {
      await using rig = await openArchiveRig({ dataDir });
      await goLive(rig, 'live');
      rig.input('live').open(TRACKS);
      await feed(rig, 0, 20);
      await rig.liveEvents.stop('live', { removeOutputsOnStop: true });

      assert.deepEqual([rig.archive.assets.get('live').duration, problems(rig)], [20, []]);
      const presentation = await rig.archive.assets.presentationOf('live');
      assert.ok(presentation);
      assert.equal((await readable(presentation)).size, 10);
      assert.deepEqual(await readdir(join(dataDir, 'spool')), []);
    }
  } finally {
    execFileSync('umount', ['--lazy', join(dataDir, 'assets')]);
    await rm(dataDir, { recursive: true });
  }
});
