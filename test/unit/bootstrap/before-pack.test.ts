import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import beforePack from '../../../src-main/bootstrap/before-pack.mjs';

test('a package is made with ffmpeg or not at all', async (t) => {
  const projectDir = await mkdtemp(join(tmpdir(), 'lectern-pack-'));
  t.after(() => rm(projectDir, { recursive: true }));
  const folder = join(projectDir, 'node_modules', 'ffmpeg-static');
  const pack = (electronPlatformName: string): void =>
    beforePack({ electronPlatformName, packager: { projectDir } });

  assert.throws(
    () => pack('darwin'),
    /There is no ffmpeg to pack: node_modules\/ffmpeg-static\/ffmpeg is not there/,
  );
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'ffmpeg'), '');
  pack('linux');
  assert.throws(() => pack('win32'), /ffmpeg\.exe/);
});
