import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { frameMd5s } from '../../support/ffprobe.ts';
import { startLectern } from '../../support/lectern-process.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { end, goLive, until } from '../../support/studio-stage.ts';

const MIB = 1024 * 1024;
const skip =
  process.getuid?.() === 0 && process.platform === 'linux'
    ? missingPrograms('ffmpeg', 'mount')
    : 'needs root on Linux, to mount a small disk';

/** A disk of 48 MiB. */
function mountSmallDisk(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'lectern-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', path]);
  return {
    path,
    [Symbol.dispose]() {
      execFileSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true });
    },
  };
}

test('the disk fills while live: recording ends cleanly before it is full, and the broadcast goes on', {
  skip,
}, async () => {
  using disk = mountSmallDisk();
  await using lectern = await startLectern({ dataDir: join(disk.path, 'data') });
  await lectern.call('patchSettings', {
    body: { recording: { warnFreeBytes: 22 * MIB, stopFreeBytes: 16 * MIB } },
  });
  const session = await goLive(lectern);
  const { bavail, bsize } = statfsSync(disk.path);
  writeFileSync(join(disk.path, 'other-data'), Buffer.alloc(bavail * bsize - 17 * MIB));

  await until('the presenter is told', async () => {
    const { health } = await lectern.call('getStudio', {});
    return health.reasons.some(({ code }) => code === 'disk-low') ? true : undefined;
  });
  const ended = await until(
    'the recording stops before the disk is full',
    async () => {
      const { phase, health } = await lectern.call('getStudio', {});
      assert.equal(phase, 'live');
      return health.level === 'poor'
        ? await lectern.call('getAsset', { params: { name: session.asset ?? '' } })
        : undefined;
    },
    30_000,
  );
  const free = statfsSync(disk.path);
  assert.ok(free.bavail * free.bsize > 10 * MIB, 'room is left');
  const response = await fetch(session.urls.hls);
  assert.equal(response.status, 200);

  await end(lectern);
  const asset = await lectern.call('getAsset', { params: { name: ended.name } });
  assert.notEqual(asset.state, 'damaged');
  assert.ok(asset.duration > 1);
  assert.ok((await frameMd5s(['-i', session.urls.hls], 'v:0')).length > 30);
});
