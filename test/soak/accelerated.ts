import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createIntake } from '../../src-main/core/live/intake/intake.ts';
import type { IncomingTrackInput, IngestConnection } from '../../src-main/core/ports/ingest.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { Presentation } from '../../src-main/core/ports/presentation.ts';
import { ticksToSeconds } from '../../src-main/media/time.ts';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { openArchiveRig } from '../support/archive-rig.ts';
import { audioTrack, frames, sounds, videoTrack } from '../support/broadcast-media.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { fakePublication } from '../support/fake-presentation.ts';
import { manualClock } from '../support/manual-clock.ts';
import { packagedStream } from '../support/packaged-stream.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';
import { seededRandom } from './random.ts';

/**
 * A day in minutes: intake, timeline, store, catalogue and packager of the service in this process, under encoders that push three layers and sound
 * as fast as it takes them, on a clock that goes with them. No sockets, no children: those are what the long soak has.
 */
export type AcceleratedOptions = {
  readonly hours: number;
  readonly seed: number;
  readonly tell: (words: string) => void;
  readonly signal: AbortSignal;
};

/** At one moment of the stream. */
type Vitals = {
  readonly hours: number;
  /** Heap and buffers behind a garbage collection, MiB; and what the system counts. */
  readonly heapMib: number;
  readonly rssMib: number;
  readonly descriptors: number;
  readonly diskMib: number;
  readonly files: number;
  /** How far the newest segment is behind the clock, in seconds. */
  readonly behindSeconds: number;
};

const FRAMES_PER_SECOND = 30;
const STEP_MS = 200;
const STEP_FRAMES = (FRAMES_PER_SECOND * STEP_MS) / 1000;
/** A viewer asks for everything twice a minute of the stream. */
const WATCHED_STEPS = 150;
const KBPS = [2500, 1200, 600] as const;
/** From then on windows are full and everything that is kept is there. */
const SETTLED_HOURS = 2;
const LOOKS = 4;
const MIB = 1024 * 1024;
const MAX_GROWTH = 1.1;
const MAX_DRIFT_SECONDS = 0.5;

/** An encoder that counts from 0 whenever it connects. */
type Sender = { readonly connections: readonly IngestConnection[]; readonly push: () => void };

/** Resolves with what is wrong, nothing when nothing is. */
export async function runAccelerated({
  hours,
  seed,
  tell,
  signal,
}: AcceleratedOptions): Promise<readonly string[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-accelerated-'));
  const clock = manualClock();
  const random = seededRandom(seed, 0);
  let drops = 0;
  const events = {
    publish: (type: string) =>
      void (drops += type === 'Microsoft.Media.LiveEventIncomingDataChunkDropped' ? 1 : 0),
    published: { on: () => ({ [Symbol.dispose]: () => undefined }) },
    lastId: () => '0',
    since: () => [],
  };
  const intake = createIntake({ clock, logger: silentLogger, events });
  await using rig = await openArchiveRig({
    dataDir: folder.path,
    clock,
    live: {
      telemetry: intake.telemetry,
      openFeed: (event, session) => Promise.resolve(intake.open({ event, ...session })),
    },
  });
  const event = await rig.liveEvents.create('show', { input: { streamingProtocol: 'RTMP' } }, { autoStart: true });
  await rig.archive.assets.create('tape', {});
  await rig.liveEvents.createOutput('show', 'tape', {
    ...{ assetName: 'tape', archiveWindowLength: 'PT90M', rewindWindowLength: 'PT30M' },
  });
  const presentation = rig.liveEvents.presentationOf('show', 'tape');
  if (presentation === undefined) {
    return ['the output shows nothing'];
  }
  const stream = packagedStream(fakePublication(presentation), clock);
  const ledger = createLedger(presentation);
  const faults: string[] = [];
  const vitals: Vitals[] = [];
  const begun = performance.now();
  let sender: Sender | undefined = connect(event);
  let pushedSteps = 0;
  let outages = 0;
  let nextTurnMs = random.between(5, 40) * 60_000;

  function connect(to: LiveEvent): Sender {
    const base = { protocol: 'RTMP', accessToken: to.input.accessToken, entrance: 'primary' } as const;
    const inputs: { readonly input: IncomingTrackInput; readonly kind: 'video' | 'audio' }[] = [];
    const connections = KBPS.map((kbps, index) => {
      const connection = intake.door.connect({
        ...base,
        ...{ streamName: `layer${index}`, ingestUrl: 'rtmp://here/live' },
        ...{ peer: { address: '127.0.0.1', port: 1000 + index }, disconnect: () => undefined },
      });
      const tracks = index === 0 ? [videoTrack(kbps * 1000), audioTrack()] : [videoTrack(kbps * 1000)];
      for (const { id: _id, name: _name, init: _init, ...description } of tracks) {
        const declaredBitrate = description.bitrate;
        inputs.push({ input: connection.addTrack({ description, declaredBitrate }), kind: description.kind });
      }
      return connection;
    });
    let at = 0;
    return {
      connections,
      push() {
        const options = { from: at, to: at + STEP_FRAMES, start: 0 };
        for (const { input, kind } of inputs) {
          input.push(kind === 'video' ? frames(options) : sounds(options));
        }
        at += STEP_FRAMES;
      },
    };
  }

  /** As viewers do. */
  async function watch(): Promise<void> {
    stream.text('manifest(format=m3u8-cmaf)');
    stream.mpd();
    for (const { track, segments } of presentation?.tracks() ?? []) {
      stream.playlist(track);
      if (segments.length > 0) {
        const index = Math.floor(random.between(0, segments.length));
        const { time, size } = segments.at(index);
        if (size > 0) {
          await stream.media(`QualityLevels(${track.bitrate})/Fragments(${track.name}=${time},format=m3u8-cmaf)`);
        }
      }
    }
    faults.push(...ledger.follow());
  }

  async function look(atHours: number): Promise<void> {
    await rig.flushed();
    // What is only closed when it is found to be gone goes with the second.
    collectGarbage();
    await nextTurn();
    collectGarbage();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    const { bytes, files } = await onDisk(folder.path);
    const now: Vitals = {
      hours: atHours,
      heapMib: (heapUsed + arrayBuffers) / MIB,
      rssMib: rss / MIB,
      descriptors: process.platform === 'linux' ? (await readdir('/proc/self/fd')).length : 0,
      ...{ diskMib: bytes / MIB, files, behindSeconds: clock.wallMs() / 1000 - ledger.edgeSeconds() },
    };
    vitals.push(now);
    const speed = (atHours * 3_600_000) / (performance.now() - begun);
    tell(`${describe(now)}, ${outages} outages, ${speed.toFixed(0)} x real time`);
  }

  const steps = Math.round((hours * 3_600_000) / STEP_MS);
  for (let step = 1; step <= steps && !signal.aborted; step += 1) {
    const atMs = step * STEP_MS;
    if (atMs >= nextTurnMs) {
      if (sender === undefined) {
        sender = connect(event);
        nextTurnMs = atMs + random.between(5, 40) * 60_000;
      } else {
        sender.connections.forEach((connection) => connection.end('MPE_CLIENT_DISCONNECTED'));
        sender = undefined;
        outages += 1;
        nextTurnMs = atMs + random.between(2, 30) * 1000;
      }
    }
    clock.advance(STEP_MS);
    sender?.push();
    pushedSteps += sender === undefined ? 0 : 1;
    if (step % 10 === 0) {
      await nextTurn();
    }
    if (step % WATCHED_STEPS === 0) {
      await rig.flushed();
      await watch();
    }
    if (atMs % 3_600_000 === 0) {
      await look(atMs / 3_600_000);
    }
  }
  const pushedSeconds = (pushedSteps * STEP_MS) / 1000;
  return [...faults, ...verdict(vitals, { drops, pushedSeconds, shownSeconds: ledger.mediaSeconds() })];
}

/** What was shown of the best quality, segment by segment, and whether one begins where the one before ends unless it says that it does not. */
function createLedger(presentation: Presentation) {
  let seen = 0;
  let mediaSeconds = 0;
  let edge: { readonly time: bigint; readonly timescale: number } | undefined;
  return {
    mediaSeconds: () => mediaSeconds,
    edgeSeconds: () => (edge === undefined ? 0 : Number(edge.time) / edge.timescale),
    follow(): readonly string[] {
      const faults: string[] = [];
      const [best] = presentation.tracks();
      if (best === undefined) {
        return faults;
      }
      const { segments, track } = best;
      const breaks = new Set(presentation.discontinuities());
      for (let index = Math.max(0, seen + 1 - segments.firstSequence); index < segments.length; index += 1) {
        const { sequence, time, duration, size } = segments.at(index);
        const off =
          edge === undefined ? 0 : ticksToSeconds(time, track.timescale) - Number(edge.time) / edge.timescale;
        if (!breaks.has(sequence) && Math.abs(off) > 0.5 / FRAMES_PER_SECOND) {
          faults.push(`segment ${sequence} begins ${off.toFixed(3)} s off the end of the one before`);
        }
        mediaSeconds += size > 0 ? duration / track.timescale : 0;
        edge = { time: time + BigInt(duration), timescale: track.timescale };
        seen = sequence;
      }
      return faults;
    },
  };
}

function verdict(
  vitals: readonly Vitals[],
  totals: { readonly drops: number; readonly pushedSeconds: number; readonly shownSeconds: number },
): readonly string[] {
  const settled = vitals.find(({ hours }) => hours >= SETTLED_HOURS);
  const last = vitals.at(-1);
  const faults: string[] = [];
  const missing = totals.pushedSeconds - totals.shownSeconds;
  // Some seconds are still in the open segment.
  if (missing < 0 || missing > 10) {
    faults.push(
      `${missing.toFixed(1)} s of ${totals.pushedSeconds.toFixed(0)} s that were pushed are not in segments`,
    );
  }
  if (totals.drops > 0) {
    faults.push(`${totals.drops} times something was dropped`);
  }
  if (settled === undefined || last === undefined || last === settled) {
    return faults;
  }
  const full = vitals.filter(({ hours }) => hours >= SETTLED_HOURS);
  for (const field of ['heapMib', 'diskMib', 'files', 'descriptors'] as const) {
    // What is not yet given back differs from look to look, what is kept does not: the least of a few hours tells.
    const least = (looks: readonly Vitals[]): number => Math.min(...looks.map((one) => one[field]));
    const [before, after] = [least(full.slice(0, LOOKS)), least(full.slice(-LOOKS))];
    if (after > before * MAX_GROWTH + 2) {
      faults.push(`${field} grew from ${before.toFixed(1)} to ${after.toFixed(1)}`);
    }
  }
  const drift = last.behindSeconds - settled.behindSeconds;
  if (Math.abs(drift) > 2 + MAX_DRIFT_SECONDS) {
    // Less than a segment is where in one it was looked.
    faults.push(`the edge drifted by ${drift.toFixed(2)} s`);
  }
  return faults;
}

function describe({ hours, heapMib, rssMib, descriptors, diskMib, files, behindSeconds }: Vitals): string {
  return (
    `${hours} h: heap and buffers ${heapMib.toFixed(1)} MiB, RSS ${rssMib.toFixed(0)} MiB, ${descriptors} descriptors, ` +
    `${diskMib.toFixed(1)} MiB in ${files} files, edge ${behindSeconds.toFixed(2)} s behind`
  );
}

/** Hard links count once. */
async function onDisk(folder: string): Promise<{ readonly bytes: number; readonly files: number }> {
  const seen = new Map<number, number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
      if (found !== undefined) {
        seen.set(found.ino, found.size);
      }
    }
  }
  return { bytes: [...seen.values()].reduce((sum, size) => sum + size, 0), files: seen.size };
}
