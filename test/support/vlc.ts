import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

/** The user and group of nobody on Debian. */
const NOBODY = 65_534;

/** Waits until VLC shows the first picture of an address; fails with its last words when it does not. Gives all that it said. */
export async function vlcShows(address: string, withinMs = 60_000): Promise<string> {
  const player = spawn(
    'vlc',
    ['-I', 'dummy', '--vout', 'dummy', '--aout', 'dummy', '-vv', address, 'vlc://quit'],
    // It refuses to run as root.
    process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY, env: { ...process.env, HOME: tmpdir() } } : {},
  );
  let words = '';
  player.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
    if (words.includes('first picture')) {
      player.kill('SIGKILL');
    }
  });
  const timer = setTimeout(() => player.kill('SIGKILL'), withinMs);
  await once(player, 'exit');
  clearTimeout(timer);
  assert.match(words, /first picture/, words.slice(-2000));
  return words;
}
