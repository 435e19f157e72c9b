import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { distributionOf, installCommand, missingTools } from '../../../src-main/bootstrap/system-packages.mjs';

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-choices-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a tool that is a file is missing when the file is', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'there.so'), '');
    const there = { name: 'there', package: 'p', file: join(folder, 'there.so') };
    const gone = { name: 'gone', package: 'p', file: join(folder, 'gone.so') };

    assert.deepEqual(missingTools([there, gone]), [gone]);
  }));

for (const [text, expected] of [
  ['ID=debian\nVERSION_ID="12"\n', ['debian']],
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', ['ubuntu', 'debian']],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', ['rocky', 'rhel', 'centos', 'fedora']],
  ['', []],
] as const) {
  test(`os-release with ${JSON.stringify(text)} is like ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(distributionOf(text), expected);
  });
}

for (const [platform, distribution, expected] of [
  ['linux', ['ubuntu', 'debian'], 'sudo apt install ffmpeg'],
  ['linux', ['fedora'], 'sudo dnf install ffmpeg'],
  ['linux', ['rocky', 'rhel'], 'sudo dnf install ffmpeg'],
  ['linux', ['arch'], 'sudo pacman -S ffmpeg'],
  ['linux', ['opensuse-leap', 'suse'], 'sudo zypper install ffmpeg'],
  ['linux', ['nixos'], undefined],
  ['darwin', [], 'brew install ffmpeg'],
  ['win32', [], 'winget install ffmpeg'],
] as const) {
  test(`${platform} ${distribution.join(' ')} gets packages with “${expected ?? 'nothing we know'}”`, () => {
    const host = { platform, distribution, isRoot: false, hasApt: false };

    assert.equal(installCommand(host, ['ffmpeg']), expected);
  });
}
