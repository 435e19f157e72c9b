/**
 * Run as a child process with a small heap: takes in everything that was made to do harm, and a good deal of damaged media besides, the way
 * a push does, then prints what it cost as one line of JSON. Dying on the way is the failure.
 */
import { createMemory } from '../../../src-main/core/ingest/fmp4-push/memory.ts';
import { createStreamFeed } from '../../../src-main/core/ingest/fmp4-push/stream-feed.ts';
import { createTrackIntake } from '../../../src-main/core/ingest/fmp4-push/track-intake.ts';
import type { IngestConnection } from '../../../src-main/core/ports/ingest.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { HOSTILE_STREAMS } from '../../unit/media/cmaf/hostile-streams.ts';
import { AUDIO, concat, VIDEO, written } from '../../unit/media/sample-media.ts';
import {
  header,
  liveManifest,
  message,
  SECTION,
  SPARSE_MANIFEST,
  SPARSE_STREAM,
  smoothFragment,
  sparseFragment,
  VIDEO_HEADER,
  videoFragment,
} from '../../unit/media/smooth/ingest-streams.ts';

const MEBIBYTE = 1024 * 1024;
const DAMAGED_STREAMS = 4000;

let refused = 0;
let cues = 0;
let slowestMs = 0;

const connection: IngestConnection = {
  addTrack: () => ({ push: () => undefined }),
  cue: () => {
    cues += 1;
  },
  end: () => undefined,
};

/** Anything but an `AppError` ends the process, and with it the test. */
function take(bytes: Uint8Array): void {
  const began = process.cpuUsage();
  using memory = createMemory(64 * MEBIBYTE).open();
  const intake = createTrackIntake({ connection, logger: silentLogger });
  const feed = createStreamFeed({ intake: () => intake, memory, maxBoxBytes: 32 * MEBIBYTE });
  try {
    for (let at = 0; at < bytes.length; at += 65_536) {
      feed.push(bytes.subarray(at, at + 65_536));
    }
    feed.end();
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    refused += 1;
  }
  // Processor time, because how busy the machine is has nothing to do with it.
  const { user, system } = process.cpuUsage(began);
  slowestMs = Math.max(slowestMs, (user + system) / 1000);
}

function repeated(bytes: Uint8Array, total: number): Uint8Array {
  const filled = new Uint8Array(Math.floor(total / bytes.length) * bytes.length);
  for (let at = 0; at < filled.length; at += bytes.length) {
    filled.set(bytes, at);
  }
  return filled;
}

HOSTILE_STREAMS.forEach(({ bytes }) => take(bytes));

const delta = { kind: 'delta', ticks: 1 } as const;
const absolute = { kind: 'absolute', ticks: ticks(1n) } as const;
const event = {
  schemeIdUri: 'urn:scte:scte35:2013:bin',
  value: '',
  timescale: 1,
  duration: 1,
  id: 1,
  payload: SECTION,
};
const tiny = smoothFragment({
  trackId: 3,
  time: 1n,
  duration: 1n,
  samples: [{ duration: 1, data: Uint8Array.of(1) }],
});
const manyCues = smoothFragment({
  trackId: 3,
  time: 1n,
  duration: 1n,
  samples: Array.from({ length: 9000 }, () => ({ duration: 1, data: new Uint8Array(13).fill(1, 3, 4) })),
});

for (const stream of [
  // As many messages as fit, those that wait and those that do not; such that nobody can read.
  concat(VIDEO_HEADER, repeated(message({ ...event, start: delta }), 16 * MEBIBYTE), videoFragment(1)),
  concat(VIDEO_HEADER, repeated(message({ ...event, start: absolute }), 16 * MEBIBYTE)),
  concat(
    VIDEO_HEADER,
    repeated(
      written((writer) => writer.box('emsg', () => writer.zeros(1))),
      4 * MEBIBYTE,
    ),
  ),
  // Manifests without end, and such as are one long attack on who reads XML.
  repeated(liveManifest(SPARSE_MANIFEST), 16 * MEBIBYTE),
  ...['<a>', '<a b="', '&#x26;', '<a xmlns:b="c">', `<a ${'b="c" '.repeat(80)}>`, '<video>', '<!--'].map((text) =>
    concat(liveManifest(`<smil>${text.repeat(250_000 / text.length)}`), VIDEO_HEADER),
  ),
  // Headers and cues without end.
  repeated(header([VIDEO, AUDIO], [{ trackId: 3, timescale: 1, format: 'scte' }]), 16 * MEBIBYTE),
  concat(SPARSE_STREAM, repeated(sparseFragment({ id: 1, time: 1n, delta: 1, duration: 1n }), 8 * MEBIBYTE)),
  concat(SPARSE_STREAM, repeated(tiny, 4 * MEBIBYTE)),
  concat(SPARSE_STREAM, repeated(manyCues, 4 * MEBIBYTE)),
]) {
  take(stream);
}

const good = concat(
  liveManifest(SPARSE_MANIFEST),
  header([VIDEO, AUDIO], [{ trackId: 3, timescale: 90_000, format: 'scte' }]),
  message({ ...event, start: delta }),
  videoFragment(30),
  sparseFragment({ id: 1, time: 1n, delta: 1, duration: 1n }),
  videoFragment(30, 90_000),
);
// A linear congruential generator: the same damage in every run.
let state = 20_261_121;
const next = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
for (let run = 0; run < DAMAGED_STREAMS; run += 1) {
  const damaged = good.slice(0, 1 + next(good.length));
  for (let change = next(6); change >= 0; change -= 1) {
    damaged[next(Math.min(damaged.length, 3000))] = next(256);
  }
  take(damaged);
}

const peakMebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ refused, cues, slowestMs: Math.round(slowestMs), peakMebibytes }));
