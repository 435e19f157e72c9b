import { execFileSync } from 'node:child_process';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { encoderCommand } from '../../src-main/core/encode/encoder-args.ts';
import { LADDERS } from '../../src-main/core/encode/ladder-presets.ts';
import { openProcesses } from '../support/real-ffmpeg.ts';
import { end, until } from '../support/studio-stage.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';
import { type Bench, median } from './figure.ts';
import { cpuSeconds } from './process-cost.ts';
import { type Desk, openDesk } from './stage.ts';
import { startViewer } from './viewer.ts';

const SETTLE_MS = 6000;
const MEASURE_MS = 20_000;
const ROUNDS = 3;

/** Everything that Lectern does for a broadcast, against what is left when one ffmpeg captures and encodes the same into files. */
export const cpuBench: Bench = {
  name: 'cpu',
  takes: '4 min',
  async run(tell) {
    await using desk = await openDesk();
    const { lectern } = desk.stage;
    await lectern.call('putLadder', { body: { kind: 'preset', preset: '720p-3-Layer' } });
    const microphone = (await lectern.call('getDevices', {})).value.find(({ kind }) => kind === 'microphone');
    await lectern.call('putSources', {
      body: {
        sources: [
          { id: 'screen', kind: 'screen' },
          { id: 'mic', kind: 'microphone', device: microphone?.id ?? '' },
        ],
      },
    });
    const ours: number[] = [];
    const bare: number[] = [];
    // What is on the display costs more at one time than at another, so each is measured between two of the other.
    let before = await measureBare(desk);
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await measureOurs(desk));
      const after = await measureBare(desk);
      bare.push((before + after) / 2);
      tell(
        `round ${round + 1}: Lectern ${ours.at(-1)?.toFixed(2)} cores, bare ffmpeg ${before.toFixed(2)} and ${after.toFixed(2)} cores`,
      );
      before = after;
    }
    return [
      {
        figure: 'CPU while live over one bare ffmpeg (screen, microphone, 720p ladder of 3, one viewer)',
        measured: median(ours.map((cores, round) => cores / (bare[round] ?? 1))),
        unit: '×',
        target: { most: 1.35 },
        note: `${median(ours).toFixed(2)} over ${median(bare).toFixed(2)} cores, median of ${ROUNDS} rounds of ${MEASURE_MS / 1000} s`,
      },
    ];
  },
};

async function measureOurs({ stage: { lectern } }: Desk): Promise<number> {
  await lectern.call('goLive', { body: { title: 'Bench' } });
  const session = await until('it is live', async () => {
    const state = await lectern.call('getStudio', {});
    return state.phase === 'live' ? state.session : undefined;
  });
  let cores: number;
  {
    await using _viewer = startViewer(session.urls.hls);
    await wait(SETTLE_MS);
    cores = await coresOf(lectern.pid);
  }
  await end(lectern);
  return cores;
}

/** The same encoder options; only where picture and sound come from and where the tracks go differs. */
async function measureBare({ environment, display }: Desk): Promise<number> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-bench-'));
  const command = encoderCommand(
    {
      canvas: { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } },
      ...LADDERS['720p-3-Layer'],
    },
    {
      binary: { path: 'ffmpeg', major: ffmpegMajor() },
      encoder: { codec: 'libx264', preset: 'superfast' },
      cores: cpus().length,
    },
  );
  const outputs = command.args.slice(command.args.indexOf('pipe:4') + 1);
  const args = [
    ...['-nostdin', '-loglevel', 'error', '-y'],
    ...['-thread_queue_size', '8', '-f', 'x11grab', '-framerate', '30', '-video_size', '1280x720', '-i', display],
    ...['-thread_queue_size', '64', '-f', 'pulse', '-i', 'default'],
    ...outputs.map((arg) => (arg.startsWith('pipe:') ? join(folder.path, `${arg.slice(5)}.mp4`) : arg)),
  ];
  await using processes = openProcesses();
  const child = await processes.spawn({
    name: 'bare ffmpeg',
    executable: 'ffmpeg',
    // The grabber gives BGRA; Lectern's capture converts with the same filter.
    args: args.map((arg) => arg.replace('[0:v]', '[0:v]format=yuv420p,')),
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    env: environment,
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 3000,
  });
  await wait(SETTLE_MS);
  return await coresOf(child.pid);
}

async function coresOf(pid: number): Promise<number> {
  const before = cpuSeconds(pid);
  const fromMs = performance.now();
  await wait(MEASURE_MS);
  return (cpuSeconds(pid) - before) / ((performance.now() - fromMs) / 1000);
}

function ffmpegMajor(): number {
  return Number(/version n?(\d+)/.exec(execFileSync('ffmpeg', ['-version'], { encoding: 'utf8' }))?.[1] ?? 5);
}
