import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { mkdtempDisposable } from './temporary-folder.ts';

/** The user and group of nobody on Debian. */
const NOBODY = 65_534;

/**
 * Waits until VLC shows the first picture of an address; fails with its last words when it does not. Gives all that it said. Shown is what its
 * video output has written into a file: what it says of a first picture it says only when it had to wait for it.
 */
export async function vlcShows(address: string, withinMs = 60_000): Promise<string> {
  await using pictures = await mkdtempDisposable(join(tmpdir(), 'lectern-vlc-'));
  // It refuses to run as root, and nobody has to write there.
  await chmod(pictures.path, 0o777);
  const player = spawn(
    'vlc',
    [
      ...['-I', 'dummy', '--vout', 'dummy', '--aout', 'dummy', '-vv'],
      ...['--video-filter', 'scene', '--scene-path', pictures.path, '--scene-ratio', '1', '--scene-replace'],
      ...[address, 'vlc://quit'],
    ],
    process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY, env: { ...process.env, HOME: tmpdir() } } : {},
  );
  let words = '';
  player.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const exited = once(player, 'exit');
  const deadlineMs = performance.now() + withinMs;
  let shown = 0;
  while (shown === 0 && player.exitCode === null && player.signalCode === null && performance.now() < deadlineMs) {
    await wait(50);
    shown = (await readdir(pictures.path)).length;
  }
  player.kill('SIGKILL');
  await exited;
  assert.ok(shown > 0, words.slice(-2000));
  return words;
}
