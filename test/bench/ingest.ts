import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { descendants } from '../support/descendants.ts';
import type { Lectern } from '../support/lectern-process.ts';
import { type LiveSender, rtmpSender, senderClock } from '../support/live-senders.ts';
import { type LoopedMedia, loopedMedia } from '../support/looped-media.ts';
import { startRtmpServer } from '../support/rtmp-server.ts';
import { ingestUrl, playlistsOf, previewBase, record, startEvent, textOf } from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';
import { type Bench, median } from './figure.ts';
import { firstSegment } from './latency.ts';
import { ownCpuSeconds, residentBytes } from './process-cost.ts';

const GOP_SECONDS = 2;
const STREAMS = 10;
const MIB = 1024 * 1024;

async function fourMegabits(): Promise<LoopedMedia> {
  return await loopedMedia({ layers: [{ size: '1280x720', kbps: 3900 }], gopSeconds: GOP_SECONDS });
}

/** Pushes of looped media from this process, all of one clock. */
type Push = LiveSender & { readonly name: string };

async function push(media: LoopedMedia, base: string, name: string, clock = senderClock()): Promise<Push> {
  return { name, ...(await rtmpSender(base, name, { clock, tracks: [...media.video, media.audio] })) };
}

/** A live event of its own that records, and its only encoder. */
async function pushEvent(lectern: Lectern, media: LoopedMedia, index: number): Promise<Push & { hls: string }> {
  const event = await startEvent(lectern, `event-${index}`);
  const { hls } = await record(lectern, event.name);
  return { ...(await push(media, ingestUrl(event, 'rtmp'), 'one')), name: event.name, hls };
}

async function openService(): ReturnType<typeof openStage> {
  const stage = await openStage();
  await stage.lectern.call('patchSettings', { body: { service: { quotas: { liveEvents: 100 } } } });
  return stage;
}

async function coresWhile(pids: readonly number[], ms: number): Promise<number> {
  const used = (): number => pids.reduce((sum, pid) => sum + ownCpuSeconds(pid), 0);
  const before = used();
  const fromMs = performance.now();
  await wait(ms);
  return (used() - before) / ((performance.now() - fromMs) / 1000);
}

function assertWell(pushes: readonly LiveSender[]): void {
  const cut = pushes.filter((sender) => sender.isCutOff()).length;
  if (cut > 0) {
    throw new Error(`${cut} of ${pushes.length} senders were cut off`);
  }
}

const SETTLE_MS = 8000;
const MEASURE_MS = 15_000;
const ROUNDS = 3;

/** What taking in and recording costs, against nginx with its RTMP module recording the same. */
export const ingestCpuBench: Bench = {
  name: 'ingest-cpu',
  takes: '3 min',
  async run(tell) {
    const media = await fourMegabits();
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      theirs.push(await measureNginx(media));
      ours.push(await measureService(media));
      tell(
        `round ${round + 1}: Lectern ${percent(ours.at(-1))} %, nginx ${percent(theirs.at(-1))} % of a core a stream`,
      );
    }
    return [
      {
        figure: 'CPU of taking in and recording a 4 Mbit/s RTMP stream, of one core',
        measured: (100 * median(ours)) / STREAMS,
        unit: '%',
        target: { most: 1.5 },
        note: `${STREAMS} live events, service and its RTMP receiver; median of ${ROUNDS} rounds of ${MEASURE_MS / 1000} s`,
      },
      {
        figure: 'the same over nginx-rtmp that records the same',
        measured: median(ours.map((cores, round) => cores / (theirs[round] ?? 1))),
        unit: '×',
        note: `nginx ${percent(median(theirs))} % a stream: it copies what comes, and packages nothing`,
      },
    ];
  },
};

function percent(cores = 0): string {
  return ((100 * cores) / STREAMS).toFixed(2);
}

async function measureService(media: LoopedMedia): Promise<number> {
  await using stage = await openService();
  await using pushes = new AsyncDisposableStack();
  const all: Push[] = [];
  for (let index = 0; index < STREAMS; index += 1) {
    all.push(pushes.use(await pushEvent(stage.lectern, media, index)));
  }
  await wait(SETTLE_MS);
  const { lectern } = stage;
  // A service that has just begun measures what this computer can encode: that is no cost of taking in.
  await until('encoders are measured', () => (isMeasuring(lectern.pid) ? undefined : true), 60_000);
  const cores = await coresWhile(ingestPids(lectern.pid), MEASURE_MS);
  assertWell(all);
  return cores;
}

function isMeasuring(pid: number): boolean {
  return descendants(pid).some(({ command }) => command.includes('ffmpeg'));
}

/** The service, and its RTMP receiver. */
function ingestPids(pid: number): readonly number[] {
  const receiver = descendants(pid).find(({ command }) => command.includes('rtmp-main'));
  return [pid, ...(receiver === undefined ? [] : [receiver.pid])];
}

async function measureNginx(media: LoopedMedia): Promise<number> {
  await using server = await startRtmpServer();
  const pids = descendants(process.pid)
    .filter(({ command }) => command.startsWith('nginx'))
    .map(({ pid }) => pid);
  await using pushes = new AsyncDisposableStack();
  const all: Push[] = [];
  for (let index = 0; index < STREAMS; index += 1) {
    all.push(pushes.use(await push(media, server.url, `stream-${index}`)));
  }
  await wait(SETTLE_MS);
  const cores = await coresWhile(pids, MEASURE_MS);
  assertWell(all);
  return cores;
}

const LATENCY_ROUNDS = 7;

/** From the moment an encoder begins to the first segment that a player of the preview could take. */
export const ingestLatencyBench: Bench = {
  name: 'ingest-latency',
  takes: '1 min',
  async run() {
    const media = await fourMegabits();
    await using stage = await openService();
    const seconds: number[] = [];
    for (let round = 0; round < LATENCY_ROUNDS; round += 1) {
      const event = await startEvent(stage.lectern, `first-${round}`);
      const preview = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
      const beganMs = performance.now();
      // As soon as it may: its first picture is over a moment after the connection stands.
      await using _sender = await push(media, ingestUrl(event, 'rtmp'), 'one', senderClock(0.05));
      while ((await firstSegment(preview)) === undefined) {
        await wait(5);
      }
      seconds.push((performance.now() - beganMs) / 1000);
    }
    return [
      {
        figure: `RTMP publish begins → first playable segment of the preview, GOP of ${GOP_SECONDS} s`,
        measured: median(seconds),
        unit: 's',
        target: { most: GOP_SECONDS + 0.5 },
        note: `median of ${LATENCY_ROUNDS}, worst ${Math.max(...seconds).toFixed(2)} s; 0.05 s of it until the first picture`,
      },
    ];
  },
};

const FILL_MS = 40_000;

/** Memory of the service and its RTMP receiver with one stream and with ten. */
export const ingestMemoryBench: Bench = {
  name: 'ingest-memory',
  takes: '2 min',
  async run() {
    const media = await fourMegabits();
    await using stage = await openService();
    const { lectern } = stage;
    await using pushes = new AsyncDisposableStack();
    const all = [pushes.use(await pushEvent(lectern, media, 0))];
    await wait(FILL_MS);
    const one = await resident(lectern.pid);
    for (let index = 1; index < STREAMS; index += 1) {
      all.push(pushes.use(await pushEvent(lectern, media, index)));
    }
    await wait(FILL_MS);
    const ten = await resident(lectern.pid);
    assertWell(all);
    const shown = ({ service, receiver }: Resident): string =>
      `${(service / MIB).toFixed(0)} + ${(receiver / MIB).toFixed(0)} MiB`;
    return [
      {
        figure: 'memory of one more 4 Mbit/s RTMP stream, service and its RTMP receiver',
        measured: (total(ten) - total(one)) / (STREAMS - 1) / MIB,
        unit: 'MiB',
        note: `RSS ${shown(one)} with 1, ${shown(ten)} with ${STREAMS}, each after ${FILL_MS / 1000} s`,
      },
    ];
  },
};

type Resident = { readonly service: number; readonly receiver: number };

const total = ({ service, receiver }: Resident): number => service + receiver;

/** The median of ten seconds. */
async function resident(pid: number): Promise<Resident> {
  const looks: Resident[] = [];
  for (let look = 0; look < 10; look += 1) {
    const [service = pid, receiver] = ingestPids(pid);
    looks.push({
      service: residentBytes(service),
      receiver: receiver === undefined ? 0 : residentBytes(receiver),
    });
    await wait(1000);
  }
  return {
    service: median(looks.map(({ service }) => service)),
    receiver: median(looks.map(({ receiver }) => receiver)),
  };
}

const STEP = 4;
const STEP_MS = 6000;
/** As many connections as the RTMP receiver takes. */
const MOST = 64;
const FULL = 0.97;

/** Adds encoders until the newest segments come late, or the machine has nothing left. */
export const publishersBench: Bench = {
  name: 'publishers',
  takes: '3 min',
  async run(tell) {
    const media = await fourMegabits();
    await using stage = await openService();
    await using pushes = new AsyncDisposableStack();
    const all: (Push & { readonly hls: string })[] = [];
    let carried = 0;
    let why = 'as many as it takes';
    let costs = '';
    while (all.length < MOST) {
      for (let added = 0; added < STEP; added += 1) {
        all.push(pushes.use(await pushEvent(stage.lectern, media, all.length)));
      }
      await until('every stream is there', async () =>
        (await Promise.all(all.map(({ hls }) => playlistsOf(hls)))).every(({ length }) => length === 2)
          ? true
          : undefined,
      );
      const pids = ingestPids(stage.lectern.pid);
      const used = (): number => pids.reduce((sum, pid) => sum + ownCpuSeconds(pid), 0);
      const busy = watchMachine();
      const before = { ours: used(), sender: process.cpuUsage(), atMs: performance.now() };
      const late = await latest(all, STEP_MS);
      const seconds = (performance.now() - before.atMs) / 1000;
      const sender = process.cpuUsage(before.sender);
      const share = busy();
      const ours = (used() - before.ours) / seconds;
      const theirs = (sender.user + sender.system) / 1e6 / seconds;
      const cut = all.filter((one) => one.isCutOff()).length;
      tell(
        `${all.length} streams: newest segment ${late.toFixed(2)} s late, service ${ours.toFixed(2)} cores, senders ${theirs.toFixed(2)}, machine ${(share * 100).toFixed(0)} %`,
      );
      if (late > GOP_SECONDS + 0.5 || cut > 0) {
        why = cut > 0 ? `${cut} were cut off` : `then segments were ${late.toFixed(1)} s late`;
        break;
      }
      carried = all.length;
      costs = `service ${ours.toFixed(2)} cores, senders in the same machine ${theirs.toFixed(2)}`;
      if (share > FULL) {
        why = 'then the machine was full';
        break;
      }
    }
    return [
      {
        figure: `4 Mbit/s RTMP streams at once, each recorded, none later than ${GOP_SECONDS} s + 0.5 s`,
        measured: carried,
        unit: 'streams',
        note: `${why}; ${costs}, of ${cpus().length}`,
      },
    ];
  },
};

/** The most seconds between the end of the newest segment of any stream and now, by its own date, over some time. */
async function latest(all: readonly { readonly hls: string }[], forMs: number): Promise<number> {
  const urls = (await Promise.all(all.map(({ hls }) => playlistsOf(hls)))).map(([video = '']) => video);
  const untilMs = performance.now() + forMs;
  let late = 0;
  for (let index = 0; performance.now() < untilMs; index += 1) {
    const url = urls[index % urls.length] ?? '';
    const text = (await textOf(url)) ?? '';
    const date = text
      .match(/#EXT-X-PROGRAM-DATE-TIME:.*/g)
      ?.at(-1)
      ?.replace(/^[^:]*:/, '');
    const long = Number(/#EXTINF:([\d.]+)/.exec(text.match(/#EXTINF:.*/g)?.at(-1) ?? '')?.[1] ?? 0);
    if (date !== undefined) {
      late = Math.max(late, (Date.now() - Date.parse(date)) / 1000 - long);
    }
    await wait(50);
  }
  return late;
}

/** The share of the machine's time in which it was busy, from now until it is asked. */
function watchMachine(): () => number {
  const before = machineTicks();
  return () => {
    const { idle, all } = machineTicks();
    return 1 - (idle - before.idle) / Math.max(1, all - before.all);
  };
}

function machineTicks(): { readonly idle: number; readonly all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const fields = line.split(/\s+/).slice(1, 9).map(Number);
  // user nice system idle iowait irq softirq steal, proc(5).
  return { idle: (fields[3] ?? 0) + (fields[4] ?? 0), all: fields.reduce((sum, field) => sum + field, 0) };
}
