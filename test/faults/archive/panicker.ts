import { createInterface } from 'node:readline';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import { goLive, openArchiveRig } from '../../support/archive-rig.ts';
import { audioTrack, videoTrack } from '../../support/broadcast-media.ts';
import { tellingSamples } from '../../support/secret-media.ts';

export const TRACKS: readonly Track[] = [
  videoTrack(800_000),
  videoTrack(400_000),
  videoTrack(200_000),
  audioTrack(),
];
export const SECONDS = 40;

/** Records, says so, and takes back what it is told to: `{from}` in seconds. It says when it has been done. */
async function run(dataDir: string): Promise<void> {
  const rig = await openArchiveRig({ dataDir });
  await goLive(rig, 'live');
  const input = rig.input('live');
  input.open(TRACKS);
  for (let second = 0; second < SECONDS; second += 1) {
    for (const { id, kind } of TRACKS) {
      input.push(id, tellingSamples(kind, { from: second * 30, to: (second + 1) * 30, gop: 60, start: 0 }));
    }
  }
  await rig.flushed();
  process.stdout.write('recorded\n');
  for await (const line of createInterface(process.stdin)) {
    await rig.liveEvents.removeSince('live', Number(line) * 1000).erased;
    process.stdout.write('erased\n');
  }
}

const [, , dataDir] = process.argv;
if (process.argv[1]?.endsWith('panicker.ts') === true && dataDir !== undefined) {
  await run(dataDir);
}
