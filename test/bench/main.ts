import { cpus, release, totalmem, type } from 'node:os';
import { blockedBench } from './blocked.ts';
import { cpuBench } from './cpu.ts';
import { exportBench } from './export.ts';
import { type Bench, type Figure, isReached, printTable } from './figure.ts';
import { formatsBench } from './formats.ts';
import { ingestCpuBench, ingestLatencyBench, ingestMemoryBench, publishersBench } from './ingest.ts';
import { goLiveBench, latencyBench } from './latency.ts';
import { memoryBench } from './memory.ts';
import { originBench } from './origin.ts';
import { playlistBench } from './playlist.ts';
import { scenesBench } from './scenes.ts';
import { soundBench } from './sound.ts';
import { newcomerBench, pageMemoryBench, previewBench, sceneSwitchBench } from './studio.ts';
import { windowBench } from './window.ts';

// npm run bench [-- name …]: what each costs against its peer, measured in the same run on this computer.

const BENCHES: readonly Bench[] = [
  cpuBench,
  goLiveBench,
  latencyBench,
  originBench,
  playlistBench,
  windowBench,
  blockedBench,
  scenesBench,
  sceneSwitchBench,
  soundBench,
  previewBench,
  newcomerBench,
  formatsBench,
  exportBench,
  ingestCpuBench,
  ingestLatencyBench,
  ingestMemoryBench,
  publishersBench,
  pageMemoryBench,
  memoryBench,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  const known = BENCHES.map(({ name, takes }) => `${name} (${takes})`).join(', ');
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are ${known}.\n`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const bench of BENCHES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  process.stderr.write(`${bench.name}, about ${bench.takes}\n`);
  figures.push(...(await bench.run((words) => process.stderr.write(`  ${words}\n`))));
}

const [cpu] = cpus();
process.stdout.write(
  `${type()} ${release()}, ${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n\n${printTable(figures)}\n`,
);
process.exitCode = figures.some((figure) => isReached(figure) === false) ? 1 : 0;
