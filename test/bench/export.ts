import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemClock } from '../../src-main/base/clock.ts';
import { createDecodePoints } from '../../src-main/core/export/decode-points.ts';
import { openPartFile } from '../../src-main/core/export/part-file.ts';
import { planExport } from '../../src-main/core/export/plan-export.ts';
import { produceMovie } from '../../src-main/core/export/produce-movie.ts';
import { writeMovie } from '../../src-main/core/export/write-movie.ts';
import type { Presentation } from '../../src-main/core/ports/presentation.ts';
import { encodeTracks, makeRecording, openMadeRecording } from '../support/make-recording.ts';
import { openProcesses } from '../support/real-ffmpeg.ts';
import { type Bench, type Figure, median } from './figure.ts';

export const exportBench: Bench = {
  name: 'export',
  takes: '2 min',
  run: async (tell) => await benchExport({ tell }),
};

const run = promisify(execFile);
const MINUTE_OF_PICTURES = 60;

/**
 * Exports an hour at 2.5 Mbit/s and sets the time over that of `cp` of the same bytes, once as `cp` does it, until the system has all bytes,
 * and once until the file is on the disk, checked and named. Runs are interleaved, so that all meet the same machine; medians are compared.
 */
async function benchExport(options: {
  readonly minutes?: number;
  readonly rounds?: number;
  readonly tell?: (words: string) => void;
}): Promise<readonly Figure[]> {
  const { minutes = 60, rounds = 5, tell = () => undefined } = options;
  const folder = await mkdtemp(join(tmpdir(), 'lectern-bench-export-'));
  try {
    tell(`records ${minutes} min at 2.5 Mbit/s`);
    const assetFolder = join(folder, 'asset');
    const tracks = await encodeTracks(join(folder, 'encoded'), {
      seconds: MINUTE_OF_PICTURES,
      videoBitrates: [2_372_000],
      audioBitrate: 128_000,
      size: '1280x720',
    });
    await makeRecording({ folder: assetFolder, tracks, repeat: minutes });
    await using made = await openMadeRecording(assetFolder);
    const exported = join(folder, 'exported.mp4');
    await writeOnly(made.presentation, exported);
    tell(`exports it ${rounds} times in turns with the others`);
    return await compare(made.presentation, exported, folder, rounds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(
  presentation: Presentation,
  exported: string,
  folder: string,
  rounds: number,
): Promise<readonly Figure[]> {
  await using processes = openProcesses();
  const out = join(folder, 'out.mp4');
  const contestants = {
    cp: async () => {
      await run('cp', [exported, out]);
    },
    export: async () => await writeOnly(presentation, out),
    ffmpeg: async () => {
      await run('ffmpeg', ['-v', 'error', '-i', exported, '-c', 'copy', '-movflags', '+faststart', out]);
    },
    cpToDisk: async () => {
      await run('cp', [exported, out]);
      await flush(out);
    },
    exportWhole: async () => {
      await produceMovie({
        plan: await planExport(presentation, { format: 'mp4', quality: 'top' }),
        title: 'Benchmark',
        target: out,
        part: `${out}.part`,
        clock: systemClock(),
        decode: createDecodePoints({ run: processes.runToEnd, ffmpeg: () => Promise.resolve('ffmpeg') }),
        space: { freeBytes: () => Promise.resolve(Infinity), spareBytes: () => 0 },
        isLive: () => false,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onChecking: () => undefined,
      });
    },
  };
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, contestant] of Object.entries(contestants)) {
      // Nobody pays for what the one before left to be written.
      await flush(exported);
      await sleep(200);
      const began = performance.now();
      await contestant();
      times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
      await flush(out);
      await rm(out);
    }
  }
  const seconds = (name: keyof typeof contestants): number => median(times.get(name) ?? []) / 1000;
  const over = (one: keyof typeof contestants, other: keyof typeof contestants): number =>
    seconds(one) / seconds(other);
  const { size } = await stat(exported);
  const note = `${Math.round(size / 1e6)} MB, ${rounds} interleaved runs, medians`;
  return [
    { figure: 'export over cp', measured: over('export', 'cp'), unit: '×', target: { most: 1.6 }, note },
    { figure: 'ffmpeg -c copy +faststart over cp', measured: over('ffmpeg', 'cp'), unit: '×' },
    {
      figure: 'export on the disk, checked and named, over cp and fsync',
      measured: over('exportWhole', 'cpToDisk'),
      unit: '×',
    },
    { figure: 'cp', measured: seconds('cp'), unit: 's' },
    { figure: 'export', measured: seconds('export'), unit: 's' },
    { figure: 'ffmpeg -c copy +faststart', measured: seconds('ffmpeg'), unit: 's' },
    { figure: 'cp and fsync', measured: seconds('cpToDisk'), unit: 's' },
    { figure: 'export on the disk, checked and named', measured: seconds('exportWhole'), unit: 's' },
  ];
}

async function writeOnly(presentation: Presentation, target: string): Promise<void> {
  const plan = await planExport(presentation, { format: 'mp4', quality: 'top' });
  const file = await openPartFile({ target, part: target });
  await writeMovie(plan, file, {
    title: 'Benchmark',
    signal: new AbortController().signal,
    onProgress: () => undefined,
    pace: async () => Promise.resolve(),
  });
  // Closed and kept: disposing would remove what was not given its name.
  await file.close();
}

async function flush(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.datasync();
}
