import { setTimeout as wait } from 'node:timers/promises';
import { descendants } from '../support/descendants.ts';
import { end, goLive, openStage } from '../support/studio-stage.ts';
import { type Bench, median } from './figure.ts';
import { residentBytes } from './process-cost.ts';
import { startViewer } from './viewer.ts';

const EARLY_MINUTES = 5;
const LATE_MINUTES = Number(process.env['LECTERN_BENCH_MINUTES'] ?? 20);
const MIB = 1024 * 1024;

/** Memory of every process late in a broadcast over that early in it: what grows with time is a leak. */
export const memoryBench: Bench = {
  name: 'memory',
  takes: `${LATE_MINUTES} min`,
  async run(tell) {
    await using stage = await openStage();
    const { lectern } = stage;
    await lectern.call('putLadder', { body: { kind: 'preset', preset: '720p-3-Layer' } });
    const session = await goLive(lectern);
    await using _viewer = startViewer(session.urls.hls);
    const processes = [
      { name: 'service', pid: lectern.pid },
      ...descendants(lectern.pid).flatMap(({ pid, command }) =>
        command.includes('mixer-main')
          ? [{ name: 'mixer', pid }]
          : command.includes('libx264')
            ? [{ name: 'encoder', pid }]
            : [],
      ),
    ];
    await wait(EARLY_MINUTES * 60_000);
    const early = await sample(processes);
    tell(`after ${EARLY_MINUTES} min: ${words(early)}`);
    await wait((LATE_MINUTES - EARLY_MINUTES) * 60_000);
    const late = await sample(processes);
    tell(`after ${LATE_MINUTES} min: ${words(late)}`);
    await end(lectern);
    return processes.map(({ name }) => ({
      figure: `memory of the ${name}, late over early`,
      measured: (late.get(name) ?? 0) / (early.get(name) ?? 1),
      unit: '×',
      target: { most: 1.1 },
      note: `RSS ${((late.get(name) ?? 0) / MIB).toFixed(0)} MiB after ${LATE_MINUTES} min over ${((early.get(name) ?? 0) / MIB).toFixed(0)} MiB after ${EARLY_MINUTES} min`,
    }));
  },
};

/** The median of a minute: a garbage collector breathes. */
async function sample(
  processes: readonly { readonly name: string; readonly pid: number }[],
): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number[]>(processes.map(({ name }) => [name, []]));
  for (let look = 0; look < 60; look += 1) {
    for (const { name, pid } of processes) {
      seen.get(name)?.push(residentBytes(pid));
    }
    await wait(1000);
  }
  return new Map([...seen].map(([name, values]) => [name, median(values)]));
}

function words(bytes: ReadonlyMap<string, number>): string {
  return [...bytes].map(([name, value]) => `${name} ${(value / MIB).toFixed(0)} MiB`).join(', ');
}
