import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import { createFragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { goLive, openArchiveRig } from '../../support/archive-rig.ts';

/** One track of an encoder's output. */
export type Source = { readonly track: Track; readonly samples: readonly Sample[] };

export function readSource(path: string, kind: 'video' | 'audio', bitrate: number): Source {
  let track: Track | undefined;
  const samples: Sample[] = [];
  for (const event of createFragmentReader().push(readFileSync(path))) {
    if (event.kind === 'fragment') {
      samples.push(...event.samples);
      continue;
    }
    const description = event.tracks[0]?.description;
    if (description?.kind === kind) {
      const named = { ...description, bitrate };
      track = { ...named, id: `${kind}_${bitrate}`, name: kind, init: writeInitSegment(named) };
    }
  }
  if (track === undefined) {
    throw new Error(`${path} has no ${kind}`);
  }
  return { track, samples };
}

/** Records over and over what an encoder made, as fast as it goes, until it is killed. Each line it prints is how many seconds are on the disk. */
async function record(dataDir: string, video: string, audio: string): Promise<void> {
  const pictures = readSource(video, 'video', 200_000);
  const sources = [pictures, readSource(audio, 'audio', 64_000)];
  const rig = await openArchiveRig({ dataDir });
  await goLive(rig, 'live', { archiveWindowLength: 'PT25H' });
  const input = rig.input('live');
  input.open(sources.map(({ track }) => track));
  process.stdout.write('0\n');
  const { samples, track } = pictures;
  const lap = samples.reduce((sum, { duration }) => sum + duration, 0) / track.timescale;
  const origin = Number(samples[0]?.decodeTime) / track.timescale;
  for (let second = 0; ; second += 0.5) {
    for (const source of sources) {
      const { timescale } = source.track;
      const round = Math.floor(second / lap);
      const due = source.samples.filter(({ decodeTime }) => {
        const at = Number(decodeTime) / timescale - origin + round * lap;
        return at >= second - 1e-6 && at < second + 0.5 - 1e-6;
      });
      const shift = BigInt(Math.round(round * lap * timescale));
      input.push(
        source.track.id,
        due.map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime + shift) })),
      );
    }
    // Now and then nothing is waited for, so that a kill also meets a queue.
    if (randomInt(10) < 7) {
      await rig.flushed();
      process.stdout.write(`${second + 0.5}\n`);
    } else {
      await nextTurn();
    }
  }
}

const [, , dataDir, video, audio] = process.argv;
if (
  process.argv[1]?.endsWith('recorder.ts') === true &&
  dataDir !== undefined &&
  video !== undefined &&
  audio !== undefined
) {
  await record(dataDir, video, audio);
}
