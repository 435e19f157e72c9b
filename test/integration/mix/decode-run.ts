import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src-main/base/clock.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { createProcesses } from '../../../src-main/core/process/create-processes.ts';
import type { Rig } from './rig.ts';

/** The pictures and the sound of a run, decoded from the start of each track; the priming of the sound taken off. */
export async function decodeRun(
  rig: Rig,
  run: number,
  audioTrack: number,
): Promise<{ readonly frames: Buffer; readonly sound: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-test-'));
  const processes = createProcesses({
    clock: systemClock(),
    random: () => 0.5,
    logger: silentLogger,
    platform: process.platform,
  });
  try {
    const raw = async (track: number, args: readonly string[]): Promise<Buffer> => {
      const path = join(folder, `${track}.mp4`);
      await writeFile(path, rig.bytes(run, track));
      const result = await processes.runToEnd(
        {
          name: 'decode',
          executable: 'ffmpeg',
          args: ['-nostdin', '-v', 'error', '-flags2', '+skip_manual', '-i', path, ...args, 'pipe:1'],
          stdin: 'none',
          stdout: 'pipe',
          pipes: [],
          priority: 'normal',
          secrets: [],
          quit: 'term',
          graceMs: 1000,
        },
        { timeoutMs: 30_000, maxOutputBytes: 1e9 },
      );
      return Buffer.from(result.stdout);
    };
    const frames = await raw(0, ['-vsync', 'passthrough', '-f', 'rawvideo']);
    const sound = await raw(audioTrack, ['-ac', '1', '-f', 's16le']);
    return { frames, sound: sound.subarray(1024 * 2) };
  } finally {
    await processes[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}
