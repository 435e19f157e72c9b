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
    const session = await goLive(lectern, 'Bench', { kind: 'preset', preset: '720p-3-Layer' });
    await using _viewer = startViewer(session.urls.hls);
    await wait(EARLY_MINUTES * 60_000);
    const early = await sample(lectern.pid);
    tell(`after ${EARLY_MINUTES} min: ${words(early)}`);
    await wait((LATE_MINUTES - EARLY_MINUTES) * 60_000);
    const late = await sample(lectern.pid);
    tell(`after ${LATE_MINUTES} min: ${words(late)}`);
    await end(lectern);
    return [...early.keys()].map((name) => ({
      figure: `memory of the ${name}, late over early`,
      measured: (late.get(name) ?? 0) / (early.get(name) ?? 1),
      unit: '×',
      target: { most: 1.1 },
      note: `RSS ${((late.get(name) ?? 0) / MIB).toFixed(0)} MiB after ${LATE_MINUTES} min over ${((early.get(name) ?? 0) / MIB).toFixed(0)} MiB after ${EARLY_MINUTES} min`,
    }));
  },
};

/** What in a command line tells which process it is. The shells that end the others if the service dies stay at 2 MiB. */
const NAMES = { 'mixer-main': 'mixer', 'rtmp-main': 'RTMP receiver', libx264: 'encoder' };

/** Looked for each time: an encoder may have been replaced by a cheaper one meanwhile. */
function processesOf(pid: number): readonly { readonly name: string; readonly pid: number }[] {
  const named = descendants(pid).flatMap((child) =>
    Object.entries(NAMES)
      .filter(([word]) => child.command.includes(word))
      .map(([, name]) => ({ name, pid: child.pid })),
  );
  return [{ name: 'service', pid }, ...named];
}

/** The median of a minute: a garbage collector breathes. */
async function sample(pid: number): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number[]>();
  for (let look = 0; look < 60; look += 1) {
    for (const process of processesOf(pid)) {
      seen.set(process.name, [...(seen.get(process.name) ?? []), residentBytes(process.pid)]);
    }
    await wait(1000);
  }
  return new Map([...seen].map(([name, values]) => [name, median(values)]));
}

function words(bytes: ReadonlyMap<string, number>): string {
  return [...bytes].map(([name, value]) => `${name} ${(value / MIB).toFixed(0)} MiB`).join(', ');
}
